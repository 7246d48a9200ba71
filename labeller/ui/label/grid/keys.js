// What the keys do on the Label page.

// What the dialog of the key ? says, with the keys in force.
function helpRows(bindings) {
  const own = (name) => bindings.shown(name);
  const chosen = Object.entries(stored(CLASS_KEYS, {})).filter(([, key]) => key);
  return [
    ["1 … 9, 0", "this class, with the confidence chosen"],
    ["⇧1 … ⇧0", "classes 11 to 20"],
    ...chosen.map(([name, key]) => [key, `the class ${name}`]),
    ["/", "search the classes by name"],
    ["Enter", "the suggested class; keep a doubted answer; else the next card"],
    [["sure", "likely", "maybe", "guess"].map(own).join(" "), "sure, likely, maybe, guess"],
    ["− +", "confidence by 5 % down, up"],
    ["Click, or Tab and Space", "mark a picture that is not of the class"],
    [own("turn"), "turn the marks round: only the marked ones"],
    ["Ctrl or ⇧, and click", "choose several tiles: the next class answers each of their cards"],
    ["Esc", "clear the marks, or the tiles that were chosen"],
    [`${own("split")}, then 2 … 9`, "not a class: split into that many"],
    [own("skip"), "skip"],
    [`${own("undo")} or Ctrl+Z`, "undo the newest mark, or answer"],
    ["Ctrl+Y or Ctrl+⇧Z", "redo: give the answer again"],
    [own("members"), "all images of the card"],
    [`${own("zoom")}, or double click`, "the original image, as large as it is"],
    [own("guide"), "what the classes mean, with examples"],
    ["← →", "previous, next card"],
    [own("next"), "next open card"],
    [own("add"), "add a class"],
    ["?", "this help"],
  ];
}

// Calls `actions` for a key; true if the key was ours.
function handleKey(event, actions, bindings = new Bindings()) {
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
  const action = bindings.action(key);
  // A key that is held down must not label card after card.
  if (event.repeat) {
    return actions.takesClass(key) || Boolean(action && !LOOKING.includes(action.name));
  }
  if (actions.splitting()) {
    if (/^[2-9]$/.test(key)) return actions.split(Number(key)), true;
    if (action?.name === "split" || key === "Enter") return actions.split(null), true;
    if (key === "Escape") return actions.closeSplit(), true;
  }
  if (action) return action.act(actions), true;
  if (actions.takesClass(key)) return actions.chooseKey(key), true;
  const act = {
    "-": () => actions.nudge(-0.05),
    "+": () => actions.nudge(0.05),
    "=": () => actions.nudge(0.05),
    Enter: () => (target instanceof HTMLButtonElement ? false : actions.enter()),
    Escape: () => actions.clearMarks(),
    "/": () => actions.search(),
    "?": () => actions.help(),
  }[key];
  return Boolean(act) && act() !== false;
}
