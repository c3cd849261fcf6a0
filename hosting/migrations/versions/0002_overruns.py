"""How late a room will end, for calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("now_ends", sa.Text(), nullable=True))
    op.add_column("rooms", sa.Column("overrun", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rooms", sa.Column("moved", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rooms", sa.Column("moved_at", sa.Text(), nullable=True))
