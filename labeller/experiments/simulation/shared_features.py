"""Features of an encoder that several simulations of the same images share."""

import os
import shutil
from pathlib import Path

from labeller.store.features import FeatureFile
from labeller.store.files import ProjectFolder


def copy_features(source: ProjectFolder, target: ProjectFolder, digest: str) -> None:
    """Copies the complete features by the encoder with that digest, where `target` has none.

    Both folders must be of the same images in the same order. Nothing where `source` has none.
    """
    there, wanted = FeatureFile(source, digest), FeatureFile(target, digest)
    if not there.path.exists() or wanted.path.exists():
        return
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    if there.pictures.exists():  # ready features have none
        _copy(there.pictures, wanted.pictures)
    _copy(there.path, wanted.path)  # last: it says that all is there


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    shutil.copyfile(source, part)
    part.replace(target)
