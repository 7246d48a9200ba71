// What the card knows: images to come, what was said of the last ones, and what is on its way.

class AuditLog extends Log {
  constructor(session) {
    super(session);
    this.at = null; // image on show; null: none is left, or none has arrived
    this.server = { size: 0, done: 0, skipped: 0, next: [], said: [], classes: [] };
  }

  receive(data) {
    const waiting = super.receive(data);
    this.follow();
    return waiting;
  }

  // The image on show stays there until something is said of it, here or elsewhere.
  follow() {
    const { next } = this.state();
    if (!next.includes(this.at)) this.at = next[0] ?? null;
  }

  // The server's state with our own entries laid over it.
  state() {
    const { size, classes } = this.server;
    let { done, skipped } = this.server;
    let next = [...this.server.next];
    let said = this.server.said.map(([image, label]) => ({ image, label, saved: true }));
    for (const { kind, image, label } of this.pending) {
      const before = said.find((one) => one.image === image);
      said = said.filter((one) => one !== before);
      next = next.filter((one) => one !== image);
      if (before) done -= 1;
      if (before?.label === null) skipped -= 1;
      if (kind === "undo") {
        next.unshift(image);
      } else {
        said.push({ image, label, saved: false });
        done += 1;
        if (label === null) skipped += 1;
      }
    }
    return { size, classes, done, skipped, next, said };
  }

  className(label) {
    if (label === null) return "?";
    return this.server.classes.find((item) => item.label === label)?.name ?? "?";
  }

  // Says what `image` shows; `label` null: it cannot be told.
  say(image, label) {
    const entry = this.log({ kind: label === null ? "skip" : "label", image, label });
    this.follow();
    return entry;
  }

  // Takes back what was said of `image`, else the newest word, and shows that image.
  undo(image) {
    const { said } = this.state();
    const answer = image === undefined ? said.at(-1) : said.find((one) => one.image === image);
    if (!answer) return null;
    this.at = answer.image;
    return this.log({ kind: "undo", image: answer.image });
  }
}
