"""The interpreters' word list: terms of a session or of a whole exchange."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "terms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("room", sa.Text()),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["exchange"], ["exchanges.slug"], name=op.f("fk_terms_exchange"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_terms_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
    )
    op.create_index(op.f("ix_terms_exchange"), "terms", ["exchange"])
    op.create_index(op.f("ix_terms_room"), "terms", ["room"])
