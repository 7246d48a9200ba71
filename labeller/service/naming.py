"""Names that people give: how long they may be, and that every character of them can be seen."""

from collections.abc import Sequence

from labeller.errors import UNSEEN
from labeller.records.names import LONGEST

LONGEST_PERSON = 254  # as long as an e-mail address may be


def project_name(name: str) -> str:
    """The name without blanks around it; raises ValueError for one that is no name of a project."""
    return _checked("a project name", name, LONGEST, unwanted="/\\")


def comparison_name(name: str) -> str:
    """The name of a comparison, on one line; raises ValueError for one that is none."""
    return _checked("a name", " ".join(name.split()), LONGEST)


def person_name(name: str) -> str:
    """Who answers, "me" where nobody is named; raises ValueError for what is no name."""
    return _checked("the name of a person", name.strip() or "me", LONGEST_PERSON)


def class_names(names: Sequence[str]) -> list[str]:
    """The names without blanks around them; raises ValueError for a bad one and for two alike."""
    cleaned = [_checked("a class name", name, LONGEST) for name in names]
    if len(set(cleaned)) != len(cleaned):
        raise ValueError(f"class names must differ, got {', '.join(cleaned)}")
    return cleaned


def _checked(what: str, name: str, longest: int, unwanted: str = "") -> str:
    name = name.strip()
    visible = not UNSEEN.search(name) and not any(letter in unwanted for letter in name)
    if 1 <= len(name) <= longest and visible:
        return name
    rule = " and no slash" if unwanted else ""
    given = repr(name) if len(name) <= longest else f"{len(name):,}: {name[:20]!r} ..."
    raise ValueError(f"{what} must have 1 to {longest} printable characters{rule}, got {given}")
