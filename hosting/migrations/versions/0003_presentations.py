"""Uploaded slides, and experts of one contribution only."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of = sa.ForeignKey("contributions.id", name=op.f("fk_grants_contribution"))
    op.add_column("grants", sa.Column("contribution", sa.Text(), of, nullable=True), inline_references=True)
    op.create_table(
        "presentations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contribution", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="receiving", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('receiving', 'checking', 'converting', 'ready', 'rejected')", name=op.f("ck_presentations_state")
        ),
        sa.ForeignKeyConstraint(["contribution"], ["contributions.id"], name=op.f("fk_presentations_contribution")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_presentations_person")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_presentations_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentations")),
    )
    for column in ("contribution", "person", "state", "digest"):
        op.create_index(f"ix_presentations_{column}", "presentations", [column])
