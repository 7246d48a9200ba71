"""Many pictures through an encoder: in order, and none that is known is encoded again."""

import numpy as np

from labeller.encoders import Encoder
from labeller.encoders.encoding import BATCH, content_digests, encoded


class Means(Encoder):
    """The mean of each channel; it counts the pictures that it is shown."""

    name, title, licence = "means", "Means", ""
    size, features, digest = 4, 3, "0" * 16
    shown = 0

    def forward(self, batch):
        self.shown += len(batch)
        return batch.mean(axis=(1, 2), dtype=np.float32)


PICTURES = np.random.default_rng(0).integers(0, 255, (3 * BATCH, 4, 4, 3), np.uint8)


def test_rows_come_in_their_order_with_their_features_and_digests():
    rows = np.arange(3 * BATCH)[::-1][: 2 * BATCH + 5]
    parts = list(encoded(Means(None), PICTURES.__getitem__, rows))
    assert [len(part.rows) for part in parts] == [BATCH, BATCH, 5]
    np.testing.assert_array_equal(np.concatenate([part.rows for part in parts]), rows)
    features = np.concatenate([part.features for part in parts])
    np.testing.assert_array_equal(features, PICTURES[rows].mean(axis=(1, 2)).astype(np.float16))
    digests = np.concatenate([part.digests for part in parts])
    np.testing.assert_array_equal(digests, content_digests(PICTURES[rows]))
    assert len(np.unique(digests, axis=0)) == len(rows)
    assert sum(part.known for part in parts) == 0


def test_what_is_known_is_taken_and_not_encoded_again():
    means, rows = Means(None), np.arange(10)
    ready = np.array([1.0, 2.0, 3.0], np.float16)
    known = {content_digests(PICTURES[[row]])[0].tobytes(): ready + row for row in (3, 7, 8)}
    (part,) = encoded(means, PICTURES.__getitem__, rows, known)
    assert (part.known, means.shown) == (3, 7)
    np.testing.assert_array_equal(part.features[[3, 7, 8]], ready + np.array([[3], [7], [8]]))
    others = np.setdiff1d(rows, [3, 7, 8])
    means_of_others = PICTURES[others].mean(axis=(1, 2)).astype(np.float16)
    np.testing.assert_array_equal(part.features[others], means_of_others)
