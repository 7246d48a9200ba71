// The card: how far the audit is, the image on show, the classes, and the last answers.

const HELP = [
  ["1 … 9, 0", "this class"],
  ["⇧1 … ⇧0", "classes 11 to 20"],
  ["/", "search the classes by name"],
  ["X", "cannot tell"],
  ["U or Ctrl+Z", "undo the newest answer"],
  ["?", "this help"],
];
const LARGEST = 320; // pixels of the image on show
const LOW = 860; // height of a screen on which it is half as large, as in card.css
const TILE = 40; // and of a picture in the trail
const TRAIL = 16; // answers in the trail, as far as there is room
// Nobody names an image sooner (ms) after the server brought it on; such a key meant another one.
const GLANCE = 200;

class AuditCard extends Board {
  constructor(root) {
    super(root, AuditLog, HELP);
    this.shown = null; // the image that a person sees; null: none
    this.heldUntil = 0;
    this.chooser = new Chooser((item) => this.say(item.label));
    this.frame = el("section", { class: "evidence frame", "aria-label": "The image" });
    this.none = el("p", { class: "hint" }, "There are no classes yet. Name them on the Label page.");
    this.skipButton = keyButton("Cannot tell", "X", "It is left out of the estimate", () => this.say(null));
    this.undoButton = keyButton("Undo", "U", "Take the newest answer back", () => this.undo());
    this.tiles = new Map(); // of the trail, by image
    this.trail = el("div", { class: "trail", role: "group", "aria-label": "The last answers" });
    this.lay("card", [], el("div", { class: "body" }, this.frame, this.panel()), this.trail);
    new ResizeObserver(() => this.resize()).observe(this.frame);
  }

  panel() {
    return el(
      "section",
      { class: "panel", "aria-label": "Your answer" },
      el("h4", {}, "What is it?"),
      this.chooser.searchBox,
      this.chooser.chips,
      this.none,
      el("div", { class: "actions" }, this.skipButton, this.undoButton),
      this.save,
    );
  }

  // True if the key was ours.
  handle(event) {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (!plain && !undoes(event)) return false;
    const key = undoes(event) ? "u" : pressed(event);
    const act = {
      x: () => this.say(null),
      u: () => this.undo(),
      "/": () => this.chooser.search.focus(),
      "?": () => this.help(),
    }[key];
    // A key that is held down must not label image after image, nor press a button again.
    const presses = ["Enter", " "].includes(key) && this.root.contains(event.composedPath()[0]);
    const chosen = classOfKey(this.model.server.classes, key); // also by a key of a person's own
    if (event.repeat) return Boolean(act || chosen) || isDigit(key) || presses;
    if (chosen) return this.say(chosen.label), true;
    if (isDigit(key)) return true;
    act?.();
    return Boolean(act);
  }

  // `label` null: it cannot be told. What is not on show is never labelled.
  say(label) {
    if (this.shown === null || performance.now() < this.heldUntil) return this.refuse();
    return this.act(this.model.say(this.shown, label));
  }

  undo(image) {
    this.act(this.model.undo(image));
  }

  refuse() {
    const blink = [{ boxShadow: "0 0 0 3px #d97706" }, { boxShadow: "0 0 0 3px transparent" }];
    this.frame.animate(blink, { duration: 400 });
  }

  // A person's own act may bring on the next image, and its key may follow at once.
  act(entry) {
    super.act(entry);
    this.heldUntil = 0;
  }

  resize() {
    if (!this.model || Math.abs(this.frame.clientWidth - this.width) <= 1) return;
    this.drawn = "";
    this.render();
  }

  render() {
    const state = this.model.state();
    this.renderTally(state);
    this.renderFrame(state);
    this.renderTrail(state);
    this.chooser.render(state.classes);
    this.none.hidden = state.classes.length > 0;
    this.skipButton.disabled = this.shown === null;
    this.undoButton.disabled = state.said.length === 0;
    this.chooser.chips.classList.toggle("idle", this.shown === null);
    this.renderSave();
  }

  renderTally({ size, done, skipped }) {
    const words = [`${done} of ${size}`, ...(skipped ? [`${skipped} could not be told`] : [])];
    this.renderProgress(words, (done - skipped) / size, skipped / size);
  }

  sheet(image) {
    return this.pictures()?.sheets.get(String(image));
  }

  renderFrame({ size, done, skipped }) {
    const { at } = this.model;
    const sheet = this.sheet(at);
    const shown = sheet?.image ? at : null;
    const wanted = shown !== null ? `image ${at}` : done < size ? "waiting" : `end ${size} ${skipped}`;
    if (this.drawn === wanted) return;
    if (this.shown !== shown) this.heldUntil = performance.now() + GLANCE;
    this.drawn = wanted;
    this.shown = shown;
    this.width = this.frame.clientWidth;
    if (shown !== null) this.frame.replaceChildren(this.picture(sheet, at));
    else this.frame.replaceChildren(done < size ? this.waiting() : this.end(size, skipped));
  }

  // The very element that was decoded, so that it is painted at once.
  picture({ image, side, photo }, number) {
    const largest = window.innerHeight > LOW ? LARGEST : LARGEST / 2;
    const room = Math.max(96, Math.min(largest, (this.width || largest + 34) - 34));
    const pixels = photo ? room : sharp(side, room);
    const className = photo ? "picture photo" : "picture";
    return Object.assign(image, { className, width: pixels, height: pixels, alt: `image ${number}` });
  }

  waiting() {
    return el(
      "div",
      { class: "end waiting", role: "status" },
      el("div", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      el("h3", {}, "The next images are on their way"),
      el("p", { class: "hint" }, "Until they are here, keys do nothing."),
    );
  }

  end(size, skipped) {
    const told = skipped ? `${size - skipped} have a class, ${skipped} could not be told.` : "Every one has a class.";
    const hint = el("p", { class: "hint" }, "To change an answer, choose its image below.");
    return ending("✓", `All ${count(size)} images are done`, el("p", {}, told), hint);
  }

  // The last answers, newest first; elements stay, so that no picture is loaded twice.
  renderTrail({ said }) {
    const last = said.slice(-TRAIL).reverse();
    const tiles = last.map((one) => [one.image, this.tiles.get(one.image) ?? this.tileOf(one.image)]);
    this.tiles = new Map(tiles);
    last.forEach((one) => this.renderTile(this.tiles.get(one.image), one));
    const now = [...this.trail.children];
    const same = now.length === tiles.length && tiles.every(([, tile], i) => tile === now[i]);
    if (!same) this.trail.replaceChildren(...this.tiles.values());
  }

  tileOf(image) {
    return tileButton(el("div", { class: "blank" }), () => this.undo(image));
  }

  renderTile(tile, { image, label, saved }) {
    const sheet = this.sheet(image);
    if (sheet && tile.firstChild.tagName === "DIV") tile.firstChild.replaceWith(picture(sheet.uri, TILE, "", sheet.photo));
    const name = this.model.className(label);
    const words = label === null ? "could not be told" : name;
    tile.className = `tile ${label === null ? "skipped" : "labelled"}${saved ? "" : " unsaved"}`;
    tile.title = `${words}. Click to answer again.`;
    tile.setAttribute("aria-label", `Image ${image}, ${words}: answer again`);
    text(tile.lastChild, label === null ? "–" : name);
  }
}

export default function (component) {
  return showBoard(component, AuditCard);
}
