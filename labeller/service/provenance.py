"""Where the label of one image comes from: answer, cluster, distance, weight, round by round."""

import math

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.config import PropagateConfig
from labeller.data.images import ImageStore
from labeller.errors import NotFoundError
from labeller.records import Evidence, Provenance
from labeller.service.asking import answer_view
from labeller.service.lookup import (
    ProjectLike,
    class_names,
    find_project,
    find_round,
    image_store,
)
from labeller.service.review import combined, settings_of, statements
from labeller.store import Store
from labeller.store import answers as tree
from labeller.store.classes import merged_labels
from labeller.store.node_files import members_of
from labeller.store.schema import Answer, Project, Round


def provenance(
    store: Store, project: ProjectLike, image: int | str, config: PropagateConfig | None = None
) -> Provenance:
    """The answers that speak about an image, by its number or its file name, as `preview` sees it.

    Raises NotFoundError for an image that the project has not.
    """
    with store.read() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, None)
        images = image_store(store, row)
        number = find_image(images, image)
        said = statements(store, session, row, round_, config)
        whole = combined(session, row, said, settings_of(round_, config))
        names, merged = class_names(session, row.id), merged_labels(session, row.id)
        query = select(Answer).where(Answer.project_id == row.id)
        given = {each.number: each for each in session.scalars(query)}
        cluster = _cluster(store, session, row, round_, number)
    label, source = int(whole.labels[number]), int(whole.source[number])
    found = []
    for one in said:
        answer = given.get(int(one.source[number]))
        if answer is None:
            continue
        distance = float(one.distance[number])
        found.append(
            Evidence(
                answer=answer_view(answer, merged),
                name=names.get(int(one.labels[number]), ""),
                distance=None if math.isnan(distance) else distance,
                weight=float(one.weights[number]),
                agrees=int(one.labels[number]) == label,
                decides=answer.number == source,
                looked=bool(one.looked[number]),
            )
        )
    return Provenance(
        image=number,
        path=str(images.names[number]),
        split=str(images.splits[number]),
        label=label,
        name=names.get(label, ""),
        weight=float(whole.weights[number]),
        cluster=cluster,
        evidence=tuple(found),
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


def _cluster(
    store: Store, session: Session, project: Project, round_: Round, image: int
) -> str | None:
    standing = tree.standing(tree.of_round(session, project.id, round_.number))
    folder = store.project_folder(project.id)
    for node in tree.live_nodes(tree.nodes_of_round(session, project.id, round_.number), standing):
        if (members_of(folder, node) == image).any():
            return node.path
    return None
