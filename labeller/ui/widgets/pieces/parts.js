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

// A button that says what it does, and by which key.
function keyButton(name, label, title, act) {
  return el("button", { class: "plain", title, onclick: act }, el("span", {}, name), key(label));
}

// A small picture with words below it, to be clicked.
function tileButton(image, act) {
  return el("button", { onclick: act }, image, el("span", { class: "badge" }));
}

// What stands in the place of the pictures at the end.
function ending(sign, title, ...rest) {
  const mark = el("div", { class: "end-mark", "aria-hidden": "true" }, sign);
  return el("div", { class: "end" }, mark, el("h3", {}, title), ...rest);
}

// The whole multiple (or fraction) of `side` that comes nearest to `wanted` pixels from below.
function sharp(side, wanted) {
  return side <= wanted ? side * Math.floor(wanted / side) : wanted;
}

// Cell `number` of a sheet of square cells, shown `size` pixels wide; photos are scaled smoothly.
// Without a `label` it is part of something that has one.
function cell(sheet, number, size, label = null) {
  const column = number % sheet.columns;
  const row = Math.floor(number / sheet.columns);
  return el("div", {
    class: sheet.photo ? "cell photo" : "cell",
    role: label && "img",
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

function picture(uri, size, label, photo = false) {
  return el("img", { class: photo ? "picture photo" : "picture", src: uri, alt: label, width: size, height: size });
}

// The place of a picture that is on its way.
function blank(size) {
  return el("div", { class: "blank", style: { width: `${size}px`, height: `${size}px` } });
}

// What the key ? shows; `help` gives pairs of keys and what they do, `more` stands beside "Close".
function helpDialog(help, ...more) {
  const pair = ([keys, what]) => [el("dt", {}, key(keys)), el("dd", {}, what)];
  const rows = el("dl");
  const close = el("button", { class: "plain", onclick: () => dialog.close() }, "Close");
  const dialog = el(
    "dialog",
    {
      class: "help",
      "aria-label": "Keys",
      onclick: (event) => event.target === dialog && dialog.close(),
      onkeydown: (event) => event.key === "?" && dialog.close(),
    },
    el("h3", {}, "Keys"),
    rows,
    el("div", { class: "buttons" }, ...more, close),
  );
  // The keys may have been changed since it was open last.
  dialog.fill = () => rows.replaceChildren(...(typeof help === "function" ? help() : help).flatMap(pair));
  dialog.fill();
  return dialog;
}

function percent(share, digits = 0) {
  return `${(100 * share).toFixed(digits)} %`;
}

function count(number) {
  return number.toLocaleString("en-GB");
}

function stored(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`labeller ${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`labeller ${name}`, JSON.stringify(value));
  } catch {
    // A browser may forbid storage; then the choice lasts as long as the page.
  }
}
