// The dialog in which a person chooses the keys of actions and classes, for this browser.

class KeySettings {
  // `changed` is called after each change.
  constructor(bindings, changed) {
    this.bindings = bindings;
    this.changed = changed;
    this.classes = [];
    this.waiting = null; // whose key is pressed next
    this.message = el("p", { class: "hint", role: "status" });
    this.rows = el("dl");
    const reset = el("button", { class: "plain reset", onclick: () => this.reset() }, "All as at first");
    const close = el("button", { class: "plain", onclick: () => this.root.close() }, "Close");
    this.root = el(
      "dialog",
      {
        class: "help keys",
        "aria-label": "Change keys",
        onclick: (event) => event.target === this.root && this.root.close(),
        onclose: () => (this.waiting = null),
      },
      el("h3", {}, "Change keys"),
      this.message,
      this.rows,
      el("div", { class: "buttons" }, reset, close),
    );
  }

  open(classes) {
    this.classes = classes;
    this.waiting = null;
    this.render("Click a key, then press another. They are kept in this browser.");
    this.root.showModal();
  }

  render(words) {
    text(this.message, words);
    const keys = classKeys(this.classes);
    const whose = [
      ...ACTIONS.map(({ name, words: title }) => [title, this.bindings.shown(name), { action: name }]),
      ...this.classes.map(({ name }) => [`Class ${name}`, (keys.get(name) ?? "none").toUpperCase(), { name }]),
    ];
    this.rows.replaceChildren(...whose.flatMap((row) => this.row(...row)));
  }

  row(title, shown, target) {
    const here = JSON.stringify(this.waiting) === JSON.stringify(target);
    const button = el(
      "button",
      { class: here ? "plain waiting" : "plain", "aria-label": `Key of ${title}`, onclick: () => this.ask(target) },
      here ? "press a key" : key(shown),
    );
    return [el("dt", {}, button), el("dd", {}, title)];
  }

  ask(target) {
    this.waiting = target;
    this.render("Press the new key, or Esc.");
  }

  // True if it was the key that is waited for, or Esc.
  key(event) {
    const name = pressed(event);
    if (!this.waiting || ["Shift", "Control", "Alt", "Meta", "Tab"].includes(name)) return false;
    event.preventDefault();
    this.take(name);
    return true;
  }

  take(name) {
    if (name === "Escape") return this.stop("Nothing was changed.");
    const refused = this.bindings.refused(name, this.waiting, this.classes);
    if (refused) return this.render(`${refused} Press another, or Esc.`);
    this.bindings.set(name, this.waiting);
    this.changed();
    return this.stop("Changed.");
  }

  stop(words) {
    this.waiting = null;
    this.render(words);
  }

  reset() {
    this.bindings.reset();
    this.changed();
    this.stop("All keys are as at first.");
  }
}
