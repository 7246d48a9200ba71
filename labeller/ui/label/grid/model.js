// What the grid knows: the server's cards, and our own answers that it has not confirmed yet.

const LEVELS = [
  { name: "Sure", value: 1.0, key: "q" },
  { name: "Likely", value: 0.8, key: "w" },
  { name: "Maybe", value: 0.5, key: "e" },
  { name: "Guess", value: 0.3, key: "r" },
];

class Model extends Log {
  constructor(session) {
    super(session);
    this.at = null; // node of the card on show; null: all are answered
    this.confidence = stored("confidence", 1.0);
    this.server = { cards: [], classes: [], order: [], images: 0 };
    this.started = false;
  }

  // Takes what the server says; returns whether something unconfirmed remains.
  receive(data) {
    const before = this.server.cards.findIndex((card) => card.node === this.at);
    const waiting = super.receive(data);
    this.keepPlace(before);
    return waiting;
  }

  // After a split the children stand where their parent stood: go to the first of them.
  keepPlace(before) {
    if (!this.started) {
      this.started = this.server.cards.length > 0;
      this.at = this.nextOpen(null);
    } else if (this.at === null) {
      this.at = this.nextOpen(null);
    } else if (!this.card(this.at)) {
      this.at = this.server.cards[Math.max(0, before)]?.node ?? this.nextOpen(null);
    }
  }

  // The classes, with those that were named here and are on their way to the server.
  classes() {
    const known = new Set(this.server.classes.map((item) => item.name));
    const fresh = this.pending.map((entry) => entry.name).filter((name) => name && !known.has(name));
    return [...this.server.classes, ...[...new Set(fresh)].map((name) => ({ label: null, name }))];
  }

  cards() {
    const cards = new Map(this.server.cards.map((card) => [card.node, { ...card, saved: true }]));
    for (const entry of this.pending) {
      const card = cards.get(entry.node);
      if (!card) continue;
      card.saved = false;
      card.doubt = null;
      if (entry.kind === "undo") {
        card.answer = null;
        card.state = "open";
      } else {
        card.answer = entry;
        card.state = { label: "labelled", skip: "skipped", split: "splitting" }[entry.kind];
      }
    }
    return [...cards.values()];
  }

  card(node) {
    return this.cards().find((card) => card.node === node);
  }

  className(answer) {
    if (answer.name) return answer.name;
    return this.server.classes.find((item) => item.label === answer.label)?.name ?? "?";
  }

  // The next card after `node` that is open, from the start again at the end; without one the next
  // whose answer is doubted; null if there is neither.
  nextOpen(node) {
    const cards = this.cards();
    const start = cards.findIndex((card) => card.node === node) + 1;
    const turned = [...cards.slice(start), ...cards.slice(0, start)];
    const next = turned.find((card) => card.state === "open") ?? turned.find((card) => card.doubt);
    return next?.node ?? null;
  }

  move(step) {
    const cards = this.cards();
    const here = cards.findIndex((card) => card.node === this.at);
    const from = here < 0 ? (step > 0 ? -1 : cards.length) : here;
    this.at = cards[Math.min(cards.length - 1, Math.max(0, from + step))]?.node ?? null;
  }

  // Adds an answer to the log; the card on show moves on, except after a change of confidence.
  answer(kind, values, stay = false) {
    const node = this.at;
    const card = this.card(node);
    if (!card || card.state === "splitting") return null;
    // A doubted answer that is given again counts, even when it is the same.
    const check = Boolean(card.doubt);
    const entry = this.log({ node, kind, confidence: 1.0, ...values, check, old: card.answer });
    if (!stay) this.at = this.nextOpen(node);
    return entry;
  }

  // Takes the newest answer back and shows its card.
  undo() {
    const stack = this.server.order.map((node) => ({ node }));
    for (const entry of this.pending) entry.kind === "undo" ? stack.pop() : stack.push(entry);
    const newest = stack.at(-1);
    if (!newest) return null;
    const entry = this.log({ node: newest.node, kind: "undo" });
    if (this.card(newest.node)) this.at = newest.node;
    return entry;
  }

  // The level keys change the card on show if it is answered, else the answers to come.
  setConfidence(value) {
    const card = this.at === null ? null : this.card(this.at);
    if (card?.state !== "labelled") {
      this.confidence = value;
      keep("confidence", value);
      return null;
    }
    if (Math.abs(card.answer.confidence - value) < 1e-9) return null;
    const { label, name } = card.answer;
    return this.answer("label", { label, name, confidence: value }, true);
  }

  shownConfidence() {
    const card = this.at === null ? null : this.card(this.at);
    return card?.state === "labelled" ? card.answer.confidence : this.confidence;
  }
}
