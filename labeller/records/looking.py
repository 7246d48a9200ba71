"""What a person looks at besides the cards: originals, and what the classes mean."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OriginalImage:
    """An original in a format that browsers show; `width` and `height` are those of the file.

    `kind`: its media type; `note`: what is to be known of it, perhaps nothing.
    """

    name: str
    content: bytes
    kind: str
    width: int
    height: int
    note: str = ""


@dataclass(frozen=True)
class Guideline:
    """What a class means: a text, and the numbers of example images."""

    text: str
    examples: tuple[int, ...] = ()
