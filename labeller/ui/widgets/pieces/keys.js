// The keyboard: whose keys they are, what they are called, and which class has which.

// True where the keys belong to someone else: a text field, or an open dialog.
function occupied(event, root) {
  const target = event.composedPath()[0];
  const typing =
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("textarea, select, input:not([type=range], [type=checkbox], [type=radio])"));
  return typing || root.querySelector("dialog[open]") || document.querySelector("[role=dialog]");
}

// Takes the focus from a button that the mouse pressed, also from one of Streamlit's: the next Enter
// or Space would press it again, for another card. It is for `mouseup`, which comes before the click:
// a dialog that the click opens gives the focus back, once closed, to whoever had it before. Keys that
// press a button bring no mouseup, so whoever came to it by Tab stays there.
function leaveButton() {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  if (focused instanceof HTMLButtonElement) focused.blur();
}

function pressed(event) {
  // Keyboards differ: on a German one, Shift+7 is the slash.
  if ("/?+=-".includes(event.key)) return event.key;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (digit !== undefined) return event.shiftKey ? `⇧${digit}` : digit;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// Ctrl+Z, as everywhere.
function undoes(event) {
  return (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
}

// Ctrl+Y or Ctrl+Shift+Z.
function redoes(event) {
  const key = event.key.toLowerCase();
  return (event.ctrlKey || event.metaKey) && (event.shiftKey ? key === "z" : key === "y");
}

function isDigit(key) {
  return /^⇧?\d$/.test(key);
}

const CLASS_KEYS = "class keys"; // under which this browser keeps the keys that a person chose

// Which key chooses which class: one that the person chose, else a class called by a digit has that
// digit's key, the others take the free keys in the order of the keyboard; the next ten have the same
// keys with Shift.
function classKeys(classes) {
  const own = stored(CLASS_KEYS, {});
  const keys = new Map(classes.filter(({ name }) => own[name]).map(({ name }) => [name, own[name]]));
  const given = new Set(keys.values());
  const digits = [..."1234567890"];
  const free = digits.filter((digit) => !given.has(digit));
  for (const { name } of classes) {
    const place = keys.has(name) ? -1 : free.indexOf(name);
    if (place >= 0) keys.set(name, free.splice(place, 1)[0]);
  }
  const shifted = digits.map((digit) => `⇧${digit}`).filter((name) => !given.has(name));
  const rest = [...free, ...shifted];
  for (const { name } of classes) if (!keys.has(name) && rest.length) keys.set(name, rest.shift());
  return keys;
}

function classOfKey(classes, label) {
  const keys = classKeys(classes);
  return classes.find(({ name }) => keys.get(name) === label);
}
