"""Rows that never change once they are stored, kept from one look at a project to the next.

Each key on the Label page, and each answer, needs all answers and nodes of a round: to read them
again costs more than all that is done with them.
"""

from collections import OrderedDict
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, undefer

from labeller.store.schema import Answer, Node

Row = TypeVar("Row", Answer, Node)
Key = tuple[object, ...]

MOST = 32  # lists of rows of one workspace: those of ten projects
WROTE = "wrote"  # in a session's `info`: it has rows that may never be committed

_kept: WeakKeyDictionary[Engine, OrderedDict[Key, list[Any]]] = WeakKeyDictionary()
_guard = Lock()


def kept_rows(
    session: Session,
    table: type[Row],
    number: InstrumentedAttribute[int],
    where: ColumnElement[bool],
    key: Key,
) -> list[Row]:
    """All rows `where` that holds for, by `number`, which only rises; of one `key`, the same where.

    They belong to no session, and must not be changed. What a session has written itself is read
    from it, and not kept.
    """
    with _guard:
        lists = _kept.setdefault(session.get_bind(), OrderedDict())  # type: ignore[arg-type]  # ours is an engine
        known: list[Row] = lists.get((table, *key), [])
    count, last = session.execute(select(func.count(), func.max(number)).where(where)).one()
    rows = known[:count]  # another session may have seen more than this one can
    if rows and len(rows) < count:
        rows = rows + _read(session, table, number, where & (number > _number(rows[-1], number)))
    if len(rows) != count or (rows and _number(rows[-1], number) != last):
        rows = _read(session, table, number, where)
    if len(rows) > len(known) and not session.info.get(WROTE):
        with _guard:
            lists[table, *key] = rows
            lists.move_to_end((table, *key))
            while len(lists) > MOST:
                lists.popitem(last=False)
    return list(rows)


def forget(engine: Engine) -> None:
    """Another file is in the place of the database: what was read of it counts no more."""
    with _guard:
        _kept.pop(engine, None)


def _read(
    session: Session,
    table: type[Row],
    number: InstrumentedAttribute[int],
    where: ColumnElement[bool],
) -> list[Row]:
    # All columns: those that are left out elsewhere cannot be read later, without a session.
    query = select(table).where(where).order_by(number).options(undefer("*"))
    rows = list(session.scalars(query))
    if not session.info.get(WROTE):
        for row in rows:
            session.expunge(row)
    return rows


def _number(row: Row, number: InstrumentedAttribute[int]) -> int:
    value: int = getattr(row, number.key)
    return value
