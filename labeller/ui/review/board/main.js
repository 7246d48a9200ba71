// A page of images with their labels, the most doubtful first, each corrected by a key.

const LABEL_HELP = [
  ["1 … 9, 0", "the image, or all chosen ones, are of this class"],
  ["Enter", "the label is right"],
  ["X", "set aside: no label, not taught, not asked about"],
  ["← ↑ ↓ →", "the image before, above, below, after"],
  ["⇧ with arrows or click", "choose all up to there"],
  ["Space, Ctrl+click", "choose this one, or not"],
  ["Ctrl+A", "choose all of the page, or none"],
  ["Esc", "choose none"],
  ["N, P", "next page, page before"],
  ["/", "search the classes by name"],
  ["U or Ctrl+Z", "undo the newest answer given here"],
  ["?", "this help"],
];
const LABEL_TILE = 84; // pixels, at most, of a picture

class LookingThrough extends Board {
  constructor(root) {
    super(root, Looked, LABEL_HELP);
    this.grid = el("div", { class: "labels", role: "group", "aria-label": "Images" });
    this.chooser = new Chooser((item) => this.say(item));
    this.title = el("h4", {}, "What is it?");
    this.fresh = el("input", {
      class: "fresh", maxlength: 80, placeholder: "New class", "aria-label": "Name of a new class",
      onkeydown: (event) => this.freshKey(event),
    });
    this.about = el("div", { class: "about" });
    this.right = keyButton("It is right", "Enter", "The label is right: somebody looked", () => this.confirm());
    this.aside = keyButton("Set aside", "X", "No label; not taught and not asked about", () => this.act(this.model.setAside()));
    this.undoButton = keyButton("Undo", "U", "Take the newest answer given here back", () => this.undo());
    this.before = keyButton("‹ Before", "P", "The page before", () => this.turn(-1));
    this.next = keyButton("Next ›", "N", "The next page", () => this.turn(1));
    const actions = el("div", { class: "actions" }, this.right, this.aside, this.undoButton);
    const pages = el("div", { class: "actions pages" }, this.before, this.next);
    const panel = el("section", { class: "panel", "aria-label": "Your answer" }, this.about, this.title, this.chooser.searchBox, this.chooser.chips, this.fresh, actions, pages, this.save);
    this.lay("looking", [], el("div", { class: "body" }, this.grid, panel));
    this.listeners.push([window, "resize", () => this.model && this.render()]);
  }

  // True if the key was ours.
  handle(event) {
    if (undoes(event)) return this.undo(), true;
    const target = event.composedPath()[0];
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") return this.change(() => this.model.all());
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const key = pressed(event);
    const columns = this.columns();
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    if (step) return this.change(() => this.model.move(step, event.shiftKey));
    // A key that is held down must not label image after image.
    const chosen = classOfKey(this.model.server.classes, key); // also by a key of a person's own
    if (event.repeat) return chosen || isDigit(key) || ["Enter", " ", "x", "u", "n", "p"].includes(key);
    if (chosen) return this.say(chosen), true;
    if (isDigit(key)) return true;
    const ours = !(target instanceof HTMLButtonElement) || target.classList.contains("pick");
    const act = {
      Enter: () => (ours ? this.confirm() : false),
      " ": () => (ours ? this.change(() => this.model.toggle(this.model.at)) : false),
      x: () => this.act(this.model.setAside()),
      u: () => this.undo(),
      n: () => this.turn(1),
      p: () => this.turn(-1),
      Escape: () => this.change(() => this.model.chosen.clear()),
      "/": () => this.chooser.search.focus(),
      "?": () => this.help(),
    }[key];
    return Boolean(act) && act() !== false;
  }

  change(act) {
    act();
    this.render();
    return true;
  }

  say({ label, name }) {
    this.act(this.model.say(label, name));
  }

  confirm() {
    this.act(this.model.confirm());
  }

  undo() {
    this.act(this.model.undo());
  }

  turn(step) {
    const { page, pages } = this.model.server;
    const wanted = page + step;
    if (wanted >= 0 && wanted < pages) this.component.setStateValue("page", wanted);
  }

  freshKey(event) {
    if (event.key === "Escape") this.fresh.blur();
    const name = this.fresh.value.trim();
    if (event.key !== "Enter" || !name) return;
    const known = this.model.server.classes.find((item) => item.name === name);
    this.fresh.value = "";
    this.fresh.blur();
    this.say(known ?? { label: null, name });
  }

  click(place, event) {
    this.change(() => {
      if (event.shiftKey) this.model.goTo(place, true);
      else if (event.ctrlKey || event.metaKey) this.model.toggle(place);
      else this.model.goTo(place), this.model.chosen.clear();
    });
  }

  columns() {
    const tops = [...this.grid.children].map((tile) => tile.offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  }

  render() {
    const images = this.model.images();
    this.renderTally(images);
    this.renderTiles(images);
    this.renderPanel(images);
    this.renderSave();
  }

  renderTally(images) {
    const { page, pages, total } = this.model.server;
    const share = (number) => number / Math.max(1, images.length);
    const words = [`Page ${page + 1} of ${Math.max(1, pages)}`, `${count(total)} images in this order`, `${this.model.left} of ${images.length} on this page not looked at`];
    const looked = images.filter(({ looked, aside }) => looked && !aside).length;
    this.renderProgress(words, share(looked), share(images.filter(({ aside }) => aside).length));
  }

  renderTiles(images) {
    const sheet = this.pictures()?.sheets.get(this.model.server.sheet);
    const wanted = `${this.model.shown} ${sheet ? sheet.uri.length : "waiting"}`;
    if (this.drawn !== wanted) {
      this.drawn = wanted;
      this.tiles = images.map((_, place) => this.pick(sheet, place));
      this.grid.replaceChildren(...this.tiles);
    }
    images.forEach((image, place) => this.renderTile(this.tiles[place], image, place));
  }

  pick(sheet, place) {
    const side = sheet ? (sheet.photo ? LABEL_TILE : sharp(sheet.side, LABEL_TILE)) : LABEL_TILE;
    const shown = sheet ? cell(sheet, place, side) : blank(side);
    const badge = el("span", { class: "badge" });
    return el("button", { class: "pick", onclick: (event) => this.click(place, event) }, shown, badge, el("span", { class: "guess" }));
  }

  renderTile(tile, image, place) {
    const { label, name, aside, looked, weight, predicted, certainty, saved, path } = image;
    const here = place === this.model.at;
    const differs = predicted >= 0 && predicted !== label && !aside;
    const state = aside ? "aside" : looked ? "seen" : "unseen";
    tile.className = `pick ${state}${here ? " here" : ""}${this.model.chosen.has(image.image) ? " chosen" : ""}${saved ? "" : " unsaved"}`;
    const words = aside ? "set aside" : name || "no label";
    const guess = differs ? `${this.model.className(predicted)}? ${percent(certainty)}` : looked || aside ? "" : `weight ${weight.toFixed(2)}`;
    text(tile.children[1], words);
    text(tile.children[2], guess);
    tile.children[2].classList.toggle("differs", differs);
    const says = `${path}: ${words}${looked ? ", looked at" : ""}${differs ? `, the classifier says ${guess}` : ""}`;
    tile.title = says;
    tile.setAttribute("aria-label", says);
    tile.setAttribute("aria-pressed", String(this.model.chosen.has(image.image)));
    if (here) tile.scrollIntoView?.({ block: "nearest" });
  }

  renderPanel(images) {
    const meant = new Set(this.model.meant());
    const of = images.filter(({ image }) => meant.has(image));
    const labels = new Set(of.map(({ label }) => label));
    const [only] = labels;
    const words = of.length === 1 ? of[0].path : `${of.length} images chosen`;
    text(this.about, words);
    this.about.title = words;
    const chosen = labels.size === 1 ? this.model.className(only) : null;
    const guesses = new Set(of.map(({ predicted }) => predicted));
    const hinted = guesses.size === 1 ? this.model.className([...guesses][0]) : null;
    this.chooser.render(this.model.server.classes, { chosen, hinted: hinted === chosen ? null : hinted, place: this.model.at });
    this.right.disabled = !of.some(({ label, name }) => label >= 0 || name);
    this.aside.disabled = of.length === 0;
    this.undoButton.disabled = this.model.said.length === 0;
    this.before.disabled = this.model.server.page === 0;
    this.next.disabled = this.model.server.page + 1 >= this.model.server.pages;
  }
}

export default function (component) {
  return showBoard(component, LookingThrough);
}
