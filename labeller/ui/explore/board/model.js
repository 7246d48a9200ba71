// What the page knows: which points are chosen, which of them were clicked out, and our answers.

const PAGE = 200; // pictures at once

class Explored extends Log {
  constructor(session) {
    super(session);
    this.points = pointsOf(session);
    this.by = stored("explore colour", "label");
    this.only = new Set(); // codes of the groups to show; none: all
    this.sure = SURE;
    this.clear();
    this.said = []; // our answers that may be taken back here, newest last
    this.asked = null; // what the server was asked to find
    this.server = { classes: [], open: "", labelled: 0, aside: 0, last: null, found: null };
  }

  // Takes what the server says; returns whether something unconfirmed remains.
  receive(data) {
    const waiting = super.receive(data);
    for (const { client, seq } of data.failed) {
      if (client === this.client) this.said = this.said.filter((one) => one.seq !== seq);
    }
    const { found } = data;
    if (found && this.asked && found.id === this.asked.id) {
      this.asked = null;
      this.choose(this.points.rowsOf(found.images), found.words);
      this.missing = found.images.length ? "" : found.words;
    }
    return waiting;
  }

  // The column that the points are coloured by.
  column() {
    const { columns } = this.points;
    const offered = columns.get(this.by);
    return (offered?.empty ? null : offered) ?? columns.get("cluster") ?? columns.get("label");
  }

  colourBy(name) {
    this.by = name;
    this.only.clear();
    keep("explore colour", name);
  }

  // Shows a group alone, or with `more` beside those that are shown; once more: all again.
  isolate(code, more = false) {
    if (this.only.has(code)) {
      if (more) this.only.delete(code);
      else if (this.only.size === 1) this.only.clear();
      else this.only = new Set([code]);
    } else {
      if (!more) this.only.clear();
      this.only.add(code);
    }
  }

  visible() {
    const { values } = this.column();
    return this.only.size ? (row) => this.only.has(values[row]) : () => true;
  }

  // Chooses rows anew, or adds them to those chosen, or takes them away (`how`: "", "add", "less").
  choose(rows, words = "", how = "") {
    const before = this.chosen;
    if (how === "add") rows = [...before, ...rows.filter((row) => !this.among.has(row))];
    if (how === "less") {
      const less = new Set(rows);
      rows = before.filter((row) => !less.has(row));
    }
    this.chosen = rows;
    this.among = new Set(rows);
    this.out = new Set(how ? [...this.out].filter((row) => this.among.has(row)) : []);
    this.words = how ? "" : words;
    this.page = 0;
    this.missing = "";
  }

  clear() {
    this.chosen = [];
    this.among = new Set();
    this.out = new Set();
    this.words = "";
    this.missing = "";
    this.page = 0;
  }

  // A picture is clicked out of the selection, or in again.
  toggle(row) {
    if (!this.out.delete(row)) this.out.add(row);
  }

  kept() {
    return this.chosen.filter((row) => !this.out.has(row));
  }

  get pages() {
    return Math.max(1, Math.ceil(this.chosen.length / PAGE));
  }

  // The rows of one page: each page is drawn evenly from the whole selection.
  shown() {
    return this.chosen.filter((_, i) => i % this.pages === this.page);
  }

  turn(by) {
    this.page = (this.page + by + this.pages) % this.pages;
  }

  images(rows) {
    const numbers = this.points.values("image");
    return rows.map((row) => numbers[row]);
  }

  // Names a set of pictures for the server, and tells whether those that come are these.
  wanted() {
    const images = this.images(this.shown());
    return { name: `grid ${hash(images)}`, images };
  }

  // Asks for images by file name ("find"), or for those most like one ("alike").
  ask(kind, value) {
    this.asked = { id: `${this.client} ${(this.questions = (this.questions ?? 0) + 1)}`, kind, value };
    return this.asked;
  }

  // What is chosen has this class; `item` has label and name, label null: a new class; null: they
  // are set aside.
  label(item) {
    const rows = this.kept();
    if (!rows.length) return null;
    const what = item ? { kind: "label", label: item.label, name: item.name } : { kind: "aside" };
    const entry = this.log({ ...what, confidence: this.sure, images: this.images(rows) });
    this.said.push({ seq: entry.seq, name: item?.name ?? null, rows, chosen: this.chosen, out: this.out });
    if (item === null || item.label !== null) this.paint(rows, item && item.label);
    this.clear();
    return entry;
  }

  // Before the server says so, which sends all labels anew after each answer. `label` null: they are
  // set aside. The colour of a new class comes with it.
  paint(rows, label) {
    const column = this.points.columns.get("label");
    for (const row of rows) column.values[row] = label === null ? column.muted : label + 1;
    column.empty = false;
    this.points.labels = null; // what comes next is taken, also where it is what was there before
    this.points.version += 1;
  }

  // Takes our newest answer back, and chooses its images again; else the newest of an earlier visit.
  undo() {
    if (!this.last) return null;
    const last = this.said.pop();
    if (!last) return this.log({ kind: "undo", answer: this.server.last });
    this.choose(last.chosen);
    this.out = new Set(last.out);
    return this.log({ kind: "undo", of: last.seq });
  }

  get last() {
    const { last } = this.server;
    const gone = this.pending.some(({ answer }) => answer === last);
    return this.said.at(-1) ?? (last && !gone ? { answer: last } : null);
  }
}

// FNV-1a of whole numbers.
function hash(numbers) {
  let sum = 0x811c9dc5;
  for (const number of numbers) sum = Math.imul(sum ^ number, 0x01000193) >>> 0;
  return `${numbers.length}-${sum.toString(36)}`;
}
