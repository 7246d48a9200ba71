"""Names of files and folders that every system takes, and of which no two are alike."""

import re
import unicodedata
from collections.abc import Iterable

# What Windows refuses in a name, what separates paths, and what no one sees.
_REFUSED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 100  # bytes: most systems take 255, and a number and an ending may follow


def safe(name: str) -> str:
    """`name` as a part of a path on any system: composed, without signs that one refuses.

    Never empty, hidden, `.` or `..`.
    """
    name = _REFUSED.sub("_", unicodedata.normalize("NFC", name))
    name = name.encode()[:_LONGEST].decode(errors="ignore").strip(" ").rstrip(". ")
    if not name or name.startswith(".") or _DEVICES.fullmatch(name):
        name = f"_{name}"
    return name


class Names:
    """Hands out safe names, each only once; those that differ in capitals alone are alike.

    `taken` are names that nothing may get.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {_key(name) for name in taken}

    def give(self, name: str, number: int) -> str:
        """A name like `name`, with `number` behind it where it is given already."""
        wanted = chosen = safe(name)
        while _key(chosen) in self._taken:
            chosen, number = f"{wanted}-{number}", number + 1
        self._taken.add(_key(chosen))
        return chosen


def _key(name: str) -> str:
    """What two names share that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
