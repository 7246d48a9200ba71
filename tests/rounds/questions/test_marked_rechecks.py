"""An answer with marks is not asked again: each image on its card was looked at."""

from dataclasses import replace

from labeller.rounds.questions.rechecks import LabelledNode, suspects


def test_marked_answers_are_no_suspects():
    said = [LabelledNode("1", 0, 100), LabelledNode("2", 0, 90), LabelledNode("3", 1, 80)]
    assert suspects(said, missing=[2]) == ["1", "2"]
    looked_at = [replace(said[0], marked=True), *said[1:]]
    assert suspects(looked_at, missing=[2]) == ["2"]
