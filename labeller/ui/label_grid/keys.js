// The keyboard: one listener on the window, ahead of Streamlit's own shortcuts (R, C).

const HELP = [
  ["1 … 9, 0", "this class, with the confidence chosen"],
  ["⇧1 … ⇧0", "classes 11 to 20"],
  ["/", "search the classes by name"],
  ["Enter", "the class that the model suggests"],
  ["Q W E R", "sure, likely, maybe, guess"],
  ["− +", "confidence by 5 % down, up"],
  ["S, then 2 … 9", "not a class: split into that many"],
  ["X", "skip"],
  ["U or Ctrl+Z", "undo the newest answer"],
  ["← →", "previous, next card"],
  ["N", "next open card"],
  ["A", "add a class"],
  ["?", "this help"],
];

// True where the keys belong to someone else: a text field, or an open dialog.
function occupied(event, root) {
  const target = event.composedPath()[0];
  const typing =
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("textarea, select, input:not([type=range], [type=checkbox], [type=radio])"));
  return typing || root.querySelector("dialog[open]") || document.querySelector("[role=dialog]");
}

function pressed(event) {
  // Keyboards differ: on a German one, Shift+7 is the slash.
  if ("/?+=-".includes(event.key)) return event.key;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (digit !== undefined) return event.shiftKey ? `⇧${digit}` : digit;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// Calls `actions` for a key; true if the key was ours.
function handleKey(event, actions) {
  const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
  if (undo && !event.shiftKey) return actions.undo(), true;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const key = pressed(event);
  const target = event.composedPath()[0];
  const arrow = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (arrow) {
    if (target.type === "range") return false;
    return actions.move(arrow), true;
  }
  // A key that is held down must not label card after card.
  if (event.repeat) return /^⇧?\d$/.test(key) || "xuqwers".includes(key);
  if (actions.splitting()) {
    if (/^[2-9]$/.test(key)) return actions.split(Number(key)), true;
    if (key === "s" || key === "Enter") return actions.split(null), true;
    if (key === "Escape") return actions.closeSplit(), true;
  }
  if (/^⇧?\d$/.test(key)) return actions.chooseKey(key), true;
  const level = LEVELS.find((item) => item.key === key);
  if (level) return actions.confidence(level.value), true;
  if (key === "-") return actions.nudge(-0.05), true;
  if (key === "+" || key === "=") return actions.nudge(0.05), true;
  if (key === "Enter") {
    if (target instanceof HTMLButtonElement) return false;
    return actions.enter();
  }
  const plain = {
    s: actions.openSplit,
    x: actions.skip,
    u: actions.undo,
    n: actions.nextOpen,
    a: actions.addClass,
    "/": actions.search,
    "?": actions.help,
  }[key];
  if (!plain) return false;
  plain.call(actions);
  return true;
}
