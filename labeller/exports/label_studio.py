"""Label Studio: tasks with what is known already, and the configuration of their project."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from pydantic import Field

from labeller.exports.labelled import (
    AnnotationSettings,
    Entry,
    Labelled,
    LabelledImage,
    json_entry,
)
from labeller.exports.registry import FolderFormat, register

# What XML 1.0 cannot hold in an attribute, or hands on as a blank.
_NOT_XML = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@register
class LabelStudio(FolderFormat):
    """`tasks.json` with a prediction per label, and an annotation where an expert looked."""

    name = "label-studio"
    title = "Label Studio"
    suffix = ".label-studio.zip"

    class Config(AnnotationSettings):
        """Which images, whether they come along, and where Label Studio finds them."""

        prefix: str = Field(
            "/data/local-files/?d=",
            description="What stands before the path of an image: here of its local storage.",
        )

    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """The tasks, the labelling configuration and, where wanted, `images/`."""
        choices = _choices(labelled.classes)
        tasks = [self._task(image, choices) for image in labelled.images]
        yield json_entry("tasks.json", tasks)
        yield Entry("config.xml", _config(choices).encode())
        if self.config.images:
            for image in labelled.images:
                yield Entry(f"images/{image.file}", image)

    def _task(self, image: LabelledImage, choices: list[str]) -> dict[str, Any]:
        path = f"images/{image.file}" if self.config.images else image.source
        data = {"number": image.number, "source": image.source, "split": image.split}
        task: dict[str, Any] = {"data": {"image": self.config.prefix + quote(path), **data}}
        if image.label is None:
            return task
        result = {
            "id": f"image{image.number}",
            "from_name": "label",
            "to_name": "image",
            "type": "choices",
            "value": {"choices": [choices[image.label]]},
        }
        prediction = {"model_version": "labeller", "score": image.weight, "result": [result]}
        task["predictions"] = [prediction]
        if image.looked:
            task["annotations"] = [{"result": [result], "was_cancelled": False}]
        return task


def _choices(classes: list[str]) -> list[str]:
    """The names as XML can hold them; two that become alike so are told apart by a number."""
    choices: list[str] = []
    for name in classes:
        wanted = chosen = _NOT_XML.sub("_", name)
        number = 2
        while chosen in choices:
            chosen, number = f"{wanted}-{number}", number + 1
        choices.append(chosen)
    return choices


def _config(choices: list[str]) -> str:
    """The labelling configuration: the image, and one choice per class."""
    lines = [f"    <Choice value={quoteattr(choice)}/>" for choice in choices]
    return "\n".join(
        [
            "<View>",
            '  <Image name="image" value="$image"/>',
            '  <Choices name="label" toName="image" choice="single" showInline="true">',
            *lines,
            "  </Choices>",
            "</View>",
            "",
        ]
    )
