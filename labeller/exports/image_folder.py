"""A folder per class, as torchvision, Keras and most tools for training read images."""

from collections.abc import Iterator

from labeller.exports.labelled import Entry, Labelled
from labeller.exports.names import Names
from labeller.exports.registry import FolderFormat, register

UNLABELLED = "_unlabelled"


@register
class ImageFolder(FolderFormat):
    """Images in a folder per class; those without a label, if wanted, in `_unlabelled`."""

    name = "imagefolder"
    title = "Image folder"
    suffix = ".imagefolder.zip"
    other_suffixes = (".zip",)

    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """The images, each in the folder of its class."""
        names = Names([UNLABELLED])
        folders = [names.give(name, 2) for name in labelled.classes]
        for image in labelled.images:
            folder = UNLABELLED if image.label is None else folders[image.label]
            yield Entry(f"{folder}/{image.file}", image)
