"""Pages over a disk or a database that fails: a sentence, no traceback, and nothing is lost."""

import os

import pytest
from sqlalchemy import text

from labeller import service
from labeller.ui.audit.card.payload import session_name
from labeller.ui.widgets.pieces.ledger import Ledger
from labeller.ui.widgets.pieces.messages import CardEntry
from tests.support import disk_failing
from tests.ui.driving import buttons, texts

ALL = ("projects", "train", "label", "review", "audit", "explore", "results", "compare", "export")


def label_page(store):
    """What the browser has sent to the Label page, and what is stored of it."""
    project, current = service.project(store, "digits"), service.current_round(store, "digits")
    entry = {"seq": 1, "node": service.cards(store, "digits")[0].node, "kind": "label"}
    entry |= {"label": 3, "confidence": 1}
    key = f"label grid {project.id}/{current.number}"
    return "label", key, entry, lambda: [one.label for one in service.answers(store, "digits")]


def audit_page(store):
    service.draw_audit(store, "digits", 30)
    project, view = service.project(store, "digits"), service.audit(store, "digits")
    assert session_name(project, view)
    entry = {"seq": 1, "image": view.images[0], "kind": "label", "label": 3}
    said = lambda: list(service.audit(store, "digits").said.values())  # noqa: E731
    return "audit", f"audit card {project.id}", entry, said


@pytest.mark.parametrize("page", [label_page, audit_page])
def test_an_answer_waits_until_it_can_be_saved(driver, store, page):
    name, key, entry, stored = page(store)
    app = driver.visit(name)
    app.session_state[key] = {"log": {"client": "tab", "entries": [entry]}}
    with disk_failing():
        app.run()
        ledger = app.session_state[f"{name} ledger"]
        assert "disk I/O error" in ledger.waiting
        assert (ledger.applied, ledger.failed, stored()) == ({}, [], [])
    assert not app.exception
    app.run()  # as the browser has it run again while something waits
    assert stored() == [3]
    assert app.session_state[f"{name} ledger"].data()["waiting"] == ""


def test_a_file_that_cannot_be_written_keeps_entries_waiting():
    def full(*_):
        raise OSError(28, "No space left on device", "activity.jsonl")

    ledger = Ledger()
    entry = {"seq": 1, "node": "1", "kind": "label", "label": 1, "confidence": 1.0}
    ledger.apply({"client": "tab", "entries": [entry]}, CardEntry, full)
    assert "No space left" in ledger.waiting
    assert (ledger.applied, ledger.failed) == ({}, [])


@pytest.mark.parametrize("page", ALL)
def test_a_database_that_fails_is_a_sentence_on_each_page(driver, store, page):
    with store.write() as session:
        session.execute(text("ALTER TABLE projects RENAME COLUMN name TO title"))
    app = driver.visit(page)
    assert not app.exception
    assert [each.value for each in app.error]
    assert "not as labeller made it" in app.error[0].value.replace("\\", "")


def test_what_a_page_writes_and_the_disk_refuses_is_a_sentence(driver, store):
    app = driver.visit("audit")
    with disk_failing():
        next(each for each in app.button if each.label == "Draw the images").click().run()
    assert not app.exception
    assert "disk I/O error" in app.error[0].value.replace("\\", "")
    next(each for each in app.button if each.label == "Draw the images").click().run()
    assert service.audit(store, "digits") is not None


@pytest.mark.parametrize("page", ALL)
def test_a_read_only_workspace_is_shown(driver, store, monkeypatch, page):
    monkeypatch.setattr(os, "access", lambda *_: False)
    app = driver.visit(page)
    assert not app.exception
    assert not app.error
    assert "This workspace is read-only" in texts(app)


def test_a_workspace_that_can_be_written_again_is_opened_again(driver, store, monkeypatch):
    with monkeypatch.context() as closed:
        closed.setattr(os, "access", lambda *_: False)
        app = driver.visit("audit")
    app.run()
    assert "read-only" not in texts(app)
    assert "Draw the images" in buttons(app)
