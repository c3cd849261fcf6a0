"""Whether an exchange keeps what is said in its chats, and from whom questions without a name hide who asked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exchanges", sa.Column("keep_chat", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("exchanges", sa.Column("anonymous", sa.Text(), nullable=False, server_default="participants"))
