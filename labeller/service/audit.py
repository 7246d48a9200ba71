"""The audit: a few random images that a person labels one by one, to know how right labels are.

**Why the estimate is honest.** The images are a simple random sample of the training images, drawn
without looking at any label, and what is said of them scores labels and never trains. Whatever
made the present labels, the share of right ones in such a sample estimates their share among all
training images without bias. This holds too for an audit that is drawn after some rounds: the
networks of those rounds have seen *propagated* labels of these images, as of all others, but no
label of the audit, so the sample stays a fair one for the labels as they are.

**What we do, and what bias is left.** A later retraining leaves the images of the audit out of all
labelled batches (`jobs/taught_labels.py`), else it could learn wrong propagated labels of theirs by
heart. From then on they differ in this from the others: the classifier is judged on images that it
was not taught, as on new ones, and that is rather below its share on the images it was taught than
above. The propagated labels come from clusters, in which the images of the audit lie like all
others. Two biases remain: images that the person cannot tell are left out, and they are the harder
ones (the page counts them); and who looks at the estimate after each round and stops at a lucky one
is too hopeful by a part of the interval. The page therefore shows the interval, and the audit can
be enlarged at the end: the new images have had no say in when to stop.

**Drawn once.** The images are the beginning of one permutation, stored with its seed. Enlarging
appends the next ones; no image is ever exchanged, and the images labelled so far, taken in order,
are a random sample themselves, so one may stop in the middle.
"""

import numpy as np
from sqlalchemy.orm import Session

from labeller.data.images import ImageStore
from labeller.errors import NotFoundError, StateError
from labeller.evaluation.intervals import sample_size
from labeller.jobs import queue
from labeller.records import AuditView
from labeller.runtime import stream_seed
from labeller.service.jobs import refuse_while_active
from labeller.service.lookup import (
    ProjectLike,
    class_names,
    find_project,
    image_store,
    live_classes,
)
from labeller.store import Store
from labeller.store.audit import append_label, audit_images, audit_labels, standing_labels
from labeller.store.classes import merged_labels
from labeller.store.schema import AuditImage, AuditLabel, Project

LEAST, MOST = 25, 1000


def audit_sizes(store: Store, project: ProjectLike) -> tuple[int, int, int]:
    """The least and the most images that an audit may have, and the number to suggest.

    The suggestion knows an accuracy of about 95 % to about 2.5 points; never more than half of the
    training images are set apart. Raises StateError for a set that is too small for an audit.
    """
    with store.read() as session:
        row = find_project(session, project)
    largest = _largest(image_store(store, row))
    return LEAST, largest, min(largest, 25 * round(sample_size() / 25))


def draw_audit(store: Store, project: ProjectLike, size: int) -> AuditView:
    """Draws the audit, or enlarges it to `size` images; those drawn before stay.

    Raises ValueError for a size outside `audit_sizes`, StateError for one below the present size
    and while a retraining runs, which reads which images are set apart.
    """
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "draw images", "retrain")
        images = image_store(store, row)
        largest = _largest(images)
        if not LEAST <= size <= largest:
            raise ValueError(f"size must be between {LEAST} and {largest} images, got {size}")
        drawn = audit_images(session, row.id)
        if size < len(drawn):
            raise StateError(
                f"the audit has {len(drawn)} images and is never made smaller, got {size}"
            )
        seed = drawn[0].seed if drawn else stream_seed(row.config["train"]["seed"], "audit")
        order = np.random.default_rng(seed).permutation(images.train)
        for place in range(len(drawn), size):
            session.add(
                AuditImage(project_id=row.id, place=place + 1, image=int(order[place]), seed=seed)
            )
        session.flush()
        return _view(session, row, largest)


def audit(store: Store, project: ProjectLike) -> AuditView | None:
    """The audit of a project; None until it is drawn."""
    with store.read() as session:
        row = find_project(session, project)
        if not audit_images(session, row.id):
            return None
        return _view(session, row, _largest(image_store(store, row)))


def answer_audit(
    store: Store, project: ProjectLike, image: int, label: int | None, *, expert: str = "me"
) -> AuditView:
    """Stores the class of one image of the audit, None: cannot tell; committed when it returns.

    A later word about the same image replaces the earlier one. Raises NotFoundError for an image
    that is not in the audit, ValueError for an unknown class.
    """
    with store.write() as session:
        row = find_project(session, project)
        drawn = _drawn(session, row)
        if image not in drawn:
            raise NotFoundError(f"image {image} is not in the audit; see: labeller audit status")
        _check(session, row, label)
        append_label(
            session,
            AuditLabel(
                project_id=row.id,
                image=int(image),
                kind="skip" if label is None else "label",
                label=label,
                expert=expert.strip() or "me",
            ),
        )
        return _view(session, row, _largest(image_store(store, row)))


def undo_audit(
    store: Store, project: ProjectLike, image: int | None = None, *, expert: str = "me"
) -> int:
    """Takes the newest word about an image back, about `image` if one is named; returns the image.

    Raises StateError where nothing was said that could be undone.
    """
    with store.write() as session:
        row = find_project(session, project)
        standing = standing_labels(audit_labels(session, row.id))
        of = list(standing.values()) if image is None else [standing.get(image)]
        newest = max(filter(None, of), key=lambda said: said.number, default=None)
        if newest is None:
            which = "an image of the audit" if image is None else f"image {image}"
            raise StateError(f"nothing was said about {which} that could be undone")
        append_label(
            session,
            AuditLabel(
                project_id=row.id,
                image=newest.image,
                kind="revoke",
                revokes=newest.number,
                expert=expert.strip() or "me",
            ),
        )
    return newest.image


def _view(session: Session, row: Project, largest: int) -> AuditView:
    drawn = audit_images(session, row.id)
    merged = merged_labels(session, row.id)
    standing = standing_labels(audit_labels(session, row.id))
    said = sorted(standing.values(), key=lambda each: each.number)
    order = tuple(each.image for each in drawn)
    return AuditView(
        images=order,
        said={each.image: None if each.label is None else merged.of(each.label) for each in said},
        next=next((image for image in order if image not in standing), None),
        newest=said[-1].image if said else None,
        largest=largest,
        drawn_at=drawn[0].created_at,
    )


def _drawn(session: Session, row: Project) -> set[int]:
    drawn = {each.image for each in audit_images(session, row.id)}
    if not drawn:
        raise StateError("the audit is not drawn yet; draw it first")
    return drawn


def _check(session: Session, row: Project, label: int | None) -> None:
    known = [c.label for c in live_classes(session, row.id)]
    if label is not None and label not in known:
        names = class_names(session, row.id)
        if label in names:
            raise ValueError(f"class {label} is merged into {names[label]!r}; use that one")
        raise ValueError(f"label must be one of {known}, got {label}; add the class first")


def _largest(images: ImageStore) -> int:
    largest = min(MOST, len(images.train) // 2)
    if largest < LEAST:
        raise StateError(
            f"an audit needs {2 * LEAST} training images or more, these are {len(images.train)}; "
            "look through them all instead"
        )
    return largest
