// The left side: what the card shows of its cluster.

const PORTRAIT = 200; // pixels, at most, of the centre and of the medoid
const MEMBER = 72; // of a member
const MEMBER_PHOTO = 112; // of a member that is a photo
const SMALLEST_PHOTO = 56; // below which the photos of a row take two lines, where there is room
const GAP = 5;
const LOW = 860; // height of a screen on which the portraits are smaller, as in grid.css
const NARROW = 480; // width of the card below which its parts lie below each other

class Evidence {
  constructor(redraw) {
    this.root = el("section", { class: "evidence", "aria-label": "The cluster" });
    this.shown = "";
    this.width = 0;
    new ResizeObserver(() => {
      if (Math.abs(this.root.clientWidth - this.width) > 1) redraw();
    }).observe(this.root);
  }

  render(model, card, pictures, actions) {
    if (!card) return this.renderEnd(model, actions);
    const sheet = pictures?.sheets.get(card.sheet);
    // Until its pictures are here, a card has the measures of the last one, so that nothing jumps.
    this.measures = sheet ?? this.measures;
    // Pictures are rebuilt only when another card or its sheet comes on.
    this.width = this.root.clientWidth;
    const wanted = `${card.sheet} ${sheet ? "here" : "waiting"} ${this.width}`;
    if (this.shown !== wanted) {
      this.shown = wanted;
      this.facts = el("div", { class: "facts" });
      this.members = new Map();
      this.root.replaceChildren(this.top(card, sheet, actions), ...this.rows(card, sheet, actions));
    }
    this.renderMarks(model.marks.of(card));
    this.renderFacts(model, card, actions);
  }

  // A picture that can be marked; `image` is its number.
  member(image, label, shown, actions) {
    const button = el("button", { class: "member", "aria-label": label, "aria-pressed": "false", onclick: () => actions.mark(image), ondblclick: () => actions.zoom(image), onmouseenter: () => (this.under = image), onmouseleave: () => (this.under = null) }, shown);
    this.members.set(image, button);
    return button;
  }

  renderMarks({ images, only }) {
    const marked = new Set(images);
    for (const [image, button] of this.members) {
      button.className = `member${marked.has(image) ? (only ? " right" : " wrong") : only && images.length ? " aside" : ""}`;
      button.setAttribute("aria-pressed", String(marked.has(image)));
    }
  }

  top(card, sheet, actions) {
    // Beside two portraits, the facts need about 190 pixels; on a narrow screen they go below.
    const room = this.width < NARROW ? this.width - 52 : this.width - 260;
    const most = window.innerHeight > LOW ? PORTRAIT : this.width < NARROW ? 96 : 128;
    const portrait = Math.max(96, Math.min(most, Math.floor(room / 2) || most));
    // A photo is as large as the centre beside it, whose pixels are enlarged by whole multiples.
    const { photo, side: pixels } = this.measures ?? { side: portrait };
    const side = photo && !card.centre ? portrait : sharp(pixels, portrait);
    const box = (uri, caption, smooth, image = null) => {
      const shown = uri ? picture(uri, side, caption, smooth) : blank(side);
      const framed = image === null ? shown : this.member(image, caption, shown, actions);
      return el("figure", {}, framed, el("figcaption", {}, caption));
    };
    const centre = card.centre ? box(sheet?.centre, "Decoded centre") : null;
    return el("div", { class: "top" }, centre, box(sheet?.medoid, "Most typical image", sheet?.photo, card.shown[0]), this.facts);
  }

  // Members fill the row, as large as whole multiples of their size allow.
  memberSize(card, sheet) {
    const most = Math.min(8, Math.max(card.near, card.random, card.far));
    const { photo, side } = sheet?.member ?? this.measures?.member ?? {};
    const beside = this.width < NARROW ? 34 : 112; // padding, and the names of the rows
    const among = (number) => (this.root.clientWidth - beside - GAP * (number - 1)) / number;
    const low = window.innerHeight <= LOW;
    const twoLines = photo && !low && among(most) < SMALLEST_PHOTO;
    const room = among(twoLines ? Math.ceil(most / 2) : most);
    const largest = photo && !low ? MEMBER_PHOTO : low ? SMALLEST_PHOTO : MEMBER;
    const wanted = Math.max(32, Math.min(largest, room || largest));
    return side && !photo ? sharp(side, wanted) : Math.floor(wanted);
  }

  rows(card, sheet, actions) {
    const groups = [
      ["Nearest", card.near, "the members most like the centre"],
      ["Random", card.random, "members drawn at random"],
      ["Farthest", card.far, "the members least like the centre"],
    ];
    const side = this.memberSize(card, sheet);
    let first = 0;
    return groups
      .filter(([, size]) => size > 0)
      .map(([name, size, help]) => {
        const from = first;
        first += size;
        const cells = Array.from({ length: size }, (_, i) => {
          const label = `${name} member ${i + 1}`;
          const shown = sheet?.member ? cell(sheet.member, from + i, side, label) : blank(side);
          return this.member(card.shown[1 + from + i], label, shown, actions);
        });
        const title = el("div", { class: "row-name", title: help }, name);
        return el("div", { class: "row" }, title, el("div", { class: "members" }, ...cells));
      });
  }

  renderFacts(model, card, actions) {
    const place = model.server.cards.findIndex((other) => other.node === card.node) + 1;
    const mixed = mixture(card);
    const depth = card.depth ? ` · ${partText(card, model)}` : "";
    const why = whyText(card, model);
    const answered = card.answer || card.state === "splitting";
    const parts = [
      el("div", { class: "place" }, `Card ${place} of ${model.server.cards.length}${depth}`),
      el("button", { class: "size", title: "See all of them", onclick: () => actions.members() }, `${count(card.size)} images`, key(actions.bindings.shown("members"))),
      el("div", { class: "share" }, `${percent(card.share, 1)} of the data`),
      card.known > 0 && !card.why && el("div", { class: "share" }, `labelled before, at weight ${card.known.toFixed(2)}`),
      mixed && this.mixture(mixed),
      why && !card.doubt && el("div", { class: "why" }, why),
      card.doubt && el("div", { class: "doubt", role: "note" }, card.doubt),
      answered && this.verdict(model, card),
      this.onward(model, card, actions),
    ];
    this.facts.replaceChildren(...parts.filter(Boolean));
  }

  mixture({ level, words, share }) {
    const title = "Which share of its images may be something else than most, as far as neighbours, the classifier and your answers tell";
    const meter = el(
      "div",
      { class: "meter", role: "meter", "aria-label": "How mixed", "aria-valuenow": Math.round(100 * share) },
      el("span", { style: { width: `${100 * Math.max(0.03, share)}%` } }),
    );
    return el("div", { class: `mixture ${level}`, title }, meter, el("span", {}, words));
  }

  verdict(model, card) {
    const saved = card.saved ? `saved, by ${voicesText(card, model)}` : "saving…";
    return el(
      "div",
      { class: `verdict ${card.state}` },
      el("strong", {}, answerText(card, model)),
      el("span", { class: "by" }, saved + restText(card, model) + standsText(card, model)),
    );
  }

  // What Enter does, as a button.
  onward(model, card, actions) {
    const words = {
      suggested: () => ["The model thinks: ", model.className({ label: card.suggested }), ` (${percent(card.agreement)})`],
      marks: () => ["Save the marks: ", model.className(card.answer)],
      confirm: () => ["Right as it is: keep ", model.className(card.answer)],
      next: () => [model.nextOpen(card.node) === null ? "To the end" : "Next open card"],
    }[model.next()]?.();
    if (!words) return null;
    const parts = words.map((part, i) => el(i === 1 ? "strong" : "span", {}, part));
    return el("button", { class: "suggestion", onclick: () => actions.enter() }, ...parts, key("Enter"));
  }

  renderEnd(model, actions) {
    this.shown = "end";
    const cards = model.cards();
    const splitting = cards.filter((card) => card.state === "splitting").length;
    this.root.replaceChildren(splitting ? this.waiting(splitting) : this.end(model, cards, actions));
  }

  waiting(splitting) {
    const title = `${splitting} ${splitting === 1 ? "cluster is" : "clusters are"} being split.`;
    return ending("…", title, el("p", {}, "The new cards appear here in a moment."));
  }

  end(model, cards, actions) {
    const labelled = cards.filter((card) => card.state === "labelled").length;
    const skipped = cards.filter((card) => card.state === "skipped").length;
    const { images, before } = model.server;
    const covered = Math.round(before + imagesIn(cards, "labelled", freshFor));
    const summary =
      `${labelled} answers of this round stand, and ${count(covered)} of ${count(images)} images have a label ` +
      `(${percent(covered / Math.max(1, images))})${skipped ? `; ${skipped} skipped.` : "."}`;
    return ending(
      "✓",
      "Every card is answered",
      el("p", {}, summary),
      el("button", { class: "primary go", onclick: () => actions.review() }, "Go to Review ", key("Enter")),
      el("p", { class: "hint" }, "To change an answer, choose its card above."),
    );
  }
}
