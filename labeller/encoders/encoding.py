"""Many pictures through an encoder, read ahead in threads while the network runs; and what becomes
of their features: points whose Euclidean distances say how alike two images are.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from labeller.encoders.base import Encoder
from labeller.runtime.threads import batches, cpu_threads, in_order

BATCH = 32  # pictures: more are no faster on a CPU, and take memory
MOST_READERS = 8
DIGEST_BYTES = 16
DIRECTIONS = 128  # kept of features: a tenth of the work
DIRECTIONS_SAMPLE = 20_000  # images whose features give them
SLICE = 4096  # rows in memory at a time, in float32

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
        earlier = [(known or {}).get(digest.tobytes()) for digest in digests]
        new = np.array([one is None for one in earlier])
        for place in np.flatnonzero(~new):
            features[place] = earlier[place]
        features[new] = encoder.encode(pictures[new])
        yield Encoded(part, features, digests, int((~new).sum()))


def content_digests(pictures: np.ndarray) -> np.ndarray:
    """Digests (n, 16) uint8 of pictures (n, ...) uint8, none of them all 0."""
    digests = np.empty((len(pictures), DIGEST_BYTES), np.uint8)
    for place, picture in enumerate(pictures):
        content = hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=DIGEST_BYTES)
        digests[place] = np.frombuffer(content.digest(), np.uint8)
    return digests


def directions(features: np.ndarray, last: slice, train: np.ndarray) -> np.ndarray:
    """Points (N, M) float32 of features (N, F): unit vectors of the columns `last`, in few numbers.

    Squared distances of unit vectors are twice one minus their cosine, the usual measure for such
    features. They are centred on the mean of the images `train` (n,) int64 and turned to their
    principal components, of which the first 128 are kept. `features` may be memory-mapped.
    """
    sample = train[
        np.linspace(0, len(train) - 1, min(len(train), DIRECTIONS_SAMPLE)).astype(np.int64)
    ]
    width = len(range(*last.indices(features.shape[1])))
    mean, product = np.zeros(width), np.zeros((width, width))
    for rows in batches(sample, SLICE):
        unit = unit_rows(features[rows][:, last])
        mean += unit.sum(axis=0) / len(sample)
        product += unit.T @ unit / len(sample)
    _, vectors = np.linalg.eigh(product - np.outer(mean, mean))  # ascending
    kept = vectors[:, ::-1][:, : min(DIRECTIONS, width)].astype(np.float32)
    points = np.empty((len(features), kept.shape[1]), np.float32)
    for rows in batches(np.arange(len(features)), SLICE):
        points[rows] = (unit_rows(features[rows][:, last]) - mean.astype(np.float32)) @ kept
    return points


def unit_rows(values: np.ndarray) -> np.ndarray:
    """Rows (n, F) float32 of length 1; a row of zeros stays."""
    values = values.astype(np.float32)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    unit: np.ndarray = values / np.maximum(length, np.finfo(np.float32).tiny)
    return unit


def _read_ahead(
    read: Read, rows: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Batches of rows with their pictures and digests."""

    def work(part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pictures = read(part)
        return part, pictures, content_digests(pictures)

    return in_order(work, batches(rows, BATCH), min(MOST_READERS, cpu_threads()))
