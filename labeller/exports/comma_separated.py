"""CSV: a line of text per row, as every spreadsheet reads it."""

from typing import TYPE_CHECKING, BinaryIO, Literal

from pydantic import Field

from labeller.config import Settings
from labeller.exports.registry import ExportFormat, register

if TYPE_CHECKING:
    import pandas as pd


@register
class CommaSeparated(ExportFormat):
    """Text in UTF-8 with the names of the columns in its first line."""

    name = "csv"
    title = "CSV"
    suffix = ".csv"
    mime = "text/csv"

    class Config(Settings):
        """What stands between two columns."""

        delimiter: Literal[",", ";", "\t", "|"] = Field(
            ",", description="Between two columns; spreadsheets of some countries expect ;."
        )

    def write(self, table: "pd.DataFrame", stream: BinaryIO) -> None:
        """Writes the header and the rows."""
        table.to_csv(stream, index=False, sep=self.config.delimiter)
