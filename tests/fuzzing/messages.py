"""Every message that a browser sends: the entries of three logs, and the states of components."""

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from labeller import service
from labeller.service import Store
from labeller.ui.audit.card import apply_log as apply_audit
from labeller.ui.label.grid import apply_log as apply_grid
from labeller.ui.widgets.pieces import messages
from labeller.ui.widgets.pieces.ledger import Ledger
from labeller.ui.widgets.pieces.selections import apply_selections
from tests.fuzzing.cases import LONGEST, Target
from tests.fuzzing.damage import JSON, NUMBER, changed
from tests.fuzzing.workspace import Workspace, rows

Entry = dict[str, Any]
Apply = Callable[[Ledger, Store, Any], object]
_clients = map("case {}".format, itertools.count())
_HONEST = "honest"  # whose entry comes behind the broken one


def message_targets(workspace: Workspace) -> list[Target]:
    """What there is to fuzz in a workspace."""
    image = service.audit(workspace.store(), "digits").images[0]  # type: ignore[union-attr]
    card = {"node": "1", "label": 3, "confidence": 0.8, "expert": "ann", "round": 1, "name": None}
    cards = [
        {"seq": 1, "kind": "label", **card, "wrong": [], "only": None, "check": False},
        {"seq": 1, "kind": "label", **card, "label": None, "name": "zebra"},
        {"seq": 1, "kind": "split", **card, "label": None, "split": 3},
        {"seq": 1, "kind": "skip", **card},
        {"seq": 1, "kind": "undo", **card},
    ]
    of_images = {"images": [1, 2], "label": 3, "confidence": 1.0, "expert": "ann", "of": 1}
    selections = [{"seq": 1, "kind": kind, **of_images} for kind in ("label", "aside", "undo")]
    audits = [{"seq": 1, "kind": k, "image": image, "label": 3} for k in ("label", "skip", "undo")]
    honest = {"seq": 2, "kind": "label", "label": 5, "expert": _HONEST}
    return [
        _log("label grid", cards, {**honest, "node": "2"}, _grid, workspace),
        _log("boards of images", selections, {**honest, "images": [4]}, _images, workspace),
        _log("audit card", audits, {**honest, "image": image}, _audit, workspace),
        Target("states of components", st.tuples(_KINDS, _STATES), _state),
    ]


def _log(
    name: str, entries: list[Entry], honest: Entry, apply: Apply, workspace: Workspace
) -> Target:
    """A log with a broken entry before an honest one, which must be applied."""

    def check(broken: Any) -> bool:
        store, client, ledger = workspace.store(), next(_clients), Ledger()
        before = rows(store)
        apply(ledger, store, {"client": client, "entries": [broken]})
        refused = bool(ledger.failed)
        assert not refused or rows(store) == before, "something is left of what was refused"
        apply(ledger, store, {"client": client, "entries": [broken, honest]})
        for failure in ledger.failed:
            assert "\n" not in failure["message"], failure["message"]
            assert len(failure["message"]) < LONGEST
            assert failure["seq"] != honest["seq"] or _seq(broken) == honest["seq"], failure
        assert ledger.data()["applied"][client] >= honest["seq"]
        return refused

    return Target(name, st.one_of(*map(changed, entries), JSON), check)


def _seq(entry: Any) -> Any:
    return entry.get("seq") if isinstance(entry, dict) else None


def _grid(ledger: Ledger, store: Store, log: Any) -> None:
    apply_grid(ledger, store, service.project(store, "digits"), log)


def _images(ledger: Ledger, store: Store, log: Any) -> None:
    apply_selections(ledger, store, service.project(store, "digits"), log, "Review")


def _audit(ledger: Ledger, store: Store, log: Any) -> None:
    apply_audit(ledger, store, service.project(store, "digits"), log)


_KINDS = st.sampled_from(
    [messages.GridState, messages.ReviewState, messages.ExploreState, messages.PickerState]
)
_STATES = st.one_of(
    JSON,
    changed(
        {
            "want": {"name": "a", "images": [1, 2]},
            "ask": {"id": "1", "kind": "find", "value": "x"},
            "by": "label",
            "expert": "ann",
            "play": True,
            "page": 2,
            "picked": 7,
            "zoom": 3,
            "go": "review",
            "members": "1",
        }
    ),
    st.dictionaries(st.sampled_from(["page", "zoom", "picked"]), NUMBER),
)


def _state(case: tuple[type[messages.Message], Any]) -> bool:
    """A state is always read; whether something in it was left out."""
    kind, sent = case
    read = messages.read_state(kind, sent)
    return bool(sent) and read == kind()
