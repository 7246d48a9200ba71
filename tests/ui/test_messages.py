"""What browsers send is checked: what is no message is refused in a line, and the rest goes on."""

import reprlib

import pytest
from pydantic import ValidationError

from labeller import service
from labeller.ui.audit.card import apply_log as apply_audit
from labeller.ui.label.grid import apply_log as apply_grid
from labeller.ui.widgets.pieces.ledger import Ledger
from labeller.ui.widgets.pieces.messages import (
    CardEntry,
    ExploreState,
    GridState,
    PickerState,
    ReviewState,
    read_state,
    what_is_wrong,
)
from labeller.ui.widgets.pieces.selections import apply_selections

NESTED: list = []
for _ in range(5000):
    NESTED = [NESTED]
# Each puts another value in the place of one of an entry that is sound; GONE: leaves it out.
GONE = object()
BROKEN = [
    ("kind", (GONE, None, "shout", 1, ["label"], NESTED)),
    ("label", (1.9, 1.0, True, "3", -1, 2**63, float("nan"), [3], {})),
    ("confidence", (None, "1", True, -0.1, 1.1, float("nan"), float("inf"), [1])),
    ("expert", (None, 7, "x" * 301, "x" * 280, "a\nb", ["ann"])),
    ("name", (7, "x" * 301, ["a"])),
]
OF_CARDS = [
    ("node", (GONE, None, 3, "nowhere", "x" * 10_000, [], NESTED)),
    ("round", ("1", 1.0, True, 99, -1, 2**70)),
    ("wrong", ("12", [1.5], [True], [-1], [None], 3, {"a": 1}, NESTED, [10**7])),
    ("only", ([10**30], [[]], [[1]], False)),
    ("check", (1, "yes", [])),
]
OF_IMAGES = [("images", (GONE, None, [], [1.0], [True], ["1"], [-1], [10**7], 3, {}, NESTED))]
OF_AUDIT = [("image", (GONE, None, 1.0, True, "3", -1, 2**80, [3], NESTED))]


def changed(entry, name, value):
    kept = {key: each for key, each in entry.items() if key != name}
    return kept if value is GONE else {**kept, name: value}


def refuse_all(apply, entry, *broken):
    """Sends a broken entry before a sound one, for each of the `broken` values."""
    for name, values in broken:
        for value in values:
            ledger = Ledger()
            first = {"seq": 1, **changed(entry, name, value)}
            apply(ledger, {"client": f"tab {name}", "entries": [first, {"seq": 2, **entry}]})
            told = [(failure["client"], failure["seq"]) for failure in ledger.failed]
            assert told == [(f"tab {name}", 1)], f"{name} {reprlib.repr(value)}"
            message = ledger.failed[0]["message"]
            assert "\n" not in message
            assert 5 < len(message) < 300, message
            assert ledger.data()["applied"] == {f"tab {name}": 2}


def test_the_label_grid(store):
    project, node = service.project(store, "digits"), service.cards(store, "digits")[0].node

    def apply(ledger, log):
        apply_grid(ledger, store, project, log)

    entry = {"kind": "label", "node": node, "label": 3, "confidence": 0.8, "expert": "ann"}
    refuse_all(apply, entry, *BROKEN, *OF_CARDS)
    assert {(a.node, a.label, a.expert) for a in service.answers(store, project)} == {
        (node, 3, "ann")
    }
    splits = (GONE, None, 1, 51, 2.0, True, "3", 10**30)
    refuse_all(apply, {"kind": "split", "node": node, "split": 3}, ("split", splits))


def test_the_boards_of_images(store):
    project = service.project(store, "digits")

    def apply(ledger, log):
        apply_selections(ledger, store, project, log, "Review")

    entry = {"kind": "label", "images": [1, 2], "label": 3, "confidence": 0.8, "expert": "ann"}
    refuse_all(apply, entry, *BROKEN, *OF_IMAGES)
    assert {(a.size, a.label) for a in service.answers(store, project)} == {(2, 3)}


def test_the_audit_card(store):
    project, image = service.project(store, "digits"), service.draw_audit(store, "digits", 25).next

    def apply(ledger, log):
        apply_audit(ledger, store, project, log)

    entry = {"kind": "label", "image": image, "label": 3, "expert": "ann"}
    refuse_all(apply, entry, *BROKEN, *OF_AUDIT)
    assert service.audit(store, project).said == {image: 3}


def test_what_is_refused_leaves_no_class(store):
    project = service.project(store, "digits")
    label = {"seq": 1, "kind": "label", "label": None, "name": "zebra"}
    for apply, about in (
        (apply_grid, {"node": "nowhere"}),
        (apply_selections, {"images": [10**6]}),
    ):
        given = ("Review",) if apply is apply_selections else ()
        log = {"client": apply.__name__, "entries": [{**label, **about}]}
        ledger = Ledger()
        apply(ledger, store, project, log, *given)
        assert len(ledger.failed) == 1
    assert len(service.classes(store, project)) == 10


GOOD = {"kind": "skip", "node": "1"}


def test_an_entry_without_a_number_is_told_once_and_hides_none(store):
    """A number that counts as applied would have the browser think that all before it are saved."""
    project = service.project(store, "digits")
    numbers = (GONE, None, 0, -1, 1.5, True, "7", 2**53, 10**30, float("inf"), [1], NESTED)
    for place, seq in enumerate(numbers):
        ledger, client = Ledger(), f"tab {place}"
        broken = changed({**GOOD, "seq": 1}, "seq", seq)
        for number in (1, 2, 2):
            good = {**GOOD, "seq": number, "node": str(number)}
            apply_grid(ledger, store, project, {"client": client, "entries": [broken, good]})
        assert [failure["message"][:4] for failure in ledger.failed] == ["seq "]
        assert ledger.data()["applied"] == {client: 2}
    assert {answer.node for answer in service.answers(store, project)} == {"1", "2"}


def test_a_large_number_does_not_keep_smaller_ones_that_come_later_from_being_saved(store):
    project, ledger = service.project(store, "digits"), Ledger()
    for node, number in zip("123", (2**53 - 1, 1, 2), strict=True):
        entry = {**GOOD, "seq": number, "node": node}
        apply_grid(ledger, store, project, {"client": "tab", "entries": [entry]})
    assert len(service.answers(store, project)) == 3
    assert not ledger.failed


LOGS = [[], "x", 7, True, {}, {"client": "a"}, {"client": "a", "entries": {}}, {"entries": []}]
LOGS += [{"client": None, "entries": []}, {"client": "x" * 81, "entries": [GOOD]}, {"client": ""}]


def test_what_is_no_log_is_told_once(store):
    project = service.project(store, "digits")
    for log in LOGS:
        ledger = Ledger()
        for _ in range(3):
            assert not apply_grid(ledger, store, project, log)
        assert len(ledger.failed) == 1
    assert service.answers(store, project) == []


def test_what_was_no_entry_is_not_sent_back_to_the_page(store):
    """It may be as long as it likes, and hold what a page cannot read, such as NaN."""
    ledger, project = Ledger(), service.project(store, "digits")
    junk = [{"seq": n, "kind": float("nan"), "node": "x" * 10**6} for n in range(1, 200)]
    apply_grid(ledger, store, project, {"client": "tab", "entries": junk})
    assert len(str(ledger.data())) < 10_000


@pytest.mark.parametrize(
    "junk", [None, 7, "x", [], {"want": 7}, {"want": NESTED, "zoom": True}], ids=reprlib.repr
)
def test_a_state_that_is_junk_is_none(junk):
    assert read_state(GridState, junk) == GridState()
    assert read_state(ExploreState, junk) == ExploreState()


def test_what_is_sound_in_a_state_is_kept():
    sent = {"want": "3", "zoom": -1, "members": 7, "go": "export", "expert": "ann", "log": NESTED}
    assert read_state(GridState, sent) == GridState(want="3", expert="ann")
    assert read_state(ReviewState, {"page": 2.5}).page == 0
    assert read_state(ReviewState, {"page": 3}).page == 3
    assert read_state(PickerState, {"picked": True}).picked is None
    wanted = {"want": {"name": "a", "images": [1, 1.5]}, "by": "label", "ask": {"id": "1"}}
    assert read_state(ExploreState, wanted) == ExploreState(by="label")


def test_a_message_says_what_is_wrong_in_a_line():
    with pytest.raises(ValidationError) as caught:
        CardEntry.model_validate({"kind": "label", "node": "1", "label": 1.9})
    assert what_is_wrong(caught.value) == "label must be a valid integer, got 1.9"
    with pytest.raises(ValidationError) as caught:
        CardEntry.model_validate({"kind": "label"})
    assert what_is_wrong(caught.value) == "node is missing"
