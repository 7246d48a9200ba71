// What the classes mean: a text and example images, beside the card on demand.

const EXAMPLE = 56; // pixels of an example image

class Guide {
  constructor() {
    this.list = el("div", { class: "guides" });
    const close = el("button", { class: "plain", onclick: () => this.root.close() }, "Close");
    this.root = el(
      "dialog",
      {
        class: "help guide",
        "aria-label": "Guidelines",
        onclick: (event) => event.target === this.root && this.root.close(),
        onkeydown: (event) => event.key.toLowerCase() === "g" && this.root.close(),
      },
      el("h3", {}, "What the classes mean"),
      this.list,
      close,
    );
    this.tip = el("aside", { class: "guide tip", hidden: true });
  }

  open(classes, pictures) {
    const told = classes.filter(hasGuide);
    const none = el("p", { class: "hint" }, "No guidelines yet. Write them under “Classes” below the cards.");
    this.list.replaceChildren(...(told.length ? told.map((item) => entry(item, pictures)) : [none]));
    this.root.showModal();
  }

  // Beside the card while the mouse, or the focus, is on the class; null: it left.
  hover(item, pictures) {
    this.tip.hidden = !item || !hasGuide(item);
    if (!this.tip.hidden) this.tip.replaceChildren(entry(item, pictures));
  }
}

function hasGuide(item) {
  return Boolean(item.guide || item.examples);
}

function entry({ name, guide, examples, sheet }, pictures) {
  const shown = pictures?.sheets.get(sheet);
  const cells = Array.from({ length: shown ? examples : 0 }, (_, i) => cell(shown, i, EXAMPLE, `Example ${i + 1}`));
  return el(
    "section",
    {},
    el("h4", {}, name),
    guide ? el("p", {}, guide) : null,
    cells.length ? el("div", { class: "members" }, ...cells) : null,
  );
}
