"""What lies beside an exported classifier: README.md, and a program of a few lines that uses it."""

from collections.abc import Mapping
from typing import Any

from labeller.store.files import PORTABLE

_FIRST = '''"""Which class are images? python use.py IMAGE ... (pip install onnxruntime pillow)"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

here = Path(__file__).parent
classes = json.loads((here / "classes.json").read_text("utf-8"))
network = onnxruntime.InferenceSession(here / "classifier.onnx")
if len(sys.argv) < 2:
    sys.exit("usage: python use.py IMAGE ...")
for path in sys.argv[1:]:
    try:
        image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    except (OSError, Image.DecompressionBombError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        continue
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("{mode}")
'''
_CROP = """    # A square of the middle.
    image = ImageOps.fit(image, ({size}, {size}), Image.Resampling.BICUBIC)
    square = np.asarray(image).reshape({size}, {size}, {channels})
"""
_LETTERBOX = """    # A square of all of it, whose margins have the mean colour of what they touch.
    image = ImageOps.contain(image, ({size}, {size}), Image.Resampling.BICUBIC)
    pixels = np.asarray(image).reshape(image.height, image.width, {channels})
    edges = pixels[[0, -1]] if image.width > image.height else pixels[:, [0, -1]]
    square = np.empty(({size}, {size}, {channels}), np.uint8)
    square[:] = edges.mean((0, 1)).round()
    top, left = ({size} - image.height) // 2, ({size} - image.width) // 2
    square[top : top + image.height, left : left + image.width] = pixels
"""
_LAST = """    probabilities = network.run(None, {"images": square[None]})[0][0]
    print(path, classes[probabilities.argmax()], f"{probabilities.max():.1%}", sep="\\t")
"""

_FILES = {
    PORTABLE["onnx"]: "the classifier as ONNX, for ONNX Runtime, OpenVINO, TensorRT and others",
    PORTABLE["pt2"]: "the same as a program of `torch.export`",
    "classes.json": "the names of its classes, in the order of the probabilities",
    "use.py": "names the class of image files, with onnxruntime and Pillow alone",
    "card.json": "what it is, how it sees images, what taught it, how good it is: for programs",
    "weights.safetensors": "its weights, which `labeller.load_classifier` reads",
    "method.json": "the network that they belong to",
}


def usage(card: Mapping[str, Any]) -> str:
    """The program `use.py`, whose squares are those that the classifier was taught with."""
    seen = card["preprocessing"]
    size, channels = seen["size"], seen["channels"]
    shape = _CROP if seen["fit"] == "crop" else _LETTERBOX
    first = _FIRST.replace("{mode}", "L" if channels == 1 else "RGB")
    return first + shape.format(size=size, channels=channels) + _LAST


def readme(card: Mapping[str, Any], left_out: Mapping[str, str]) -> str:
    """README.md: what is in which file, what goes in and comes out, and the card in words."""
    seen, classes = card["preprocessing"], list(dict.fromkeys(card["classes"]))
    shape = f"(N, {seen['size']}, {seen['size']}, {seen['channels']})"
    files = {
        name: text
        for name, text in _FILES.items()
        if name not in left_out and not (name == "use.py" and PORTABLE["onnx"] in left_out)
    }
    parts = [
        f"# Classifier of {_plain(card['project'])}",
        f"It tells {len(classes)} classes apart: {', '.join(map(_plain, classes))}.",
        "## Files",
        "\n".join(f"- `{name}`: {text}." for name, text in files.items()),
        *(f"There is no `{name}`: {_plain(reason)}." for name, reason in left_out.items()),
    ]
    if len(left_out) < len(PORTABLE):
        parts += ["## In and out", _in_and_out(card, shape, len(classes))]
    parts += ["## With labeller", _WITH_LABELLER, "## Card", *_card(card)]
    return "\n\n".join(parts) + "\n"


_WITH_LABELLER = """```python
import labeller

classifier = labeller.load_classifier("FOLDER")  # this folder, or its zip
print(classifier.predict(["new.png"]).table())
```"""


def _in_and_out(card: Mapping[str, Any], shape: str, classes: int) -> str:
    seen = card["preprocessing"]
    square = "the middle of each image" if seen["fit"] == "crop" else "all of each image"
    colours = "grey" if seen["channels"] == 1 else "RGB"
    encoder = card["encoder"]
    inside = f", encoder ({encoder['name']}, {encoder['licence']})" if encoder else ""
    return (
        f"In: `images`, uint8 {shape}, {colours}, channels last, any N. They are squares of "
        f"{seen['size']} pixels with {square}, made by Pillow's bicubic filter as `use.py` does.\n"
        f"Out: `probabilities`, float32 (N, {classes}); each row sums to 1. Scaling of the "
        f"pixels{inside} and softmax are inside."
    )


def _card(card: Mapping[str, Any]) -> list[str]:
    taught, labels = card["taught"], card["labels"]
    encoder = card["encoder"]
    of = "the features" if labels["embed"]["of"] == "features" else _latents(labels)
    reads = f"the features of {encoder['name']}" if encoder else "pixels"
    how = [
        f"- Network: {card['method']['name']}, which reads {reads}: {_BY[taught['by']]}.",
        f"- Taught by the {taught['answers']} answers up to round {taught['round']}, about "
        f"clusters ({labels['cluster']['algorithm']}) in a space ({labels['embed']['space']}) of "
        f"{of}.",
    ]
    for measured in card["accuracy"]:
        if measured["measured"] == "none":
            how.append(f"- Accuracy: {measured['how']}")
            continue
        low, high = measured["low"], measured["high"]
        how.append(
            f"- Accuracy ({measured['measured']}): {measured['accuracy']:.1%}, {low:.1%} to "
            f"{high:.1%}, of {measured['images']:,} images. {measured['how']}"
        )
    how.append("- It gives every image one of its classes, also one that shows none of them.")
    versions = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    return ["\n".join(how), f"Made with {versions}."]


def _latents(labels: Mapping[str, Any]) -> str:
    return f"the latents of the method {labels['method']['name']}"


_BY = {
    "student": "the student, taught with the weighted labels",
    "retraining": "the method itself, trained again with the weighted labels",
}


def _plain(text: object) -> str:
    """A name or a reason in Markdown: its signs stay signs, and it stays in its line."""
    line = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in line)
