// The right side: confidence, classes, split, skip, undo.

class Panel {
  constructor(actions) {
    this.actions = actions;
    this.splitOpen = false;
    this.levels = LEVELS.map((level) =>
      el(
        "button",
        { role: "radio", class: "level", onclick: () => actions.confidence(level.value) },
        el("span", {}, level.name),
        key(""),
      ),
    );
    this.slider = el("input", {
      type: "range",
      min: 5,
      max: 100,
      step: 1,
      "aria-label": "Confidence in percent",
      oninput: () => this.showConfidence(this.slider.value / 100),
      onchange: () => actions.confidence(this.slider.value / 100),
    });
    this.value = el("output", { class: "percent" });
    this.steady = el("button", { role: "switch", class: "steady", onclick: () => actions.steady() }, el("span", { class: "knob" }), "Keep it for the cards to come");
    this.chooser = new Chooser((item) => actions.choose(item), { hover: (item) => actions.hover(item) });
    this.fresh = el("input", {
      class: "fresh",
      maxlength: 80,
      "aria-label": "Name of a new class",
      onkeydown: (event) => this.freshKey(event),
    });
    const add = el("button", { class: "plain", onclick: () => this.addClass() }, "Add and answer");
    this.freshBox = el("div", { class: "fresh-box" }, this.fresh, add);
    this.actionsRow = el("div", { class: "actions" }, ...this.buttons());
    this.splitTitle = el("h4", { role: "status" });
    this.splitRow = this.splitChoices();
    this.marksRow = this.marksChoices();
    this.question = el("h4", { role: "status" });
    this.root = el(
      "section",
      { class: "panel", "aria-label": "Your answer" },
      el("h4", {}, "How sure are you?"),
      el("div", { class: "levels", role: "radiogroup", "aria-label": "Confidence" }, ...this.levels),
      el("div", { class: "fine" }, this.slider, this.value),
      this.steady,
      el("h4", {}, "Which of the images?"),
      this.marksRow,
      this.question,
      this.chooser.searchBox,
      this.chooser.chips,
      this.freshBox,
      this.splitTitle,
      this.actionsRow,
      this.splitRow,
    );
  }

  buttons() {
    const { actions } = this;
    this.splitButton = keyButton("Split…", "S", "It shows several classes: cluster it again", () => actions.openSplit());
    this.skipButton = keyButton("Skip", "X", "I cannot tell: leave these images unlabelled", () => actions.skip());
    this.undoButton = keyButton("Undo", "U", "Take the newest answer back", () => actions.undo());
    return [this.splitButton, this.skipButton, this.undoButton];
  }

  // Always as high, so that the classes below stay where they are.
  marksChoices() {
    this.marksText = el("span", { class: "marks-text", role: "status" });
    this.turnButton = keyButton("Only these", "O", "Turn the marks round", () => this.actions.turnMarks());
    this.clearButton = keyButton("Clear", "Esc", "Take the marks off", () => this.actions.clearMarks());
    const buttons = el("div", { class: "marks-buttons" }, this.turnButton, this.clearButton);
    return el("div", { class: "marks" }, this.marksText, buttons);
  }

  renderMarks(model, card) {
    const marks = card ? model.marks.of(card) : NO_MARKS;
    text(this.marksText, card ? marksText(card, marks) : "");
    const some = marks.images.length > 0;
    this.turnButton.hidden = this.clearButton.hidden = !some;
    text(this.turnButton.firstChild, marks.only ? "All but these" : "Only these");
    this.marksRow.classList.toggle("some", some);
    this.marksRow.classList.toggle("only", marks.only);
  }

  splitChoices() {
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9].map((number) =>
      el("button", { class: "plain number", onclick: () => this.actions.split(number), "aria-label": `Split into ${number}` }, String(number)),
    );
    const cancel = el("button", { class: "plain number", "aria-label": "Cancel", title: "Cancel: Esc", onclick: () => this.actions.closeSplit() }, "×");
    return el("div", { class: "numbers", role: "group", "aria-label": "Split into", hidden: true }, ...numbers, cancel);
  }

  render(model, card) {
    this.model = model;
    this.card = card;
    this.showConfidence(model.shownConfidence());
    this.steady.setAttribute("aria-checked", String(model.steady));
    this.renderMarks(model, card);
    const several = model.several.size;
    text(this.question, several ? `What are these ${several} cards?` : "What is it?");
    this.renderChips();
    const usable = Boolean(card) && card.state !== "splitting";
    this.splitButton.disabled = !usable || card.size < 3;
    this.skipButton.disabled = !usable;
    this.undoButton.disabled = !model.server.order.length && !model.pending.length;
    if (!usable) this.splitOpen = false;
    // In the place of the other buttons, so that nothing moves.
    text(this.splitTitle, this.splitOpen ? "Split into how many? Press a digit." : "Not a class?");
    this.splitRow.hidden = !this.splitOpen;
    this.actionsRow.hidden = this.splitOpen;
    this.root.classList.toggle("idle", !usable);
  }

  // The keys in force; a person may change them.
  renderKeys(bindings) {
    const buttons = { split: this.splitButton, skip: this.skipButton, undo: this.undoButton, turn: this.turnButton };
    LEVELS.forEach(({ name }, i) => (buttons[name.toLowerCase()] = this.levels[i]));
    for (const [name, button] of Object.entries(buttons)) text(button.lastChild, bindings.shown(name));
  }

  showConfidence(value) {
    LEVELS.forEach((level, i) => {
      const on = Math.abs(level.value - value) < 0.005;
      this.levels[i].classList.toggle("on", on);
      this.levels[i].setAttribute("aria-checked", String(on));
    });
    const whole = Math.round(100 * value);
    if (Number(this.slider.value) !== whole) this.slider.value = whole;
    this.slider.style.setProperty("--fill", `${((whole - 5) / 95) * 100}%`);
    text(this.value, `${whole} %`);
  }

  renderChips() {
    const classes = this.model.classes();
    const hint = this.card?.suggested ?? null;
    this.fresh.placeholder = classes.length ? "New class" : "Name the first class";
    this.chooser.render(classes, {
      chosen: this.card?.state === "labelled" ? this.model.className(this.card.answer) : null,
      hinted: classes.find(({ label }) => hint !== null && label === hint)?.name,
      place: this.card?.node,
    });
  }

  freshKey(event) {
    if (event.key === "Enter") this.addClass();
    if (event.key === "Escape") this.fresh.blur();
  }

  addClass() {
    const name = this.fresh.value.trim();
    if (!name) return this.fresh.focus();
    const existing = this.model.classes().find((item) => item.name === name);
    this.fresh.value = "";
    this.fresh.blur();
    return this.actions.choose(existing ?? { label: null, name });
  }
}
