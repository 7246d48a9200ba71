// What our boards share: they paint first, send the log, and say whether all of it is saved.

class Board {
  constructor(root, findModel) {
    this.root = root;
    this.findModel = findModel;
    this.save = el("div", { class: "save", role: "status" });
    this.onKey = (event) => this.key(event);
    this.onSeen = () => document.visibilityState === "visible" && this.component.setStateValue("sync", Date.now());
    this.onPictures = () => this.model && this.render();
    this.onLeave = (event) => this.model.pending.length && event.preventDefault();
  }

  // Keys are heard on the window, ahead of Streamlit's own shortcuts (R, C).
  listen() {
    this.unlisten();
    window.addEventListener("keydown", this.onKey, true);
    window.addEventListener("mouseup", leaveButton, true);
    document.addEventListener("visibilitychange", this.onSeen);
    window.addEventListener("labeller-pictures", this.onPictures);
    window.addEventListener("beforeunload", this.onLeave);
    this.clock = setInterval(() => this.tick(), 1000);
  }

  unlisten() {
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("mouseup", leaveButton, true);
    document.removeEventListener("visibilitychange", this.onSeen);
    window.removeEventListener("labeller-pictures", this.onPictures);
    window.removeEventListener("beforeunload", this.onLeave);
    clearInterval(this.clock);
  }

  update(component) {
    const fresh = this.component === undefined;
    this.component = component;
    this.model = this.findModel(component.data.session);
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
}

const BOARDS = new WeakMap();

// Draws a component; `Kind` extends Board by render() and by handle(event), true for its own keys.
function showBoard(component, Kind) {
  const root = component.parentElement;
  if (!BOARDS.has(root)) BOARDS.set(root, new Kind(root));
  const board = BOARDS.get(root);
  board.listen();
  board.update(component);
  return () => board.unlisten();
}
