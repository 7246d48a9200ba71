"""The log of the grid becomes answers in the store: in order, once each, and failures are told."""

import threading

import pytest
from sqlalchemy import select

from labeller import service
from labeller.store.schema import Answer
from labeller.ui.label.grid import apply_log
from labeller.ui.widgets.pieces.ledger import Ledger
from tests.support import disk_failing


@pytest.fixture
def project(store):
    return service.project(store, "digits")


@pytest.fixture
def nodes(store, project):
    return [card.node for card in service.cards(store, project)]


def entry(seq, node, kind="label", **values):
    if kind == "label":
        values = {"label": 3, "confidence": 0.8, **values}
    return {"seq": seq, "node": node, "kind": kind, "expert": "ann", **values}


def log(*entries, client="tab"):
    return {"client": client, "entries": list(entries)}


def order(store):
    return service.open_round(store, "digits").order


def test_entries_are_committed_in_order(store, project, nodes):
    ledger = Ledger()
    apply_log(ledger, store, project, log(entry(2, nodes[1], label=5), entry(1, nodes[0])))
    given = service.answers(store, project)
    assert [(a.node, a.label, a.confidence, a.expert) for a in given] == [
        (nodes[0], 3, 0.8, "ann"),
        (nodes[1], 5, 0.8, "ann"),
    ]
    assert ledger.applied == {"tab": 2}
    assert order(store) == nodes[:2]


def test_a_log_sent_twice_changes_nothing(store, project, nodes):
    sent = log(entry(1, nodes[0]), entry(2, nodes[1], "skip"))
    ledger = Ledger()
    apply_log(ledger, store, project, sent)
    apply_log(ledger, store, project, sent)
    # A new session after a restart has an empty ledger, and the browser sends all again.
    apply_log(Ledger(), store, project, sent)
    assert len(service.answers(store, project)) == 2


def test_what_the_disk_refuses_waits_with_the_browser_and_is_saved_later(store, project, nodes):
    sent = log(entry(1, nodes[0]), entry(2, nodes[1], label=None, name="zebra"))
    ledger = Ledger()
    with disk_failing():
        for _ in range(2):
            assert not apply_log(ledger, store, project, sent)
    assert (ledger.applied, ledger.failed, order(store)) == ({}, [], [])
    assert ledger.data()["waiting"].startswith("the database ")
    apply_log(ledger, store, project, sent)
    assert (ledger.applied, ledger.failed) == ({"tab": 2}, [])
    assert ledger.data()["waiting"] == ""
    assert order(store) == nodes[:2]


def test_four_sessions_that_apply_one_log_write_each_entry_once(store, project, nodes):
    sent = log(
        entry(1, nodes[0]),
        entry(2, nodes[1], "skip"),
        entry(3, nodes[2], label=None, name="zebra"),
        entry(4, nodes[0], label=5),
        entry(5, nodes[3], "split", split=3),
        entry(6, nodes[4]),
        entry(7, nodes[4], "undo"),
        entry(8, nodes[5], wrong=list(service.card(store, project, nodes[5]).shown[:4])),
        entry(9, nodes[0], label=6),
        entry(10, nodes[0], "undo"),
    )
    ledgers, gate = [Ledger() for _ in range(4)], threading.Barrier(4)

    def session(ledger):
        own = service.open_store(store.folder)
        gate.wait()
        apply_log(ledger, own, project, sent)
        own.close()

    threads = [threading.Thread(target=session, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(ledger.failed, ledger.applied) for ledger in ledgers] == [([], {"tab": 10})] * 4
    with store.read() as session_:
        rows = list(session_.scalars(select(Answer).order_by(Answer.number)))
    assert [(row.number, row.sequence) for row in rows] == [(n, n) for n in range(1, 11)]
    assert [row.revokes for row in rows if row.kind == "revoke"] == [6, 9]
    places = (0, 1, 2, 0, 3, 5)
    assert order(store) == [nodes[place] for place in places]
    assert [job.kind for job in service.jobs(store, project) if job.active] == ["split"] * 2
    assert [one.name for one in service.classes(store, project)][10:] == ["zebra"]


def test_one_undo_sent_by_four_sessions_undoes_one_answer(store, project, nodes):
    for place in range(4):
        apply_log(Ledger(), store, project, log(entry(place + 1, nodes[0], label=place)))
    for _ in range(4):
        apply_log(Ledger(), store, project, log(entry(5, nodes[0], "undo")))
    assert service.card(store, project, nodes[0]).answer.label == 2


def test_an_undo_takes_what_followed_along_once(store, project, nodes, work):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0], "split", split=2)))
    work()
    apply_log(Ledger(), store, project, log(entry(2, f"{nodes[0]}.1")))
    undo = log(entry(3, f"{nodes[0]}.1", "undo"), entry(4, nodes[0], "undo"))
    for _ in range(3):
        ledger = Ledger()
        assert apply_log(ledger, store, project, undo)
        assert not ledger.failed
    assert order(store) == []
    with store.read() as session:
        assert len(list(session.scalars(select(Answer)))) == 4


def test_an_entry_that_was_refused_is_not_stored_and_may_come_again(store, project, nodes):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0], label=10)))
    assert order(store) == []
    service.add_class(store, project, "ten")
    apply_log(Ledger(), store, project, log(entry(1, nodes[0], label=10)))
    assert service.card(store, project, nodes[0]).answer.label == 10


def test_a_copy_of_the_project_has_the_answers_but_not_the_log(store, project, nodes):
    sent = log(entry(1, nodes[0]))
    apply_log(Ledger(), store, project, sent)
    copy = service.duplicate_project(store, project, "copy")
    assert [a.label for a in service.answers(store, copy)] == [3]


def test_a_check_of_what_nothing_doubts_is_no_second_look(store, project, nodes):
    """The doubt may have gone since the page was drawn, and the same answer stands already."""
    apply_log(Ledger(), store, project, log(entry(1, nodes[0], check=True)))
    apply_log(Ledger(), store, project, log(entry(2, nodes[0], check=True)))
    assert [a.checked for a in service.answers(store, project)] == [False]


def test_the_same_answer_pressed_again_is_one_answer(store, project, nodes):
    again = [entry(n, nodes[0], confidence=0.9) for n in (1, 2)]
    apply_log(Ledger(), store, project, log(*again, entry(3, nodes[0], confidence=0.6)))
    assert [a.confidence for a in service.answers(store, project)] == [0.9, 0.6]


def test_an_undo_of_what_another_window_took_back_changes_nothing(store, project, nodes):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0]), entry(2, nodes[1])))
    ledger = Ledger()
    for client in ("mine", "other"):
        apply_log(ledger, store, project, log(entry(1, nodes[1], "undo"), client=client))
    assert (order(store), ledger.failed) == (nodes[:1], [])


def test_undo_revokes_once(store, project, nodes):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0]), entry(2, nodes[1])))
    undo = log(entry(3, nodes[1], "undo"))
    ledger = Ledger()
    apply_log(ledger, store, project, undo)
    assert order(store) == nodes[:1]
    apply_log(Ledger(), store, project, undo)
    assert order(store) == nodes[:1]
    assert not ledger.failed


def test_undo_does_not_take_another_tabs_answer(store, project, nodes):
    apply_log(Ledger(), store, project, log(entry(1, nodes[0]), client="mine"))
    apply_log(Ledger(), store, project, log(entry(1, nodes[1]), client="other"))
    ledger = Ledger()
    apply_log(ledger, store, project, log(entry(2, nodes[0], "undo"), client="mine"))
    assert len(service.answers(store, project)) == 2
    assert "another window" in ledger.failed[0]["message"]


def test_a_new_class_is_added_with_its_first_answer(store, project, nodes):
    sent = log(
        entry(1, nodes[0], label=None, name="<b>zebra</b>"),
        entry(2, nodes[1], label=None, name="<b>zebra</b>"),
    )
    apply_log(Ledger(), store, project, sent)
    classes = {one.name: one.label for one in service.project(store, project.id).classes}
    assert len(classes) == 11
    assert {a.label for a in service.answers(store, project)} == {classes["<b>zebra</b>"]}


def test_a_split_tells_that_the_tree_changes(store, project, nodes):
    assert apply_log(Ledger(), store, project, log(entry(1, nodes[0], "split", split=3)))
    assert service.active_job(store, project).kind == "split"
    assert service.card(store, project, nodes[0]).state == "splitting"


def test_only_marks_that_leave_a_rest_tell_that_cards_come(store, project, nodes):
    ledger, shown = Ledger(), service.card(store, project, nodes[0]).shown
    few, many = (entry(n, nodes[0], wrong=list(shown[:n])) for n in (3, 4))
    assert not apply_log(ledger, store, project, log(few))
    assert apply_log(ledger, store, project, log(many))
    assert apply_log(ledger, store, project, log(entry(5, nodes[0], "undo")))
    assert not apply_log(ledger, store, project, log(entry(6, nodes[0], "undo")))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"label": 77}, "label must be one of"),
        ({"confidence": 7}, "confidence must be"),
        ({"node": "99"}, "there is no cluster '99'"),
        ({"kind": "shout"}, "kind must be"),
    ],
)
def test_what_a_browser_should_not_send_is_refused_and_told(store, project, nodes, broken, message):
    ledger = Ledger()
    apply_log(ledger, store, project, log({**entry(1, nodes[0]), **broken}, entry(2, nodes[1])))
    assert message in ledger.failed[0]["message"]
    assert ledger.applied == {"tab": 2}
    assert order(store) == [nodes[1]]


def test_nothing_sent_is_nothing_done(store, project):
    assert not apply_log(Ledger(), store, project, None)


def test_a_new_class_that_was_renamed_meanwhile_is_not_made_again(store, project, nodes):
    sent = log(entry(1, nodes[0], label=None, name="zebra"))
    apply_log(Ledger(), store, project, sent)
    service.rename_class(store, project, 10, "horse")
    apply_log(Ledger(), store, project, sent)
    assert [one.name for one in service.classes(store, project)][10:] == ["horse"]
    assert [a.label for a in service.answers(store, project)] == [10]


def test_an_undo_in_a_deleted_project_is_told(store, project, nodes):
    """Only what is undone already counts as done."""
    service.delete_project(store, project)
    ledger = Ledger()
    apply_log(ledger, store, project, log(entry(1, nodes[0], "undo")))
    assert "no project" in ledger.failed[0]["message"]
