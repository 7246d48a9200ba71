"""What the audit card knows: images to come, what was said of the last ones, and undo."""

import pytest

pytestmark = pytest.mark.browser

MODEL = """
const model = new AuditLog("s");
const server = { size: 5, done: 2, skipped: 1, next: [30, 40, 50], said: [[10, 1], [20, null]],
  classes: [{ label: 1, name: "dog" }], applied: {}, failed: [] };
const send = (more = {}) => model.receive({ ...server, ...more });
send();
const told = () => model.state().said.map(({ image, label, saved }) => [image, label, saved]);
const totals = () => (({ done, skipped, next }) => [done, skipped, next])(model.state());
"""
SAID = [[10, 1, True], [20, None, True]]


@pytest.fixture
def audit(js):
    """Runs a body after a model has received an audit of five images, two of them done."""
    return lambda body, **values: js(f"{MODEL} {body}", **values)


def test_the_first_image_to_come_is_on_show(audit):
    assert audit("return [model.at, told(), totals()]") == [30, SAID, [2, 1, [30, 40, 50]]]


def test_the_image_on_show_stays_until_something_is_said_of_it(audit):
    assert audit("send({ next: [40, 30] }); return model.at") == 30
    assert audit("send({ next: [40, 50] }); return model.at") == 40
    assert audit("send({ next: [] }); return model.at") is None


@pytest.mark.parametrize(
    ("label", "kind", "skipped"), [(1, "label", 1), (0, "label", 1), (None, "skip", 2)]
)
def test_what_is_said_shows_at_once(audit, label, kind, skipped):
    body = """const { kind, image } = model.say(30, label);
      return [kind, image, model.at, told(), totals()]"""
    said = [*SAID, [30, label, False]]
    assert audit(body, label=label) == [kind, 30, 40, said, [3, skipped, [40, 50]]]


@pytest.mark.parametrize(("image", "skipped"), [(10, 2), (20, 1)])
def test_what_is_said_again_counts_once(audit, image, skipped):
    body = "model.say(image, null); return [told().at(-1), totals()]"
    assert audit(body, image=image) == [[image, None, False], [2, skipped, [30, 40, 50]]]


def test_a_class_instead_of_cannot_tell_is_no_longer_skipped(audit):
    assert audit("model.say(20, 1); return totals().slice(0, 2)") == [2, 0]


@pytest.mark.parametrize(
    ("image", "undone", "left"),
    [(None, 20, [1, 0]), (20, 20, [1, 0]), (10, 10, [1, 1])],
)
def test_undo_shows_the_image_again(audit, image, undone, left):
    body = """const entry = model.undo(image ?? undefined); const [done, skipped, next] = totals();
      return [entry.kind, entry.image, model.at, [done, skipped], next[0]]"""
    assert audit(body, image=image) == ["undo", undone, undone, left, undone]


def test_undo_also_takes_back_what_is_not_saved_yet(audit):
    body = "model.say(30, 1); model.undo(); return [model.at, told(), totals()]"
    assert audit(body) == [30, SAID, [2, 1, [30, 40, 50]]]


def test_what_was_not_said_cannot_be_undone(audit):
    assert audit("return [model.undo(30), model.pending.length]") == [None, 0]
    assert audit("send({ said: [] }); return model.undo()") is None


def test_what_the_server_has_is_saved(audit):
    body = """model.say(30, 1);
      const applied = { [model.client]: 1 };
      send({ said: [[10, 1], [20, null], [30, 1]], done: 3, next: [40, 50], applied });
      return [told().at(-1), totals(), model.at]"""
    assert audit(body) == [[30, 1, True], [3, 1, [40, 50]], 40]


@pytest.mark.parametrize(("label", "name"), [(1, "dog"), (7, "?"), (None, "?")])
def test_the_name_of_a_class(audit, label, name):
    assert audit("return model.className(label)", label=label) == name
