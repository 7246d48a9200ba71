// Which images of a card were clicked: a draft until a class is chosen, then part of the answer.

class Marks {
  constructor() {
    this.drafts = new Map(); // sheet of a card -> { images, only, sure }
  }

  // Images in the order of the clicks; `only`: they are the only right ones, else the wrong ones;
  // `sure`: the confidence chosen with them, null while it follows from them.
  of(card) {
    return this.drafts.get(card.sheet) ?? savedMarks(card.answer);
  }

  unsaved(card) {
    return this.drafts.has(card.sheet);
  }

  toggle(card, image) {
    const { images, ...rest } = this.of(card);
    const kept = images.filter((other) => other !== image);
    this.keep(card, { ...rest, images: kept.length < images.length ? kept : [...images, image] });
  }

  // From "all but these" to "only these", and back.
  turn(card) {
    const marks = this.of(card);
    this.keep(card, { ...marks, only: !marks.only });
  }

  sure(card, confidence) {
    this.keep(card, { ...this.of(card), sure: confidence });
  }

  // True if there was anything to clear.
  clear(card) {
    if (!this.of(card).images.length) return false;
    this.keep(card, NO_MARKS);
    return true;
  }

  drop(card) {
    this.drafts.delete(card.sheet);
  }

  // Without a mark there is nothing to save, unless the answer that is saved has some.
  keep(card, marks) {
    if (marks.images.length || savedMarks(card.answer).images.length) {
      this.drafts.set(card.sheet, marks.images.length ? marks : NO_MARKS);
    } else this.drop(card);
  }
}

const NO_MARKS = { images: [], only: false, sure: null };

function savedMarks(answer) {
  if (answer?.kind !== "label") return NO_MARKS;
  const only = Boolean(answer.only?.length);
  return { images: [...(only ? answer.only : answer.wrong ?? [])], only, sure: null };
}

// How sure an answer with these marks is where nobody says: the share of the card that is right.
function markedConfidence(card, { images, only, sure }) {
  return sure ?? (only ? 1 : 1 - images.length / card.shown.length);
}

// How many images of the cluster get the label of a card's answer; those that its rest took do not.
function speaksFor(card) {
  const { images, only } = savedMarks(card.answer);
  return only ? images.length : card.size - Math.max(images.length, card.taken ?? 0);
}

// How many of those images have no label from an earlier round.
function freshFor(card) {
  return speaksFor(card) * card.fresh;
}

// How many images the cards in a `state` stand for, each for `imagesOf` it.
function imagesIn(cards, state, imagesOf) {
  return cards.filter((card) => card.state === state).reduce((sum, card) => sum + imagesOf(card), 0);
}

// A rest that is skipped keeps the label of its card.
function skippedBy(card) {
  return isRest(card) ? 0 : card.size * card.fresh;
}
