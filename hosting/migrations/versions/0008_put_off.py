"""How many questions of a room were deferred to each follow-up, by its key."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("put_off", sa.JSON()))
