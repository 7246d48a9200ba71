// Several cards, chosen on their tiles: the next class, or skip, is an answer to each of them.

class Several {
  constructor() {
    this.nodes = new Set();
    this.from = null; // where a range begins
  }

  get size() {
    return this.nodes.size;
  }

  toggle(node) {
    this.nodes.has(node) ? this.nodes.delete(node) : this.nodes.add(node);
    this.from = node;
  }

  // From the tile clicked before, or from the card on show (`at`), to `node`, both included.
  extend(nodes, at, node) {
    const start = nodes.indexOf(nodes.includes(this.from) ? this.from : at);
    const places = [Math.max(0, start), nodes.indexOf(node)].sort((a, b) => a - b);
    for (const each of nodes.slice(places[0], places[1] + 1)) this.nodes.add(each);
    this.from = node;
  }

  // True if there were any.
  clear() {
    const some = this.size > 0;
    this.nodes.clear();
    this.from = null;
    return some;
  }

  // Those of them that are still there, in the order of the page; what is chosen is let go.
  take(cards) {
    const chosen = cards.map((card) => card.node).filter((node) => this.nodes.has(node));
    this.clear();
    return chosen;
  }
}
