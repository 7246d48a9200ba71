"""What may stand in a name that people give or files bring: characters that can be seen."""

import re

LONGEST = 80  # characters of the name of a class or a project
# Control characters, ends of lines, what turns the direction of a text, and halves of characters.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(name: str) -> str:
    """The name with a ? for each character that cannot be seen, or would not be stored."""
    return UNSEEN.sub("?", name)
