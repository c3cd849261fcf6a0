"""Which languages people need, what was decided, who is booked for a channel, how many listened."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("threshold", sa.Integer(), server_default="5", nullable=False))
    op.add_column("grants", sa.Column("language", sa.Text()))
    op.create_table(
        "needs",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("rooms", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_needs_person"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["exchange"], ["exchanges.slug"], name=op.f("fk_needs_exchange")),
        sa.PrimaryKeyConstraint("person", "exchange", name=op.f("pk_needs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "declined",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_declined_room")),
        sa.PrimaryKeyConstraint("room", "language", name=op.f("pk_declined")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "listeners",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("minute", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_listeners_room")),
        sa.PrimaryKeyConstraint("room", "minute", "channel", name=op.f("pk_listeners")),
        sqlite_with_rowid=False,
    )
