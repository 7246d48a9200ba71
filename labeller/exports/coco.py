"""COCO: the JSON of the data set of that name, with classes of whole images instead of boxes."""

from collections.abc import Iterator

from labeller.exports.labelled import AnnotationSettings, Entry, Labelled, json_entry
from labeller.exports.registry import FolderFormat, register


@register
class Coco(FolderFormat):
    """`annotations.json` with images, categories and an annotation without a box per label."""

    name = "coco"
    title = "COCO"
    suffix = ".coco.zip"

    class Config(AnnotationSettings):
        """Which images, and whether they come along."""

    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """The annotations and, where wanted, `images/`.

        Images keep their numbers in the project; categories and annotations are counted from 1,
        since readers of COCO take 0 for the background.
        """
        with_label = [image for image in labelled.images if image.label is not None]
        document = {
            "info": {"description": labelled.project},
            "licenses": [],
            "images": [
                {
                    "id": image.number,
                    "file_name": image.file if self.config.images else image.source,
                    "width": image.width,
                    "height": image.height,
                    "split": image.split,
                }
                for image in labelled.images
            ],
            "categories": [
                {"id": place, "name": name, "supercategory": ""}
                for place, name in enumerate(labelled.classes, 1)
            ],
            "annotations": [
                {
                    "id": place,
                    "image_id": image.number,
                    "category_id": (image.label or 0) + 1,
                    "weight": image.weight,
                    "confidence": image.confidence,
                }
                for place, image in enumerate(with_label, 1)
            ],
        }
        yield json_entry("annotations.json", document)
        if self.config.images:
            for image in labelled.images:
                yield Entry(f"images/{image.file}", image)
