"""Many pictures through an encoder, read ahead in threads while the network runs."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from labeller.encoders.base import Encoder
from labeller.runtime.threads import cpu_threads

BATCH = 32  # pictures: more are no faster on a CPU, and take memory
AHEAD = 2  # batches that each thread may be ahead of the network
MOST_READERS = 8
DIGEST_BYTES = 16

Read = Callable[[np.ndarray], np.ndarray]  # rows (n,) -> uint8 (n, size, size, 3)


@dataclass(frozen=True, eq=False)
class Encoded:
    """A batch that is done: rows (n,) int64, features (n, F) float16, digests (n, 16) uint8 of the
    pictures' content, and how many of the features were known before."""

    rows: np.ndarray
    features: np.ndarray
    digests: np.ndarray
    known: int


def encoded(
    encoder: Encoder,
    read: Read,
    rows: np.ndarray,
    known: Mapping[bytes, np.ndarray] | None = None,
) -> Iterator[Encoded]:
    """Features of the pictures that `read` gives for `rows`, batch by batch, in their order.

    A picture whose content `known` has (digest -> (F,) float16) is not encoded again. `read` is
    called in several threads at once; what it raises is raised here.
    """
    for part, pictures, digests in _read_ahead(read, rows):
        features = np.empty((len(part), encoder.features), np.float16)
        found = [(known or {}).get(digest.tobytes()) for digest in digests]
        new = np.array([one is None for one in found])
        for place in np.flatnonzero(~new):
            features[place] = found[place]
        features[new] = encoder.encode(pictures[new])
        yield Encoded(part, features, digests, int((~new).sum()))


def content_digests(pictures: np.ndarray) -> np.ndarray:
    """Digests (n, 16) uint8 of pictures (n, ...) uint8, none of them all 0."""
    found = np.empty((len(pictures), DIGEST_BYTES), np.uint8)
    for place, picture in enumerate(pictures):
        content = hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=DIGEST_BYTES)
        found[place] = np.frombuffer(content.digest(), np.uint8)
    return found


def _read_ahead(
    read: Read, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Batches of rows with their pictures and digests."""

    def work(part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pictures = read(part)
        return part, pictures, content_digests(pictures)

    readers = min(MOST_READERS, cpu_threads())
    parts = iter([rows[start : start + BATCH] for start in range(0, len(rows), BATCH)])
    waiting: deque[Future[tuple[np.ndarray, np.ndarray, np.ndarray]]] = deque()
    pool = ThreadPoolExecutor(readers, "pictures")
    try:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > AHEAD * readers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also of a caller who stops: nothing is read any more
        pool.shutdown(wait=True, cancel_futures=True)
