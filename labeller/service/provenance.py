"""Where the label of one image comes from: answer, cluster, distance, weight, round by round."""

import math

import numpy as np

from labeller.config import PropagateConfig
from labeller.data.images import ImageStore
from labeller.errors import NotFoundError
from labeller.records import Evidence, Provenance
from labeller.service.lookup import ProjectLike, find_round, image_store, reading
from labeller.store import Store
from labeller.store.selections import set_aside
from labeller.store.statements import combined, settings_of, statements


def provenance(
    store: Store, project: ProjectLike, image: int | str, config: PropagateConfig | None = None
) -> Provenance:
    """The answers that speak about an image, by its number or its file name, as `preview` sees it.

    Raises NotFoundError for an image that the project has not.
    """
    with reading(store, project) as rows:
        round_, images = find_round(rows), image_store(store, rows.project)
        number = find_image(images, image)
        said = statements(rows, round_, config)
        whole = combined(rows, said, settings_of(round_, config))
        aside = bool((set_aside(rows) == number).any())
        names = rows.names
        given = {row.number: rows.answer(row) for row in rows.answers if row.kind != "revoke"}
        cluster = next(
            (
                leaf.node.path
                for leaf in rows.tree(round_.number).leaves
                if (rows.members(leaf.node) == number).any()
            ),
            None,
        )
    label, source = int(whole.labels[number]), int(whole.source[number])
    evidence = [
        Evidence(
            answer=given[answer],
            name=names.get(int(one.labels[number]), ""),
            distance=None if math.isnan(one.distance[number]) else float(one.distance[number]),
            weight=float(one.weights[number]),
            agrees=int(one.labels[number]) == label,
            decides=answer == source,
            looked=bool(one.looked[number]),
        )
        for one in said
        if (answer := int(one.source[number])) in given
    ]
    return Provenance(
        image=number,
        path=str(images.names[number]),
        split=str(images.splits[number]),
        label=label,
        name=names.get(label, ""),
        weight=float(whole.weights[number]),
        cluster=cluster,
        evidence=tuple(evidence),
        aside=aside,
    )


def find_image(images: ImageStore, image: int | str) -> int:
    """The number of an image, given by number or file name (or the end of one, if only one fits).

    Raises NotFoundError for an image that is not there, or when several names end like that.
    """
    text = str(image).strip()
    names = np.asarray(images.names)
    if isinstance(image, str) and len(exact := np.flatnonzero(names == text)):
        return int(exact[0])
    if text.isdigit():
        if int(text) < images.count:
            return int(text)
        raise NotFoundError(f"image must be below {images.count} (their number), got {text}")
    fitting = (
        [place for place, name in enumerate(names) if str(name).endswith(text)] if text else []
    )
    if len(fitting) == 1:
        return int(fitting[0])
    if len(fitting):
        some = ", ".join(str(names[place]) for place in fitting[:3])
        raise NotFoundError(f"{len(fitting)} images end with {text!r}, such as {some}; name one")
    raise NotFoundError(f"no image is called {text!r}; give its number or its file name")
