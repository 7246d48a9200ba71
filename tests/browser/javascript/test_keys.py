"""Keys: what they are called, whose they are, which class has which, and what the grid does."""

import pytest

pytestmark = pytest.mark.browser

EVENT = "const event = new KeyboardEvent('keydown', { bubbles: true, composed: true, ...init });"


@pytest.mark.parametrize(
    ("key", "code", "shift", "called"),
    [
        ("5", "Digit5", False, "5"),
        ("5", "Numpad5", False, "5"),
        ("%", "Digit5", True, "⇧5"),
        ("%", "Digit5", False, "5"),
        ("/", "Digit7", True, "/"),  # a German keyboard
        ("?", "Minus", True, "?"),
        ("+", "BracketRight", False, "+"),
        ("=", "Digit0", True, "="),
        ("-", "Slash", False, "-"),
        ("X", "KeyX", True, "x"),
        ("x", "KeyX", False, "x"),
        ("Enter", "Enter", False, "Enter"),
        ("F5", "F5", False, "F5"),
    ],
)
def test_what_a_key_is_called(js, key, code, shift, called):
    init = {"key": key, "code": code, "shiftKey": shift}
    assert js(f"{EVENT} return pressed(event)", init=init) == called


@pytest.mark.parametrize(
    ("init", "undoes"),
    [
        ({"key": "z", "ctrlKey": True}, True),
        ({"key": "z", "metaKey": True}, True),
        ({"key": "Z", "ctrlKey": True}, True),
        ({"key": "Z", "ctrlKey": True, "shiftKey": True}, False),
        ({"key": "z"}, False),
        ({"key": "y", "ctrlKey": True}, False),
    ],
    ids=str,
)
def test_ctrl_z_undoes(js, init, undoes):
    assert js(f"{EVENT} return undoes(event)", init=init) is undoes


@pytest.mark.parametrize(
    ("key", "digit"), [("0", True), ("⇧9", True), ("10", False), ("x", False), ("F1", False)]
)
def test_which_keys_are_digits(js, key, digit):
    assert js("return isDigit(key)", key=key) is digit


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["cat", "dog"], {"cat": "1", "dog": "2"}),
        (["cat", "1", "dog"], {"1": "1", "cat": "2", "dog": "3"}),
        (["0", "cat"], {"0": "0", "cat": "1"}),
        ([str(i) for i in range(10)], {str(i): str(i) for i in range(10)}),
        (
            [*"abcdefghijkl"],
            dict(zip("abcdefghij", "1234567890", strict=True)) | {"k": "⇧1", "l": "⇧2"},
        ),
        (["10", "2"], {"2": "2", "10": "1"}),
    ],
)
def test_which_class_has_which_key(js, names, keys):
    classes = [{"name": name} for name in names]
    assert js("return Object.fromEntries(classKeys(classes))", classes=classes) == keys
    body = "return classOfKey(classes, key)?.name"
    for name, key in keys.items():
        assert js(body, classes=classes, key=key) == name


def test_the_twenty_first_class_has_no_key(js):
    classes = [{"name": f"class {i}"} for i in range(21)]
    body = "const keys = classKeys(classes); return [keys.size, keys.get('class 19')]"
    assert js(body, classes=classes) == [20, "⇧0"]
    assert js("return classOfKey(classes.slice(0, 9), '0') ?? null", classes=classes) is None


@pytest.mark.parametrize(
    ("tag", "attributes", "typing"),
    [
        ("input", {}, True),
        ("input", {"type": "number"}, True),
        ("input", {"type": "range"}, False),
        ("input", {"type": "checkbox"}, False),
        ("input", {"type": "radio"}, False),
        ("textarea", {}, True),
        ("select", {}, True),
        ("div", {"contenteditable": "true"}, True),
        ("button", {}, False),
    ],
)
def test_keys_typed_into_a_field_belong_to_the_field(js, tag, attributes, typing):
    body = f"""const root = el("div"), target = el(tag, attributes); root.append(target);
      document.body.append(root); let answer; const init = {{ key: "x" }}; {EVENT}
      target.addEventListener("keydown", (one) => (answer = Boolean(occupied(one, root))));
      target.dispatchEvent(event); return answer"""
    assert js(body, tag=tag, attributes=attributes) is typing


@pytest.mark.parametrize("place", ["root", "document.body"])
def test_an_open_dialog_has_all_keys(js, place):
    body = f"""const root = el("div"); document.body.append(root);
      const tell = () => Boolean(occupied({{ composedPath: () => [document.body] }}, root));
      const dialog = el("dialog", {{ role: {place} === root ? null : "dialog" }});
      const before = tell(); {place}.append(dialog); dialog.show(); return [before, tell()]"""
    assert js(body) == [False, True]


@pytest.mark.parametrize(("tag", "kept"), [("button", False), ("input", True)])
def test_a_button_loses_the_focus_after_the_mouse(js, tag, kept):
    body = """const host = el("div"), root = host.attachShadow({ mode: "open" }), target = el(tag);
      document.body.append(host); root.append(target); target.focus(); leaveButton();
      return root.activeElement === target"""
    assert js(body, tag=tag) is kept


ACTIONS = """const calls = [];
  const answers = {
    splitting: () => splitting, enter: () => true, clearMarks: () => marked, takesClass: isDigit,
  };
  const actions = new Proxy({}, { get: (_, name) => (...values) => {
    if (!["splitting", "takesClass"].includes(name)) calls.push([name, ...values]);
    return answers[name]?.(...values);
  } });"""
PRESS = f"""{ACTIONS} {EVENT} const target = el(tag, type ? {{ type }} : {{}});
  document.body.append(target); let ours;
  target.addEventListener("keydown", (one) => (ours = handleKey(one, actions)));
  target.dispatchEvent(event); return [ours, calls]"""


def press(js, key, tag="div", type="", splitting=False, marked=True, **init):
    values = {"tag": tag, "type": type, "splitting": splitting, "marked": marked}
    code = f"Digit{key}" if key.isdecimal() else ""
    return js(PRESS, init={"key": key, "code": code, **init}, **values)


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("3", ["chooseKey", "3"]),
        ("q", ["confidence", 1]),
        ("w", ["confidence", 0.8]),
        ("e", ["confidence", 0.5]),
        ("r", ["confidence", 0.3]),
        ("-", ["nudge", -0.05]),
        ("+", ["nudge", 0.05]),
        ("=", ["nudge", 0.05]),
        ("Enter", ["enter"]),
        ("Escape", ["clearMarks"]),
        ("ArrowLeft", ["move", -1]),
        ("ArrowRight", ["move", 1]),
        ("o", ["turnMarks"]),
        ("s", ["openSplit"]),
        ("x", ["skip"]),
        ("u", ["undo"]),
        ("n", ["nextOpen"]),
        ("a", ["addClass"]),
        ("m", ["members"]),
        ("z", ["zoom"]),
        ("g", ["guide"]),
        ("/", ["search"]),
        ("?", ["help"]),
    ],
)
def test_what_a_key_does_on_the_grid(js, key, call):
    assert press(js, key) == [True, [call]]


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("2", ["split", 2]),
        ("9", ["split", 9]),
        ("s", ["split", None]),
        ("Enter", ["split", None]),
        ("Escape", ["closeSplit"]),
        ("1", ["chooseKey", "1"]),
        ("x", ["skip"]),
    ],
)
def test_what_a_key_does_while_a_split_is_asked_for(js, key, call):
    assert press(js, key, splitting=True) == [True, [call]]


@pytest.mark.parametrize("key", ["y", "F5", "Tab", " "])
def test_other_keys_are_not_ours(js, key):
    assert press(js, key) == [False, []]


@pytest.mark.parametrize("held", ["ctrlKey", "metaKey", "altKey"])
def test_keys_with_ctrl_or_alt_belong_to_the_browser(js, held):
    assert press(js, "x", **{held: True}) == [False, []]


def test_ctrl_z_undoes_on_the_grid(js):
    assert press(js, "z", ctrlKey=True) == [True, [["undo"]]]


@pytest.mark.parametrize(
    ("key", "ours"), [("1", True), ("x", True), ("o", True), ("n", False), ("Enter", False)]
)
def test_a_key_held_down_answers_once(js, key, ours):
    assert press(js, key, repeat=True) == [ours, []]


def test_an_arrow_held_down_goes_on(js):
    assert press(js, "ArrowRight", repeat=True) == [True, [["move", 1]]]


def test_arrows_on_the_slider_and_enter_on_a_button_are_theirs(js):
    assert press(js, "ArrowRight", tag="input", type="range") == [False, []]
    assert press(js, "Enter", tag="button") == [False, []]


def test_escape_without_marks_is_not_ours(js):
    assert press(js, "Escape", marked=False) == [False, [["clearMarks"]]]


@pytest.mark.parametrize(
    ("init", "calls"),
    [
        ({"key": "y", "ctrlKey": True}, [["redo"]]),
        ({"key": "Z", "ctrlKey": True, "shiftKey": True}, [["redo"]]),
        ({"key": "z", "metaKey": True, "shiftKey": True}, [["redo"]]),
        ({"key": "z", "ctrlKey": True}, [["undo"]]),
        ({"key": "y"}, []),
    ],
)
def test_redo_as_everywhere(js, init, calls):
    assert press(js, **init)[1] == calls
