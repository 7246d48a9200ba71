"""What the Explore board is sent: columns of points as bytes, and pictures of some of them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from labeller import figures
from labeller.records import ClassView
from labeller.ui.widgets.sprites import data_uri, is_photo, shrink, sprite

# What the map can be coloured by, in the order of the page.
TITLES = {
    "label": "label given",
    "predicted": "predicted class",
    "true": "true class",
    "cluster": "cluster",
    "weight": "weight",
    "certainty": "certainty",
    "uncertainty": "uncertainty",
    "issue": "label issue",
    "expert": "annotator",
}
OF_NOW = ("label", "weight", "issue", "expert")  # what an answer may change
ASIDE = "set aside"
TILE = 96  # largest side of a picture of the selection
HOVER = 160  # and of one under the mouse
ROW = 20  # pictures side by side on a sheet
MOST = 200  # pictures at once

Read = Callable[[Sequence[int], int], np.ndarray]  # image numbers, side -> uint8 (n, H, W, C)
Names = Callable[[Sequence[int]], list[str]]  # image numbers -> file names


@dataclass(frozen=True, eq=False)
class Column:
    """One thing known of each point: values (n,).

    `kind`: "place" (float32, or int32 image numbers), "groups" (0 none, k is `names[k - 1]`), or
    "values" (uint8, 0 to 254 are 0 to 1, 255 none).
    """

    name: str
    kind: str
    values: np.ndarray
    names: Sequence[str] = ()
    muted: int = 0  # code of the group that is no class; 0: there is none

    @property
    def empty(self) -> bool:
        """Whether it says nothing of any point."""
        none = 255 if self.kind == "values" else 0
        return self.kind != "place" and bool((self.values == none).all())


def packed(session: str, part: str, columns: Sequence[Column]) -> bytes:
    """The columns as `columns.js` reads them; those of another `part` stay when one comes anew.

    The length of a JSON text (uint32, little endian), the text, zeros up to a multiple of eight,
    and the values, each column again at such a place.
    """
    content, described = bytearray(), list[dict[str, Any]]()
    for column in columns:
        content += bytes(-len(content) % 8)
        described.append(
            {
                "name": column.name,
                "title": TITLES.get(column.name, column.name),
                "order": list(TITLES).index(column.name) if column.name in TITLES else -1,
                "kind": column.kind,
                "type": column.values.dtype.name,
                "names": list(column.names),
                "muted": column.muted,
                "empty": column.empty,
                "offset": len(content),
            }
        )
        content += np.ascontiguousarray(column.values).tobytes()
    named = json.dumps([described, session]).encode()
    head = {
        "session": session,
        "part": part,
        "digest": hashlib.blake2b(bytes(content) + named, digest_size=12).hexdigest(),
        "count": len(columns[0].values) if columns else 0,
        "columns": described,
    }
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "little") + text + bytes(-(4 + len(text)) % 8) + bytes(content)


def fixed_columns(points: pd.DataFrame, classes: Sequence[ClassView]) -> list[Column]:
    """Places, and what a round knows: what no answer changes."""
    places = [
        Column("x", "place", points["x"].to_numpy(np.float32)),
        Column("y", "place", points["y"].to_numpy(np.float32)),
        Column("image", "place", points["image"].to_numpy(np.int32)),
    ]
    known = [name for name in TITLES if name in points and name not in OF_NOW]
    return places + [_column(name, points[name].to_numpy(), classes) for name in known]


def label_columns(
    now: Mapping[str, np.ndarray], images: np.ndarray, classes: Sequence[ClassView]
) -> list[Column]:
    """What the answers say of the `images` of the map (n,): `service.point_labels` as columns."""
    said = {name: now["name" if name == "label" else name][images] for name in OF_NOW}
    said["weight"] = np.where(now["label"][images] < 0, np.nan, said["weight"])
    said["label"] = np.where(now["aside"][images], ASIDE, said["label"])
    return [_column(name, values, classes) for name, values in said.items()]


def round_columns(moving: Mapping[int, np.ndarray]) -> list[Column]:
    """Where the points lie in each round: `service.moving_map` as columns "x 1", "y 1", ..."""
    return [
        Column(f"{axis} {number}", "place", np.ascontiguousarray(places[:, i], np.float32))
        for number, places in moving.items()
        for i, axis in enumerate("xy")
    ]


def look() -> dict[str, Any]:
    """The palette: colours of groups and of values as [r, g, b], and how many shapes there are."""
    return {
        "colours": [_rgb(each) for each in figures.PALETTE],
        "symbols": len(figures.SYMBOLS),
        "scale": [_rgb(each) for each in figures.SCALE],
    }


def grid_sheet(images: Sequence[int], read: Read, names: Names) -> dict[str, Any]:
    """The pictures of a page of the selection on one sheet, and their file names."""
    small = shrink(read(images, TILE), TILE)
    columns, photo = min(ROW, len(small)), is_photo(small)
    uri = data_uri(sprite(small, columns=columns), photo=photo)
    side = small.shape[2]
    return {"uri": uri, "columns": columns, "side": side, "photo": photo, "names": names(images)}


def tiles(images: Sequence[int], read: Read, names: Names) -> dict[str, Any]:
    """The pictures of some images, by number: `uri`, `side` in pixels, `photo` and `name`."""
    pixels = shrink(read(images, HOVER), HOVER)
    photo = is_photo(pixels)
    return {
        str(image): {
            "uri": data_uri(picture, photo=photo),
            "side": picture.shape[1],
            "photo": photo,
            "name": name,
        }
        for image, picture, name in zip(images, pixels, names(images), strict=True)
    }


def natural(name: str) -> tuple[list[tuple[int, float, str]], str]:
    """Sorting key that puts 2 before 10, 3.1 after 3, and numbers before words."""
    parts = name.split(".")
    return [(0, float(part), "") if part.isdigit() else (1, 0.0, part) for part in parts], name


def _column(name: str, values: np.ndarray, classes: Sequence[ClassView]) -> Column:
    """A column of names or of numbers in [0, 1]; a class keeps its own colour in all of them."""
    if values.dtype.kind == "f":
        shares = np.clip(np.nan_to_num(values), 0, 1)
        return Column(
            name, "values", np.where(np.isnan(values), 255, np.rint(254 * shares)).astype(np.uint8)
        )
    codes, distinct = pd.factorize(values)
    found = [str(each) for each in distinct]
    if name in ("label", "predicted", "true"):
        names = [""] * (max((one.label for one in classes), default=-1) + 1)
        for one in classes:
            names[one.label] = one.name
        names += [ASIDE] if name == "label" else []
    else:
        names = sorted(filter(None, found), key=natural)
    number = {each: place + 1 for place, each in enumerate(names)}  # the last of a name counts
    table = np.array([*(number.get(each, 0) for each in found), 0])
    shown = [f"cluster {each}" for each in names] if name == "cluster" else names
    kind = np.uint8 if len(names) < 255 else np.uint16
    muted = len(names) if name == "label" else 0
    return Column(name, "groups", table[codes].astype(kind), shown, muted)


def _rgb(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
