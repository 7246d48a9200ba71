"""An image store with the new images of another one behind its own, whose numbers stay."""

import hashlib
from pathlib import Path

import numpy as np

from labeller.data.feed import Chunk, rows_in_chunk
from labeller.data.images import ImageStore
from labeller.data.resize import with_channels
from labeller.data.writer import StoreWriter


def new_rows(store: ImageStore, added: ImageStore) -> np.ndarray:
    """Rows (n,) int64 of `added` whose pixels are in no image of `store`, nor in an earlier row."""
    known = {_digest(image) for image in store.images}
    rows = []
    for row in range(added.count):
        digest = _digest(pixels_of(store, added, np.array([row]))[0])
        if digest not in known:
            known.add(digest)
            rows.append(row)
    return np.array(rows, dtype=np.int64)


def pixels_of(store: ImageStore, added: ImageStore, rows: np.ndarray) -> np.ndarray:
    """Rows of `added` as `store` keeps images: uint8 (n, H, W, C)."""
    return with_channels(np.asarray(added.images[rows]), store.channels)


def write_grown(store: ImageStore, added: ImageStore, rows: np.ndarray, folder: Path) -> None:
    """A new store in `folder`: all images of `store`, then `rows` of `added`; without targets."""
    folder.mkdir(parents=True)
    meta = {**store.meta, "count": store.count + len(rows)}
    meta["added"] = [*meta.get("added", []), added.source]
    with StoreWriter(folder, store.height, store.channels) as writer:
        for source, which in ((store, np.arange(store.count)), (added, rows)):
            step = rows_in_chunk(store.height, store.width, store.channels)
            for start in range(0, len(which), step):
                writer.append(_chunk(store, source, which[start : start + step]))
        writer.finish(meta)


def _chunk(store: ImageStore, source: ImageStore, rows: np.ndarray) -> Chunk:
    pictures = source.pictures
    return Chunk(
        images=pixels_of(store, source, rows),
        names=[source.names[row] for row in rows],
        splits=[str(source.splits[row]) for row in rows],
        shapes=source.shapes[rows],
        targets=np.full(len(rows), -1, dtype=np.int64),
        taken=len(rows),
        display=[] if pictures is None else [pictures.content(row) for row in rows],
    )


def _digest(pixels: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=16).digest()
