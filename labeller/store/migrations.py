"""Steps from one schema version to the next: `MIGRATIONS[v]` turns version v into v + 1.

Tables that are new in a version exist already when its step runs; a step changes the old ones.
"""

from collections.abc import Callable

from sqlalchemy import Connection, text


def _merges_of_classes(connection: Connection) -> None:
    """Version 2: merges of classes, and the audit; a round knows which merges it was made with."""
    connection.execute(
        text("ALTER TABLE rounds ADD COLUMN merges_until INTEGER DEFAULT 0 NOT NULL")
    )


MIGRATIONS: dict[int, Callable[[Connection], None]] = {1: _merges_of_classes}
