"""Votes in polls: open ones, and secret ones in two tables that are not linked."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


VOTER = ("voter", sa.Text())
CHOICE = ("choice", sa.Integer())


def box(name: str, *key: tuple[str, sa.types.TypeEngine[Any]], votes: bool = False) -> None:
    """A table with rows of a room's poll, without an order of its own."""
    columns = (("room", sa.Text()), ("poll", sa.Text()), *key)
    op.create_table(
        name,
        *(sa.Column(column, kind, nullable=False) for column, kind in columns),
        *((sa.Column("votes", sa.BigInteger(), nullable=False),) if votes else ()),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f(f"fk_{name}_room")),
        sa.PrimaryKeyConstraint(*(column for column, _ in columns), name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    box("poll_votes", VOTER, CHOICE)
    op.create_index(op.f("ix_poll_votes_room_voter"), "poll_votes", ["room", "voter"])
    box("poll_voters", VOTER)
    op.create_index(op.f("ix_poll_voters_room_voter"), "poll_voters", ["room", "voter"])
    box("poll_counts", CHOICE, votes=True)
    box("poll_seals")
