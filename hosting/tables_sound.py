"""The table of what was recorded. All else: hosting.tables."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from hosting.tables import metadata

# One file of what was heard in a channel while the room was recorded; a second lane is of who spoke at the same time.
# While it is written its bytes lie under this id, then in hosting.files under their hash.
recordings = Table(
    "recordings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("room", Text, ForeignKey("rooms.id"), nullable=False),
    Column("channel", Text, nullable=False),  # a language, or the floor
    Column("lane", Integer, nullable=False),  # from 1
    Column("language", Text),  # what is heard; of the floor: at the beginning, as far as that was known
    Column("zero", Text, nullable=False),  # the moment at which all files of the room begin
    Column("state", Text, nullable=False),
    Column("digest", Text),  # SHA-256, once it was finished
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("size", Integer, nullable=False, server_default="0"),  # bytes
    Column("withheld", Boolean, nullable=False, server_default=false()),  # not released with the archive
    UniqueConstraint("room", "channel", "lane"),
    CheckConstraint("state IN ('writing', 'done', 'broken')", name="state"),
)
Index("ix_recordings_digest", recordings.c.digest)
