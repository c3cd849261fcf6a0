"""What was recorded of a room's sound: a row for every file."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("zero", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False, server_default="0"),
        sa.Column("size", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("state IN ('writing', 'done', 'broken')", name=op.f("ck_recordings_state")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_recordings_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("room", "channel", "lane", name=op.f("uq_recordings_room_channel_lane")),
    )
    op.create_index(op.f("ix_recordings_digest"), "recordings", ["digest"])
