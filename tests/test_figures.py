"""Figures: what they draw, from arrays whose picture is known by hand."""

import numpy as np
import plotly.graph_objects as go
import pytest

from labeller import figures
from labeller.figures.curves import loss_terms
from labeller.figures.maps import clip


def test_a_class_has_one_colour_and_ten_classes_have_ten() -> None:
    assert len({figures.colour(label) for label in range(10)}) == 10
    assert figures.colour(3) == figures.colour(13)
    assert figures.symbol(3) != figures.symbol(13)
    assert figures.colour(-1) == figures.UNKNOWN


def test_loss_curves_have_a_chart_a_term_with_the_total_first() -> None:
    records = [
        {"epoch": 1, "reconstruction": 90.0, "kl": 3.0, "loss": 93.0, "images_per_second": 5e4},
        {"epoch": 2, "reconstruction": 80.0, "kl": 5.0, "loss": 85.0, "images_per_second": 5e4},
    ]
    assert loss_terms(records) == ["loss", "reconstruction", "kl"]
    figure = figures.loss_curves(records, epochs=10)
    assert [list(trace.y) for trace in figure.data] == [[93, 85], [90, 80], [3, 5]]
    assert figure.layout.xaxis.range == (0.5, 10.5)
    assert figure.data[0].mode == "lines+markers"
    assert figures.loss_curves(records, epochs=100).data[0].mode == "lines"


def test_loss_curves_of_no_epoch_yet_are_empty_axes() -> None:
    assert list(figures.loss_curves([], epochs=5).data[0].y) == []


def test_count_scores_have_a_chart_each_with_the_used_number_marked() -> None:
    figure = figures.count_scores([4, 5, 6], [0.9, 1, 0.5], [0.3, 0.6, 0.5], [9, 7, 8], used=5)
    assert [list(trace.y) for trace in figure.data] == [[0.9, 1, 0.5], [0.3, 0.6, 0.5], [9, 7, 8]]
    assert {shape.x0 for shape in figure.layout.shapes} == {5}
    assert len(figure.layout.shapes) == 3
    assert [list(trace.marker.size) for trace in figure.data] == [[6, 13, 6]] * 3


def test_accuracy_curve_keeps_gaps_and_starts_below_the_lowest_value() -> None:
    figure = figures.accuracy_curve(
        [10, 20], {"test accuracy": [0.83, 0.95], "coverage": [float("nan"), 1.0]}
    )
    assert [trace.name for trace in figure.data] == ["test accuracy", "coverage"]
    assert figure.layout.yaxis.range == pytest.approx((0.7, 1.005))


def test_confusion_matrix_colours_by_share_and_writes_counts() -> None:
    figure = figures.confusion_matrix(np.array([[3, 1], [0, 0]]), ["cat", "dog"])
    np.testing.assert_allclose(np.array(figure.data[0].z), [[0.75, 0.25], [0, 0]])
    assert [(note.x, note.y, note.text) for note in figure.layout.annotations] == [
        (0, 0, "<b>3</b>"),
        (1, 0, "<b>1</b>"),
    ]


def test_confusion_matrix_of_a_hundred_classes_writes_no_counts() -> None:
    figure = figures.confusion_matrix(np.eye(100), [str(label) for label in range(100)])
    assert not figure.layout.annotations


def test_map_points_carry_their_image_number_whatever_the_order() -> None:
    xy = np.arange(8.0).reshape(4, 2)
    images = np.array([40, 10, 30, 20])
    figure = figures.map_by_class(xy, images, np.array([1, -1, 0, 1]), ["cat", "dog"])
    drawn = {
        int(image): (x, y)
        for trace in figure.data
        for x, y, image in zip(trace.x, trace.y, trace.customdata, strict=True)
    }
    assert drawn == {40: (0, 1), 10: (2, 3), 30: (4, 5), 20: (6, 7)}
    assert [trace.name for trace in figure.data] == ["none", "cat", "dog"]
    assert all(isinstance(trace, go.Scattergl) for trace in figure.data)


def test_map_by_value_fixes_the_scale_to_the_range_of_weights() -> None:
    figure = figures.map_by_value(
        np.zeros((2, 2)), np.array([5, 6]), np.array([0.2, 0.4]), "weight"
    )
    assert (figure.data[0].marker.cmin, figure.data[0].marker.cmax) == (0, 1)
    assert list(figure.data[0].customdata) == [5, 6]


def test_class_names_cannot_bring_markup_into_a_figure() -> None:
    assert clip("<b>&x") == "&lt;b&gt;&amp;x"
    assert clip("$x$ 5 % %{y}") == "&#36;x&#36; 5 % &#37;{y}"
    assert clip("a" * 30) == "a" * 23 + "…"


def test_a_sample_keeps_every_group_and_the_shares() -> None:
    groups = np.repeat([0, 1, 2], [70_000, 29_999, 1])
    rows = figures.sample_points(groups, 10_000)
    counts = np.bincount(groups[rows])
    assert len(rows) <= 10_000
    assert counts[2] == 1
    assert counts[0] / counts[1] == pytest.approx(7 / 3, rel=0.01)
    assert len(np.unique(rows)) == len(rows)
    np.testing.assert_array_equal(rows, figures.sample_points(groups, 10_000))


def test_a_sample_of_few_points_is_all_of_them() -> None:
    np.testing.assert_array_equal(figures.sample_points(np.array([3, 1]), 10), [0, 1])


def test_many_tiny_groups_take_their_place_from_the_largest() -> None:
    groups = np.concatenate([np.zeros(900, int), np.arange(1, 101)])
    rows = figures.sample_points(groups, 120)
    assert len(rows) == 120
    assert set(groups[rows]) == set(range(101))


def test_weights_of_zero_are_not_drawn() -> None:
    figure = figures.weight_histogram(np.array([0.0, 0.0, 0.5, 1.0]))
    assert sum(figure.data[0].y) == 2


def test_class_balance_draws_images_and_weight_over_each_other() -> None:
    figure = figures.class_balance([0, 1], ["cat", "dog"], [10, 20], [5.0, 7.5])
    assert [list(trace.x) for trace in figure.data] == [[10, 20], [5.0, 7.5]]
    assert figure.data[0].marker.color == (figures.colour(0), figures.colour(1))
