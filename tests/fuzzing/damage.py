"""Damage to bytes, and values of JSON, at random."""

from typing import Any

from hypothesis import strategies as st

# What parsers of numbers and lengths trip over.
_TRICKY = [b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\x00\x00\x00", b"PK"]
_PLACE = st.floats(0, 1, exclude_max=True)
_EDIT = st.one_of(
    st.tuples(st.just("put"), _PLACE, st.one_of(st.sampled_from(_TRICKY), st.binary(max_size=9))),
    st.tuples(st.just("flip"), _PLACE, st.integers(0, 7)),
    st.tuples(st.just("cut"), _PLACE, st.just(b"")),
    st.tuples(st.just("drop"), _PLACE, st.integers(1, 40)),
    st.tuples(st.just("insert"), _PLACE, st.binary(min_size=1, max_size=12)),
    st.tuples(st.just("repeat"), _PLACE, st.integers(1, 200)),
)
EDITS = st.lists(_EDIT, min_size=1, max_size=6)


def damaged(content: bytes, edits: list[tuple[str, float, Any]]) -> bytes:
    """The bytes after one edit after the other, at shares of their length."""
    made = bytearray(content)
    for kind, share, value in edits:
        at = int(share * len(made))
        if kind == "put":
            made[at : at + len(value)] = value
        elif kind == "flip" and made:
            made[at] ^= 1 << value
        elif kind == "cut":
            del made[at:]
        elif kind == "drop":
            del made[at : at + value]
        elif kind == "insert":
            made[at:at] = value
        elif kind == "repeat":
            made[at:at] = made[at : at + value]
    return bytes(made)


# Texts that mean something elsewhere, and any others.
WORDS = [
    *("", " ", "[/b]", "**x**", "$x$", ":red[x]", "<b>", "=1+1", "../x", "a/b", "a\\b", "\x00"),
    *("a\nb", "\x1b[2J", "\u202ea", "\ud800", "x" * 5000, "nan", "1.9", "-1", "train", "test"),
]
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
NUMBER = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([2**31, 2**53, 2**63, 10**30, -(2**63), 1.9, 1e308, -0.0]),
    st.floats(),
)
PLAIN = st.one_of(st.none(), st.booleans(), NUMBER, TEXT)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def changed(value: Any) -> st.SearchStrategy[Any]:
    """A value of JSON with some of it replaced by anything, and some of its keys left out."""
    if isinstance(value, dict):
        parts = {key: mostly(changed(each), st.just(_GONE)) for key, each in value.items()}
        whole = st.fixed_dictionaries(parts).map(
            lambda made: {key: each for key, each in made.items() if each is not _GONE}
        )
        return mostly(whole, JSON)
    if isinstance(value, list):
        whole = st.tuples(*map(changed, value)).map(list)
        return mostly(whole, st.one_of(st.lists(st.sampled_from(value or [None])), JSON))
    return mostly(st.just(value), JSON)


def mostly(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The first in fifteen of sixteen cases; `one_of` would take alike ones for one."""
    return st.integers(0, 15).flatmap(lambda drawn: other if drawn == 7 else usual)


_GONE = object()
