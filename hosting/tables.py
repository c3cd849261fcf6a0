"""The tables, each with why it exists. What happens in order in one room is in `events`; all else is a plain table.

Moments are RFC 3339 text in UTC, which sorts as it reads; ids are random text. The schema's history: migrations/.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# ── The live side: one log per room ──────────────────────────────────────────────────────────────────────────────────

# A room's head and what lists need of it, written in the transaction of the append. The row is the lock of its log.
rooms = Table(
    "rooms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("epoch", Text, nullable=False),  # new after a restore: a cursor of before is answered with a snapshot
    Column("head", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="planned"),
    Column("opened_at", Text),
    Column("closed_at", Text),
    Column("expected_ends", Text),  # where the agenda will end as it now runs; null: as planned
    Column("now_titles", JSON),  # what runs, by language; null: nothing
    Column("now_ends", Text),  # when what runs was to end, or what waits to begin; past that, all later times are later
    Column("overrun", Integer, nullable=False, server_default="0"),  # minutes by which it will end late, in steps
    Column("moved", Integer, nullable=False, server_default="0"),  # how often that changed; see sessions.sequence
    Column("moved_at", Text),
    Column("floor", Text),  # what is spoken
    Column("channels", JSON),  # the state of each by language; null: none yet
    Column("slots", JSON),  # of each contribution by id: its state, its material, and when it is expected to begin
    Column("errands", Integer, nullable=False, server_default="0"),  # questions to be carried to or from another room
    Column("put_off", JSON),  # how many questions that everybody sees went to each follow-up, by its key; null: none
)

# The append-only log. `body` is the event as JSON; free text in it may be blanked by an erasure, nothing else changes.
events = Table(
    "events",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),  # gapless within a room, from 1
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),  # a person's id, or "system"
    Column("type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_events_actor", events.c.actor)

# What was answered to a command, for the life of the room: a retry is answered from here and not applied again.
commands = Table(
    "commands",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # of the command's body: the same id with another body is refused
    Column("seq", Integer, nullable=False),
    Column("ok", LargeBinary, nullable=False),  # JSON
    Column("logged", Boolean, nullable=False, server_default=true()),  # false: a ballot, which made no event
    sqlite_with_rowid=False,
)

# One vote of one person for one question. No time and no order: the log gets only sums.
ballots = Table(
    "ballots",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("voter", Text, primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_ballots_room_voter", ballots.c.room, ballots.c.voter)

# One choice of one person in a poll that is not secret. The log gets only sums.
poll_votes = Table(
    "poll_votes",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("poll", Text, primary_key=True),
    Column("voter", Text, primary_key=True),
    Column("choice", Integer, primary_key=True),  # its place, from 0
    sqlite_with_rowid=False,
)
Index("ix_poll_votes_room_voter", poll_votes.c.room, poll_votes.c.voter)

# Who has voted in a secret poll; and, apart from it, how often each choice was taken. No time, no order, no link.
# A row for every choice is made with the first vote; all are of one length: `votes` is counted from hosting.boxes.NONE.
poll_voters = Table(
    "poll_voters",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("poll", Text, primary_key=True),
    Column("voter", Text, primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_poll_voters_room_voter", poll_voters.c.room, poll_voters.c.voter)

poll_counts = Table(
    "poll_counts",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("poll", Text, primary_key=True),
    Column("choice", Integer, primary_key=True),
    Column("votes", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Polls that have closed and been summed: no vote comes in after the sum.
poll_seals = Table(
    "poll_seals",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("poll", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# What somebody has chosen to hear in a room: a language, or the floor. Found again on every device of theirs.
choices = Table(
    "choices",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("language", Text, nullable=False),
    sqlite_with_rowid=False,
)

# ── The programme ────────────────────────────────────────────────────────────────────────────────────────────────────
# Columns ending in nothing special but of type JSON hold one text per language ({"en": …}) or a list.

series = Table(
    "series",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("title", JSON, nullable=False),
    Column("subtitle", JSON, nullable=False),
    Column("starts", Text, nullable=False),  # a date
    Column("ends", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("working_language", Text, nullable=False),
    Column("facts", JSON, nullable=False),  # intro, audience, interpretation, organiser, partners, invitation, …: texts
    Column("focuses", JSON, nullable=False),  # [{id, title}]: the full titles of the topics
)

# One dated entry of a series. `starts` is a date where the time is open, else a moment.
exchanges = Table(
    "exchanges",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("series", Text, ForeignKey("series.slug"), nullable=False),
    Column("place", Integer, nullable=False),  # in the file, for two on one day
    Column("kind", Text, nullable=False),
    Column("title", JSON, nullable=False),
    Column("subtitle", JSON, nullable=False),
    Column("description", JSON, nullable=False),
    Column("target_group", JSON, nullable=False),
    Column("starts", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("time_known", Boolean, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("title_regions", JSON, nullable=False),
    Column("part", Integer),
    Column("parts", Integer),
    Column("part_of", Text),
    Column("stated", JSON),
    Column("public", Boolean, nullable=False, server_default=true()),
    Column("keep_chat", Boolean, nullable=False, server_default=false()),  # else it is blanked when a room closes
    Column("anonymous", Text, nullable=False, server_default="participants"),  # from whom, or from everybody
    Column("threshold", Integer, nullable=False, server_default="5"),  # people who must need a language to be heeded
    Column("changed_at", Text, nullable=False),
)

topics = Table(
    "topics",
    metadata,
    Column("exchange", Text, ForeignKey("exchanges.slug"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("short", JSON, nullable=False),
    Column("title", JSON, nullable=False),
)

# One session, one room, one id. `key` is the session's id in the file it came from.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("key", Text, nullable=False),
    Column("exchange", Text, ForeignKey("exchanges.slug"), nullable=False),
    Column("topic", Text),
    Column("place", Integer, nullable=False),
    Column("title", JSON, nullable=False),
    Column("abstract", JSON, nullable=False),
    Column("starts", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("channels", JSON, nullable=False),
    Column("filed", JSON),  # the channels that the last file named: the others were planned by hand; null: not known
    Column("regions", JSON, nullable=False),
    Column("agenda", JSON, nullable=False),  # as planned, with the ids of its items; how it really ran is in the log
    Column("sample", Boolean, nullable=False, server_default=false()),
    Column("stream", Text),  # https link to the picture and sound a city already has
    Column("delay", Float, nullable=False, server_default="0"),  # seconds by which that lags behind the room
    Column("released_at", Text),  # since when the archive is everybody's; null: it is the organisers'
    Column("sequence", Integer, nullable=False, server_default="0"),  # RFC 5545: raised when planned times change
    Column("changed_at", Text, nullable=False),
    UniqueConstraint("exchange", "key"),
)

# An expert's slot.
contributions = Table(
    "contributions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("session", Text, ForeignKey("sessions.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("title", JSON, nullable=False),
    Column("abstract", JSON, nullable=False),
    Column("expert", JSON, nullable=False),  # {name, role, city, country, region}
    Column("language", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("sample", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("session", "key"),
)

good_practices = Table(
    "good_practices",
    metadata,
    Column("exchange", Text, ForeignKey("exchanges.slug"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("contribution", Text, ForeignKey("contributions.id")),
    Column("city", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("title", JSON, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("sample", Boolean, nullable=False, server_default=false()),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("exchange", Text, ForeignKey("exchanges.slug"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("session", Text, ForeignKey("sessions.id")),
    Column("status", Text, nullable=False),
    Column("title", JSON, nullable=False),
    Column("aim", JSON, nullable=False),
    Column("format", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("sample", Boolean, nullable=False, server_default=false()),
)

# ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────

# The one place where names are. A guest's row appears with the name; before, the id lives in sign_ins alone.
persons = Table(
    "persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("language", Text),
    Column("zone", Text),
    Column("kind", Text, nullable=False, server_default="person"),  # person, guest, demo
    Column("created_at", Text, nullable=False),
    CheckConstraint("kind IN ('person', 'guest', 'demo')", name="kind"),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("exchange", Text, ForeignKey("exchanges.slug"), nullable=False),
    Column("room", Text, ForeignKey("rooms.id")),  # null: all rooms of the exchange
    Column("contribution", Text, ForeignKey("contributions.id")),  # null: every one in the room or exchange
    Column("language", Text),  # the channel an interpreter is booked for; null: none in particular
    Column("created_at", Text, nullable=False),
    CheckConstraint(
        "role IN ('participant', 'expert', 'interpreter', 'captioner', 'moderator', 'organiser')", name="role"
    ),
)
Index("ix_grants_person", grants.c.person)

# Links that sign a person in once. Only the hash of the token is kept.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("next", Text),  # a path to go to
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
)

# Browsers that are signed in, guests included. Revoking is deleting.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", Text, nullable=False),  # no foreign key: a nameless guest has no row yet
    Column("guest", Boolean, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)
Index("ix_sign_ins_person", sign_ins.c.person)

# Bearer tokens for programs.
tokens = Table(
    "tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)

# ── Slides ───────────────────────────────────────────────────────────────────────────────────────────────────────────

# One uploaded deck, from its first byte on. The bytes lie in hosting.files, pages under this id.
presentations = Table(
    "presentations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contribution", Text, ForeignKey("contributions.id"), nullable=False),
    Column("room", Text, ForeignKey("rooms.id"), nullable=False),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),  # who sent it
    Column("filename", Text, nullable=False),  # as its sender called it: to show, never a path
    Column("size", Integer, nullable=False),  # bytes, as announced
    Column("state", Text, nullable=False, server_default="receiving"),
    Column("reason", Text),  # a code, once rejected
    Column("pages", Integer),  # once ready
    Column("tries", Integer, nullable=False, server_default="0"),  # how often conversion has begun
    Column("digest", Text),  # SHA-256 of the original while it is kept
    Column("notes", JSON, nullable=False, server_default="{}"),  # the sender's own, by the number of the page
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),  # null once all bytes are there
    CheckConstraint("state IN ('receiving', 'checking', 'converting', 'ready', 'rejected')", name="state"),
)
Index("ix_presentations_contribution", presentations.c.contribution)
Index("ix_presentations_person", presentations.c.person)
Index("ix_presentations_state", presentations.c.state)
Index("ix_presentations_digest", presentations.c.digest)
