"""The tables of languages: who needs which, what organisers decided, how many listened, the interpreters' word lists.
All else: hosting.tables.
"""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, Table, Text

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

# The interpreters' word list: one term in several languages. It goes with its exchange, or its session.
terms = Table(
    "terms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("exchange", Text, ForeignKey("exchanges.slug", ondelete="CASCADE"), nullable=False),
    Column("room", Text, ForeignKey("rooms.id", ondelete="CASCADE")),  # null: of the whole exchange
    Column("words", JSON, nullable=False),  # by language
    Column("version", Integer, nullable=False, server_default="1"),  # raised with each change: nobody's is lost unseen
)
Index("ix_terms_exchange", terms.c.exchange)
Index("ix_terms_room", terms.c.room)
