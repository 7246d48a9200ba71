"""The errors that a person may see: one sentence with what happened, the rule and the next step.

Arguments out of range raise `ValueError`; a state of the world raises a `LabellerError`.
Pages and commands show the message of a `LabellerError` and hide nothing else.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

# What the disk says, by kind, and what a person can do about it.
_KINDS = {
    "is on a disk without room ({}); make room there": (*("ENOSPC", "EDQUOT", "EFBIG"),),
    "is closed to you ({}); change who may read and write it, or choose another place": (
        *("EACCES", "EPERM", "EROFS"),
    ),
    "does not answer ({}); look whether its disk is still connected": (
        *("EIO", "ESTALE", "ENOTCONN", "ENODEV", "ENXIO", "ETIMEDOUT", "EREMOTEIO"),
        *("EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH"),
    ),
}
_WORDS = {
    getattr(errno, name): words
    for words, names in _KINDS.items()
    for name in names
    if hasattr(errno, name)
}
_OF_RUST = re.compile(r"\(os error (\d+)\)")
# Control characters, ends of lines, what turns the direction of a text, and halves of characters.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class LabellerError(Exception):
    """Base of every error whose message is written for the user.

    Names of files stand in messages: whatever they hold, a message is one line that can be shown.
    """

    def __str__(self) -> str:
        """The message on one line."""
        return UNSEEN.sub("?", super().__str__().strip().replace("\n", " "))


class DataError(LabellerError):
    """The images cannot be read, or are not what they should be."""


class DamagedFileError(DataError):
    """A file of the workspace is not as it was written, or cannot be read."""

    def __init__(self, path: Path, reason: str, meaning: str) -> None:
        """`reason`: how that is seen; `meaning`: what follows, and what to do."""
        super().__init__(f"{path} is damaged ({reason}): {meaning}")
        self.path, self.reason, self.meaning = path, reason, meaning

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.reason, self.meaning)


class NotFoundError(LabellerError):
    """A project, node, job or file of that name does not exist."""


class StateError(LabellerError):
    """The request is sound but does not fit the present state of the project."""


class StorageError(LabellerError):
    """The disk or the database cannot do it: full, read-only, out of reach, busy or damaged.

    What was saved before is kept; the same may work later.
    """


class BusyError(StorageError):
    """Another program keeps the workspace locked; the same again, later, may succeed."""


class NotAllowedError(LabellerError):
    """Whoever acts may not do this, or has not signed in."""


class AlreadyUndoneError(NotFoundError):
    """The answer to take back was taken back already, perhaps in another window."""


class LostDatabaseError(StorageError):
    """The database of a workspace is gone, older than it was, or replaced by another file."""

    def __init__(self, folder: Path, what: str) -> None:
        """`what` completes "the database of the workspace ...": it says how that is known."""
        super().__init__(
            f"the database of the workspace {folder} {what}; stop labeller and run "
            f"`labeller recover --workspace {quote(str(folder))}`, which brings back what was saved"
        )


class TrainingError(LabellerError):
    """Training cannot go on; the last good checkpoint is kept."""


class NeedsLabelsError(StateError):
    """A method that learns from labels alone was to be trained without any."""

    def __init__(self, method: str) -> None:
        """`method` is its name."""
        super().__init__(
            f"{method} learns from labels alone: choose it on the Compare page, or in "
            "`labeller compare`"
        )


class NeedsEncoderError(StateError):
    """A method that reads the features of an encoder was to be used without any."""

    def __init__(self, method: str) -> None:
        """`method` is its name."""
        super().__init__(
            f"{method} needs an encoder: it reads the features of images, and there are none; "
            "choose an encoder, or a method that reads images"
        )


class UnknownNameError(LabellerError, ValueError):
    """Nothing of that kind has that name, or no longer: its plug-in may be gone."""

    def __init__(self, noun: str, name: str, known: Iterable[str], hint: str = "") -> None:
        """`noun` says what was asked for, `known` are all names there are."""
        super().__init__(f"{noun} must be one of {', '.join(known)}, got {name}{hint}")


class UnknownSettingError(LabellerError, ValueError):
    """A method, a clusterer, ... has no setting of that name."""

    def __init__(self, owner: str, name: str, known: Iterable[str]) -> None:
        """`known` are the names of all settings of `owner`."""
        names = ", ".join(known)
        rule = (
            f"a setting of {owner} must be one of {names}" if names else f"{owner} has no settings"
        )
        super().__init__(f"{rule}, got {name}")


class WrongSettingError(LabellerError, ValueError):
    """A thing that was chosen refuses the value of one of its settings."""


class JobCancelledError(LabellerError):
    """Raised by `report` inside a job whose cancellation was asked for."""


def one_line(error: Exception) -> str:
    """The message of an error in one line; each broken field of a record with its rule."""
    if hasattr(error, "errors") and callable(error.errors):  # pydantic's ValidationError
        return "; ".join(UNSEEN.sub("?", _field(problem))[:300] for problem in error.errors())
    filename, number = getattr(error, "filename", None), _number(error)
    if number in _WORDS:
        return _of_disk(number, filename or "a file")
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (filename, error.strerror) if part)
    return UNSEEN.sub("?", " ".join(str(error).split())) or type(error).__name__


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Raises StorageError, which names `place`, where the disk is full, closed or out of reach."""
    try:
        yield
    except LabellerError:
        raise
    except Exception as error:
        number = _number(error)
        if number not in _WORDS:
            raise
        raise StorageError(_of_disk(number, place)) from error


def _number(error: Exception) -> int | None:
    """What the system said, also where a library kept it to itself."""
    if isinstance(error, OSError):
        # numpy: "1000 requested and 512 written".
        return errno.ENOSPC if error.errno is None and " written" in str(error) else error.errno
    found = _OF_RUST.search(str(error))
    return int(found[1]) if found else None


def _of_disk(number: Any, place: object) -> str:
    return f"{place} {_WORDS[number].format(os.strerror(number))}"


def _field(problem: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    what = problem["msg"].removeprefix("Value error, ")
    if where and ", got " not in what:  # our own checks say it themselves
        what = f"{what}, got {problem['input']}"
    return f"{where}: {what}" if where else what
