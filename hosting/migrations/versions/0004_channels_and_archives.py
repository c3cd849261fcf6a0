"""What people hear, what lists need of channels and contributions, and when an archive was released."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("floor", sa.Text(), nullable=True))
    op.add_column("rooms", sa.Column("channels", sa.JSON(), nullable=True))
    op.add_column("rooms", sa.Column("slots", sa.JSON(), nullable=True))
    op.add_column("sessions", sa.Column("released_at", sa.Text(), nullable=True))
    op.create_table(
        "choices",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_choices_room")),
        sa.PrimaryKeyConstraint("room", "person", name=op.f("pk_choices")),
        sqlite_with_rowid=False,
    )
