// Small pieces of the page. Names of classes and people only ever become text nodes.

function el(tag, values = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "style") Object.assign(node.style, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

// Sets text or an attribute only when it differs, so that nothing is painted without need.
function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

function key(label) {
  return el("kbd", {}, label);
}

// The whole multiple (or fraction) of `side` that comes nearest to `wanted` pixels from below.
function sharp(side, wanted) {
  return side <= wanted ? side * Math.floor(wanted / side) : wanted;
}

// Cell `number` of a sheet of square cells, shown `size` pixels wide.
function cell(sheet, number, size, label) {
  const column = number % sheet.columns;
  const row = Math.floor(number / sheet.columns);
  return el("div", {
    class: "cell",
    role: "img",
    "aria-label": label,
    style: {
      width: `${size}px`,
      height: `${size}px`,
      backgroundImage: `url(${sheet.uri})`,
      backgroundSize: `${sheet.columns * size}px auto`,
      backgroundPosition: `-${column * size}px -${row * size}px`,
    },
  });
}

function picture(uri, size, label) {
  return el("img", { class: "picture", src: uri, alt: label, width: size, height: size });
}

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
    return `${model.className(answer)} · ${levelName(answer.confidence)}`;
  }
  if (card.state === "splitting") return `being split into ${answer?.split ?? "several"}`;
  return { skipped: "skipped", split: "split", open: "" }[card.state];
}

function helpDialog() {
  const rows = HELP.map(([keys, what]) => [el("dt", {}, key(keys)), el("dd", {}, what)]).flat();
  const dialog = el("dialog", { class: "help", "aria-label": "Keys" });
  const close = el("button", { class: "plain", onclick: () => dialog.close() }, "Close");
  dialog.append(el("h3", {}, "Keys"), el("dl", {}, ...rows), close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => event.key === "?" && dialog.close());
  return dialog;
}
