"""Rows that are kept between looks are those that a session would read."""

import pytest
from sqlalchemy import delete

from labeller.store.project_rows import ProjectRows, append
from labeller.store.schema import Answer


def numbers(rows):
    return [row.number for row in rows.answers]


def test_what_others_add_and_delete_is_seen(made):
    made.round(1)
    made.node(1, "1")
    for count in (1, 2, 3):
        made.answer(1, "1", label=0)
        with made.rows() as rows:
            assert numbers(rows) == list(range(1, count + 1))
    with made.store.write() as session:
        session.execute(delete(Answer).where(Answer.number == 2))
    with made.rows() as rows:
        assert numbers(rows) == [1, 3]


def test_a_session_sees_no_more_than_when_it_began(made):
    made.round(1)
    made.node(1, "1")
    made.answer(1, "1", label=0)
    with made.rows() as before:
        assert before.project.id
        made.answer(1, "1", label=1)
        with made.rows() as after:
            assert numbers(after) == [1, 2]
        assert numbers(before) == [1]
    with made.rows() as rows:
        assert numbers(rows) == [1, 2]


def test_what_was_never_committed_is_not_kept(made):
    made.round(1)
    made.node(1, "1")
    made.answer(1, "1", label=0)
    project = made.read(lambda rows: rows.project)
    values = {"round": 1, "node_key": "1", "node": "1", "kind": "skip", "expert": "me"}

    def half():
        with made.store.write() as session:
            append(ProjectRows(session, project, None), Answer, **values)
            assert numbers(ProjectRows(session, project, None)) == [1, 2]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    made.answer(1, "1", label=2)
    with made.rows() as rows:
        assert [(row.number, row.kind) for row in rows.answers] == [(1, "label"), (2, "label")]


def test_kept_rows_can_be_read_without_a_session(made):
    made.round(1)
    made.node(1, "1")
    made.answer(1, "1", label=0)
    with made.rows() as rows:
        (kept,) = rows.answers
    assert (kept.images, kept.label) == (None, 0)
