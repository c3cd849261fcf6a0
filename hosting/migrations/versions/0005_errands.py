"""How many questions of a room are on their way to another one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("errands", sa.Integer(), nullable=False, server_default="0"))
