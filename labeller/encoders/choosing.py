"""Whether the pixels or a pretrained network should see the images, told without any label.

Groups can be found where being near is mutual. In a space where distance means little some points
("hubs") are near to all others, and are not near in return (Radovanovic, Nanopoulos and Ivanovic,
"Hubs in space", JMLR 2010). So each space is scored by the share s in [0, 1] of its neighbours that
are mutual: of the pairs (i, j) where j is one of the K nearest of i, those where i is one of the K
nearest of j. Both spaces are reduced to DIRECTIONS principal directions and whitened, since else
brightness and colour alone decide what is near among pixels. The pixels are kept where

    s(pixels) >= ENOUGH * s(features).

docs/photos.md has the figures behind ENOUGH.
"""

import numpy as np

from labeller.config import PHOTOS, PIXELS
from labeller.encoders.encoding import unit_rows
from labeller.records import EncoderChoice

K = 10
DIRECTIONS = 20
ENOUGH = 0.75
SAMPLE = 1000  # images that are compared
FEWEST = 200  # below it the score is noise, and size and colour decide
TINY = 24  # pixels: a network of 224 knows nothing that so small a picture could hold
LARGE = 64  # pixels, of originals that in all likelihood are photos


def chosen_unseen(side: int, channels: int, images: int) -> EncoderChoice | None:
    """The choice where the network need not look, None where it must.

    `side`: of the originals, the shorter one in pixels; `images`: how many there are to label.
    """
    about = f"the originals are {side} px"
    if side < TINY:
        why = f"{about}, too small for a network that was trained on photos"
        return EncoderChoice(PIXELS.encoder, f"Pixels: {why}.", {"side": side})
    if images >= FEWEST:
        return None
    colours = "in colour" if channels == 3 else "grey"
    why = f"{images} images are too few to compare it with the pixels, and {about}, {colours}"
    if side >= LARGE or channels == 3:
        return EncoderChoice(PHOTOS.encoder, f"A pretrained network: {why}.", {"side": side})
    return EncoderChoice(PIXELS.encoder, f"Pixels: {why}.", {"side": side})


def chosen(pixels: np.ndarray, features: np.ndarray, side: int) -> EncoderChoice:
    """The choice by the images (n, ...) uint8 and the network's features of them (n, F).

    `features` are those of its last layer. Raises ValueError for less than 3 images.
    """
    of_pixels = mutual_share(whitened(pixels.reshape(len(pixels), -1).astype(np.float32)))
    of_features = mutual_share(whitened(unit_rows(features)))
    scores = {"side": side, "pixels": of_pixels, "features": of_features}
    measured = (
        f"of the nearest neighbours among {len(pixels):,} images, {of_pixels:.0%} are mutual by "
        f"pixels and {of_features:.0%} by its features"
    )
    if of_pixels >= ENOUGH * of_features:
        why = f"a pretrained network sees no clearer what is alike ({measured})"
        return EncoderChoice(PIXELS.encoder, f"Pixels: {why}.", scores)
    why = f"it sees more clearly what is alike ({measured})"
    return EncoderChoice(PHOTOS.encoder, f"A pretrained network: {why}.", scores)


def mutual_share(points: np.ndarray, count: int = K) -> float:
    """The share in [0, 1] of the `count` nearest neighbours of points (n, D) that are mutual.

    `count` is at most n - 1; raises ValueError for less than 3 points.
    """
    from sklearn.neighbors import NearestNeighbors

    if len(points) < 3:
        raise ValueError(f"points must be 3 or more, got {len(points)}")
    search = NearestNeighbors(n_neighbors=min(count, len(points) - 1), algorithm="brute")
    near = search.fit(points).kneighbors_graph()  # without a point: nobody is their own neighbour
    return float(near.multiply(near.T).sum() / near.sum())


def whitened(points: np.ndarray, directions: int = DIRECTIONS) -> np.ndarray:
    """The points (n, D) in their first principal directions, each of variance 1: (n, directions).

    There are fewer where the points have no more, and a direction without variance is left out;
    points that are all the same become zeros (n, 1).
    """
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    most = min(directions, *points.shape)
    with np.errstate(invalid="ignore", divide="ignore"), threadpool_limits(1):
        solver = "randomized" if most < min(points.shape) else "full"
        turned = PCA(most, svd_solver=solver, random_state=0).fit_transform(points)
    spread = turned.std(axis=0)
    kept = spread > 1e-6 * max(float(spread.max()), 1e-6)
    if not kept.any():
        return np.zeros((len(points), 1), np.float32)
    return np.asarray(turned[:, kept] / spread[kept], np.float32)
