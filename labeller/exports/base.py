"""The contract of an export format: how a table becomes the bytes of a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from labeller.config import Settings

if TYPE_CHECKING:
    import pandas as pd  # a third of a second that asking for the names can do without


class ExportFormat(ABC):
    """A kind of file that tables are written as.

    A subclass sets `name`, `title`, the `suffix` of its files (with the dot; others that it goes
    by in `other_suffixes`) and their `mime` type, may have a pydantic `Config`, and writes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    suffix: ClassVar[str]
    other_suffixes: ClassVar[tuple[str, ...]] = ()
    mime: ClassVar[str]

    class Config(Settings):
        """Settings of a format; each field has a description and bounds."""

    def __init__(self, config: Any) -> None:
        """`config` is a record of the class's `Config`."""
        self.config = config

    @abstractmethod
    def write(self, table: pd.DataFrame, stream: BinaryIO) -> None:
        """Writes the columns of `table`, not its index, to `stream`; raises OSError."""

    @classmethod
    def suffixes(cls) -> tuple[str, ...]:
        """All endings of its files, the usual one first."""
        return (cls.suffix, *cls.other_suffixes)
