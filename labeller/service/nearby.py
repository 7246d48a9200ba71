"""Images by their file name, and the images most like one of them. Numpy only."""

import numpy as np

from labeller.data.sealed import intact_array
from labeller.errors import NotFoundError
from labeller.service.lookup import ProjectLike, find_round, image_store, reading
from labeller.store import Store
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Round


def find_images(store: Store, project: ProjectLike, text: str) -> np.ndarray:
    """Numbers (n,) of the training images in whose file name `text` occurs, in whatever case."""
    with reading(store, project) as rows:
        images = image_store(store, rows.project)
    wanted, names = text.strip().lower(), images.names
    fitting = [int(i) for i in images.train if wanted and wanted in str(names[i]).lower()]
    return np.array(fitting, np.int64)


def nearest_images(
    store: Store, project: ProjectLike, image: int, count: int = 60, round: int | None = None
) -> np.ndarray:
    """The `count` training images most like `image`, itself first, then the nearest.

    Compared in the space in which the round's images were clustered, else in the latent of its
    model, by Euclidean distance. Raises NotFoundError for an image that has no place there.
    """
    with reading(store, project) as rows:
        round_ = find_round(rows, round)
        train = image_store(store, rows.project).train
        places = _places(rows, round_, train)
    train = train[: len(places)]
    row = int(np.searchsorted(train, image))
    if row >= len(train) or train[row] != image:
        raise NotFoundError(f"image {image} has no place in round {round_.number}; choose another")
    away = np.square(places - places[row]).sum(axis=1, dtype=np.float32)
    away[row] = -1.0
    count = min(count, len(away))
    nearest = np.argpartition(away, count - 1)[:count]
    found: np.ndarray = train[nearest[np.argsort(away[nearest], kind="stable")]]
    return found


def _places(rows: ProjectRows, round_: Round, train: np.ndarray) -> np.ndarray:
    """Points (n, M) of the training images, those that there were then."""
    folder = rows.folder.model(round_.model)
    # A model that was asked with in several spaces has several files: the newest is the one in use.
    clustered = sorted(folder.glob("space-*.npy"), key=lambda path: -path.stat().st_mtime_ns)
    latents = folder / "latents.npy"
    for path in (*clustered, latents, *folder.glob("map-*.npy")):
        points = intact_array(path, "r")
        if points is not None:
            return points[train[train < len(points)]] if path == latents else points
    raise NotFoundError(f"round {round_.number} keeps no points of its images; draw a map")
