// Explore: the map with its tools and legend, and beside it the chosen images and what they are.

const HELP = [
  ["L", "lasso: draw around points"],
  ["B", "box"],
  ["V", "move the map; so does the right mouse button"],
  ["Wheel, + −", "zoom"],
  ["0", "the whole map"],
  ["Click", "choose one point"],
  ["⇧ or Alt while drawing", "add to the selection, take away from it"],
  ["M", "more like the image under the mouse, or the only one chosen"],
  ["/", "search by file name"],
  ["Esc", "choose nothing; show all groups"],
  ["U or Ctrl+Z", "undo the newest answer given here"],
  ["?", "this help"],
];

const MOST_SHEETS = 12; // selections whose pictures the browser keeps

class Explore extends Board {
  constructor(root) {
    super(root, Explored, HELP);
    this.map = new MapFrame({
      choose: (rows, how) => this.choose(rows, how),
      hover: () => this.renderTip(),
      want: (rows) => this.wantAround(rows),
      redraw: () => this.render(),
    });
    this.journey = new Journey({
      want: () => this.component.setStateValue("play", true),
      moved: () => this.map.render(this.model, this.component.data.look),
    });
    this.map.root.append(this.journey.root);
    this.legend = new Legend({
      colour: (name) => this.change(() => this.colour(name)),
      isolate: (code, more) => this.change(() => this.model.isolate(code, more)),
    });
    this.grid = new Grid({
      label: (item) => this.label(item),
      aside: () => this.label(null),
      sure: (value) => this.change(() => (this.model.sure = value)),
      toggle: (row) => this.change(() => this.model.toggle(row)),
      point: (row) => this.map.point(row),
      alike: (row) => this.alike(row),
      turn: (by) => this.change(() => this.model.turn(by)),
      clear: () => this.change(() => this.model.clear()),
      undo: () => this.undo(),
      painted: () => this.measure(),
    }, this.save);
    const side = el("div", { class: "side" }, this.legend.root, this.grid.root);
    this.lay("explore", [this.tools()], el("div", { class: "body" }, this.map.root, side));
    this.listeners.push([window, "labeller-points", () => this.model && this.render()]);
    this.setMode("lasso");
  }

  tools() {
    this.modes = MODES.map(({ name, title, key: label }) => {
      const act = () => this.setMode(name);
      return el("button", { class: "plain mode", role: "radio", "data-mode": name, onclick: act }, title, key(label));
    });
    const zoom = (sign, label, act) => el("button", { class: "plain zoom", "aria-label": label, title: label, onclick: act }, sign);
    this.search = el("input", {
      type: "search", class: "search", placeholder: "Search file names", "aria-label": "Search file names",
      onkeydown: (event) => this.searchKey(event),
    });
    return el(
      "div",
      { class: "tools" },
      el("div", { class: "modes", role: "radiogroup", "aria-label": "What the mouse does" }, ...this.modes),
      el("div", { class: "zooms" }, zoom("+", "Zoom in", () => this.map.zoom(1.5)), zoom("−", "Zoom out", () => this.map.zoom(1 / 1.5)), zoom("Fit", "The whole map", () => this.map.fit())),
      el("div", { class: "search-box" }, this.search, key("/")),
      el("button", { class: "plain", title: "The map as it is, as a picture", onclick: () => this.savePng() }, "PNG"),
    );
  }

  setMode(mode) {
    this.map.setMode(mode);
    for (const button of this.modes) {
      const on = button.dataset.mode === mode;
      button.classList.toggle("on", on);
      button.setAttribute("aria-checked", String(on));
    }
  }

  // True if the key was ours.
  handle(event) {
    if (undoes(event)) return this.undo(), true;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const key = pressed(event);
    const act = {
      l: () => this.setMode("lasso"),
      b: () => this.setMode("box"),
      v: () => this.setMode("move"),
      "+": () => this.map.zoom(1.3),
      "=": () => this.map.zoom(1.3),
      "-": () => this.map.zoom(1 / 1.3),
      0: () => this.map.fit(),
      m: () => this.alike(),
      u: () => event.repeat || this.undo(),
      "/": () => this.search.focus(),
      Escape: () => this.escape(),
      "?": () => this.help(),
    }[key];
    act?.();
    return Boolean(act);
  }

  change(act) {
    act();
    this.fetch();
    // In a frame of its own: the request is on its way before, and the server works meanwhile.
    this.changed ??= requestAnimationFrame(() => {
      this.changed = null;
      this.render();
    });
  }

  colour(name) {
    this.model.colourBy(name);
    this.component.setStateValue("by", (this.told = name)); // for a download
  }

  choose(rows, how = "", words = "") {
    this.change(() => this.model.choose(rows, words, how));
  }

  escape() {
    this.map.stop();
    this.change(() => (this.model.chosen.length ? this.model.clear() : this.model.only.clear()));
  }

  searchKey(event) {
    if (event.key === "Escape") this.search.blur();
    if (event.key !== "Enter" || !this.search.value.trim()) return;
    this.ask("find", this.search.value.trim());
    this.search.blur();
  }

  // Images like that of `row`, else of the point under the mouse, else of the only one chosen.
  alike(row = this.map.hovered ?? (this.model.chosen.length === 1 ? this.model.chosen[0] : null)) {
    if (row === null) return;
    this.ask("alike", this.model.images([row])[0]);
  }

  ask(kind, value) {
    this.component.setStateValue("ask", this.model.ask(kind, value));
    this.render();
  }

  label(item) {
    if (!this.model.server.open) this.act(this.model.label(item));
  }

  undo() {
    const entry = this.model.undo();
    this.act(entry);
    if (entry) this.fetch();
  }

  // Asks for the pictures on show that are not here; those of older selections make room.
  fetch() {
    const wanted = this.model.wanted();
    const sheets = this.pictures()?.sheets ?? new Map();
    for (const name of [...sheets.keys()].slice(0, -MOST_SHEETS)) if (name !== wanted.name) sheets.delete(name);
    if (!wanted.images.length || sheets.has(wanted.name) || this.fetching === wanted.name) return;
    this.fetching = wanted.name;
    this.component.setStateValue("want", wanted);
  }

  wantAround(rows) {
    const images = this.model.images(rows).filter((image) => !TILES.has(tileName(this.model, image)));
    if (!images.includes(this.model.images(rows)[0])) return;
    window.dispatchEvent(new CustomEvent("labeller-hover", { detail: { session: this.model.session, images } }));
  }

  update(component) {
    super.update(component);
    this.fetch();
    const by = this.model.points.complete && this.model.column().name;
    if (by && by !== component.data.by && this.told !== by) component.setStateValue("by", (this.told = by));
    // Whose newest answer it is that can be undone.
    const { expert } = this.model;
    if (expert !== component.data.expert && this.named !== expert) component.setStateValue("expert", (this.named = expert));
  }

  render() {
    const { data } = this.component;
    this.renderTally();
    this.map.render(this.model, data.look);
    this.journey.render(this.model, data);
    this.legend.render(this.model, data.look);
    if (this.model.points.complete) this.grid.render(this.model, this.pictures());
    this.renderTip();
    this.renderSave();
  }

  renderTally() {
    const { points, server } = this.model;
    const share = (number) => number / Math.max(1, points.count);
    const words = [`${count(points.count)} images`, `${count(server.labelled)} have a label`];
    if (server.aside) words.push(`${count(server.aside)} set aside`);
    this.renderProgress(words, share(server.labelled), share(server.aside));
  }

  // What there is to say of the hovered point, with its picture as soon as it is here.
  renderTip() {
    const row = this.map.hovered ?? null;
    if (row === null || !this.model?.points.complete || this.grid.root.matches(":hover")) return this.map.showTip();
    const { points } = this.model;
    const [image] = this.model.images([row]);
    const tile = TILES.get(tileName(this.model, image));
    const side = tile && (tile.photo ? 112 : sharp(tile.side, 112));
    const facts = points.colours().map(({ name, title }) => [title, points.words(name, row)]).filter(([, words]) => words);
    return this.map.showTip(
      tile ? picture(tile.uri, side, "", tile.photo) : blank(112),
      el("strong", {}, tile?.name ?? `image ${image}`),
      el("dl", {}, ...facts.flatMap(([title, words]) => [el("dt", {}, title), el("dd", {}, words)])),
    );
  }

  savePng() {
    const name = `${this.component.data.file}.png`;
    el("a", { href: this.map.png(), download: name }).click();
  }

  // From the end of a lasso to its pictures on the screen, for measurements.
  measure() {
    if (!performance.getEntriesByName("labeller-selected").length) return;
    performance.measure("labeller-lasso", "labeller-selected");
    performance.clearMarks("labeller-selected");
  }
}

export default function (component) {
  return showBoard(component, Explore);
}
