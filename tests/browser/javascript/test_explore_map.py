"""The map's own arithmetic: what came as bytes, colours, places on the screen, what lies inside."""

import base64

import numpy as np
import pytest

from labeller.records import ClassView
from labeller.ui.explore.board import payload
from labeller.ui.explore.board.payload import Column

pytestmark = pytest.mark.browser

CLASSES = [ClassView(0, "cat"), ClassView(1, "dog")]
POINTS = """
const bytes = Uint8Array.from(atob(sent), (sign) => sign.charCodeAt(0));
const points = new Points();
points.take(unpack(bytes));
const view = new View();
view.resize(400, 200, points.bounds());
const all = () => true;
const round = (values) => Array.from(values, (value) => Math.round(value * 1000) / 1000);
"""
LOOK = {"colours": [[255, 0, 0], [0, 255, 0]], "symbols": 3, "scale": [[0, 0, 0], [254, 0, 0]]}


@pytest.fixture
def on_map(js):
    """Runs a body on five points, corners of a square of 10 and its middle; the middle has none."""
    columns = [
        Column("x", "place", np.array([0, 10, 10, 0, 5], np.float32)),
        Column("y", "place", np.array([0, 0, 10, 10, 5], np.float32)),
        Column("image", "place", np.array([70, 71, 72, 73, 74], np.int32)),
        Column("label", "groups", np.array([1, 1, 2, 3, 0], np.uint8), ["cat", "dog", "aside"], 3),
        Column("weight", "values", np.array([0, 127, 254, 254, 255], np.uint8)),
    ]
    sent = base64.b64encode(payload.packed("s", "fixed", columns)).decode()
    return lambda body, **values: js(POINTS + body, sent=sent, look=LOOK, **values)


def test_columns_arrive_as_they_were_sent(on_map):
    body = """const names = ["x", "image", "label"];
      const [x, image, label] = names.map((name) => [...points.values(name)]);
      return [points.count, x, image, label, points.columns.get("label").names, points.placed]"""
    xs, images, label = [0, 10, 10, 0, 5], [70, 71, 72, 73, 74], [1, 1, 2, 3, 0]
    assert on_map(body) == [5, xs, images, label, ["cat", "dog", "aside"], 1]


def test_a_part_takes_the_place_of_the_same_part_alone(on_map):
    body = """const column = { name: "weight", kind: "values", values: new Uint8Array(5) };
      points.take({ count: 5, part: "labels", columns: [column] });
      points.take({ count: 5, part: "labels", columns: [] });
      return [[...points.columns.keys()], points.version, points.placed]"""
    assert on_map(body) == [["x", "y", "image", "label"], 3, 1]


def test_what_is_known_of_a_point_in_words(on_map):
    body = """const names = ["label", "weight", "cluster"];
      return [0, 2, 4].map((row) => names.map((name) => points.words(name, row)))"""
    assert on_map(body) == [["cat", "0.00", ""], ["dog", "1.00", ""], ["", "", ""]]


def test_colours_of_groups(on_map):
    body = """const { colours, shapes } = looks(points.columns.get("label"), look);
      return [[...colours].slice(0, 4), [...colours].slice(8), [...shapes]]"""
    first, rest, shapes = on_map(body)
    assert first == [255, 0, 0, 255]
    assert rest == [0, 255, 0, 255, 92, 92, 92, 255, 128, 128, 128, 102]
    assert shapes == [0, 0, 0, 5, 0]


def test_further_groups_have_another_shape(on_map):
    body = "return [1, 2, 3, 5, 7].map((code) => shapeOf({ muted: 0 }, code, look))"
    assert on_map(body) == [0, 0, 1, 2, 0]


def test_colours_of_values(on_map):
    body = "return [...looks(points.columns.get('weight'), look).colours]"
    colours = np.array(on_map(body)).reshape(5, 4)
    assert colours[:, 0].tolist() == [0, 127, 254, 254, 128]
    assert colours[:, 3].tolist() == [255, 255, 255, 255, 102]


def test_the_whole_map_fits_and_is_not_distorted(on_map):
    body = """const places = [0, 10, 5].map((value) => round(view.screen(value, value)));
      return [...places, round(view.plane(...view.screen(3, 8)))]"""
    low, high, middle, back = on_map(body)
    assert middle == [200, 100]
    assert high[0] - low[0] == low[1] - high[1] == 188
    assert back == [3, 8]


def test_zoom_keeps_what_is_under_the_mouse(on_map):
    body = """const before = view.plane(120, 60); view.zoom(3, 120, 60);
      const same = round(view.plane(120, 60).map((value, i) => value - before[i]));
      const scale = view.scale / view.whole; view.fit(points.bounds());
      return [same, scale, view.scale / view.whole, view.fitted]"""
    assert on_map(body) == [[0, 0], 3, 1, True]


def test_zoom_has_ends(on_map):
    body = """view.zoom(1e9); const most = view.scale / view.whole; view.zoom(1e-9);
      return [Math.round(most), view.scale / view.whole]"""
    assert on_map(body) == [400, 0.5]


def test_a_move_takes_the_map_along(on_map):
    body = """const [left, top] = view.screen(5, 5); view.pan(30, -20);
      return round([view.screen(5, 5)[0] - left, view.screen(5, 5)[1] - top])"""
    assert on_map(body) == [30, -20]


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        ("box(view.screen(-1, -1), view.screen(6, 11))", [0, 3, 4]),
        ("[[-1, -1], [12, -1], [-1, 12]].map((corner) => view.screen(...corner))", [0, 1, 3, 4]),
        ("box(view.screen(20, 20), view.screen(30, 30))", []),
        ("[view.screen(0, 0)]", []),
    ],
)
def test_what_lies_inside(on_map, shape, rows):
    assert on_map(f"return inside(points, view, {shape}, all)") == rows


def test_hidden_groups_are_not_inside(on_map):
    body = "return inside(points, view, box([0, 0], [400, 200]), (row) => row !== 4)"
    assert on_map(body) == [0, 1, 2, 3]


def test_the_point_under_the_mouse(on_map):
    body = """const [left, top] = view.screen(10, 10);
      const near = (place, ...more) => nearest(points, view, place, ...more);
      return [near([left + 3, top + 3], 9, all), near([left + 30, top], 9, all),
        near(view.screen(5, 5), 500, all, 2)[0]]"""
    assert on_map(body) == [[2], [], 4]


def test_images_that_lie_together_come_together(on_map):
    body = "return arranged([0, 1, 2, 3, 4], points)"
    order = on_map(body)
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert {2, 3} <= set(order[:3])  # the upper stripe first
    assert on_map("return arranged([], points)") == []


def test_the_chosen_are_drawn_last_and_those_without_a_group_first(on_map):
    body = """const column = points.columns.get("label");
      const drawn = states(column, new Set(), [1]);
      const plain = states(column, new Set(), []);
      return [[...drawn], [...layers(column, drawn)], [...layers(column, plain)],
        [...states(column, new Set([1]), [])]]"""
    drawn, chosen, plain, only = on_map(body)
    assert drawn == [1, 2, 1, 1, 1]
    assert chosen[-1] == 1
    assert plain == [4, 0, 1, 2, 3]
    assert only == [0, 0, 1, 1, 1]


def test_the_middle_of_each_group(on_map):
    body = "return middles(points.columns.get('label'), points)"
    assert on_map(body) == [[5, 5], [10, 0], [10, 10], [0, 10]]


def test_between_two_rounds_points_rest_and_then_move_softly(js):
    body = "return [0, 0.1, 0.5, 0.9, 1].map(between)"
    assert js(body) == [0, 0, 0.5, 1, 1]


def test_the_map_of_another_round_is_reached_step_by_step(on_map):
    body = """const there = { 1: [0, 10, 10, 0, 5], 3: [4, 14, 14, 4, 9] };
      const column = (name, xs) => ({ name, kind: "place", values: Float32Array.from(xs) });
      const columns = Object.entries(there).flatMap(([round, xs]) =>
        ["x", "y"].map((axis) => column(`${axis} ${round}`, xs)));
      points.take({ count: 5, part: "rounds", columns });
      const moved = [];
      const journey = new Journey({ moved: () => moved.push(points.values("x")[0]) });
      journey.render({ session: "s", points }, { rounds: [1, 3], round: 3 });
      const at = [journey.root.hidden, journey.at, journey.ready, journey.place.textContent];
      for (const place of [0, 0.5, 1]) journey.go(place, false);
      return [at, moved, points.moved, points.placed, journey.place.textContent]"""
    assert on_map(body) == [[False, 1, True, "Round 3"], [0, 2, 4], 3, 1, "Round 3"]


def test_one_map_has_nowhere_to_go(on_map):
    body = """const journey = new Journey({});
      journey.render({ session: "s", points }, { rounds: [2], round: 2 });
      return journey.root.hidden"""
    assert on_map(body) is True
