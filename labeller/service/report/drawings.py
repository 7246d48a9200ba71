"""Drawings as SVG, whose colours follow the page, and strips of pictures."""

import base64
import io
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image

from labeller.service.report.markup import Markup, element

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 170, 14, 40
_TILE = 56  # pixels of one picture on the page
_QUALITY = 80
Scale = Callable[[float], float]
_APART = 15  # pixels between two names at the ends of lines


def lines(answers: Sequence[int], shares: Mapping[str, Sequence[float | None]]) -> Markup:
    """Shares in [0, 1] against the answers given: a line per name, named at its end."""
    known = [value for values in shares.values() for value in values if value is not None]
    low = max(0.0, math.floor(min(known) * 10 - 0.5) / 10)
    most = max(answers)

    def x(value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * value / max(most, 1)

    def y(share: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - share) / (1 - low)

    parts = _axes(x, y, low, sorted({0, *answers}))
    ends: list[tuple[float, int, str]] = []
    for number, (name, values) in enumerate(shares.items()):
        points = [(x(a), y(v), a, v) for a, v in zip(answers, values, strict=True) if v is not None]
        if not points:
            continue
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py, *_ in points)
        parts.append(element("polyline", points=path, class_=f"line s{number}"))
        for px, py, given, share in points:
            tip = element("title", f"{name} after {given:,} answers: {share:.1%}")
            dot = {"cx": f"{px:.1f}", "cy": f"{py:.1f}", "r": 4, "class_": f"dot s{number}"}
            parts.append(element("circle", tip, **dot))
        ends.append((points[-1][1], number, f"{name} {points[-1][3]:.1%}"))
    parts += _names(ends, x(most) + 10)
    words = "; ".join(name for *_, name in ends)
    return element(
        "svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=words, class_="chart"
    )


def strip(pictures: np.ndarray, words: str) -> Markup:
    """Pictures (n, H, W, C) in a row, C 1 or 3: pixels that are shown one by one, 4: photos."""
    count, height, width, channels = pictures.shape
    photos, gap = channels == 4, max(1, round(width / 14))
    row = np.zeros((height, count * (width + gap) - gap, 4), np.uint8)
    for place, picture in enumerate(pictures):
        left = place * (width + gap)
        row[:, left : left + width, :3] = picture[..., :3]
        row[:, left : left + width, 3] = picture[..., 3] if photos else 255
    stream = io.BytesIO()
    if photos:
        Image.fromarray(row).save(stream, "WEBP", quality=_QUALITY)
    else:
        Image.fromarray(row).save(stream, "PNG", optimize=True)
    kind = "webp" if photos else "png"
    source = f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"
    shown = {"width": round(row.shape[1] * _TILE / height), "height": _TILE}
    return element("img", src=source, alt=words, class_="" if photos else "pixels", **shown)


def _axes(x: Scale, y: Scale, low: float, answers: Sequence[int]) -> list[Markup]:
    """Lines of the shares, and the answers below."""
    parts = []
    step = 0.05 if low > 0.75 else 0.1 if low > 0.45 else 0.2
    for place in range(round((1 - low) / step) + 1):
        at = y(1 - place * step)
        rule = {"x1": _LEFT, "x2": WIDTH - _RIGHT, "y1": f"{at:.1f}", "y2": f"{at:.1f}"}
        parts.append(element("line", class_="grid", **rule))
        where = {"x": _LEFT - 8, "y": f"{at + 4:.1f}", "text_anchor": "end"}
        parts.append(element("text", f"{1 - place * step:.0%}", **where))
    written = -math.inf
    for value in answers:
        at = x(value)
        if at - written >= 34:  # room for a number
            where = {"x": f"{at:.1f}", "y": HEIGHT - _BOTTOM + 18, "text_anchor": "middle"}
            parts.append(element("text", f"{value:,}", **where))
            written = at
    middle = {"x": (_LEFT + WIDTH - _RIGHT) / 2, "y": HEIGHT - 6, "text_anchor": "middle"}
    return [*parts, element("text", "answers given", **middle)]


def _names(ends: Sequence[tuple[float, int, str]], left: float) -> list[Markup]:
    """The names of the lines beside their ends, moved down where two would touch."""
    parts, free = [], -math.inf
    for at, number, words in sorted(ends):
        at = max(at, free)
        free = at + _APART
        where = {"x": f"{left:.1f}", "y": f"{at + 4:.1f}", "class_": f"end s{number}"}
        parts.append(element("text", words, **where))
    return parts
