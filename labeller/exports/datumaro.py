"""Datumaro: the format of the library that converts data sets, which CVAT and Geti read too."""

from collections.abc import Iterator, Sequence
from typing import Any

from labeller.exports.labelled import (
    AnnotationSettings,
    Entry,
    Labelled,
    LabelledImage,
    json_entry,
)
from labeller.exports.registry import FolderFormat, register

_IMAGE = 2  # among Datumaro's types of media


@register
class Datumaro(FolderFormat):
    """`annotations/SPLIT.json` in Datumaro's own format, with the images in `images/SPLIT/`."""

    name = "datumaro"
    title = "Datumaro"
    suffix = ".datumaro.zip"

    class Config(AnnotationSettings):
        """Which images, and whether they come along."""

    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """A document per split that has images, and the images where wanted."""
        for split in sorted({image.split for image in labelled.images}):
            images = [image for image in labelled.images if image.split == split]
            yield json_entry(f"annotations/{split}.json", self._document(labelled, images))
            if self.config.images:
                for image in images:
                    yield Entry(f"images/{split}/{image.file}", image)

    def _document(self, labelled: Labelled, images: Sequence[LabelledImage]) -> dict[str, Any]:
        labels = [{"name": name, "parent": "", "attributes": []} for name in labelled.classes]
        return {
            "dm_format_version": "1.0",
            "media_type": _IMAGE,
            "infos": {"project": labelled.project},
            "categories": {
                "label": {"labels": labels, "label_groups": [], "attributes": ["weight"]}
            },
            "items": [self._item(image) for image in images],
        }

    def _item(self, image: LabelledImage) -> dict[str, Any]:
        annotation = {
            "id": 0,
            "type": "label",
            "attributes": {"weight": image.weight},
            "group": 0,
            "label_id": image.label,
        }
        return {
            "id": image.stem,
            "annotations": [] if image.label is None else [annotation],
            "attr": {"number": image.number, "source": image.source},
            "image": {
                "path": image.file if self.config.images else image.source,
                "size": [image.height, image.width],
            },
        }
