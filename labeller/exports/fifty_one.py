"""FiftyOne: the layout of its image classification data sets."""

from collections.abc import Iterator
from typing import Any

from labeller.exports.labelled import Entry, Labelled, LabelledImage, json_entry
from labeller.exports.registry import FolderFormat, register


@register
class FiftyOne(FolderFormat):
    """`data/` with the images and `labels.json`: FiftyOneImageClassificationDataset."""

    name = "fiftyone"
    title = "FiftyOne"
    suffix = ".fiftyone.zip"

    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """The labels by the stems of the images, and the images."""
        labels = {image.stem: _label(image, labelled) for image in labelled.images}
        yield json_entry("labels.json", {"classes": labelled.classes, "labels": labels})
        for image in labelled.images:
            yield Entry(f"data/{image.file}", image)


def _label(image: LabelledImage, labelled: Labelled) -> dict[str, Any] | None:
    """The label of an image, a place in the classes; None where it has none."""
    if image.label is None:
        return None
    return {
        "label": image.label,
        "confidence": image.weight,
        "attributes": {"number": image.number, "source": image.source, "split": image.split},
    }
