"""Names of files and folders: whatever the names of classes and images are."""

import random
import unicodedata

import pytest

from labeller.exports.names import Names, safe
from tests.exports.conftest import ODD

SIGNS = "aAbé\u0301ß日本/\\:*?\"<>|\n\r\t\0 .-_'%#&=+@\u2028\ud800\U0001f600İıﬁ①1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat", "cat"),
        ("hot dog", "hot dog"),
        ("a/b\\c", "a_b_c"),
        ("new\nline", "new_line"),
        ("..", "_"),
        (".hidden", "_.hidden"),
        ("", "_"),
        (" ends. ", "ends"),
        ("con", "_con"),
        ("COM1.txt", "_COM1.txt"),
        ("e\u0301", "é"),
        ("日本", "日本"),
        ("\ud800", "_"),
    ],
)
def test_a_name_is_made_safe(name: str, expected: str) -> None:
    assert safe(name) == expected


def test_a_long_name_is_cut_between_letters() -> None:
    assert safe("日" * 100) == "日" * 33


def test_random_names_are_safe_and_stay_so() -> None:
    draw = random.Random(0)
    for _ in range(3000):
        name = safe("".join(draw.choices(SIGNS, k=draw.randint(0, 60))))
        assert name == safe(name) != ""
        assert name.encode()
        assert not set(name) & set('/\\:*?"<>|\n\r\t\0')
        assert name[0] not in ". "
        assert name[-1] not in ". "


def test_no_two_names_are_alike() -> None:
    draw, names, given = random.Random(1), Names(["_unlabelled"]), []
    for number in range(3000):
        given.append(names.give("".join(draw.choices(SIGNS, k=draw.randint(0, 2))), number))
    alike = {unicodedata.normalize("NFC", name.casefold()) for name in given}
    assert len(alike) == 3000
    assert "_unlabelled" not in alike


def test_a_taken_name_gets_a_number() -> None:
    names = Names(["taken"])
    assert [names.give(name, 7) for name in ("a", "A", "a", "Taken")] == [
        *("a", "A-7", "a-8", "Taken-7")
    ]
    assert len({Names().give(name, 1) for name in ODD}) == len({safe(name) for name in ODD})
