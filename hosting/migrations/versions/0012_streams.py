"""By how many seconds a session's stream lags behind its room."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("delay", sa.Float(), nullable=False, server_default="0"))
