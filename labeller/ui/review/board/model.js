// What the page of images knows: their labels, which are chosen, and our answers on their way.

class Looked extends Log {
  constructor(session) {
    super(session);
    this.server = { images: [], classes: [], page: 0, pages: 0 };
    this.at = 0; // place of the image under the cursor
    this.anchor = 0; // where a range begins
    this.chosen = new Set(); // image numbers; none: the one under the cursor
    this.said = []; // our answers that may be taken back here, newest last
    this.shown = "";
  }

  // Takes what the server says; returns whether something unconfirmed remains.
  receive(data) {
    const waiting = super.receive(data);
    for (const { client, seq } of data.failed) {
      if (client === this.client) this.said = this.said.filter((one) => one.seq !== seq);
    }
    const shown = data.images.map(({ image }) => image).join();
    if (shown !== this.shown) {
      this.shown = shown;
      this.at = this.anchor = 0;
      this.chosen.clear();
    }
    return waiting;
  }

  // The images with our own answers laid over what the server says.
  images() {
    const images = new Map(this.server.images.map((one) => [one.image, { ...one, saved: true }]));
    for (const entry of this.pending) {
      const of = entry.kind === "undo" ? this.undoneImages(entry) : entry.images;
      for (const number of of) {
        const image = images.get(number);
        if (!image) continue;
        image.saved = false;
        if (entry.kind === "undo") continue;
        const { kind, label, name } = entry;
        const said = kind === "aside" ? { aside: true, label: -1, name: "" } : { aside: false, label: label ?? -1, name: name ?? this.className(label) };
        Object.assign(image, said, { looked: true });
      }
    }
    return [...images.values()];
  }

  undoneImages({ of }) {
    return this.undone?.get(of) ?? [];
  }

  className(label) {
    return this.server.classes.find((item) => item.label === label)?.name ?? "";
  }

  numbers() {
    return this.server.images.map(({ image }) => image);
  }

  // The images that the next key is about.
  meant() {
    const numbers = this.numbers();
    if (this.chosen.size) return numbers.filter((image) => this.chosen.has(image));
    return numbers[this.at] === undefined ? [] : [numbers[this.at]];
  }

  move(step, extend = false) {
    this.goTo(Math.min(this.numbers().length - 1, Math.max(0, this.at + step)), extend);
  }

  // Puts the cursor at a place; with `extend` all from the anchor to there are chosen.
  goTo(place, extend = false) {
    this.at = place;
    if (!extend) {
      this.anchor = place;
      return;
    }
    const [from, to] = [Math.min(this.anchor, place), Math.max(this.anchor, place)];
    this.chosen = new Set(this.numbers().slice(from, to + 1));
  }

  toggle(place) {
    this.at = this.anchor = place;
    const image = this.numbers()[place];
    if (image !== undefined && !this.chosen.delete(image)) this.chosen.add(image);
  }

  all() {
    const numbers = this.numbers();
    this.chosen = this.chosen.size === numbers.length ? new Set() : new Set(numbers);
  }

  // The images that are meant are of this class (`label` null: a new one, called `name`); the cursor
  // goes on to the next.
  say(label, name) {
    const images = this.meant();
    if (!images.length) return null;
    return this.give({ kind: "label", label, name: label === null ? name : undefined, images });
  }

  setAside() {
    const images = this.meant();
    return images.length ? this.give({ kind: "aside", images }) : null;
  }

  // The labels that they have are right: an answer per class. Null where none of them has one.
  confirm() {
    const meant = new Set(this.meant());
    const of = new Map();
    for (const { image, label, name } of this.images()) {
      if (!meant.has(image) || (label < 0 && !name)) continue;
      const item = label < 0 ? `new ${name}` : label;
      of.set(item, { label: label < 0 ? null : label, name, images: [...(of.get(item)?.images ?? []), image] });
    }
    let entry = null;
    for (const { label, name, images } of of.values()) {
      entry = this.give({ kind: "label", label, name: label === null ? name : undefined, images });
    }
    return entry;
  }

  give(values) {
    const entry = this.log({ confidence: 1.0, ...values });
    this.said.push({ seq: entry.seq, images: entry.images });
    const last = Math.max(...entry.images.map((image) => this.numbers().indexOf(image)));
    this.chosen.clear();
    this.goTo(Math.min(this.numbers().length - 1, last + 1));
    return entry;
  }

  // Takes our newest answer back, and goes to its first image.
  undo() {
    const last = this.said.pop();
    if (!last) return null;
    (this.undone ??= new Map()).set(last.seq, last.images);
    const place = this.numbers().indexOf(last.images[0]);
    if (place >= 0) this.goTo(place);
    // An answer that is still on its way is taken back behind it.
    return this.log({ kind: "undo", of: last.seq });
  }

  get left() {
    return this.images().filter(({ looked, aside }) => !looked && !aside).length;
  }
}
