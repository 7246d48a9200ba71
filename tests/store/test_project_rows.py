"""The rows of a project: read once, and added under the next number."""

import pytest
from sqlalchemy import event

from labeller.store.project_rows import ProjectRows, append, logged
from labeller.store.schema import Answer


def test_only_labels_that_are_sure_of_the_whole_card_say_it_of_each_image(made):
    made.round(1)
    for key in "123456":
        made.node(1, key)
    sure = made.answer(1, "1", label=0)
    made.answer(1, "2", label=0, confidence=0.99)
    made.answer(1, "3", label=0, only=[2])
    made.answer(1, "4", kind="split", split=2)
    made.answer(1, "5", kind="skip")
    gone = made.answer(1, "6", label=1)
    made.answer(1, "6", kind="revoke", revokes=gone)
    marked = made.answer(1, "6", label=1, wrong=[3])
    shown = [1, 2, 3, 4, 5]
    assert made.read(ProjectRows.shown_of_sure) == {sure: shown, marked: shown}


def test_who_decided_an_image_was_sure_also_where_another_answer_replaced_it(made):
    made.round(1)
    made.node(1, "1")
    first, second = made.answer(1, "1", label=0), made.answer(1, "1", label=1)
    assert list(made.read(ProjectRows.shown_of_sure)) == [first, second]


def test_answers_and_trees_are_of_their_round(made):
    for number in (1, 2):
        made.round(number)
        made.node(number, "1")
    first, second = made.answer(1, "1", label=0), made.answer(2, "1", label=1)
    with made.rows() as rows:
        assert [row.number for row in rows.given()] == [first, second]
        assert [row.number for row in rows.given(2)] == [second]
        assert [rows.tree(n).standing["1"].number for n in (1, 2)] == [first, second]
        assert rows.tree(1, without={first}).leaves[0].answer is None
        assert rows.tree(1).leaves[0].answer.number == first
        assert rows.open_round.number == 2


def test_each_table_is_read_once(made):
    for number in (1, 2, 3):
        made.round(number)
        made.node(number, "1")
        made.answer(number, "1", label=0)
    sent = []
    event.listen(made.store.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with made.rows() as rows:
        for number in (3, 1, 2, 3):
            assert len(rows.tree(number).leaves) == 1
        assert (rows.names, len(rows.live_classes)) == ({0: "cat", 1: "kitten", 2: "dog"}, 3)
    # project, rounds, nodes of the newest round and of the others, answers, classes, merges
    assert len(sent) == 7


def test_a_record_has_the_class_that_counts(made):
    made.round(1)
    made.node(1, "1")
    made.answer(1, "1", label=1, wrong=[3, 2])
    made.merge(1, 0)
    with made.rows() as rows:
        said = rows.answer(rows.answers[0])
        assert (said.label, said.wrong, said.number, said.node) == (0, (2, 3), 1, "1")
        assert rows.names == {0: "cat", 1: "cat", 2: "dog"}


@pytest.mark.parametrize("entry", [None, ("tab", 7)])
def test_an_entry_of_a_log_is_added_once_and_what_has_no_entry_each_time(made, entry):
    values = {"round": 1, "node_key": "1", "node": "1", "kind": "skip", "expert": "me"}
    for _ in range(3):
        with made.store.write() as session:
            rows = ProjectRows(session, made.read(lambda rows: rows.project), None)
            append(rows, Answer, entry, **values)
    with made.rows() as rows:
        assert [row.number for row in rows.answers] == ([1, 2, 3] if entry is None else [1])
        assert (logged(rows.answers, ("tab", 7)) is not None) == (entry is not None)
        assert logged(rows.answers, ("tab", 8)) is None
        assert logged(rows.answers, ("other", 7)) is None
