// The strip of all cards: a tile each, with its answer; the tile of the card on show stays in sight.

class Strip {
  // `pick`: told of the node of a tile that was clicked, and of the click.
  constructor(pick) {
    this.pick = pick;
    this.root = el("div", { class: "strip", role: "group", "aria-label": "All cards" });
    this.tiles = new Map();
  }

  // Tiles are built anew only when other cards come, or their pictures.
  render(model, cards, sheet) {
    const order = cards.map((card) => card.sheet).join() + (sheet?.uri.length ?? 0);
    if (this.order !== order) {
      this.order = order;
      this.tiles = new Map(cards.map((card) => [card.node, this.tileOf(card, sheet)]));
      this.root.replaceChildren(...this.tiles.values());
    }
    cards.forEach((card, i) => this.renderTile(model, this.tiles.get(card.node), card, i));
  }

  tileOf(card, sheet) {
    const number = sheet?.sheets.indexOf(card.sheet) ?? -1;
    const image = number < 0 ? el("div", { class: "blank cell" }) : cell(sheet, number, sheet.side);
    return tileButton(image, (event) => this.pick(card.node, event));
  }

  renderTile(model, tile, card, place) {
    const here = card.node === model.at;
    const chosen = model.several.nodes.has(card.node);
    const words = answerText(card, model);
    tile.dataset.sure = card.state === "labelled" ? unsure(card.answer) : "";
    tile.setAttribute("aria-pressed", String(chosen));
    tile.className = `tile ${card.state}${chosen ? " chosen" : ""}${card.doubt || card.disputed ? " doubted" : ""}${here ? " here" : ""}${card.saved ? "" : " unsaved"}`;
    tile.setAttribute("aria-current", here ? "true" : "false");
    tile.title = `Card ${place + 1}, ${count(card.size)} images${words ? `, ${words}` : ""}${card.doubt ? ", please check" : ""}${standsText(card, model)}`;
    tile.setAttribute("aria-label", tile.title);
    const short = { open: partOf(card), labelled: card.answer ? model.className(card.answer) : "", splitting: "…", split: "…", skipped: "–" };
    text(tile.lastChild, `${short[card.state]}${card.doubt || card.disputed ? "?" : card.counts ? ` → ${model.className(card.counts)}` : ""}${card.rest_comes ? " …" : ""}`);
    if (here) this.keepInSight(tile);
  }

  keepInSight(tile) {
    const box = this.root;
    const top = tile.offsetTop - box.offsetTop;
    if (top < box.scrollTop) box.scrollTop = top - 4;
    if (top + tile.offsetHeight > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + tile.offsetHeight - box.clientHeight + 4;
    }
  }
}
