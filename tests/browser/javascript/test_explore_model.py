"""What the Explore board knows: what is chosen, what was said of it, and undo."""

import pytest

pytestmark = pytest.mark.browser

MODEL = """
const count = 450;
const values = (make, Kind) => Kind.from({ length: count }, (_, row) => make(row));
const points = pointsOf("s");
points.take({ count, part: "fixed", columns: [
  { name: "x", kind: "place", values: values((row) => row, Float32Array) },
  { name: "y", kind: "place", values: values(() => 0, Float32Array) },
  { name: "image", kind: "place", values: values((row) => 1000 + row, Int32Array) },
  { name: "cluster", kind: "groups", order: 3, names: ["a", "b"],
    values: values((row) => 1 + row % 2, Uint8Array) },
] });
const labels = (empty) => points.take({ count, part: "labels", columns: [
  { name: "label", kind: "groups", order: 0, empty, names: ["cat", "dog", "aside"], muted: 3,
    values: new Uint8Array(count) },
] });
labels(true);
const model = new Explored("s");
const server = { applied: {}, failed: [], classes: [{ label: 0, name: "cat" }], found: null };
const send = (more = {}) => model.receive({ ...server, ...more });
send();
const CAT = { label: 0, name: "cat" };
"""


@pytest.fixture
def explored(js):
    """Runs a body on a model of 450 points in two clusters, without labels."""
    return lambda body, **values: js(f"{MODEL} {body}", **values)


def test_without_labels_clusters_give_the_colours(explored):
    body = "const before = model.column().name; labels(false); return [before, model.column().name]"
    assert explored(body) == ["cluster", "label"]


def test_the_colour_is_kept_for_the_next_visit(explored):
    body = "model.colourBy('cluster'); return [new Explored('t').by, model.only.size]"
    assert explored(body) == ["cluster", 0]


def test_a_class_alone_and_beside_others(explored):
    body = """const seen = []; const see = () => seen.push([...model.only]);
      model.isolate(1); see(); model.isolate(2); see(); model.isolate(2); see();
      model.isolate(1, true); model.isolate(2, true); see(); model.isolate(1, true); see();
      model.isolate(1, true); model.isolate(1); see();
      return seen"""
    assert explored(body) == [[1], [2], [], [1, 2], [2], [1]]


def test_only_what_is_shown_can_be_chosen(explored):
    body = "model.isolate(2); return [0, 1].map(model.visible())"
    assert explored(body) == [False, True]


def test_a_selection_is_replaced_added_to_and_taken_from(explored):
    body = """model.choose([1, 2, 3]); model.toggle(2); model.choose([3, 4], "", "add");
      const added = [model.chosen, model.kept()]; model.choose([1, 2], "", "less");
      const less = [model.chosen, model.out.size]; model.choose([9]);
      return [added, less, model.chosen]"""
    assert explored(body) == [[[1, 2, 3, 4], [1, 3, 4]], [[3, 4], 0], [9]]


def test_an_image_is_clicked_out_and_in_again(explored):
    body = """model.choose([1, 2]); model.toggle(1); const out = model.kept(); model.toggle(1);
      return [out, model.kept()]"""
    assert explored(body) == [[2], [1, 2]]


def test_pages_are_drawn_evenly_from_the_whole(explored):
    body = """model.choose([...Array(450).keys()]); const first = model.shown(); model.turn(1);
      const second = model.shown(); model.turn(-2);
      return [model.pages, first.length, first.slice(0, 3), second.slice(0, 2), model.page]"""
    assert explored(body) == [3, 150, [0, 3, 6], [1, 4], 2]


def test_what_is_wanted_is_named_by_its_images(explored):
    body = """model.choose([5, 6]); const one = model.wanted(); model.choose([6, 5]);
      return [one.images, one.name !== model.wanted().name, one.name]"""
    images, differ, name = explored(body)
    assert (images, differ) == ([1005, 1006], True)
    assert name.startswith("grid 2-")


def test_a_label_goes_to_all_but_those_clicked_out(explored):
    body = """model.choose([5, 6, 7]); model.toggle(6); model.sure = 0.8;
      const { kind, label, confidence, images, expert } = model.label(CAT);
      const painted = [...points.values("label").slice(5, 8)];
      return [kind, label, confidence, images, expert, model.chosen.length, painted]"""
    assert explored(body) == ["label", 0, 0.8, [1005, 1007], "me", 0, [1, 0, 1]]


def test_set_aside_is_painted_as_such(explored):
    body = """model.choose([5]); const { kind, label } = model.label(null);
      return [kind, label === undefined, points.values("label")[5]]"""
    assert explored(body) == ["aside", True, 3]


def test_a_new_class_waits_for_its_colour(explored):
    body = """model.choose([5]); const { label, name } = model.label({ label: null, name: "owl" });
      return [label, name, points.values("label")[5]]"""
    assert explored(body) == [None, "owl", 0]


def test_nothing_chosen_is_no_answer(explored):
    body = """const none = model.label(CAT); model.choose([1]); model.toggle(1);
      return [none, model.label(CAT), model.pending.length]"""
    assert explored(body) == [None, None, 0]


def test_undo_names_the_answer_and_chooses_its_images_again(explored):
    body = """model.choose([1, 2]); model.toggle(2); const { seq } = model.label(CAT);
      const entry = model.undo();
      return [entry.kind, entry.of === seq, model.chosen, [...model.out], model.undo()]"""
    assert explored(body) == ["undo", True, [1, 2], [2], None]


def test_after_a_reload_the_newest_answer_given_here_is_undone_once(explored):
    body = """send({ last: 7 }); const before = model.last.answer;
      const { kind, answer } = model.undo();
      return [before, kind, answer, model.last, model.undo()]"""
    assert explored(body) == [7, "undo", 7, None, None]


def test_an_answer_that_failed_cannot_be_undone(explored):
    body = """model.choose([1]); const { seq } = model.label(CAT);
      send({ failed: [{ client: model.client, seq, message: "no", entry: {} }] });
      return [model.last, model.failed.length]"""
    assert explored(body) == [None, 1]


def test_labels_that_were_painted_are_taken_anew_from_the_server(explored):
    body = """points.labels = "digest"; model.choose([1]); model.label(CAT); return points.labels"""
    assert explored(body) is None


def test_what_was_found_is_chosen_once(explored):
    body = """const { id } = model.ask("find", "a");
      const found = { id, images: [1003, 9999, 1001], words: "“a”" };
      send({ found }); const first = [model.chosen, model.words]; model.clear(); send({ found });
      return [first, model.chosen, model.asked]"""
    assert explored(body) == [[[3, 1], "“a”"], [], None]


def test_an_answer_to_an_earlier_question_is_left_alone(explored):
    body = """const { id } = model.ask("find", "a"); model.ask("alike", 1001);
      send({ found: { id, images: [1003], words: "" } }); return [model.chosen, model.asked.kind]"""
    assert explored(body) == [[], "alike"]


def test_nothing_found_is_said(explored):
    body = """const { id } = model.ask("find", "zz");
      send({ found: { id, images: [], words: "“zz”" } });
      return model.missing"""
    assert explored(body) == "“zz”"


def test_another_map_forgets_the_points_of_the_last(explored):
    assert explored("pointsOf('other'); return POINTS.has('s')") is False
