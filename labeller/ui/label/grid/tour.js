// A tour of the page in five steps: opened by itself once, for who sees the demo first, and from "?".

const SEEN = "tour seen"; // under which this browser keeps that it was ended
const STEPS = [
  [".evidence .top", "A card stands for many images", "On the left is the middle of a cluster, as the network draws it; beside it its most typical image. One answer labels all images of the card."],
  [".evidence .row", "Look at some of them", "The nearest, some at random, and the farthest. Click a picture that is something else, and only the others get the label."],
  [".levels", "How sure are you?", "A guess counts less than a sure answer. Q, W, E and R do the same."],
  [".chips", "What is it?", "Press the key of a class, or click it: the next card comes on at once. S splits a mixed card, X skips it, U takes an answer back."],
  [".bar", "And then?", "When all cards are answered, Review shows what they do to all images, and a network learns from them. The next round asks only what it is not sure of."],
];

class Tour {
  // `place`: the element that the steps are in.
  constructor(place) {
    this.place = place;
    this.step = null; // the number on show; null: none
    this.title = el("h4", {});
    this.words = el("p", {});
    this.count = el("span", { class: "hint" });
    this.next = el("button", { class: "primary", onclick: () => this.show(this.step + 1) });
    this.skip = el("button", { class: "plain", onclick: () => this.end() }, "Skip the tour");
    const buttons = el("div", { class: "buttons" }, this.count, this.skip, this.next);
    this.root = el("section", { class: "tour", role: "dialog", "aria-label": "Tour", hidden: true }, this.title, this.words, buttons);
  }

  // Opens it for a person who has not seen it yet.
  offer() {
    if (this.offered || stored(SEEN, false)) return;
    this.offered = true;
    this.show(0);
  }

  show(step) {
    if (step >= STEPS.length) return this.end();
    this.step = step;
    const [where, title, words] = STEPS[step];
    text(this.title, title);
    text(this.words, words);
    text(this.count, `${step + 1} of ${STEPS.length}`);
    const last = step + 1 === STEPS.length;
    text(this.next, last ? "Start labelling" : "Next");
    this.skip.hidden = last;
    this.root.hidden = false;
    this.mark(this.place.querySelector(where));
    return this.next.focus();
  }

  end() {
    this.step = null;
    this.root.hidden = true;
    this.mark(null);
    keep(SEEN, true);
  }

  // The keys are the tour's while it is open; true if this one was.
  key(event) {
    if (this.step === null) return false;
    if (event.key === "Escape") this.end();
    else if (event.key === "ArrowRight") this.show(this.step + 1);
    else if (event.key === "ArrowLeft") this.show(Math.max(0, this.step - 1));
    else return !["Enter", " ", "Tab"].includes(event.key);
    event.preventDefault();
    return true;
  }

  // Frames the part that is spoken of; the words stand below it, or above where there is no room.
  mark(part) {
    this.place.querySelectorAll(".toured").forEach((each) => each.classList.remove("toured"));
    if (!part) return;
    part.classList.add("toured");
    part.scrollIntoView({ block: "nearest" });
    const [box, here] = [part.getBoundingClientRect(), this.place.getBoundingClientRect()];
    const { offsetHeight: height, offsetWidth: width } = this.root;
    const below = box.bottom + 12 + height < window.innerHeight;
    const top = below ? box.bottom + 12 : Math.max(8, box.top - height - 12);
    const left = Math.min(box.left, here.right - width - 8);
    Object.assign(this.root.style, { top: `${top - here.top}px`, left: `${Math.max(0, left - here.left)}px` });
  }
}
