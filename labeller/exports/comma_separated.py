"""CSV: a line of text per row, as every spreadsheet reads it."""

import csv
import io
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from pydantic import Field

from labeller.config import Settings
from labeller.exports.registry import ExportFormat, register

if TYPE_CHECKING:
    import pandas as pd

# What makes a spreadsheet take a text for a formula, and run it
# (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@register
class CommaSeparated(ExportFormat):
    """Text in UTF-8 with the names of the columns in its first line."""

    name = "csv"
    title = "CSV"
    suffix = ".csv"
    mime = "text/csv"

    class Config(Settings):
        """What stands between two columns, and what becomes of texts like formulas."""

        delimiter: Literal[",", ";", "\t", "|"] = Field(
            ",", description="Between two columns; spreadsheets of some countries expect ;."
        )
        formulas: Literal["disarm", "keep"] = Field(
            "disarm",
            description="Texts that a spreadsheet would run as a formula (=, +, -, @ or a tab "
            "first): disarm puts an apostrophe before them.",
        )

    def write(self, table: "pd.DataFrame", stream: BinaryIO) -> None:
        """Writes the header and the rows; numbers stay as they are."""
        if self.config.formulas == "disarm":
            table = table.map(_disarmed)
        # Python quotes a line feed within a cell but no carriage return, which ends rows too.
        returns = bool(table.map(_has_return).to_numpy().any())
        quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
        table.to_csv(stream, index=False, sep=self.config.delimiter, quoting=quoting)


def csv_bytes(table: "pd.DataFrame") -> bytes:
    """A table as the content of a CSV file, without texts that a spreadsheet would run."""
    stream = io.BytesIO()
    CommaSeparated(CommaSeparated.Config()).write(table, stream)
    return stream.getvalue()


def _has_return(cell: Any) -> bool:
    return isinstance(cell, str) and "\r" in cell


def _disarmed(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
