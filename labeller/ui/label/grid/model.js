// What the grid knows: the server's cards, and our own answers that it has not confirmed yet.

class Model extends Log {
  constructor(session) {
    super(session);
    this.steady = stored("steady", false); // whether a confidence holds for the cards to come
    this.confidence = this.steady ? stored("confidence", SURE) : SURE;
    this.place = null;
    this.server = { cards: [], classes: [], order: [], images: 0, before: 0 };
    this.marks = new Marks();
    this.several = new Several();
    this.seen = new Set(); // sheets of the cards that were on show
    this.undone = []; // answers that were taken back here and may be given again, newest last
  }

  // The node of the card on show; null: all are answered.
  get at() {
    return this.place;
  }

  // Each card starts at "Sure", unless the person wants to keep what was chosen.
  set at(node) {
    if (node !== this.place && !this.steady) this.confidence = SURE;
    this.place = node;
  }

  // An entry names the round whose card was seen: another may have been opened before it arrives.
  log(values) {
    return super.log({ round: this.server.round, ...values });
  }

  // Takes what the server says; returns whether something unconfirmed remains.
  receive(data) {
    const before = this.server.cards.findIndex((card) => card.node === this.at);
    const waiting = super.receive(data);
    this.keepPlace(before);
    return waiting;
  }

  // A card that went, to its parts after a split, is left for the first that is to be asked.
  keepPlace(before) {
    if (this.at === null) {
      this.at = this.nextOpen(null);
    } else if (!this.card(this.at)) {
      this.at = this.nextAsked(null) ?? this.server.cards[Math.max(0, before)]?.node ?? null;
    }
  }

  // The classes, with those that were named here and are on their way to the server.
  classes() {
    const names = new Set(this.server.classes.map((item) => item.name));
    const fresh = this.pending.map((entry) => entry.name).filter((name) => name && !names.has(name));
    return [...this.server.classes, ...[...new Set(fresh)].map((name) => ({ label: null, name }))];
  }

  cards() {
    const cards = new Map(this.server.cards.map((card) => [card.node, { ...card, saved: true }]));
    for (const entry of this.pending) {
      const card = cards.get(entry.node);
      if (!card) continue;
      card.saved = this.saved(entry);
      card.doubt = card.counts = null;
      card.disputed = false;
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

  // The card on show; undefined where all are answered.
  current() {
    return this.card(this.at);
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

  // The card to ask after an answer: in the one order of asking the first that was not on show,
  // which may be part of a split; those that were passed over come after them.
  nextAsked(node) {
    const fresh = this.cards().find((card) => card.state === "open" && !this.seen.has(card.sheet));
    return fresh?.node ?? this.nextOpen(node);
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
    const check = Boolean(card.doubt || values.check);
    const said = { node, kind, confidence: 1.0, ...values, check };
    // What stands already is no new answer, as in `service.answer`, so that Undo takes back another.
    const mine = (card.answer?.expert ?? this.expert) === this.expert; // others may say the same
    const entry = !check && mine && sameAnswer(card.answer, said) ? null : this.log(said);
    this.undone = [];
    this.marks.drop(card);
    if (!stay) this.at = this.nextAsked(node);
    return entry;
  }

  // A label for the card on show, with what is marked on it; null where nothing is left of it.
  label(label, name, { confidence = this.shownConfidence(), stay = false } = {}) {
    const card = this.current();
    if (!card) return null;
    const { images, only } = this.marks.of(card);
    if (!only && images.length === card.shown.length) return null;
    const marks = only ? { only: images } : { wrong: images };
    return this.answer("label", { label, name, confidence, ...marks }, stay);
  }

  // Answers each of the cards that were chosen together, by an entry of its own, so that each can be
  // undone; `say` answers the card on show. Returns the last entry.
  answerSeveral(say) {
    const sure = this.confidence;
    const chosen = this.several.take(this.cards());
    const said = chosen.map((node) => {
      this.at = node;
      this.confidence = sure;
      return say();
    });
    this.at = this.nextAsked(chosen.at(-1));
    return said.filter(Boolean).at(-1) ?? null;
  }

  // The answer that stands on a doubted card, given again: it settles the doubt.
  confirm() {
    const { answer, doubt, state } = this.current() ?? {};
    if (!doubt || state !== "labelled") return null;
    const { label, name, confidence, wrong = [], only = [] } = answer;
    return this.answer("label", { label, name, confidence, wrong, only });
  }

  // The label of the card again, with the marks that are not saved yet.
  saveMarks() {
    const { label, name } = this.current().answer;
    return this.label(label, name);
  }

  // What Enter does now: "suggested", "marks", "confirm", "next" (card), "review", or nothing (null).
  next() {
    if (this.several.size) return null; // what the card on show suggests is said of no other
    const card = this.current();
    if (!card) return this.cards().some((other) => other.state === "splitting") ? null : "review";
    if (card.state === "open") return card.suggested == null ? null : "suggested";
    if (card.state === "labelled" && this.marks.unsaved(card)) return "marks";
    if (card.doubt && card.state === "labelled") return "confirm";
    return "next";
  }

  // Takes the newest mark that is not saved back, else the newest answer, and shows its card.
  undo() {
    const here = this.current();
    const unsaved = here && this.marks.unsaved(here) ? this.marks.of(here).images.at(-1) : undefined;
    if (unsaved !== undefined) return this.marks.toggle(here, unsaved), null;
    const stack = this.server.order.map((node) => ({ node }));
    for (const entry of this.pending) entry.kind === "undo" ? stack.pop() : stack.push(entry);
    const newest = stack.at(-1);
    if (!newest) return null;
    const card = this.card(newest.node);
    // A split whose parts are on show has no card to bring its answer back to.
    if (card?.answer) this.undone.push({ ...card.answer, node: newest.node });
    else this.undone = [];
    const entry = this.log({ node: newest.node, kind: "undo" });
    if (card) {
      this.at = newest.node;
      this.marks.drop(card);
    }
    return entry;
  }

  // Gives the answer again that was taken back last; null where none was, or its card has gone.
  redo() {
    while (this.undone.length && !this.card(this.undone.at(-1).node)) this.undone.pop();
    const { node, kind, ...said } = this.undone.at(-1) ?? {};
    if (!node) return null;
    const earlier = this.undone.slice(0, -1);
    const { label, name, confidence, split, check, wrong = [], only = [] } = said;
    this.at = node;
    const values = { label: { label, name, confidence, wrong, only, check }, split: { split }, skip: {} };
    const entry = this.answer(kind, values[kind]);
    this.undone = earlier;
    return entry;
  }

  // The level keys change the card on show if it is answered, else the answers to come, which are
  // those of the chosen tiles where there are some.
  setConfidence(value) {
    const card = this.several.size ? undefined : this.current();
    if (card && this.marks.unsaved(card) && this.marks.of(card).images.length) {
      return this.marks.sure(card, value), null;
    }
    if (card?.state !== "labelled") {
      this.confidence = value;
      keep("confidence", value);
      return null;
    }
    if (Math.abs(card.answer.confidence - value) < 1e-9) return null;
    const { label, name } = card.answer;
    return this.label(label, name, { confidence: value, stay: true });
  }

  setSteady(on) {
    this.steady = on;
    keep("steady", on);
    keep("confidence", this.confidence);
  }

  shownConfidence() {
    const card = this.several.size ? undefined : this.current();
    const marks = card ? this.marks.of(card) : NO_MARKS;
    if (marks.images.length && this.marks.unsaved(card)) return markedConfidence(card, marks);
    return card?.state === "labelled" ? card.answer.confidence : this.confidence;
  }
}

// Whether two answers about a card say the same.
function sameAnswer(one, other) {
  if (one?.kind !== other.kind) return false;
  const images = (list) => [...(list ?? [])].sort((a, b) => a - b).join();
  const said = (it) => [it.label ?? it.name, it.confidence, images(it.wrong), images(it.only)].join("/");
  if (one.kind === "label") return said(one) === said(other);
  return one.kind === "skip" || one.split === other.split;
}
