"""The people of a published workspace: their roles, and the sign-ins that they ended."""

from datetime import timedelta

from sqlalchemy import delete, select

from labeller.records.acting import EVERYBODY, MemberView, Role
from labeller.store.database import Store
from labeller.store.schema import EndedSession, Member, now

LONGEST = timedelta(days=32)  # no cookie of a sign-in is valid for longer


def role_of(store: Store, name: str, session: str) -> tuple[str | None, bool]:
    """The role of a person, else that of everybody, else None; and whether the sign-in ended."""
    with store.read() as rows:
        member = rows.get(Member, name) or rows.get(Member, EVERYBODY)
        ended = bool(session) and rows.get(EndedSession, session) is not None
        return (member.role if member else None), ended


def members(store: Store) -> list[MemberView]:
    """All who have a role, by name."""
    with store.read() as rows:
        found = rows.scalars(select(Member).order_by(Member.name))
        return [MemberView(row.name, row.role, row.since) for row in found]  # type: ignore[arg-type]


def give(store: Store, name: str, role: Role | None) -> None:
    """Gives a person a role instead of the one before; None takes it away."""
    with store.write() as rows:
        rows.execute(delete(Member).where(Member.name == name))
        if role is not None:
            rows.add(Member(name=name, role=role))


def end_session(store: Store, session: str) -> None:
    """From now on that sign-in counts no more, whoever has its cookie."""
    with store.write() as rows:
        rows.execute(delete(EndedSession).where(EndedSession.at < now() - LONGEST))
        if rows.get(EndedSession, session) is None:
            rows.add(EndedSession(digest=session))
