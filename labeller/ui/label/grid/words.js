// What the grid says of a card, in words.

// How mixed a cluster looks, in words; `mixed` is the share of its images that may be something else
// than most. A rest has no cluster beside it to be measured against: null.
function mixture({ node, mixed: share }) {
  if (isRest({ node })) return null;
  if (share < 0.07) return { level: "pure", words: "looks like one thing", share };
  const part = share >= 0.45 ? "half" : `1 in ${Math.round(1 / share)}`;
  if (share < 0.3) return { level: "some", words: `about ${part} may be something else`, share };
  return { level: "mixed", words: `about ${part} may be something else: mark them, or split`, share };
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

const REST = ".rest";

// Whether the card asks about what lies with the images that were marked as wrong on another.
function isRest(card) {
  return card.node.endsWith(REST);
}

// What kind of part of another card it is, in a word; empty for a cluster of its own.
function partOf(card) {
  return isRest(card) ? "rest" : card.depth ? "part" : "";
}

// That other card by its place on the page, which is all that a person knows it by, and its class.
function markedCard(card, model) {
  const cards = model.cards();
  const place = cards.findIndex((other) => other.node === card.node.slice(0, -REST.length));
  const answer = cards[place]?.answer;
  return answer?.kind === "label" ? { place: place + 1, name: model.className(answer) } : null;
}

// Which part of which other card it is.
function partText(card, model) {
  if (!isRest(card)) return `part ${card.node} of a split`;
  const marked = markedCard(card, model);
  return marked ? `rest of card ${marked.place}, ${marked.name}` : "rest of another card";
}

// Why it is asked, in a sentence.
function whyText(card, model) {
  const marked = isRest(card) ? markedCard(card, model) : null;
  if (!marked) return card.why;
  return `You marked images of card ${marked.place} as not ${marked.name}: these, and others like them. What are they?`;
}

// Where the rest of a card is asked about; empty if nowhere.
function restText(card, model) {
  if (card.rest_comes) return " · looking for its rest…";
  const place = model.cards().findIndex((other) => other.node === card.node + REST);
  return place < 0 ? "" : ` · its rest is card ${place + 1}`;
}

// Who gave the answer on show, and what others say of the card.
function voicesText(card, model) {
  const by = card.answer?.expert ?? "?";
  const others = (card.voices ?? []).filter((voice) => voice.expert !== by);
  const says = (voice) => {
    if (voice.kind !== "label") return voice.kind === "skip" ? "skipped" : "no class";
    return voice.label === card.answer?.label ? "agrees" : model.className(voice);
  };
  return [by, ...others.map((voice) => `${voice.expert}: ${says(voice)}`)].join(" · ");
}

// What becomes of a person's answer where others said something else; empty where it counts.
function standsText(card, model) {
  const counts = card.counts ? `, counts as ${model.className(card.counts)}` : "";
  return card.disputed && !card.doubt ? `${counts}, people differ: a look by somebody else settles it` : counts;
}

// What the marks of a card mean, and how to make some.
function marksText(card, { images, only }) {
  if (!images.length) return "All of them. Click a picture that is something else.";
  if (only) return `Only the ${images.length} marked`;
  if (images.length === card.shown.length) return "None is left: turn round, split or skip.";
  return `All but ${images.length} of the ${card.shown.length} shown`;
}

// The confidence of an answer in per cent, for its tile; empty where it is sure.
function unsure(answer) {
  const share = answer?.confidence ?? 1;
  return share > 0.995 ? "" : String(Math.round(100 * share));
}

function levelName(value) {
  return LEVELS.find((level) => Math.abs(level.value - value) < 0.005)?.name ?? percent(value);
}
