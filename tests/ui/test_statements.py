"""How often the Label page asks the database for one key press."""

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from labeller import service
from labeller.ui.label.grid import apply_log
from labeller.ui.widgets.pieces.ledger import Ledger
from tests.support import PATIENCE

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workspace-0.1.zip"
# Statements. Whether an answer before was doubted is read before the write lock is taken.
KEY_PRESS, RERUN = 17, 20


@pytest.fixture
def rounds(tmp_path):
    """A workspace in its second round, with answers in both."""
    with zipfile.ZipFile(FIXTURE) as archive:
        archive.extractall(tmp_path / "workspace")
    store = service.open_store(tmp_path / "workspace")
    yield store
    store.close()


@pytest.fixture
def statements(rounds, monkeypatch):
    """What the page sends to SQLite."""
    monkeypatch.setattr("labeller.ui.frame.page.open_store", lambda: rounds)
    sent = []
    event.listen(rounds.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    return sent


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "label", "label": 3, "confidence": 0.8},
        {"kind": "label", "label": 3, "check": True},
        {"kind": "split", "split": 3},
        {"kind": "skip"},
    ],
)
def test_a_key_press_takes_few_statements(rounds, statements, said):
    project = service.project(rounds, "digits")
    node = next(card.node for card in service.cards(rounds, project) if card.state == "open")
    ledger, answer = Ledger(), {"seq": 1, "node": node, "expert": "ann", **said}
    undo = {"seq": 2, "node": node, "kind": "undo"}
    for entries in ([answer], [answer, undo]):
        statements.clear()
        apply_log(ledger, rounds, project, {"client": "tab", "entries": entries})
        assert not ledger.failed
        assert 0 < len(statements) <= KEY_PRESS, "\n".join(statements)


def grid() -> None:
    """The part of the Label page that runs again after each key."""
    from labeller import service
    from labeller.ui.frame import page
    from labeller.ui.label.labelling import label_cards

    store = page.open_store()
    project = service.project(store, "digits")
    with store.read() as session:
        session.connection().exec_driver_sql("SELECT 'the grid'")
    assert project.round is not None
    label_cards(store, project, project.round)


def test_the_rerun_after_a_key_press_takes_few_statements(rounds, statements):
    app = AppTest.from_function(grid, default_timeout=PATIENCE)
    for _ in range(2):  # the pictures are made in the first run
        statements.clear()
        app.run()
        assert not app.exception
        of_grid = statements[statements.index("SELECT 'the grid'") + 1 :]
        assert 0 < len(of_grid) <= RERUN, "\n".join(of_grid)
