"""Which encoder made features: kept beside what was taught with them, and built again from that."""

from pathlib import Path
from typing import Any

from labeller.config import EncodeConfig, Settings
from labeller.data.sealed import read_json
from labeller.encoders import Encoder, encoder_of, spelling
from labeller.errors import DataError, StateError

IDENTITY = "encoder.json"


class Identity(Settings):
    """An encoder by name and settings, and what it was when it made the features.

    size: side of its pictures in pixels; 0: its features come ready, from a file.
    """

    name: str
    settings: dict[str, Any]
    digest: str
    licence: str
    size: int

    @property
    def spelled(self) -> str:
        """NAME or NAME:VALUE, for people."""
        return spelling(EncodeConfig(encoder=self.name, **self.settings))


def identity(config: EncodeConfig) -> Identity:
    """The encoder that the settings choose, as it is now; raises as `encoder_of`."""
    encoder = encoder_of(config)
    return Identity(
        name=encoder.name,
        settings=encoder.config.model_dump(mode="json"),
        digest=encoder.digest,
        licence=encoder.licence,
        size=encoder.size,
    )


def read_identity(folder: Path) -> Identity | None:
    """Whose features the classifier in `folder` reads; None for one that reads pixels."""
    path = folder / IDENTITY
    return Identity(**read_json(path)) if path.exists() else None


def check_sees_pictures(earlier: Identity) -> None:
    """Raises StateError for ready features: nothing can make those of new images."""
    if not earlier.size:
        raise StateError(
            f"the classifier reads the features in {earlier.settings.get('path', 'a file')}, and "
            "new images have none there: compute theirs in the same way for "
            "labeller.load_classifier(FOLDER).predict(features), or teach it with an encoder that "
            "sees pictures, as lite0"
        )


def same_encoder(earlier: Identity, device: str, weights: str | Path | None = None) -> Encoder:
    """The encoder of that identity, to run on `device`; `weights` where its settings name a file.

    Raises StateError for ready features, DataError where weights cannot be had or are others,
    ValueError for `weights` of an encoder that takes none.
    """
    check_sees_pictures(earlier)
    settings = dict(earlier.settings)
    if weights is not None and "weights" not in settings:
        raise ValueError(f"weights must be left out, as {earlier.name} takes none, got {weights}")
    if weights is not None:
        settings["weights"] = str(weights)
    elif settings.get("weights") and not Path(settings["weights"]).exists():
        settings["weights"] = ""  # a file of another computer; the digest judges what is fetched
    encoder = encoder_of(EncodeConfig(encoder=earlier.name, **settings), device)
    if encoder.digest != earlier.digest:
        raise DataError(
            f"the classifier was taught on features of {earlier.spelled} with digest "
            f"{earlier.digest}, got one with {encoder.digest}: weights or preprocessing have "
            "changed; install the versions that its card names, or teach it again"
        )
    return encoder
