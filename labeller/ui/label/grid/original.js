// The original of an image, as large as it is, over the page; the server sends it when it is asked for.

class Original {
  // `ask`: called with the number of an image.
  constructor(ask) {
    this.ask = ask;
    this.images = [];
    this.image = null; // on show
    this.words = el("span", { role: "status" });
    this.frame = el("div", { class: "frame" });
    this.root = el(
      "dialog",
      {
        class: "original",
        "aria-label": "The original image",
        onclick: (event) => event.target !== this.words && this.root.close(),
        onkeydown: (event) => this.key(event),
        onclose: () => this.frame.replaceChildren(),
      },
      this.frame,
      el("div", { class: "caption" }, this.words, key("←"), key("→"), key("Esc")),
    );
  }

  // Shows one of the card's `images`.
  open(image, images) {
    this.images = images;
    this.image = image;
    this.frame.replaceChildren();
    text(this.words, "Opening the original…");
    if (!this.root.open) this.root.showModal();
    this.ask(image);
  }

  receive({ image, uri, name, width, height, note }) {
    if (!this.root.open || image !== this.image) return;
    const size = width ? ` · ${count(width)} × ${count(height)} px` : "";
    text(this.words, `${name}${size}${note ? ` · ${note}` : ""}`);
    // The pixels of a tiny image stay sharp when they are enlarged.
    const tiny = Math.max(width, height) < 128;
    const shown = el("img", { src: uri, alt: name, class: tiny ? "tiny" : "" });
    this.frame.replaceChildren(...(uri ? [shown] : []));
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key.toLowerCase() === "z") this.root.close();
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const place = this.images.indexOf(this.image) + step;
    if (this.images[place] !== undefined) this.open(this.images[place], this.images);
  }
}
