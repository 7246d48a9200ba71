"""Figures of a comparison: what they draw, from numbers whose picture is known by hand."""

import numpy as np
import pandas as pd

from labeller import figures
from labeller.ui.compare import plots


def test_lines_are_sorted_and_methods_keep_their_colours():
    figure = figures.score_lines({"a": [(20, 0.9), (10, 0.8)], "b": [(10, 0.5)]}, "z", "accuracy")
    assert [list(trace.x) for trace in figure.data] == [[10, 20], [10]]
    bars = figures.score_bars({"linear": {"a": 0.8, "b": 0.5}}, "accuracy")
    assert bars.data[0].marker.color == figure.data[0].line.color
    assert [trace.text for trace in bars.data] == [("80.0",), ("50.0",)]


def test_time_scatter_has_a_point_a_run():
    figure = figures.time_scatter({"a": [(2.0, 0.9, "seed 0"), (3.0, 0.8, "seed 1")]}, "probe")
    assert list(figure.data[0].x) == [2.0, 3.0]


def test_scores_that_are_no_shares_have_their_own_unit():
    runs = pd.DataFrame(
        {
            "method": ["a", "b"],
            "latent": [8, 8],
            "seed": [0, 0],
            "position_error": [2.5, None],
            "knn": [None, None],
            "epoch_seconds": [1.0, 2.0],
        }
    )
    assert plots.scores_of(runs) == ["position_error"], "only what was measured"
    bars = plots.accuracy(runs, "position_error", "pixels")
    assert [list(trace.text) for trace in bars.data] == [["2.5"]]
    assert bars.layout.yaxis.tickformat is None
    points = plots.time(runs, "position_error", "pixels")
    assert [(list(trace.x), list(trace.y)) for trace in points.data] == [([1.0], [2.5])]
    assert points.layout.yaxis.range is None


def test_the_line_of_best_fit_is_drawn_with_the_probes():
    def record(name, shares):
        curve = [{"epoch": n + 1, "accuracy": share} for n, share in enumerate(shares)]
        return {"label": name, "curve": curve}

    # a: means of two seeds are 90, 92, 94 %: m = 2, k = 88; b: one epoch has no line
    figure = plots.epochs(
        [record("a", [0.9, 0.93, 0.95]), record("a", [0.9, 0.91, 0.93]), record("b", [0.5])]
    )
    a, b, fit = figure.data
    assert (a.name, b.name) == ("a", "b")
    assert list(fit.x) == [1, 3]
    assert np.allclose(fit.y, [0.90, 0.94])
    assert "m +2, k 88" in fit.hovertemplate
    assert fit.line.color == a.line.color
    assert fit.legendgroup == a.legendgroup
    assert not fit.showlegend


def test_the_heat_map_mirrors_pairs_that_were_measured_once():
    shares = np.array([[0.5, 0.7], [np.nan, 0.6]])
    figure = figures.pair_heatmap(["crop", "noise"], shares)
    assert np.allclose(figure.data[0].z, [[0.5, 0.7], [0.7, 0.6]])
    _, strong, faint = figure.data
    assert (strong.text, strong.textfont.color) == (("70.0", "70.0", "60.0"), "white")
    assert list(zip(faint.x, faint.y, faint.text, strict=True)) == [("crop", "crop", "50.0")]
    assert faint.textfont.color is None, "the colour of the page's text"
    none = figures.pair_heatmap(["crop", "noise"], np.array([[0.5, np.nan], [np.nan, 0.6]]))
    assert sum(len(trace.text) for trace in none.data[1:]) == 2


def test_pairs_are_read_from_the_settings_of_single_runs():
    def record(text, score):
        return {
            "label": f"pl@augmentations={text}",
            "latent": 8,
            "config": {"augmentations": text},
            "scores": {"linear_probe": score},
        }

    records = [record("crop", 0.5), record("noise", 0.6), record("crop+noise", 0.7)]
    records.append({"label": "pl", "latent": 8, "config": {"augmentations": "auto"}, "scores": {}})
    records.append(record("crop,noise", 0.9))
    [(method, (names, shares))] = plots.pairs(records).items()
    assert (method, names) == ("pl", ["crop", "noise"])
    assert shares[0, 1] == 0.7
    assert np.isnan(shares[1, 0])
    assert plots.pairs(records[:1]) == {}


def test_pairs_of_other_sizes_and_settings_have_heat_maps_of_their_own():
    def records(latent, more, score):
        return [
            {
                "label": f"pl:x@augmentations={text}{more}",
                "latent": latent,
                "config": {"augmentations": text},
                "scores": {"linear_probe": score},
            }
            for text in ("crop", "crop+noise", "noise")
        ]

    one = [*records(8, "", 0.5), *records(8, "", 0.7)]
    [(method, (_, shares))] = plots.pairs(one).items()
    assert method == "pl:x"
    assert np.allclose(shares[0], 0.6), "means over seeds"
    found = plots.pairs([*one, *records(16, "", 0.8), *records(8, "@width=4", 0.9)])
    assert {name: shares[0, 1] for name, (_, shares) in found.items()} == {
        "pl:x, latent 8": 0.6,
        "pl:x, latent 16": 0.8,
        "pl:x@width=4, latent 8": 0.9,
    }


def test_twin_maps_colour_alike_and_mark_the_chosen_in_both():
    xy = {"left": np.zeros((3, 2)), "right": np.ones((3, 2))}
    labels = np.array([0, 1, 1])
    figure = figures.twin_maps(xy, np.array([7, 8, 9]), labels, ["a", "b"], chosen=[9])
    left, right = figure.data[:2], figure.data[2:]
    assert [trace.marker.color for trace in left] == [trace.marker.color for trace in right]
    assert [trace.legendgroup for trace in left] == [trace.legendgroup for trace in right]
    assert [tuple(trace.selectedpoints) for trace in figure.data] == [(), (1,), (), (1,)]


def test_sizes_are_in_units_of_the_mean_class():
    figure = figures.size_bars({"a": np.array([10, 30, 20])})
    assert list(figure.data[0].y) == [1.5, 1.0, 0.5]
    many = figures.size_bars({str(n): np.array([1, 2]) for n in range(11)}).data
    assert (many[0].line.color, many[0].line.dash) != (many[10].line.color, many[10].line.dash)


def test_sizes_are_counted_over_the_runs_of_a_method():
    runs = pd.DataFrame(
        {"key": ["a0", "a1", "b0"], "method": ["a", "a", "b"], "latent": 8, "seed": [0, 1, 0]}
    )
    sizes = {"a0": [1, 19], "a1": [3, 17], "b0": [10, 20]}
    arrays = {key: {"class_sizes": np.array(each)} for key, each in sizes.items()}
    a, b = plots.size_counts(runs, arrays).data
    # bins of two images: 0-2, 2-4, ..., 18-20
    assert np.flatnonzero(a.y).tolist() == [0, 1, 8, 9]
    assert list(a.y[[0, 1, 8, 9]]) == [0.5, 0.5, 0.5, 0.5], "one class in two runs each"
    assert np.flatnonzero(b.y).tolist() == [5, 9]
    assert list(plots.run_labels(runs).values()) == ["a, seed 0", "a, seed 1", "b, seed 0"]
    assert plots.sizes(runs, arrays).data[0].name == "a, seed 0"


def test_one_size_is_bars_and_many_are_lines():
    means = pd.DataFrame(
        {"method": ["a", "a", "b"], "latent": [4, 8, 4], "linear_probe": [0.5, 0.6, 0.7]}
    )
    assert plots.accuracy(means, "linear_probe", "x").data[0].type == "scatter"
    assert plots.accuracy(means.iloc[[0, 2]], "linear_probe", "x").data[0].type == "bar"
