// Entries that the server has not confirmed yet: the browser's half of `ledger.py`.
//
// Each answer is an entry of a log, numbered by `seq`. The server applies entries in order, commits
// them and tells the last number that it applied; only then does the page say "saved". Until then
// the entry is laid over the server's state, so that a key shows at once. Entries are sent again
// until they are confirmed. `client` and `seq` together name an entry for ever, and the store keeps
// both: applying one twice, in whichever session, changes nothing.

const SLOW = 4000; // ms after which an unconfirmed answer is called unsaved
const RESEND = 5000; // ms between attempts to send it again

// Models outlive the elements, so that an answer given just before leaving the page is not lost.
const SHARED = (globalThis.labellerBoards ??= { models: new Map(), pictures: new Map() });

function modelOf(session, Kind) {
  if (!SHARED.models.has(session)) SHARED.models.set(session, new Kind(session));
  return SHARED.models.get(session);
}

class Log {
  constructor(session) {
    this.session = session;
    this.client = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.seq = 0;
    this.pending = [];
    this.failed = [];
    this.reported = new Set();
    this.expert = stored("expert", "me");
    this.sentAt = 0;
    this.waitingSince = 0;
    this.server = {};
    this.waiting = ""; // why the server cannot save them yet
    this.committed = 0; // the last of our entries that the server has applied,
    this.refused = new Set(); // and those of them that failed
  }

  // What the server has stored is saved; its entries stay until what they changed has come too.
  acknowledge({ applied, failed, waiting = "" }) {
    this.waiting = waiting;
    this.committed = Math.max(this.committed, applied[this.client] ?? 0);
    for (const { client, seq } of failed) if (client === this.client) this.refused.add(seq);
    if (!this.unsaved().length) this.waitingSince = 0;
  }

  saved({ seq }) {
    return seq <= this.committed && !this.refused.has(seq);
  }

  unsaved() {
    return this.pending.filter((entry) => !this.saved(entry));
  }

  // Takes what the server says; returns whether something unconfirmed remains.
  receive(data) {
    this.server = data;
    const confirmed = data.applied[this.client] ?? 0;
    this.acknowledge(data);
    const left = this.pending.filter((entry) => entry.seq > confirmed);
    // Any confirmation shows that the server is there; with nothing left there is no waiting.
    if (left.length < this.pending.length) this.waitingSince = left.length ? Date.now() : 0;
    this.pending = left;
    for (const failure of data.failed) {
      if (failure.client !== this.client || this.reported.has(failure.seq)) continue;
      this.reported.add(failure.seq);
      this.failed.push(failure);
    }
    return this.pending.length > 0;
  }

  log(values) {
    const entry = { seq: ++this.seq, expert: this.expert.trim() || "me", ...values };
    this.pending.push(entry);
    return entry;
  }

  // Failed entries go to the end of the log, under new numbers; those that were none have no entry.
  retry() {
    for (const { entry } of this.failed) if (entry) this.log({ ...entry, seq: this.seq + 1 });
    this.failed = [];
  }

  sent() {
    this.sentAt = Date.now();
    this.waitingSince ||= this.sentAt;
  }

  saving() {
    if (this.failed.length) return "failed";
    if (!this.unsaved().length) return "saved";
    return this.waiting || Date.now() - this.waitingSince > SLOW ? "slow" : "saving";
  }
}
