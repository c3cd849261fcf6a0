"""A day of sessions in which the same people are due: a programme around a moment of one's choice."""

from datetime import UTC, datetime, timedelta

from hosting.database import Database
from tests.hosting import programmes

EXCHANGE = """
[[exchange]]
slug = "{slug}"
kind = "dialogue"
title.en = "Exchange {slug}"
starts = {day}
ends = {day}
zone = "UTC"
time_known = false
public = {public}

[[topic]]
exchange = "{slug}"
id = "floods"
short.en = "Floods"
"""
SESSION = """
[[session]]
id = "session-{key}"
exchange = "{slug}"
topic = "floods"
title.en = "Session {key}"
starts = {starts}
ends = {ends}
zone = "UTC"
languages = ["en"]
channels = ["en", "ar"]
agenda = [
    {{ minutes = 5, kind = "other", title.en = "Welcome" }},
    {{ minutes = 20, kind = "contribution", contribution = "{key}-talk" }},
    {{ minutes = {rest}, kind = "discussion", title.en = "Questions" }},
]

[[contribution]]
id = "{key}-talk"
session = "session-{key}"
title.en = "Talk of {key}"
expert = {{ name = "{expert}", city = "Amman" }}
minutes = 20
language = "en"
"""
RANIA = "Rania Haddad"


def exchange(slug: str, day: datetime, public: bool = True) -> str:
    return EXCHANGE.format(slug=slug, day=day.astimezone(UTC).date(), public=str(public).lower())


def session(key: str, starts: datetime, minutes: int = 60, slug: str = "day", expert: str = RANIA) -> str:
    """A session with a talk after five minutes, by the expert."""
    begins, ends = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:00}" for at in (starts, starts + timedelta(minutes=minutes)))
    return SESSION.format(key=key, slug=slug, starts=begins, ends=ends, rest=minutes - 25, expert=expert)


def room(database: Database, key: str) -> str:
    """The id of a session and its room."""
    return programmes.room(database, f"session-{key}")


def day(*sessions: str, begins: datetime, others: str = "") -> str:
    """A series with one exchange of these sessions, and others."""
    return programmes.HEAD + exchange("day", begins) + "".join(sessions) + others
