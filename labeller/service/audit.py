"""The audit: a few random images that a person labels one by one, to know how right labels are.

They are a simple random sample of the training images, and what is said of them scores labels and
never trains, so the share of right ones estimates that among all training images without bias.
A later retraining leaves them out of all labelled batches (`jobs/taught_labels.py`). Two biases
remain: images that the person cannot tell are left out, and they are the harder ones; and who stops
at a lucky estimate is too hopeful by a part of the interval, which is why it is shown.

The images are the beginning of one permutation, stored with its seed: enlarging appends the next
ones, and those labelled so far, taken in order, are a random sample themselves.
"""

import numpy as np

from labeller.data.images import ImageStore
from labeller.errors import NotFoundError, StateError
from labeller.evaluation.intervals import sample_size
from labeller.records import AuditView
from labeller.records.numbers import whole_number
from labeller.runtime import stream_seed
from labeller.service.answering import checked_class
from labeller.service.lookup import ProjectLike, changing, image_store, reading, writing
from labeller.service.naming import person_name
from labeller.store import Store
from labeller.store.project_rows import Entry, ProjectRows, append, logged
from labeller.store.schema import AuditImage, AuditLabel

LEAST, MOST = 25, 1000


def audit_sizes(store: Store, project: ProjectLike) -> tuple[int, int, int]:
    """The least and the most images that an audit may have, and the number to suggest.

    The suggestion knows an accuracy of about 95 % to about 2.5 points; never more than half of the
    training images are set apart. Raises StateError for a set that is too small for an audit.
    """
    with reading(store, project) as rows:
        largest = _largest(image_store(store, rows.project))
    return LEAST, largest, min(largest, 25 * round(sample_size() / 25))


def draw_audit(store: Store, project: ProjectLike, size: int) -> AuditView:
    """Draws the audit, or enlarges it to `size` images; those drawn before stay.

    Raises ValueError for a size outside `audit_sizes`, StateError for one below the present size
    and while a retraining runs, which reads which images are set apart.
    """
    with changing(store, project, "draw images", "retrain") as rows:
        images = image_store(store, rows.project)
        largest, drawn = _largest(images), rows.audit_images
        size = whole_number("size", size)
        if not LEAST <= size <= largest:
            raise ValueError(f"size must be between {LEAST} and {largest} images, got {size}")
        if size < len(drawn):
            raise StateError(
                f"the audit has {len(drawn)} images and is never made smaller, got {size}"
            )
        own_seed = rows.project.config["train"]["seed"]
        seed = drawn[0].seed if drawn else stream_seed(own_seed, "audit")
        order = np.random.default_rng(seed).permutation(images.train)
        drawn += [
            AuditImage(project_id=rows.id, place=place + 1, image=int(order[place]), seed=seed)
            for place in range(len(drawn), size)
        ]
        rows.session.add_all(drawn)
        rows.session.flush()
        return _drawn(store, rows)


def audit(store: Store, project: ProjectLike) -> AuditView | None:
    """The audit of a project; None until it is drawn."""
    with reading(store, project) as rows:
        return audit_view(store, rows)


def answer_audit(
    store: Store,
    project: ProjectLike,
    image: int,
    label: int | None,
    *,
    expert: str = "me",
    entry: Entry | None = None,
) -> AuditView:
    """Stores the class of one image of the audit, None: cannot tell; committed when it returns.

    A later word about the same image replaces the earlier one; `entry` of a browser's log: where
    it is stored already, nothing changes. Raises NotFoundError for an image that is not in the
    audit, ValueError for an unknown class.
    """
    image, expert = whole_number("image", image), person_name(expert)
    with writing(store, project) as rows:
        view = _drawn(store, rows)
        if logged(rows.audit_labels, entry) is not None:
            return view
        if image not in view.images:
            raise NotFoundError(f"image {image} is not in the audit; see: labeller audit status")
        if label is not None:
            label = checked_class(rows, label)
        kind = "skip" if label is None else "label"
        _append(rows, entry, expert, image=image, kind=kind, label=label)
        return _drawn(store, rows)


def undo_audit(
    store: Store,
    project: ProjectLike,
    image: int | None = None,
    *,
    expert: str = "me",
    entry: Entry | None = None,
) -> int:
    """Takes the newest word about an image back, about `image` if one is named; returns the image.

    `entry` as of `answer_audit`. Raises StateError where nothing was said that could be undone.
    """
    expert = person_name(expert)
    with writing(store, project) as rows:
        if (there := logged(rows.audit_labels, entry)) is not None:
            return there.image
        of = [row for row in rows.audited.values() if image in (None, row.image)]
        if not of:
            which = "an image of the audit" if image is None else f"image {image}"
            raise StateError(f"nothing was said about {which} that could be undone")
        newest = of[-1]
        _append(rows, entry, expert, image=newest.image, kind="revoke", revokes=newest.number)
        return newest.image


def audit_view(store: Store, rows: ProjectRows) -> AuditView | None:
    """The audit in the rows of a project; None until it is drawn."""
    if not rows.audit_images:
        return None
    order, said = tuple(row.image for row in rows.audit_images), rows.audited
    return AuditView(
        images=order,
        said={
            image: None if row.label is None else rows.merged.of(row.label)
            for image, row in said.items()
        },
        next=next((image for image in order if image not in said), None),
        newest=next(reversed(said), None),
        largest=_largest(image_store(store, rows.project)),
        drawn_at=rows.audit_images[0].created_at,
    )


def _drawn(store: Store, rows: ProjectRows) -> AuditView:
    view = audit_view(store, rows)
    if view is None:
        raise StateError("the audit is not drawn yet; draw it first")
    return view


def _append(rows: ProjectRows, entry: Entry | None, expert: str, **values: object) -> None:
    row = append(rows, AuditLabel, entry, expert=expert, **values)
    if row is not None:
        rows.audit_labels.append(row)


def _largest(images: ImageStore) -> int:
    largest = min(MOST, len(images.train) // 2)
    if largest < LEAST:
        raise StateError(
            f"an audit needs {2 * LEAST} training images or more, these are {len(images.train)}; "
            "look through them all instead"
        )
    return largest
