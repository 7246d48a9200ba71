"""Whether a run's loss network is the one that there is now. No torch: the web server asks too.

The fingerprint of a comparison says nothing of the content of weights. A run says itself which file
of them it was trained with, and is measured anew where that file has changed.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

STEM = "stem-unlabelled"
# The method compares pixels, though it could compare features.
OF_PIXELS = ("pw", "pixels")


def weights_digest(loss_weights: str) -> str:
    """Twelve digits of the file that `loss_weights` names, shipped or one's own; "" without it.

    ImageNet's weights cannot always be had, and the stem takes their place: its mark stands for
    theirs too.
    """
    path = Path(loss_weights).expanduser()
    if path.name == loss_weights and not path.is_file():
        path = _shipped(STEM if loss_weights == "torchvision" else loss_weights)
    return _digest(path, path.stat().st_mtime_ns) if path.is_file() else ""


def has_shipped_weights(record: Mapping[str, Any]) -> bool:
    """Whether a finished run has the loss network that there is now, or never had one.

    A run of a version that kept no `stem` counts as one with another network, if it has one; what
    was trained with a file that is gone cannot be measured anew, and stays.
    """
    config = record.get("config", {})
    if "loss_weights" not in config:
        return True
    now = weights_digest(config["loss_weights"])
    if "stem" in record:
        return record["stem"] in ("", now) or not now
    unused = config.get("loss") in OF_PIXELS and config.get("encodes") != "features"
    return unused or not now


def _shipped(name: str) -> Path:
    spec = find_spec("models")  # finds the package without importing it, and torch with it
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "weights" / f"{name}.safetensors"


@cache
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
