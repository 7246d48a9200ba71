// What the keys do on the Label page.

const HELP = [
  ["1 … 9, 0", "this class, with the confidence chosen"],
  ["⇧1 … ⇧0", "classes 11 to 20"],
  ["/", "search the classes by name"],
  ["Enter", "the suggested class; keep a doubted answer; else the next card"],
  ["Q W E R", "sure, likely, maybe, guess"],
  ["− +", "confidence by 5 % down, up"],
  ["Click, or Tab and Space", "mark a picture that is not of the class"],
  ["O", "turn the marks round: only the marked ones"],
  ["Esc", "clear the marks"],
  ["S, then 2 … 9", "not a class: split into that many"],
  ["X", "skip"],
  ["U or Ctrl+Z", "undo the newest mark, or answer"],
  ["Ctrl+Y or Ctrl+⇧Z", "redo: give the answer again"],
  ["M", "all images of the card"],
  ["← →", "previous, next card"],
  ["N", "next open card"],
  ["A", "add a class"],
  ["?", "this help"],
];

// Calls `actions` for a key; true if the key was ours.
function handleKey(event, actions) {
  if (undoes(event)) return actions.undo(), true;
  if (redoes(event)) return actions.redo(), true;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const key = pressed(event);
  const target = event.composedPath()[0];
  const arrow = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (arrow) {
    if (target.type === "range") return false;
    return actions.move(arrow), true;
  }
  // A key that is held down must not label card after card.
  if (event.repeat) return isDigit(key) || "xuqwerso".includes(key);
  if (actions.splitting()) {
    if (/^[2-9]$/.test(key)) return actions.split(Number(key)), true;
    if (key === "s" || key === "Enter") return actions.split(null), true;
    if (key === "Escape") return actions.closeSplit(), true;
  }
  if (isDigit(key)) return actions.chooseKey(key), true;
  const act = {
    ...Object.fromEntries(LEVELS.map((level) => [level.key, () => actions.confidence(level.value)])),
    "-": () => actions.nudge(-0.05),
    "+": () => actions.nudge(0.05),
    "=": () => actions.nudge(0.05),
    Enter: () => (target instanceof HTMLButtonElement ? false : actions.enter()),
    Escape: () => actions.clearMarks(),
    o: () => actions.turnMarks(),
    s: () => actions.openSplit(),
    x: () => actions.skip(),
    u: () => actions.undo(),
    n: () => actions.nextOpen(),
    a: () => actions.addClass(),
    m: () => actions.members(),
    "/": () => actions.search(),
    "?": () => actions.help(),
  }[key];
  return Boolean(act) && act() !== false;
}
