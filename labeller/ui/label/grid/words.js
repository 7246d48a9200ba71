// What the grid says of a card, in words.

// How mixed a cluster looks, in words. The hint ranks the cards of a round, so the worst third is
// called mixed unless all of them are clean; the bar is drawn against the worst card.
function mixture(card, cards) {
  const all = cards.map((other) => other.impurity);
  const below = all.filter((value) => value < card.impurity).length;
  const rank = all.length > 3 ? below / (all.length - 1) : 0.5;
  const share = card.impurity / Math.max(0.1, ...all);
  const impurity = card.impurity;
  if (impurity < 0.02 || (rank < 1 / 3 && impurity < 0.1)) {
    return { level: "pure", words: "looks like one thing", share };
  }
  if ((rank >= 2 / 3 && impurity >= 0.05) || impurity >= 0.25) {
    return { level: "mixed", words: "looks mixed: consider a split", share };
  }
  return { level: "some", words: "may be mixed: see the farthest", share };
}

function answerText(card, model) {
  const answer = card.answer;
  if (card.state === "labelled" && answer) {
    const { images, only } = savedMarks(answer);
    const marked = images.length ? ` · ${only ? "only" : "all but"} ${images.length}` : "";
    return `${model.className(answer)} · ${levelName(answer.confidence)}${marked}`;
  }
  if (card.state === "splitting") return `being split into ${answer?.split ?? "several"}`;
  return { skipped: "skipped", split: "split", open: "" }[card.state];
}

// Which part of which other card it is.
function partText(node) {
  return node.endsWith(".rest") ? `the rest of card ${node.slice(0, -5)}` : `part ${node} of a split`;
}

// What the marks of a card mean, and how to make some.
function marksText(card, { images, only }) {
  if (!images.length) return "All of them. Click a picture that is something else.";
  if (only) return `Only the ${images.length} marked`;
  if (images.length === card.shown.length) return "None is left: turn round, split or skip.";
  return `All but ${images.length} of the ${card.shown.length} shown`;
}

function levelName(value) {
  return LEVELS.find((level) => Math.abs(level.value - value) < 0.005)?.name ?? percent(value);
}
