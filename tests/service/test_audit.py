"""The audit: drawn once, apart from all training, and what it says of the labels."""

import numpy as np
import pytest
from sqlalchemy import select

from labeller import service
from labeller.errors import NotFoundError, StateError
from labeller.evaluation.intervals import wilson
from labeller.evaluation.targets import read_targets
from labeller.records import AuditEstimate
from labeller.service.auditing import _advice
from labeller.store.schema import AuditImage
from tests.service.test_round import label_truly


def targets(store):
    return read_targets(store.project_folder(service.project(store, "digits").id).data)


def audit_truly(store, wrong=0):
    """Says the true class of every image of the audit, another one of the first `wrong`."""
    truth = targets(store)
    for place, image in enumerate(service.audit(store, "digits").images):
        label = int(truth[image])
        service.answer_audit(store, "digits", image, (label + 1) % 10 if place < wrong else label)


def one_round(store, work):
    label_truly(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()


def test_it_is_drawn_once_from_the_training_images_and_only_grows(store):
    assert service.audit(store, "digits") is None
    least, largest, suggested = service.audit_sizes(store, "digits")
    assert (least, largest, suggested) == (25, 719, 300)
    view = service.draw_audit(store, "digits", 40)
    images = view.images
    assert len(set(images)) == 40
    place = store.project_folder(service.project(store, "digits").id).data
    from labeller.data.images import ImageStore

    assert set(images) <= set(ImageStore(place).train.tolist())
    assert service.draw_audit(store, "digits", 40).images == images
    assert service.draw_audit(store, "digits", 60).images[:40] == images
    with pytest.raises(StateError, match="never made smaller, got 50"):
        service.draw_audit(store, "digits", 50)
    for size in (24, 720):
        with pytest.raises(ValueError, match=f"between 25 and 719 images, got {size}"):
            service.draw_audit(store, "digits", size)
    with store.read() as session:
        rows = sorted(session.scalars(select(AuditImage.image)))
    assert rows == sorted(service.audit(store, "digits").images)


def test_images_come_in_order_and_undo_goes_back(store):
    images = service.draw_audit(store, "digits", 25).images
    assert service.answer_audit(store, "digits", images[0], 3).next == images[1]
    view = service.answer_audit(store, "digits", images[1], None)
    assert (view.labelled, view.skipped, view.next) == (1, 1, images[2])
    assert view.newest == images[1]
    assert service.undo_audit(store, "digits") == images[1]
    view = service.answer_audit(store, "digits", images[0], 4)  # another word replaces the first
    assert (view.said, view.next) == ({images[0]: 4}, images[1])
    assert service.undo_audit(store, "digits") == images[0]
    assert service.audit(store, "digits").said == {images[0]: 3}
    service.undo_audit(store, "digits")
    with pytest.raises(StateError, match="nothing was said"):
        service.undo_audit(store, "digits")


def test_what_was_said_of_one_image_is_taken_back(store):
    images = service.draw_audit(store, "digits", 25).images
    for image in images[:3]:
        service.answer_audit(store, "digits", image, 3)
    assert service.undo_audit(store, "digits", images[1]) == images[1]
    view = service.audit(store, "digits")
    assert (list(view.said), view.next, view.newest) == ([images[0], images[2]], *images[1:3])
    with pytest.raises(StateError, match=f"nothing was said about image {images[1]}"):
        service.undo_audit(store, "digits", images[1])


def test_what_cannot_be_said_is_refused(store):
    with pytest.raises(StateError, match="not drawn yet"):
        service.answer_audit(store, "digits", 0, 1)
    images = service.draw_audit(store, "digits", 25).images
    outside = next(i for i in range(1797) if i not in images)
    with pytest.raises(NotFoundError, match=f"image {outside} is not in the audit"):
        service.answer_audit(store, "digits", outside, 1)
    with pytest.raises(ValueError, match="got 10; add the class first"):
        service.answer_audit(store, "digits", images[0], 10)
    service.merge_class(store, "digits", 4, 9)
    with pytest.raises(ValueError, match="merged into '9'"):
        service.answer_audit(store, "digits", images[0], 4)


def test_the_estimate_counts_right_labels(store, work):
    service.draw_audit(store, "digits", 100)
    assert service.audit_report(store, "digits") is None
    audit_truly(store)
    report = service.audit_report(store, "digits")
    assert report.now == report.rounds == ()
    assert "too early" in report.advice
    label_truly(store)
    images = np.array(service.audit(store, "digits").images)
    (only,) = service.audit_report(store, "digits").now
    labels = service.preview(store, "digits").labels
    right = int((labels[images] == targets(store)[images]).sum())
    assert (only.what, only.right, only.asked) == ("labels", right, 100)
    assert (only.low, only.high) == wilson(right, 100)


def test_rounds_are_compared_and_the_next_point_is_priced(store, work):
    service.draw_audit(store, "digits", 100)
    audit_truly(store)
    one_round(store, work)
    report = service.audit_report(store, "digits")
    assert [e.what for e in report.now] == ["labels", "classifier"]
    assert "too early" in report.advice
    one_round(store, work)
    report = service.audit_report(store, "digits")
    assert [e.round for e in report.rounds] == [1, 2]
    assert [e.answers for e in report.rounds] == [10, 20]
    assert "rough guide" in report.advice
    assert ("likely to cost" in report.advice) == (report.more is not None)


def test_a_merge_counts_for_the_audit_and_holds_its_splitting_back(store):
    label_truly(store)
    images = service.draw_audit(store, "digits", 25).images
    service.answer_audit(store, "digits", images[0], 4)
    service.merge_class(store, "digits", 4, 9)
    assert service.audit(store, "digits").said == {images[0]: 9}
    service.answer_audit(store, "digits", images[1], 9)
    with pytest.raises(StateError, match="1 audit label since the merge said '9'"):
        service.split_class(store, "digits", 4)
    service.undo_audit(store, "digits")
    service.split_class(store, "digits", 4)
    assert service.audit(store, "digits").said == {images[0]: 4}


def test_a_copy_has_the_audit_too(store):
    images = service.draw_audit(store, "digits", 25).images
    service.answer_audit(store, "digits", images[0], 4)
    service.duplicate_project(store, "digits", "copy")
    assert service.audit(store, "copy").said == {images[0]: 4}
    service.delete_project(store, "digits")
    assert service.audit(store, "copy").images == images


def test_noise_is_no_reason_to_stop():
    def round_(number, right, asked):
        low, high = wilson(right, asked)
        return AuditEstimate(
            "classifier", right, asked, low, high, round=number, answers=10 * number
        )

    more, advice = _advice([round_(1, 20, 25), round_(2, 19, 25)])
    assert more is None
    assert "cannot be told yet" in advice
    assert "stop" not in advice
    _, advice = _advice([round_(1, 8000, 10_000), round_(2, 8000, 10_000)])
    assert "You can stop" in advice
