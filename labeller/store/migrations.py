"""Steps from one schema version to the next: `MIGRATIONS[v]` turns version v into v + 1.

Tables that are new in a version exist already when its step runs; a step changes the old ones.
"""

from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

from labeller.store.schema import SCHEMA_VERSION, Table


def _merges_of_classes(connection: Connection) -> None:
    """Version 2: merges of classes, and the audit; a round knows which merges it was made with."""
    connection.execute(
        text("ALTER TABLE rounds ADD COLUMN merges_until INTEGER DEFAULT 0 NOT NULL")
    )


def _second_looks(connection: Connection) -> None:
    """Version 3: an answer says whether it settles a doubt about the one before it.

    Until then two labels of one cluster in a row were taken for that, and they stay so.
    """
    connection.execute(text("ALTER TABLE answers ADD COLUMN checked BOOLEAN DEFAULT '0' NOT NULL"))
    connection.execute(
        text(
            "UPDATE answers SET checked = 1 WHERE kind = 'label' AND EXISTS (SELECT 1 FROM answers"
            " AS earlier WHERE earlier.project_id = answers.project_id AND earlier.round ="
            " answers.round AND earlier.node_key = answers.node_key AND earlier.kind = 'label' AND"
            " earlier.number < answers.number)"
        )
    )


def _noise(connection: Connection) -> None:
    """Version 4: a round knows how many images belong to no cluster of it; until then, none did."""
    connection.execute(text("ALTER TABLE rounds ADD COLUMN noise INTEGER DEFAULT 0 NOT NULL"))


def _marks(connection: Connection) -> None:
    """Version 5: a label may exclude images of its card, or name the only ones it is for."""
    for column in ("wrong", "only"):
        connection.execute(
            text(f"ALTER TABLE answers ADD COLUMN {column} JSON DEFAULT '[]' NOT NULL")
        )


def _logs(connection: Connection) -> None:
    """Version 6: an answer knows the entry of a browser's log that it was sent as."""
    for table in ("answers", "audit_labels"):
        if "client" in {column["name"] for column in inspect(connection).get_columns(table)}:
            continue  # a workspace of version 1 had no audit: its table is new
        for column in ("client VARCHAR", "sequence INTEGER"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))
        unique = f"CREATE UNIQUE INDEX {table}_of_logs ON {table} (client, sequence)"
        connection.execute(text(unique))


def _people(connection: Connection) -> None:
    """Version 7: an answer may be about images that were selected, and not about a card; the
    answers of several people about a card stand beside each other.

    Until then the newest counted, whoever gave it, and it stays so.
    """
    added = ("size INTEGER", "images BLOB", "replaces BOOLEAN DEFAULT '0' NOT NULL")
    for column in added:
        connection.execute(text(f"ALTER TABLE answers ADD COLUMN {column}"))
    connection.execute(
        text(
            "UPDATE answers SET replaces = 1 WHERE kind <> 'revoke' AND EXISTS (SELECT 1"
            " FROM answers AS earlier WHERE earlier.project_id = answers.project_id AND"
            " earlier.round = answers.round AND earlier.node_key = answers.node_key AND"
            " earlier.expert <> answers.expert AND earlier.kind <> 'revoke' AND"
            " earlier.number < answers.number)"
        )
    )


def _replaces(connection: Connection) -> None:
    """Version 8: the first workspaces of version 7 knew nothing of answers that replace others."""
    if "replaces" not in {column["name"] for column in inspect(connection).get_columns("answers")}:
        connection.execute(
            text("ALTER TABLE answers ADD COLUMN replaces BOOLEAN DEFAULT '0' NOT NULL")
        )


def _changes(connection: Connection) -> None:
    """Version 9: the database counts its changes, as the journal beside it does."""
    if "changes" not in {column["name"] for column in inspect(connection).get_columns("workspace")}:
        statement = "ALTER TABLE workspace ADD COLUMN changes INTEGER DEFAULT 0 NOT NULL"
        connection.execute(text(statement))


MIGRATIONS: dict[int, Callable[[Connection], None]] = {
    1: _merges_of_classes,
    2: _second_looks,
    3: _noise,
    4: _marks,
    5: _logs,
    6: _people,
    7: _replaces,
    8: _changes,
}


def make_tables(connection: Connection) -> None:
    """Makes the tables of the present version in an empty database."""
    Table.metadata.create_all(connection)
    connection.execute(
        text("INSERT INTO workspace (schema_version) VALUES (:v)"), {"v": SCHEMA_VERSION}
    )


def migrate(connection: Connection, version: int) -> None:
    """Brings the tables from the version that they say to that one, unless they are there."""
    Table.metadata.create_all(connection)  # those that are new
    known = connection.execute(text("SELECT schema_version FROM workspace")).scalar_one()
    for step in range(known, version):
        MIGRATIONS[step](connection)
    if known < version:
        connection.execute(text("UPDATE workspace SET schema_version = :v"), {"v": version})
