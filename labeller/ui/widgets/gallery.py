"""Captioned pictures: members of a selection, and the decoded centres of each round."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from labeller import figures
from labeller.records import Answer
from labeller.ui.widgets.sprites import data_uri, is_photo

Centre = tuple[str, np.ndarray, Answer | None]

# Colours and fonts are the page's; only the line above a caption carries the colour of its class.
_STYLE = """<style>
.gallery { display: flex; flex-wrap: wrap; gap: 0.6rem 0.5rem; }
.gallery figure { margin: 0; width: 4.25rem; }
.gallery img { width: 4.25rem; height: 4.25rem; image-rendering: pixelated; display: block;
  border-radius: 6px; object-fit: contain; background: rgba(128, 128, 128, 0.15); }
.gallery img.photo { image-rendering: auto; background: none; }
.gallery figcaption { border-top: 3px solid; margin-top: 3px; padding-top: 1px; font-size: 0.8rem;
  line-height: 1.3; text-align: center; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.gallery .muted { opacity: 0.65; }
.rounds { display: grid; grid-template-columns: 5.5rem 1fr; gap: 1.1rem 0.5rem; }
.rounds > b { padding-top: 1.4rem; font-weight: 600; }
</style>"""


@dataclass(frozen=True)
class Picture:
    """One captioned image, uint8 (H, W, C), a photo where C is 4; `title` shows on hover.

    `label` -1 means none.
    """

    image: np.ndarray
    caption: str
    title: str
    label: int = -1


def gallery(pictures: Iterable[Picture]) -> None:
    """Draw the pictures in rows that fit the page."""
    st.html(f"{_STYLE}{_row(pictures)}")


def centre_rows(rounds: Sequence[tuple[int, Sequence[Centre]]], names: Mapping[int, str]) -> None:
    """Draw the centres of each round in the order of their class, those without a label last."""
    parts = [_STYLE, '<div class="rounds">']
    for number, centres in rounds:
        by_node = (_centre(centre, names) for centre in sorted(centres, key=lambda each: each[0]))
        pictures = sorted(by_node, key=lambda picture: (picture.label < 0, picture.label))
        parts.append(f"<b>Round {number}</b>{_row(pictures)}")
    st.html("".join([*parts, "</div>"]))


def answer_text(answer: Answer | None, names: Mapping[int, str]) -> str:
    """What was answered about a centre, in a word or two."""
    if answer is None:
        return "no answer"
    if answer.kind == "label" and answer.label is not None:
        return names.get(answer.label, str(answer.label))
    return "not a class" if answer.kind == "split" else "skipped"


def _centre(centre: Centre, names: Mapping[int, str]) -> Picture:
    node, image, answer = centre
    words = answer_text(answer, names)
    title = f"cluster {node}: {words}"
    if answer is None or answer.label is None:
        return Picture(image, words, title)
    return Picture(image, words, f"{title}, {answer.confidence:.0%} sure", answer.label)


def _row(pictures: Iterable[Picture]) -> str:
    """The pictures as HTML; every word of people is escaped."""
    return f'<div class="gallery">{"".join(map(_figure, pictures))}</div>'


def _figure(picture: Picture) -> str:
    title = html.escape(picture.title, quote=True)
    muted = ' class="muted"' if picture.label < 0 else ""
    photo = is_photo(picture.image)
    kind = ' class="photo"' if photo else ""
    uri = data_uri(picture.image, photo=photo)
    return (
        f'<figure title="{title}"><img{kind} src="{uri}" alt="{title}">'
        f'<figcaption{muted} style="border-color: {figures.colour(picture.label)}">'
        f"{html.escape(picture.caption)}</figcaption></figure>"
    )
