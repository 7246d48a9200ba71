// The grid: bar of progress, strip of all cards, the card on show, and the panel of answers.

class Grid extends Board {
  constructor(root) {
    const bindings = new Bindings();
    const change = el("button", { class: "plain", onclick: () => this.changeKeys() }, "Change keys…");
    const around = el("button", { class: "plain", onclick: () => this.showAround() }, "Tour");
    super(root, Model, () => helpRows(bindings), around, change);
    this.bindings = bindings;
    this.settings = new KeySettings(bindings, () => this.keysChanged());
    this.original = new Original((image) => this.component.setTriggerValue("zoom", image));
    this.guides = new Guide();
    this.listeners.push([window, "labeller-original", (event) => this.original.receive(event.detail)]);
    this.panel = new Panel(this);
    this.evidence = new Evidence(() => this.model && this.render());
    this.expert = el("input", {
      class: "expert",
      maxlength: 60,
      "aria-label": "Who is answering",
      onchange: () => this.setExpert(),
      onkeydown: (event) => event.key === "Enter" && this.expert.blur(),
    });
    this.strip = new Strip((node, event) => this.pick(node, event));
    const who = el("label", { class: "who" }, el("span", {}, "Answering "), "as ", this.expert);
    const body = el("div", { class: "body" }, this.evidence.root, this.panel.root, this.guides.tip);
    this.onward = el("button", { class: "plain", onclick: () => this.review() }, "Go to Review →");
    this.lay("grid", [this.save, this.onward, who], body, this.strip.root);
    const board = this.root.querySelector(".board");
    this.tour = new Tour(board);
    board.append(this.settings.root, this.original.root, this.guides.root, this.tour.root);
  }

  update(component) {
    const fresh = this.component === undefined;
    super.update(component);
    const { account, expert } = component.data;
    if (account) this.model.expert = account;
    if (fresh || account) this.expert.value = this.model.expert;
    this.expert.disabled = Boolean(account);
    // The cards are those of another name: this browser's was not known yet.
    if (expert !== undefined && expert !== this.model.expert) component.setStateValue("expert", this.model.expert);
  }

  key(event) {
    if (this.tour.key(event) || this.settings.key(event)) return event.stopImmediatePropagation();
    return super.key(event);
  }

  handle(event) {
    return handleKey(event, this, this.bindings);
  }

  // What keys and buttons do.

  splitting() {
    return this.panel.splitOpen;
  }

  choose({ label, name }) {
    const say = (more) => this.model.label(label, label === null ? name : undefined, more);
    const { several, confidence } = this.model;
    if (!several.size) return this.act(say());
    return this.act(this.model.answerSeveral(() => say({ confidence, stay: true })));
  }

  takesClass(key) {
    return isDigit(key) || Boolean(classOfKey(this.model.classes(), key));
  }

  chooseKey(label) {
    const chosen = classOfKey(this.model.classes(), label);
    if (chosen) this.choose(chosen);
  }

  confidence(value) {
    this.act(this.model.setConfidence(Math.min(1, Math.max(0.05, value))));
  }

  mark(image) {
    const card = this.model.current();
    if (!card || card.state === "splitting") return;
    this.model.marks.toggle(card, image);
    this.render();
  }

  turnMarks() {
    const card = this.model.current();
    if (card) this.model.marks.turn(card);
    this.render();
  }

  // True if there was something to clear: tiles that were chosen, else marks.
  clearMarks() {
    const card = this.model.current();
    const cleared = this.model.several.clear() || (Boolean(card) && this.model.marks.clear(card));
    if (cleared) this.render();
    return cleared;
  }

  steady() {
    this.model.setSteady(!this.model.steady);
    this.render();
  }

  nudge(step) {
    this.confidence(Math.round(100 * (this.model.shownConfidence() + step)) / 100);
  }

  openSplit() {
    const card = this.model.current();
    this.panel.splitOpen = Boolean(card) && card.size > 2 && card.state !== "splitting";
    this.render();
  }

  closeSplit() {
    this.panel.splitOpen = false;
    this.render();
  }

  split(number) {
    const size = this.model.current()?.size ?? 0;
    this.panel.splitOpen = false;
    this.act(this.model.answer("split", { split: Math.min(number ?? 3, size) }));
  }

  skip() {
    if (!this.model.several.size) return this.act(this.model.answer("skip", {}));
    return this.act(this.model.answerSeveral(() => this.model.answer("skip", {}, true)));
  }

  undo() {
    this.panel.splitOpen = false;
    this.act(this.model.undo());
  }

  redo() {
    this.act(this.model.redo());
  }

  enter() {
    const act = {
      suggested: () => this.choose({ label: this.model.current().suggested }),
      marks: () => this.act(this.model.saveMarks()),
      confirm: () => this.act(this.model.confirm()),
      next: () => this.nextOpen(),
      review: () => this.review(),
    }[this.model.next()];
    return Boolean(act) && (act(), true);
  }

  move(step) {
    this.model.move(step);
    this.closeSplit();
  }

  nextOpen() {
    this.model.at = this.model.nextOpen(this.model.at);
    this.closeSplit();
  }

  show(node) {
    this.model.several.clear();
    this.model.at = node;
    this.closeSplit();
  }

  // A click on a tile: with Ctrl it joins those that are chosen, with Shift all up to it do.
  pick(node, { ctrlKey, metaKey, shiftKey }) {
    const { several, at } = this.model;
    if (shiftKey) several.extend(this.model.cards().map((card) => card.node), at, node);
    else if (ctrlKey || metaKey) several.toggle(node);
    else return this.show(node);
    return this.render();
  }

  addClass() {
    this.panel.fresh.focus();
  }

  search() {
    this.panel.chooser.search.focus();
  }

  review() {
    if (this.model.pending.length === 0) this.component.setTriggerValue("go", "review");
  }

  members() {
    const card = this.model.current();
    if (card) this.component.setTriggerValue("members", card.node);
  }

  // The image under the mouse, or the most typical one, as it came.
  zoom(image = this.evidence.under) {
    const card = this.model.current();
    if (card) this.original.open(image ?? card.shown[0], card.shown);
  }

  guide() {
    this.guides.open(this.model.classes(), this.pictures());
  }

  hover(item) {
    this.guides.hover(item, this.pictures());
  }

  showAround() {
    this.dialog.close();
    this.tour.show(0);
  }

  changeKeys() {
    this.dialog.close();
    this.settings.open(this.model.classes());
  }

  keysChanged() {
    this.evidence.shown = "";
    this.render();
  }

  setExpert() {
    this.model.expert = this.expert.value.trim() || "me";
    this.expert.value = this.model.expert;
    keep("expert", this.model.expert);
    this.component.setStateValue("expert", this.model.expert);
  }

  render() {
    const cards = this.model.cards();
    const card = cards.find((item) => item.node === this.model.at);
    const pictures = this.pictures();
    if (card) this.model.seen.add(card.sheet);
    this.renderTally(cards);
    this.strip.render(this.model, cards, pictures?.strip);
    this.evidence.render(this.model, card, pictures, this);
    this.panel.render(this.model, card);
    this.panel.renderKeys(this.bindings);
    this.renderSave();
    this.askPictures(cards, card, pictures);
    if (this.model.server.tour && card && pictures) this.tour.offer();
  }

  renderTally(cards) {
    const images = Math.max(1, this.model.server.images);
    const answered = cards.filter((card) => card.state !== "open").length;
    const labelled = Math.round(this.model.server.before + imagesIn(cards, "labelled", freshFor));
    const sure = imagesIn(cards, "labelled", (card) => speaksFor(card) * card.answer.confidence);
    const mean = sure / Math.max(1, imagesIn(cards, "labelled", speaksFor));
    const open = cards.filter((card) => card.state === "open" || card.state === "splitting").length;
    this.onward.hidden = !cards.length || open > 0 || this.model.next() === "review";
    const words = [
      `Round ${this.model.server.round}: ${answered} of ${cards.length} cards`,
      `${count(labelled)} of ${count(images)} images have a label (${percent(labelled / images)})`,
      ...(sure && mean < 0.995 ? [`mean confidence ${percent(mean)}`] : []),
    ];
    this.renderProgress(words, labelled / images, imagesIn(cards, "skipped", skippedBy) / images);
  }

  // Asks for the pictures around the card on show when they, or the next ones, are not here.
  askPictures(cards, card, pictures) {
    if (!card) return;
    const here = cards.findIndex((item) => item.node === card.node);
    const missing = cards.slice(here, here + 4).some((item) => !pictures?.sheets.has(item.sheet));
    if (!missing || this.wanted === card.node || !pictures) return;
    this.wanted = card.node;
    this.component.setStateValue("want", card.node);
  }
}

export default function (component) {
  return showBoard(component, Grid);
}
