// The grid: bar of progress, strip of all cards, the card on show, and the panel of answers.

class Grid {
  constructor(root) {
    this.root = root;
    this.panel = new Panel(this);
    this.evidence = new Evidence(() => this.model && this.render());
    this.help_ = helpDialog();
    this.done = el("div", { class: "done" });
    this.tally = el("div", { class: "tally" });
    this.save = el("div", { class: "save", role: "status" });
    this.expert = el("input", {
      class: "expert",
      maxlength: 60,
      "aria-label": "Who is answering",
      onchange: () => this.setExpert(),
      onkeydown: (event) => event.key === "Enter" && this.expert.blur(),
    });
    this.strip = el("div", { class: "strip", role: "group", "aria-label": "All cards" });
    this.tiles = new Map();
    const who = el("label", { class: "who" }, "Answering as ", this.expert);
    const ask = el("button", { class: "plain", onclick: () => this.help() }, "Keys ", key("?"));
    this.body = el("div", { class: "body" }, this.evidence.root, this.panel.root);
    const bar = el("div", { class: "bar" }, this.tally, this.save, who, ask);
    root.append(el("div", { class: "grid" }, bar, this.done, this.strip, this.body, this.help_));
    this.onKey = (event) => this.key(event);
    this.onSeen = () => document.visibilityState === "visible" && this.component.setStateValue("sync", Date.now());
    this.onPictures = () => this.render();
    this.onLeave = (event) => this.model.pending.length && event.preventDefault();
  }

  listen() {
    this.unlisten();
    window.addEventListener("keydown", this.onKey, true);
    document.addEventListener("visibilitychange", this.onSeen);
    window.addEventListener("labeller-pictures", this.onPictures);
    window.addEventListener("beforeunload", this.onLeave);
    this.clock = setInterval(() => this.tick(), 1000);
  }

  unlisten() {
    window.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("visibilitychange", this.onSeen);
    window.removeEventListener("labeller-pictures", this.onPictures);
    window.removeEventListener("beforeunload", this.onLeave);
    clearInterval(this.clock);
  }

  update(component) {
    const fresh = this.component === undefined;
    this.component = component;
    this.model = modelOf(component.data.session);
    const renewed = this.model.server.ledger !== component.data.ledger;
    const waiting = this.model.receive(component.data);
    if (fresh) this.expert.value = this.model.expert;
    if (waiting && (fresh || renewed)) this.send();
    this.render();
  }

  // What stays unconfirmed is sent again: the connection or the server may have come back.
  tick() {
    if (this.model.pending.length === 0) return;
    if (this.model.saving() === "slow" && Date.now() - this.model.sentAt > RESEND) this.send();
    this.renderSave();
  }

  key(event) {
    if (occupied(event, this.root) || !this.root.host?.isConnected) return;
    if (!handleKey(event, this)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // What keys and buttons do.

  splitting() {
    return this.panel.splitOpen;
  }

  choose({ label, name }) {
    const confidence = this.model.shownConfidence();
    this.act(this.model.answer("label", { label, name: label === null ? name : undefined, confidence }));
  }

  chooseKey(label) {
    const classes = this.model.classes();
    const keys = classKeys(classes);
    const chosen = classes.find(({ name }) => keys.get(name) === label);
    if (chosen) this.choose(chosen);
  }

  confidence(value) {
    this.act(this.model.setConfidence(Math.min(1, Math.max(0.05, value))));
  }

  nudge(step) {
    this.confidence(Math.round(100 * (this.model.shownConfidence() + step)) / 100);
  }

  openSplit() {
    const card = this.model.card(this.model.at);
    this.panel.splitOpen = Boolean(card) && card.size > 2 && card.state !== "splitting";
    this.render();
  }

  closeSplit() {
    this.panel.splitOpen = false;
    this.render();
  }

  split(number) {
    const size = this.model.card(this.model.at)?.size ?? 0;
    this.panel.splitOpen = false;
    this.act(this.model.answer("split", { split: Math.min(number ?? 3, size) }));
  }

  skip() {
    this.act(this.model.answer("skip", {}));
  }

  undo() {
    this.panel.splitOpen = false;
    this.act(this.model.undo());
  }

  enter() {
    const card = this.model.card(this.model.at);
    if (!card) {
      if (this.model.cards().some((other) => other.state === "splitting")) return false;
      return this.review(), true;
    }
    if (card.state !== "open" || card.suggested == null) return false;
    return this.choose({ label: card.suggested }), true;
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
    this.model.at = node;
    this.closeSplit();
  }

  addClass() {
    this.panel.fresh.focus();
  }

  search() {
    this.panel.search.focus();
  }

  help() {
    this.help_.open ? this.help_.close() : this.help_.showModal();
  }

  review() {
    if (this.model.pending.length === 0) this.component.setTriggerValue("go", "review");
  }

  setExpert() {
    this.model.expert = this.expert.value.trim() || "me";
    this.expert.value = this.model.expert;
    keep("expert", this.model.expert);
  }

  // Paints first, then sends: the server is never waited for.
  act(entry) {
    this.render();
    if (entry) this.send();
  }

  send() {
    this.model.sent();
    const entries = this.model.pending;
    this.component.setStateValue("log", { client: this.model.client, entries });
    this.renderSave();
  }

  retry() {
    this.model.retry();
    this.send();
    this.render();
  }

  render() {
    const cards = this.model.cards();
    const card = cards.find((item) => item.node === this.model.at);
    const pictures = SHARED.pictures.get(this.model.session);
    this.renderTally(cards);
    this.renderStrip(cards, pictures?.strip);
    this.evidence.render(this.model, card, pictures, this);
    this.panel.render(this.model, card);
    this.renderSave();
    this.askPictures(cards, card, pictures);
  }

  renderTally(cards) {
    const images = Math.max(1, this.model.server.images);
    const total = (state) =>
      cards.filter((card) => card.state === state).reduce((sum, card) => sum + card.size, 0);
    const labelled = total("labelled");
    const answered = cards.filter((card) => card.state !== "open").length;
    this.tally.replaceChildren(
      el("strong", {}, `Round ${this.model.server.round}: ${answered} of ${cards.length} cards`),
      el("span", {}, `${count(labelled)} of ${count(images)} images labelled (${percent(labelled / images)})`),
    );
    this.done.replaceChildren(
      el("span", { class: "labelled", style: { width: `${(100 * labelled) / images}%` } }),
      el("span", { class: "skipped", style: { width: `${(100 * total("skipped")) / images}%` } }),
    );
  }

  renderStrip(cards, strip) {
    const order = cards.map((card) => card.sheet).join() + (strip?.uri.length ?? 0);
    if (this.order !== order) {
      this.order = order;
      this.tiles = new Map(cards.map((card) => [card.node, this.tile(card, strip)]));
      this.strip.replaceChildren(...this.tiles.values());
    }
    cards.forEach((card, i) => this.renderTile(this.tiles.get(card.node), card, i));
  }

  tile(card, strip) {
    const number = strip?.sheets.indexOf(card.sheet) ?? -1;
    const image = number < 0 ? el("div", { class: "blank cell" }) : cell(strip, number, strip.side, "");
    return el("button", { onclick: () => this.show(card.node) }, image, el("span", { class: "badge" }));
  }

  renderTile(tile, card, place) {
    const here = card.node === this.model.at;
    const words = answerText(card, this.model);
    tile.className = `tile ${card.state}${card.doubt ? " doubted" : ""}${here ? " here" : ""}${card.saved ? "" : " unsaved"}`;
    tile.setAttribute("aria-current", here ? "true" : "false");
    tile.setAttribute("aria-label", `Card ${place + 1}, ${count(card.size)} images${words ? `, ${words}` : ""}${card.doubt ? ", please check" : ""}`);
    const short = { open: "", labelled: card.answer ? this.model.className(card.answer) : "", splitting: "…", split: "…", skipped: "–" };
    text(tile.lastChild, `${short[card.state]}${card.doubt ? "?" : ""}`);
    if (!here) return;
    const top = tile.offsetTop - this.strip.offsetTop;
    const box = this.strip;
    if (top < box.scrollTop) box.scrollTop = top - 4;
    if (top + tile.offsetHeight > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + tile.offsetHeight - box.clientHeight + 4;
    }
  }

  renderSave() {
    const state = this.model.saving();
    const words = {
      saved: "✓ All answers saved",
      saving: `Saving ${this.model.pending.length}…`,
      slow: `${this.model.pending.length} not saved yet: the server does not answer`,
      failed: this.model.failed.map((failure) => failure.message).join(" "),
    }[state];
    this.save.className = `save ${state}`;
    if (this.saveShown === state + words) return;
    this.saveShown = state + words;
    this.save.replaceChildren(el("span", {}, words));
    if (state === "slow" || state === "failed") {
      this.save.append(el("button", { class: "plain", onclick: () => this.retry() }, "Retry"));
    }
    if (state === "failed") {
      const dismiss = () => ((this.model.failed = []), this.renderSave());
      this.save.append(el("button", { class: "plain", onclick: dismiss }, "Dismiss"));
    }
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

const GRIDS = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!GRIDS.has(root)) GRIDS.set(root, new Grid(root));
  const grid = GRIDS.get(root);
  grid.listen();
  grid.update(component);
  return () => grid.unlisten();
}
