"""An exported classifier in Python, without the project that it came from."""

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from labeller.data.decode import Picture, as_square, listed
from labeller.data.resize import with_channels
from labeller.encoders import Encoder
from labeller.encoders.encoding import encoded
from labeller.encoders.identity import Identity, check_sees_pictures, same_encoder
from labeller.errors import DataError, NotFoundError, one_line
from labeller.events import Progress, Report, silent
from labeller.service.model_card import FORMAT
from labeller.store.files import PORTABLE

if TYPE_CHECKING:
    from labeller.methods.base import Method

FILES = ("weights.safetensors", "method.json", "card.json")
SLICE = 256  # pictures in memory at a time, for a classifier of pixels
THREADS = 4


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a classifier says of n images.

    images: their paths, or their places in what was given; labels: the name of the likeliest of
    `classes`; probabilities (n, K) float32, one column per class; each row sums to 1.
    """

    images: list[str | int]
    labels: list[str]
    probabilities: np.ndarray
    classes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """A row per image: image, label, confidence, and the probability of each class."""
        table = pd.DataFrame(self.probabilities, columns=[f"p {name}" for name in self.classes])
        table.insert(0, "image", pd.Series(self.images, dtype=object))
        table.insert(1, "label", pd.Series(self.labels, dtype=object))
        table.insert(2, "confidence", self.probabilities.max(axis=1, initial=0))
        return table


class Classifier:
    """A trained classifier with all that it needs; `labeller.load_classifier` gives it.

    classes: the names that it tells apart; card: what `card.json` says of how it sees images, what
    taught it and how good it is.
    """

    def __init__(
        self,
        method: "Method | None",
        encoder: Encoder | None,
        card: dict[str, Any],
        device: str,
        onnx: bytes = b"",
    ) -> None:
        """`onnx` is the whole classifier, used in place of `method` and `encoder` where given."""
        self.card, self.classes = card, tuple(dict.fromkeys(card["classes"]))
        self._method, self._encoder, self._device = method, encoder, device
        self._onnx = onnx
        # (outputs, K): classes that were merged are one, and their probabilities add up.
        names = np.array(card["classes"], dtype=object)[:, None]
        self._sums = (names == np.array(self.classes, dtype=object)).astype(np.float32)

    def predict(
        self, images: Picture | Sequence[Picture] | np.ndarray, *, progress: Report = silent
    ) -> Predictions:
        """The class of each image: paths, PIL images, arrays uint8 (H, W[, C]), or one of all.

        They are made squares as in the project. A classifier that reads features takes an array of
        floats (n, F) too. Raises ValueError for what is no image, NotFoundError and DataError for
        a file that cannot be read, StateError for images where only features will do.
        """
        if _are_features(images) and not self._onnx:
            rows = np.asarray(images)
            return self._predictions(list(range(len(rows))), [rows], progress)
        pictures = listed(images)
        names = [str(one) if isinstance(one, str | Path) else n for n, one in enumerate(pictures)]
        return self._predictions(names, self._values(pictures), progress)

    def __repr__(self) -> str:
        return f"<Classifier of {self.card['project']!r}: {', '.join(self.classes)}>"

    def _predictions(
        self, names: list[str | int], parts: Iterable[np.ndarray], progress: Report
    ) -> Predictions:
        """Of what the network reads, part by part."""
        found, done = [np.zeros((0, len(self.classes)), np.float32)], 0
        for values in parts:
            found.append(self._shares(values))
            done += len(values)
            progress(Progress("predict", done, len(names)))
        shares = np.concatenate(found)
        labels = [self.classes[place] for place in shares.argmax(axis=1)] if names else []
        return Predictions(names, labels, shares, self.classes)

    def _shares(self, values: np.ndarray) -> np.ndarray:
        """The probability (n, K) of each class, of what the network reads."""
        if self._method is None:
            inside: np.ndarray = self._session.run(None, {"images": values})[0]
            return inside
        from labeller.rounds.encode import classify

        shares: np.ndarray = classify(self._method, values, device=self._device) @ self._sums
        return shares

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        return onnxruntime.InferenceSession(self._onnx, providers=["CPUExecutionProvider"])

    def _values(self, pictures: list[Picture]) -> Iterator[np.ndarray]:
        """What the network reads of the pictures: features (n, F), or pixels (n, H, W, C)."""
        shape = self.card["preprocessing"]
        if self.card["encoder"] and not self._onnx:
            check_sees_pictures(Identity(**self.card["encoder"]))

        def square(row: int) -> np.ndarray:
            return as_square(pictures[row], shape["size"], shape["channels"], shape["fit"])

        def read(rows: np.ndarray) -> np.ndarray:
            return with_channels(np.stack([square(row) for row in rows]), 3)

        if self._encoder is not None:
            for batch in encoded(self._encoder, read, np.arange(len(pictures))):
                yield batch.features
            return
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(pictures), SLICE):
                rows = range(start, min(start + SLICE, len(pictures)))
                yield np.stack(list(pool.map(square, rows)))


def load_classifier(
    path: str | Path, *, device: str = "auto", weights: str | Path | None = None
) -> Classifier:
    """The classifier that `export_classifier` or the Export page wrote: its folder or its zip.

    `device` is auto, cpu, cuda, cuda:N or mps; `weights` the file of the encoder's weights, where
    they cannot be fetched. Without them, and where the encoder here is not the one that it was
    taught with, the ONNX file is used, on the CPU: it has the encoder inside. Raises ValueError
    where these do not fit, NotFoundError where there is no classifier, DataError where it is
    damaged or its encoder cannot be had in either way.
    """
    from labeller.runtime import resolve_device

    place, there = Path(path).expanduser(), str(resolve_device(device))
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        if place.is_file() and zipfile.is_zipfile(place):
            _unpack(place, Path(scratch))
            method, card, onnx = _read(Path(scratch), place)
        else:
            method, card, onnx = _read(place, place)
    if weights is not None and not card["encoder"]:
        raise ValueError(f"weights must be left out, as the classifier reads pixels, got {weights}")
    try:
        encoder = _encoder_of(card, there, weights) if card["encoder"] else None
    except DataError:
        if weights is not None or not onnx:
            raise
        return Classifier(None, None, card, there, onnx)
    return Classifier(method, encoder, card, there)


def _read(folder: Path, given: Path) -> "tuple[Method, dict[str, Any], bytes]":
    """Network, card and ONNX, perhaps none, in `folder`; errors name what was `given`."""
    from labeller.training import load_method

    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise NotFoundError(
            f"there is no classifier in {given}: {missing[0]} is missing; give the folder that "
            "`labeller export NAME --classifier FOLDER` wrote, or the zip of the Export page"
        )
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        known = {key: card[key] for key in ("format", "classes", "preprocessing", "encoder")}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"the card of the classifier in {given} is damaged or of an older version "
            f"({one_line(error)}); export it again"
        ) from error
    if known["format"] != FORMAT:
        raise DataError(
            f"the classifier in {given} must be of format {FORMAT}, got {known['format']}; "
            "install the version of labeller that its card names"
        )
    onnx = folder / PORTABLE["onnx"]
    return load_method(folder), card, onnx.read_bytes() if onnx.exists() else b""


def _unpack(archive: Path, folder: Path) -> None:
    """The files of a classifier, and no others."""
    with zipfile.ZipFile(archive) as opened:
        for name in {*FILES, PORTABLE["onnx"]} & set(opened.namelist()):
            (folder / name).write_bytes(opened.read(name))


def _encoder_of(card: dict[str, Any], device: str, weights: str | Path | None) -> Encoder | None:
    """The encoder that the card names; None where features come ready, from a file."""
    known = Identity(**card["encoder"])
    if not known.size:
        return None
    try:
        return same_encoder(known, device, weights)
    except DataError as error:
        if weights is not None or "weights" not in known.settings:
            raise
        raise DataError(f"{error}; here: load_classifier(..., weights=FILE)") from error


def _are_features(images: object) -> bool:
    return isinstance(images, np.ndarray) and images.ndim == 2 and images.dtype.kind == "f"
