// What the grid knows: the server's cards, and our own answers that it has not confirmed yet.
//
// Each answer is an entry of a log, numbered by `seq`. The server applies entries in order, commits
// them and tells the last number that it applied; only then does the page say "saved". Until then
// the entry is laid over the server's state, so that a key shows at once. Entries are sent again
// until they are confirmed, and applying one twice changes nothing.

const LEVELS = [
  { name: "Sure", value: 1.0, key: "q" },
  { name: "Likely", value: 0.8, key: "w" },
  { name: "Maybe", value: 0.5, key: "e" },
  { name: "Guess", value: 0.3, key: "r" },
];
const SLOW = 4000; // ms after which an unconfirmed answer is called unsaved
const RESEND = 5000; // ms between attempts to send it again

// Models outlive the elements, so that an answer given just before leaving the page is not lost.
const SHARED = (globalThis.labellerGrid ??= { models: new Map(), pictures: new Map() });

function modelOf(session) {
  if (!SHARED.models.has(session)) SHARED.models.set(session, new Model(session));
  return SHARED.models.get(session);
}

class Model {
  constructor(session) {
    this.session = session;
    this.client = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.seq = 0;
    this.pending = [];
    this.failed = [];
    this.reported = new Set();
    this.at = null; // node of the card on show; null: all are answered
    this.confidence = stored("confidence", 1.0);
    this.expert = stored("expert", "me");
    this.sentAt = 0;
    this.waitingSince = 0;
    this.server = { cards: [], classes: [], order: [], images: 0 };
    this.started = false;
  }

  // Takes what the server says; returns whether something unconfirmed remains.
  receive(data) {
    const before = this.server.cards.findIndex((card) => card.node === this.at);
    this.server = data;
    const confirmed = data.applied[this.client] ?? 0;
    const left = this.pending.filter((entry) => entry.seq > confirmed);
    // Any confirmation shows that the server is there; with nothing left there is no waiting.
    if (left.length < this.pending.length) this.waitingSince = left.length ? Date.now() : 0;
    this.pending = left;
    for (const failure of data.failed) {
      if (failure.client !== this.client || this.reported.has(failure.seq)) continue;
      this.reported.add(failure.seq);
      this.failed.push(failure);
    }
    this.keepPlace(before);
    return this.pending.length > 0;
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

  log(values) {
    const entry = { seq: ++this.seq, expert: this.expert.trim() || "me", ...values };
    this.pending.push(entry);
    return entry;
  }

  // Failed entries go to the end of the log, under new numbers.
  retry() {
    for (const { entry } of this.failed) this.log({ ...entry, seq: this.seq + 1 });
    this.failed = [];
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

  sent() {
    this.sentAt = Date.now();
    this.waitingSince ||= this.sentAt;
  }

  saving() {
    if (this.failed.length) return "failed";
    if (!this.pending.length) return "saved";
    return Date.now() - this.waitingSince > SLOW ? "slow" : "saving";
  }
}

// Which digit chooses which class: a class called by a digit has that digit's key, the others take
// the free keys in the order of the keyboard; the next ten have the same keys with Shift.
function classKeys(classes) {
  const free = [..."1234567890"];
  const keys = new Map();
  for (const { name } of classes) {
    const place = free.indexOf(name);
    if (place >= 0) keys.set(name, free.splice(place, 1)[0]);
  }
  const shifted = [..."1234567890"].map((digit) => `⇧${digit}`);
  const rest = [...free, ...shifted];
  for (const { name } of classes) if (!keys.has(name) && rest.length) keys.set(name, rest.shift());
  return keys;
}

function levelName(value) {
  return LEVELS.find((level) => Math.abs(level.value - value) < 0.005)?.name ?? percent(value);
}

function percent(share, digits = 0) {
  return `${(100 * share).toFixed(digits)} %`;
}

function count(number) {
  return number.toLocaleString("en-GB");
}

function stored(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`labeller ${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`labeller ${name}`, JSON.stringify(value));
  } catch {
    // A browser may forbid storage; then the choice lasts as long as the page.
  }
}
