"""Keys that a person chose: which are in force, which are refused, and what the help says."""

import pytest

pytestmark = pytest.mark.browser

CLASSES = "const classes = [{ name: 'cat' }, { name: 'dog' }, { name: '7' }];"
BINDINGS = f"{CLASSES} const bindings = new Bindings(); bindings.reset();"
KEYS = "Object.fromEntries(classKeys(classes))"


def test_at_first_the_keys_are_those_of_the_help(js):
    body = f"{BINDINGS} return [bindings.shown('split'), bindings.action('s').name,"
    body += "bindings.action('y'), bindings.changed()]"
    assert js(body) == ["S", "split", None, False]


def test_a_key_of_an_action_is_kept_in_this_browser_until_it_is_reset(js):
    body = f"""{BINDINGS} bindings.set("y", {{ action: "split" }}); const other = new Bindings();
      const kept = [other.of("split"), other.action("s"), other.changed()]; other.reset();
      return [...kept, new Bindings().of("split")]"""
    assert js(body) == ["y", None, True, "s"]


def test_a_key_of_a_class_takes_the_place_of_its_digit(js):
    body = f"{BINDINGS} bindings.set('k', {{ name: 'cat' }}); return {KEYS}"
    assert js(body) == {"cat": "k", "dog": "1", "7": "7"}
    body = f"{BINDINGS} bindings.set('2', {{ name: 'cat' }}); return {KEYS}"
    assert js(body) == {"cat": "2", "dog": "1", "7": "7"}
    body = f"{BINDINGS} bindings.set('7', {{ name: 'dog' }}); return {KEYS}"
    assert js(body) == {"dog": "7", "cat": "1", "7": "2"}


@pytest.mark.parametrize(
    ("key", "target", "why"),
    [
        ("y", {"action": "split"}, None),
        ("s", {"action": "split"}, None),  # its own
        ("x", {"action": "split"}, "X is the key of “Skip”."),
        ("5", {"action": "split"}, "Digits choose classes."),
        ("Enter", {"action": "split"}, "This key cannot be changed."),
        ("F5", {"action": "split"}, "This key cannot be changed."),
        ("?", {"name": "cat"}, "This key cannot be changed."),
        ("x", {"name": "cat"}, "X is the key of “Skip”."),
        ("2", {"name": "cat"}, "2 is the key of the class “dog”."),
        ("p", {"name": "cat"}, "P does something else on Review and Audit."),
        ("p", {"action": "split"}, None),
        ("1", {"name": "cat"}, None),
        ("9", {"name": "cat"}, None),
        ("⇧4", {"name": "cat"}, None),
    ],
)
def test_a_key_that_another_has_is_refused(js, key, target, why):
    assert (
        js(f"{BINDINGS} return bindings.refused(key, target, classes)", key=key, target=target)
        == why
    )


def test_the_help_says_the_keys_in_force(js):
    body = f"""{BINDINGS} bindings.set("y", {{ action: "skip" }});
      return helpRows(bindings).find(([, what]) => what === "skip")[0]"""
    assert js(body) == "Y"


def test_the_help_says_the_keys_of_classes(js):
    body = f"""{BINDINGS}
      localStorage.setItem("labeller class keys", JSON.stringify({{ cat: "c" }}));
      return helpRows(bindings).find(([key]) => key === "c")[1]"""
    assert js(body) == "the class cat"


def test_the_grid_does_what_the_key_is_now_for(js):
    body = """const bindings = new Bindings(), calls = [], no = () => false;
      bindings.set("y", { action: "skip" });
      const grid = { splitting: no, takesClass: no, skip: () => calls.push("skip") };
      const press = (key) =>
        handleKey({ key, code: "", composedPath: () => [document.body] }, grid, bindings);
      return [press("y"), press("x"), calls]"""
    assert js(body) == [True, False, ["skip"]]
