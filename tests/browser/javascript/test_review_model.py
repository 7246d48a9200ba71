"""The model of the review board: cursor, choice, corrections on their way, and undo."""

import pytest

pytestmark = pytest.mark.browser

MODEL = """
const model = new Looked("s");
const image = (n) => ({ image: n, path: `${n}.png`, label: n % 2, name: n % 2 ? "dog" : "cat",
  weight: 0.5, looked: false, aside: false, predicted: 0, certainty: 0.9 });
const classes = [{ label: 0, name: "cat" }, { label: 1, name: "dog" }];
const send = (images, more = {}) =>
  model.receive({ images, classes, applied: {}, failed: [], page: 0, pages: 2, total: 9, ...more });
send([10, 11, 12, 13].map(image));
const one = (n) => model.images().find((each) => each.image === n);
"""


def test_a_key_is_about_the_image_under_the_cursor_which_goes_on(js):
    body = "const said = model.say(1); return [said.images, said.label, model.at, one(10)]"
    images, label, at, now = js(MODEL + body)
    assert (images, label, at) == ([10], 1, 1)
    assert (now["label"], now["name"], now["looked"], now["saved"]) == (1, "dog", True, False)


def test_or_about_all_that_are_chosen_in_the_order_of_the_page(js):
    body = """model.toggle(3); model.toggle(1); const said = model.setAside();
      return [said.kind, said.images, [...model.chosen], model.at, one(13).aside, one(13).label]"""
    assert js(MODEL + body) == ["aside", [11, 13], [], 3, True, -1]


def test_shift_chooses_a_range_from_where_the_cursor_stood(js):
    body = """model.move(1); model.move(1, true); const some = model.meant();
      model.goTo(0, true); const back = model.meant();
      model.all(); const all = model.meant().length;
      model.all(); return [some, back, all, model.meant()]"""
    assert js(MODEL + body) == [[11, 12], [10, 11], 4, [10]]


def test_right_as_they_are_is_an_answer_per_class(js):
    body = """model.all(); model.confirm();
      return model.pending.map((entry) => [entry.label, entry.images])"""
    assert js(MODEL + body) == [[0, [10, 12]], [1, [11, 13]]]


def test_a_new_class_goes_by_its_name_until_it_has_a_number(js):
    body = """model.say(null, "owl"); const said = model.pending[0]; model.goTo(0);
      const again = model.confirm();
      return [said.label, said.name, one(10).name, again.label, again.name]"""
    assert js(MODEL + body) == [None, "owl", "owl", None, "owl"]


def test_undo_takes_the_newest_back_and_goes_there(js):
    body = """const first = model.say(1); model.say(1);
      send([10, 11, 12, 13].map(image), { applied: { [model.client]: 2 } });
      const undone = [model.undo(), model.undo(), model.undo()];
      return [undone.map((entry) => entry && entry.of), model.at, one(10).saved]"""
    assert js(MODEL + body) == [[2, 1, None], 0, False]


def test_what_failed_cannot_be_undone(js):
    body = """model.say(1); send([10].map(image), { applied: { [model.client]: 1 },
      failed: [{ client: model.client, seq: 1, message: "no", entry: model.pending[0] }] });
      return [model.undo(), model.saving()]"""
    assert js(MODEL + body) == [None, "failed"]


def test_another_page_begins_at_its_start_and_the_same_page_stays(js):
    body = """model.goTo(2); model.toggle(2); send([10, 11, 12, 13].map(image));
      const same = [model.at, model.chosen.size]; send([20, 21].map(image));
      return [same, model.at, model.chosen.size, model.meant()]"""
    assert js(MODEL + body) == [[2, 1], 0, 0, [20]]


def test_an_empty_page_has_nothing_to_say(js):
    body = "send([]); return [model.say(0), model.setAside(), model.confirm(), model.left]"
    assert js(MODEL + body) == [None, None, None, 0]
