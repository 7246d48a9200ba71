"""The log of the audit card becomes labels in the store, once each; and what the card is sent."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from labeller import service
from labeller.ui.audit.card import apply_log
from labeller.ui.audit.card.payload import CHUNK, card_data, chunks, session_name, sheets
from labeller.ui.widgets.pieces.ledger import Ledger


@pytest.fixture
def project(store):
    return service.project(store, "digits")


@pytest.fixture
def images(store):
    return service.draw_audit(store, "digits", 60).images


def entry(seq, image, kind="label", label=3, **values):
    return {"seq": seq, "image": image, "kind": kind, "label": label, "expert": "ann", **values}


def log(*entries, client="tab"):
    return {"client": client, "entries": list(entries)}


def said(store):
    return service.audit(store, "digits").said


def test_entries_are_committed_in_order(store, project, images):
    ledger = Ledger()
    sent = log(entry(2, images[1], "skip", None), entry(1, images[0]), entry(3, images[2], label=7))
    apply_log(ledger, store, project, sent)
    assert list(said(store).items()) == [(images[0], 3), (images[1], None), (images[2], 7)]
    assert ledger.applied == {"tab": 3}
    assert not ledger.failed


def test_a_log_sent_twice_changes_nothing(store, project, images):
    sent = log(
        entry(1, images[0]),
        entry(2, images[0], "undo"),
        entry(3, images[0], label=5),
        entry(4, images[1], "skip", None),
        entry(5, images[2], label=6),
        entry(6, images[1], "undo"),
    )
    ledger = Ledger()
    for _ in range(2):
        apply_log(ledger, store, project, sent)
        assert said(store) == {images[0]: 5, images[2]: 6}
    # A new session after a restart has an empty ledger, and the browser sends all again.
    again = Ledger()
    apply_log(again, store, project, sent)
    assert said(store) == {images[0]: 5, images[2]: 6}
    assert not again.failed


def test_undo_takes_back_its_own_image_only(store, project, images):
    apply_log(Ledger(), store, project, log(entry(1, images[0]), client="mine"))
    apply_log(Ledger(), store, project, log(entry(1, images[1]), client="other"))
    ledger = Ledger()
    apply_log(ledger, store, project, log(entry(2, images[0], "undo"), client="mine"))
    assert said(store) == {images[1]: 3}
    assert not ledger.failed


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"label": 77}, "label must be one of"),
        ({"image": 10**6}, "not in the audit"),
        ({"image": -1}, "image must be"),
        ({"kind": "shout"}, "kind must be"),
    ],
)
def test_what_a_browser_should_not_send_is_refused_and_told(
    store, project, images, broken, message
):
    ledger = Ledger()
    sent = log({**entry(1, images[0]), **broken}, entry(2, images[1]))
    apply_log(ledger, store, project, sent)
    assert message in ledger.failed[0]["message"]
    assert ledger.data()["applied"] == {"tab": 2}
    assert said(store) == {images[1]: 3}


def test_the_card_is_told_what_comes_and_what_was_said_last(store, project, images):
    for image in images[:3]:
        service.answer_audit(store, "digits", image, 4)
    service.answer_audit(store, "digits", images[0], None)
    view = service.audit(store, "digits")
    data = card_data(project, view)
    assert data["next"][:2] == [images[3], images[4]]
    assert data["said"] == [[images[1], 4], [images[2], 4], [images[0], None]]
    assert (data["size"], data["done"], data["skipped"]) == (60, 3, 1)
    assert data["classes"][3] == {"label": 3, "name": "3"}
    assert data["session"] == session_name(project, view)


def test_a_chunk_keeps_its_place_while_it_is_wanted(store, images):
    before = chunks(service.audit(store, "digits"))
    assert before == [images[:CHUNK], images[CHUNK : 2 * CHUNK], ()]
    for image in images[:CHUNK]:
        service.answer_audit(store, "digits", image, 4)
    after = chunks(service.audit(store, "digits"))
    assert after == [*before[:2], images[2 * CHUNK : 3 * CHUNK]]
    for image in images[CHUNK:]:
        service.answer_audit(store, "digits", image, 4)
    # All are done: the last ones stay, for undo.
    last = chunks(service.audit(store, "digits"))
    assert sorted(map(len, last)) == [0, CHUNK, CHUNK]
    assert images[-CHUNK:] in last


def test_pictures_are_no_larger_than_they_are_shown():
    pixels = np.random.default_rng(0).integers(0, 255, (2, 400, 400, 3), dtype=np.uint8)
    made = sheets([7, 9], lambda numbers, _: pixels[: len(numbers)])
    assert list(made) == ["7", "9"]
    assert made["7"]["side"] == 320
    picture = Image.open(io.BytesIO(base64.b64decode(made["7"]["uri"].split(",")[1])))
    assert picture.size == (320, 320)


def test_photos_are_sent_as_webp():
    made = sheets([3], lambda numbers, side: np.full((1, 200, 200, 4), 255, np.uint8))
    assert made["3"]["photo"]
    assert made["3"]["uri"].startswith("data:image/webp")
    assert made["3"]["side"] == 200
