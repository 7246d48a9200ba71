"""Classes are merged and split again; what was said stays, whoever reads labels sees the merge."""

import numpy as np
import pytest
from sqlalchemy import select

from labeller import service
from labeller.errors import StateError
from labeller.evaluation.targets import read_targets
from labeller.rounds.answer import Answer
from labeller.store.schema import Answer as Row
from labeller.store.schema import ClassMerge
from tests.conftest import label_all
from tests.service.test_round import label_truly


def name_of(store, label):
    return {c.label: c.merged_into for c in service.classes(store, "digits")}[label]


def said(store):
    """What the rows of the answers hold, whatever was merged."""
    with store.read() as session:
        return [row.label for row in session.scalars(select(Row).order_by(Row.number))]


def folder(store):
    return store.project_folder(service.project(store, "digits").id)


def test_a_merge_changes_what_is_read_and_not_what_was_said(store):
    label_all(store)
    before = service.preview(store, "digits")
    view = service.merge_class(store, "digits", 4, 9)
    assert (view.label, view.merged_into) == (4, 9)
    assert said(store) == list(range(10))
    assert [a.label for a in service.answers(store, "digits")] == [0, 1, 2, 3, 9, 5, 6, 7, 8, 9]
    assert {c.answer.label for c in service.cards(store, "digits")} == set(range(10)) - {4}
    now = service.preview(store, "digits")
    assert (now.labels == np.where(before.labels == 4, 9, before.labels)).all()
    assert (now.weights == before.weights).all()
    assert "4" not in set(now.balance["name"])
    assert "4" not in set(now.by_answer["name"])
    assert [c.label for c in service.project(store, "digits").classes] == [
        0,
        1,
        2,
        3,
        5,
        6,
        7,
        8,
        9,
    ]
    assert set(service.labels_table(store, "digits")["name"]) - {""} == set("012356789")

    service.split_class(store, "digits", 4)
    after = service.preview(store, "digits")
    assert (after.labels == before.labels).all()
    assert len(service.project(store, "digits").classes) == 10


def test_merges_follow_each_other_to_the_end_and_never_in_a_circle(store):
    label_all(store)
    service.merge_class(store, "digits", 1, 2)
    service.merge_class(store, "digits", 2, 3)
    assert [a.label for a in service.answers(store, "digits")][:4] == [0, 3, 3, 3]
    with pytest.raises(StateError, match="class '1' is merged into '2' already"):
        service.merge_class(store, "digits", 3, 1)
    with pytest.raises(StateError, match="class '2' is merged into '3' already"):
        service.merge_class(store, "digits", 2, 5)
    with pytest.raises(StateError, match="'2' was merged into '3' since; split '2' first"):
        service.split_class(store, "digits", 1)
    service.split_class(store, "digits", 2)
    assert [a.label for a in service.answers(store, "digits")][:4] == [0, 2, 2, 3]
    service.merge_class(store, "digits", 3, 2)
    service.split_class(store, "digits", 1)
    assert [a.label for a in service.answers(store, "digits")][:4] == [0, 1, 2, 2]


def test_wrong_merges_are_refused_with_the_reason(store):
    with pytest.raises(ValueError, match="label must be one of"):
        service.merge_class(store, "digits", 99, 1)
    with pytest.raises(ValueError, match="got '1' for both"):
        service.merge_class(store, "digits", 1, 1)
    with pytest.raises(StateError, match="'1' is not merged"):
        service.split_class(store, "digits", 1)
    service.merge_class(store, "digits", 1, 2)
    with pytest.raises(ValueError, match="merged into '2'; answer with that one"):
        service.answer(store, "digits", "1", Answer("label", 1))
    with pytest.raises(StateError, match="already, merged into '2'"):
        service.add_class(store, "digits", "1")
    with pytest.raises(StateError, match="already, merged into '2'"):
        service.rename_class(store, "digits", 5, "1")


def test_answers_since_the_merge_mean_both_classes(store):
    nodes = [card.node for card in service.cards(store, "digits")]
    service.answer(store, "digits", nodes[0], Answer("label", 9))
    service.merge_class(store, "digits", 4, 9)
    service.answer(store, "digits", nodes[1], Answer("label", 9))
    with pytest.raises(StateError, match="1 answer since the merge said '9'"):
        service.split_class(store, "digits", 4)
    service.undo(store, "digits")
    service.split_class(store, "digits", 4)
    assert name_of(store, 4) is None


def test_a_propagation_before_the_merge_is_stale(store):
    label_all(store)
    service.propagate(store, "digits")
    service.merge_class(store, "digits", 4, 9)
    with pytest.raises(StateError, match="merged or split after the propagation"):
        service.retrain(store, "digits")
    service.propagate(store, "digits")
    with np.load(folder(store).propagation(1)) as arrays:
        assert 4 not in arrays["labels"]
    service.split_class(store, "digits", 4)
    with pytest.raises(StateError, match="merged or split after the propagation"):
        service.retrain(store, "digits")


def test_a_retraining_learns_the_merged_labels_and_keeps_them(store, work):
    label_truly(store)
    service.merge_class(store, "digits", 4, 9)
    service.propagate(store, "digits")
    job = service.retrain(store, "digits")
    with pytest.raises(StateError, match="while retrain is queued"):
        service.merge_class(store, "digits", 3, 8)
    work()
    assert service.job(store, job.id).state == "done"
    predictions = np.load(folder(store).model(2) / "predictions.npy")
    targets = read_targets(folder(store).data)
    fours = predictions[targets == 4]
    assert (fours == 9).mean() > 0.8
    with pytest.raises(StateError, match="round 1 was finished with '4' counted as '9'"):
        service.split_class(store, "digits", 4)


def test_a_merge_after_the_rounds_scores_and_names_the_merged_class(store, work):
    label_truly(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    stored = folder(store).propagation(1).read_bytes()
    four_and_nine = service.confusion(store, "digits").loc[["4", "9"], ["4", "9"]].to_numpy().sum()
    service.merge_class(store, "digits", 4, 9)
    counts = service.confusion(store, "digits")
    assert "4" not in counts.columns
    assert counts.loc["9", "9"] == four_and_nine
    assert list(service.per_class(store, "digits")["name"]) == list("012356789")
    table = service.labels_table(store, "digits")
    assert 4 not in set(table["predicted"]) | set(table["label"])
    suggested = {card.suggested for card in service.cards(store, "digits")}
    assert 4 not in suggested
    assert folder(store).propagation(1).read_bytes() == stored  # a finished round is read-only
    service.split_class(store, "digits", 4)
    assert 4 in set(service.labels_table(store, "digits")["predicted"])


def test_merges_go_along_with_a_copy_and_away_with_the_project(store):
    service.merge_class(store, "digits", 4, 9)
    service.duplicate_project(store, "digits", "copy")
    service.delete_project(store, "digits")
    assert [c.merged_into for c in service.classes(store, "copy")][4] == 9
    with store.read() as session:
        assert len(list(session.scalars(select(ClassMerge)))) == 1
