"""Whatever a name is, it is shown and does nothing."""

import numpy as np
import pytest

from labeller.service.report.drawings import lines, strip
from labeller.service.report.markup import bar, element, listed, percent, raw, safe, table

BAD = '<img src=x onerror="alert(1)">&\''


def test_text_is_made_harmless_once_and_markup_stays() -> None:
    shown = "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#x27;"
    assert safe(BAD) == shown
    assert safe(safe(BAD)) == shown
    assert element("p", BAD, title=BAD) == f'<p title="{shown}">{shown}</p>'
    assert element("p", element("b", BAD), class_=None) == f"<p><b>{shown}</b></p>"
    assert shown in table([BAD, "#n"], [[BAD, 1]])
    made = (table([BAD, "#n"], [[BAD, 1]]), listed([(BAD, BAD)]), bar(0.5, BAD))
    assert not any(BAD in one for one in made)
    with pytest.raises(ValueError, match="was not made harmless"):
        raw("<p>")
    assert raw(element("p")) == "<p></p>"
    assert raw(element("p") + element("b")) == "<p></p><b></b>"
    with pytest.raises(ValueError, match="was not made harmless"):
        element("p") + "<b>"


def test_numbers_stand_at_the_right_and_empty_lines_are_left_out() -> None:
    made = table(["Class", "#Images"], [["a", "1,000"]])
    assert '<th class="number">Images</th>' in made
    assert '<td class="number">1,000</td>' in made
    assert listed([("a", ""), ("b", 1)]) == "<dl><dt>b</dt><dd>1</dd></dl>"
    assert "width: 100.0%" in bar(1.7, "x")
    assert (percent(0.1234), percent(None), percent(float("nan"))) == ("12.3%", "–", "–")


def test_a_line_has_a_point_per_known_value_and_its_name_at_the_end() -> None:
    drawn = lines([0, 50, 100], {"a & b": [0.5, None, 1.0], "c": [None, None, None]})
    assert drawn.count("<circle") == 2
    assert drawn.count("<polyline") == 1
    assert "a &amp; b 100.0%" in drawn
    assert "a &amp; b after 100 answers: 100.0%" in drawn
    # 100 % is at the top of the drawing, the last answer at its right end.
    assert 'points="48.0,260.0 550.0,14.0"' in lines([0, 100], {"x": [0.0, 1.0]})


def test_names_of_lines_that_end_together_do_not_touch() -> None:
    drawn = lines([10], {"a": [0.9], "b": [0.9], "c": [0.9]})
    places = [float(part.split('"')[0]) for part in drawn.split('y="')[1:] if 'class="end' in part]
    assert min(np.diff(sorted(places))) >= 15


@pytest.mark.parametrize(("channels", "kind"), [(1, "png"), (3, "png"), (4, "webp")])
def test_a_strip_has_all_pictures(channels: int, kind: str) -> None:
    import base64
    import io

    from PIL import Image

    pictures = np.full((3, 28, 28, channels), 200, np.uint8)
    made = strip(pictures, BAD)
    assert f'src="data:image/{kind};base64,' in made
    assert ('class="pixels"' in made) == (channels < 4)
    assert BAD not in made
    content = base64.b64decode(made.split("base64,")[1].split('"')[0])
    assert Image.open(io.BytesIO(content)).size == (3 * 28 + 2 * 2, 28)
