"""The tables of who needs which languages, what organisers decided, and how many listened. All else: hosting.tables."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, Table, Text

from hosting.tables import metadata

# In which languages somebody can follow an exchange. Told as sums, and to its organisers alone; deleted with the
# person, and a month after the exchange.
needs = Table(
    "needs",
    metadata,
    Column("person", Text, ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    Column("exchange", Text, ForeignKey("exchanges.slug"), primary_key=True),
    Column("languages", JSON, nullable=False),
    Column("rooms", JSON, nullable=False),  # the sessions for which it is said; none: for all
    Column("said_at", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Languages into which a session will not be interpreted though people need them. Nobody but organisers is shown this.
declined = Table(
    "declined",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("language", Text, primary_key=True),
    Column("by", Text, nullable=False),  # an organiser's id, or the service's
    Column("at", Text, nullable=False),
    sqlite_with_rowid=False,
)

# How many heard each channel of an open room at a full minute; the floor is one. No persons.
listeners = Table(
    "listeners",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("minute", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)
