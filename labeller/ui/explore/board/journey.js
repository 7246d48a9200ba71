// The map over the rounds: the points move from where they lay in one round to where in the next.

const STRIDE = 1600; // ms from one round to the next
const LYING = 0.3; // of them, in which they lie still
const MOST_FRAME = 100; // ms that count between two frames: a slow machine shows all, only slower

class Journey {
  // `actions`: want() asks for the places of all rounds, moved() shows the points where they are now.
  constructor(actions) {
    this.actions = actions;
    this.button = el("button", { class: "plain", onclick: () => this.toggle() });
    this.slider = el("input", { type: "range", min: 0, step: "any", "aria-label": "Round", oninput: () => this.drag() });
    this.place = el("output", {});
    this.root = el("div", { class: "journey" }, this.button, this.slider, this.place);
  }

  render(model, { rounds, round }) {
    this.root.hidden = rounds.length < 2;
    if (this.session !== model.session) {
      this.stop();
      this.session = model.session;
      this.at = rounds.indexOf(round);
    }
    this.points = model.points;
    this.rounds = rounds;
    this.slider.max = rounds.length - 1;
    this.show();
    if (this.asked && this.ready) {
      this.asked = false;
      this.begin();
    }
  }

  get ready() {
    return this.rounds.every((round) => this.points.columns.has(`x ${round}`));
  }

  toggle() {
    if (this.playing) return this.stop();
    if (this.ready) return this.begin();
    this.asked = true;
    return this.actions.want();
  }

  drag() {
    this.stop();
    if (!this.ready) return this.actions.want();
    return this.go(Number(this.slider.value), false);
  }

  // From the first round, if the last is on show.
  begin() {
    if (this.at >= this.rounds.length - 1) this.at = 0;
    this.before = null;
    this.playing = requestAnimationFrame((now) => this.frame(now));
    this.show();
  }

  frame(now) {
    const passed = this.before === null ? 0 : Math.min(MOST_FRAME, now - this.before) / STRIDE;
    this.before = now;
    const last = this.rounds.length - 1;
    const at = Math.min(last, this.at + passed);
    this.playing = at < last ? requestAnimationFrame((next) => this.frame(next)) : null;
    this.go(at, Boolean(this.playing));
  }

  stop() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.go(Math.round(this.at), false);
  }

  // Where the points are at a place between the rounds; they need no more of it.
  go(at, moving) {
    this.at = at;
    const [low, share] = [Math.floor(at), between(at - Math.floor(at))];
    const [from, to] = [low, Math.min(low + 1, this.rounds.length - 1)].map((i) => this.rounds[i]);
    for (const axis of ["x", "y"]) {
      const [now, first, second] = [axis, `${axis} ${from}`, `${axis} ${to}`].map((name) => this.points.values(name));
      for (let row = 0; row < now.length; row += 1) now[row] = first[row] + share * (second[row] - first[row]);
    }
    this.points.moved += 1;
    this.points.moving = moving;
    this.show();
    this.actions.moved();
  }

  show() {
    text(this.button, this.playing ? "Pause" : this.asked ? "…" : "Play");
    text(this.place, `Round ${this.rounds[Math.round(this.at)]}`);
    if (Number(this.slider.value) !== this.at) this.slider.value = this.at;
  }
}

// How far a point is between two rounds after a share of the time: it rests, then moves softly. Who
// wants no motion sees it jump.
function between(share) {
  if (window.matchMedia?.("(prefers-reduced-motion: reduce)").matches) return share < 0.5 ? 0 : 1;
  const moved = Math.min(1, Math.max(0, (share - LYING / 2) / (1 - LYING)));
  return moved * moved * (3 - 2 * moved);
}
