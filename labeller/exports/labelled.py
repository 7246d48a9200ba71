"""What formats with images are made from: labelled images, their settings, and files to write."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from labeller.config import Settings


class FolderSettings(Settings):
    """Which images a format with images holds, and how they come into it."""

    minimum_weight: float = Field(
        0.0, ge=0, le=1, description="Labels that count for less are none."
    )
    predicted: bool = Field(
        False,
        title="Labels of the classifier",
        description="Images without a label take the classifier's, with its certainty.",
    )
    unlabelled: bool = Field(
        False, title="Images without a label", description="Also the images without a label."
    )
    link: bool = Field(
        False,
        description="Into a folder on the disk of the originals: hard links instead of copies.",
    )


class AnnotationSettings(FolderSettings):
    """The same of a format whose annotations may do without the images."""

    images: bool = Field(
        True,
        title="Copies of the images",
        description="Off: annotations alone, with paths as they are in the source.",
    )


@dataclass(frozen=True)
class LabelledImage:
    """One image and what is known of it.

    `number` in the project and `source`, its path in the source; `file`, its name in the export,
    safe and with a stem that no other has; `original`: that file is a copy of the source's, else a
    PNG of what the project keeps; `split` train or test; `label`, a place in the classes, None
    without one; `weight` of the label in [0, 1], `confidence` of the answer; `looked`: an expert
    looked at the image itself; `width` and `height` of the exported picture in pixels.
    """

    number: int
    source: str
    file: str
    original: bool
    split: str
    label: int | None
    weight: float
    confidence: float | None
    looked: bool
    width: int
    height: int

    @property
    def stem(self) -> str:
        """The name of its file without the ending."""
        return self.file.rpartition(".")[0]


@dataclass(frozen=True)
class Labelled:
    """The labelled images of a project, and the names of its classes, all of them different."""

    project: str
    classes: list[str]
    images: list[LabelledImage]


@dataclass(frozen=True)
class Entry:
    """A file of an export: its path inside, with /, and its content, or whose picture it is."""

    path: str
    content: bytes | LabelledImage


def json_entry(path: str, value: Any) -> Entry:
    """A JSON document in UTF-8."""
    return Entry(path, json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode())
