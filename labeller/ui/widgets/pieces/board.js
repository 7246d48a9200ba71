// What our boards share: they paint first, send the log, and say whether all of it is saved.

class Board {
  // `Kind`: of the model; `help`: what the keys do, for a dialog, with buttons `more` in it.
  constructor(root, Kind, help, ...more) {
    this.root = root;
    this.Kind = Kind;
    this.tally = el("div", { class: "tally" });
    this.save = el("div", { class: "save", role: "status" });
    this.done = el("div", { class: "done" });
    this.dialog = helpDialog(help, ...more);
    this.listeners = [
      // Keys are heard on the window, ahead of Streamlit's own shortcuts (R, C).
      [window, "keydown", (event) => this.key(event), true],
      [window, "mouseup", leaveButton, true],
      [document, "visibilitychange", () => this.seen()],
      [window, "labeller-pictures", () => this.model && this.render()],
      [window, "labeller-confirmed", (event) => this.confirmed(event.detail)],
      [window, "beforeunload", (event) => this.model.pending.length && event.preventDefault()],
    ];
  }

  // The bar of progress with `beside` it, and the rest below.
  lay(name, beside, ...rest) {
    const ask = el("button", { class: "plain", onclick: () => this.help() }, "Keys ", key("?"));
    const bar = el("div", { class: "bar" }, this.tally, ...beside, ask);
    this.root.append(el("div", { class: `board ${name}` }, bar, this.done, ...rest, this.dialog));
  }

  listen() {
    this.unlisten();
    for (const [target, ...listener] of this.listeners) target.addEventListener(...listener);
    this.clock = setInterval(() => this.tick(), 1000);
  }

  unlisten() {
    for (const [target, ...listener] of this.listeners) target.removeEventListener(...listener);
    clearInterval(this.clock);
  }

  seen() {
    if (document.visibilityState === "visible") this.component.setStateValue("sync", Date.now());
  }

  help() {
    if (this.dialog.open) return this.dialog.close();
    this.dialog.fill();
    this.dialog.showModal();
  }

  confirmed(data) {
    if (this.model?.session !== data.session) return;
    this.model.acknowledge(data);
    this.render();
  }

  pictures() {
    return SHARED.pictures.get(this.model.session);
  }

  update(component) {
    const fresh = this.component === undefined;
    this.component = component;
    this.model = modelOf(component.data.session, this.Kind);
    const renewed = this.model.server.ledger !== component.data.ledger;
    const waiting = this.model.receive(component.data);
    if (waiting && (fresh || renewed)) this.send();
    this.render();
  }

  // What stays unconfirmed is sent again: the connection or the server may have come back.
  tick() {
    if (this.model.pending.length === 0) return;
    if (this.model.saving() === "slow" && Date.now() - this.model.sentAt > RESEND) this.resend();
    this.renderSave();
  }

  key(event) {
    if (occupied(event, this.root) || !this.root.host?.isConnected) return;
    if (!this.handle(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
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

  // A run of the whole page brings the log along, also to a server that was started anew.
  resend() {
    this.model.sent();
    window.dispatchEvent(new Event("labeller-unanswered"));
  }

  retry() {
    if (this.model.failed.length === 0) return this.resend();
    this.model.retry();
    this.send();
    return this.render();
  }

  // The first of the `words` stands out; shares in [0, 1] of what has a label and what was skipped.
  renderProgress([first, ...words], labelled, skipped) {
    const part = (name, share) => el("span", { class: name, style: { width: `${100 * share}%` } });
    this.tally.replaceChildren(el("strong", {}, first), ...words.map((each) => el("span", {}, each)));
    this.done.replaceChildren(part("labelled", labelled), part("skipped", skipped));
  }

  renderSave() {
    const state = this.model.saving();
    const words = {
      saved: "✓ All answers saved",
      saving: `Saving ${this.model.unsaved().length}…`,
      slow: `${this.model.unsaved().length} not saved yet, will be tried again: ${this.model.waiting || "the server does not answer"}`,
      failed: this.model.failed.map((failure) => failure.message).join(" "),
    }[state];
    this.save.className = `save ${state}`;
    if (this.saveShown === state + words) return;
    this.saveShown = state + words;
    this.save.replaceChildren(el("span", {}, words));
    const button = (name, act) => this.save.append(el("button", { class: "plain", onclick: act }, name));
    if (state === "slow" || state === "failed") button("Retry", () => this.retry());
    if (state === "failed") button("Dismiss", () => ((this.model.failed = []), this.renderSave()));
  }
}

const BOARDS = new WeakMap();

// Draws a component; `Kind` extends Board by render() and by handle(event), true for its own keys.
function showBoard(component, Kind) {
  const root = component.parentElement;
  if (!BOARDS.has(root)) {
    BOARDS.set(root, new Kind(root));
    // The click that brought the board on left its button in focus; keys are the board's from now on.
    if (!document.activeElement?.matches(":focus-visible")) leaveButton();
  }
  const board = BOARDS.get(root);
  board.listen();
  board.update(component);
  return () => board.unlisten();
}
