"""Steps from one schema version to the next: `MIGRATIONS[v]` turns version v into v + 1."""

from collections.abc import Callable

from sqlalchemy import Connection

MIGRATIONS: dict[int, Callable[[Connection], None]] = {}
