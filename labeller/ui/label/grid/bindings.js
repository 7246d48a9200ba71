// Which key does what on the Label page: as at first, or as this browser was told.

const ACTIONS = [
  { name: "sure", key: "q", words: "Sure", act: (grid) => grid.confidence(1.0) },
  { name: "likely", key: "w", words: "Likely", act: (grid) => grid.confidence(0.8) },
  { name: "maybe", key: "e", words: "Maybe", act: (grid) => grid.confidence(0.5) },
  { name: "guess", key: "r", words: "Guess", act: (grid) => grid.confidence(0.3) },
  { name: "turn", key: "o", words: "Only these, or all but these", act: (grid) => grid.turnMarks() },
  { name: "split", key: "s", words: "Split", act: (grid) => grid.openSplit() },
  { name: "skip", key: "x", words: "Skip", act: (grid) => grid.skip() },
  { name: "undo", key: "u", words: "Undo", act: (grid) => grid.undo() },
  { name: "members", key: "m", words: "All images of the card", act: (grid) => grid.members() },
  { name: "zoom", key: "z", words: "The original image", act: (grid) => grid.zoom() },
  { name: "guide", key: "g", words: "Guidelines of the classes", act: (grid) => grid.guide() },
  { name: "next", key: "n", words: "Next open card", act: (grid) => grid.nextOpen() },
  { name: "add", key: "a", words: "Add a class", act: (grid) => grid.addClass() },
];
// These do not answer or change anything: one that is held down is nobody's.
// The keys of the other pages where classes are chosen: page before and next, set aside, undo.
const OTHER_PAGES = ["p", "n", "x", "u"];
const LOOKING = ["members", "zoom", "guide", "next", "add"];

class Bindings {
  constructor() {
    this.keys = stored("keys", {}); // of actions that were given another key
    this.own = stored(CLASS_KEYS, {}); // of classes, by name
  }

  of(name) {
    return this.keys[name] ?? ACTIONS.find((action) => action.name === name).key;
  }

  // The key as a person reads it.
  shown(name) {
    return this.of(name).toUpperCase();
  }

  action(key) {
    return ACTIONS.find((action) => this.of(action.name) === key) ?? null;
  }

  changed() {
    return Object.keys(this.keys).length + Object.keys(this.own).length > 0;
  }

  // Why an action, or a class (by name), cannot have the key; null where it can.
  refused(key, { action = null, name = null }, classes) {
    if ((key.length > 1 && !isDigit(key)) || key === " " || "/?+=-".includes(key)) return "This key cannot be changed.";
    if (action && isDigit(key)) return "Digits choose classes.";
    const other = this.action(key);
    if (other && other.name !== action) return `${key.toUpperCase()} is the key of “${other.words}”.`;
    const taken = classes.find((item) => item.name !== name && classKeys(classes).get(item.name) === key);
    if (taken) return `${key.toUpperCase()} is the key of the class “${taken.name}”.`;
    return name && OTHER_PAGES.includes(key) ? `${key.toUpperCase()} does something else on Review and Audit.` : null;
  }

  set(key, { action = null, name = null }) {
    if (action) this.keys[action] = key;
    else this.own[name] = key;
    this.save();
  }

  reset() {
    this.keys = {};
    this.own = {};
    this.save();
  }

  save() {
    keep("keys", this.keys);
    keep(CLASS_KEYS, this.own);
  }
}
