"""What may stand in a name that people give or files bring: characters that can be seen."""

from labeller.errors import UNSEEN

LONGEST = 80  # characters of the name of a class or a project


def visible(name: str) -> str:
    """The name with a ? for each character that cannot be seen, or would not be stored."""
    return UNSEEN.sub("?", name)
