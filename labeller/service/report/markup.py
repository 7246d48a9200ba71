"""Pieces of HTML. Text becomes harmless here: only what these functions made is taken as it is."""

import html
from collections.abc import Iterable, Sequence


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()

    def __add__(self, other: str) -> "Markup":
        """Two pieces of HTML after one another; raises ValueError for text that is none."""
        return Markup(str(self) + str(raw(other)))


def safe(text: object) -> Markup:
    """Any text as HTML that shows it and does nothing else; HTML of ours as it is."""
    return text if isinstance(text, Markup) else Markup(html.escape(str(text)))


def raw(text: str) -> Markup:
    """What is HTML, said to be so; raises ValueError for text that nobody made harmless."""
    if not isinstance(text, Markup):
        raise ValueError(f"this text was not made harmless: {text[:40]!r}")
    return text


def element(tag: str, *inside: object, **attributes: object) -> Markup:
    """<tag ...>inside</tag>; `class_` is the attribute class."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{safe(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{given}>{''.join(map(safe, inside))}</{tag}>")


def section(title: str, *inside: object) -> Markup:
    """A part of the page under its heading."""
    return element("section", element("h2", title), *inside)


def table(headings: Sequence[object], rows: Iterable[Sequence[object]], **named: object) -> Markup:
    """A table; a heading that begins with "#" stands over numbers, which are set to the right."""
    numbers = [str(heading).startswith("#") for heading in headings]
    head = [
        element("th", str(heading).lstrip("#"), class_="number" if right else None)
        for heading, right in zip(headings, numbers, strict=True)
    ]
    body = [
        element(
            "tr",
            *(
                element("td", cell, class_="number" if right else None)
                for cell, right in zip(row, numbers, strict=True)
            ),
        )
        for row in rows
    ]
    inside = element("thead", element("tr", *head)), element("tbody", *body)
    return element("div", element("table", *inside, **named), class_="wide")


def listed(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names and what they are, those that are something."""
    rows = [element("dt", name) + element("dd", value) for name, value in pairs if str(value)]
    return element("dl", *rows)


def tiles(numbers: Iterable[tuple[str, str, str]]) -> Markup:
    """The numbers that matter: name, number, what it is of."""
    made = [
        element(
            "div",
            element("span", name, class_="name"),
            element("strong", number),
            element("span", of, class_="of"),
            class_="tile",
        )
        for name, number, of in numbers
    ]
    return element("div", *made, class_="tiles")


def bar(share: float, text: str) -> Markup:
    """A number with a bar of that share in [0, 1] behind it."""
    width = f"width: {100 * min(max(share, 0.0), 1.0):.1f}%"
    return element(
        "div", element("i", style=width), element("span", text), class_="bar", title=f"{share:.1%}"
    )


def percent(share: float | None) -> str:
    """A share in [0, 1] as a percentage; a dash where it is not known."""
    return "–" if share is None or share != share else f"{share:.1%}"
