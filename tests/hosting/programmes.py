"""A small programme for tests: three exchanges of one series, around both clock changes of 2027 in Berlin."""

import functools
from datetime import UTC, datetime

from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from hosting import importing, moments, people, planning, programme, tables
from hosting.config import Config
from hosting.database import Database
from hosting.people import as_role
from hosting.security import cookie_name

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)

HEAD = """
[series]
slug = "rivers"
title.en = "Rivers of our cities"
title.de = "Flüsse unserer Städte"
starts = 2027-03-01
ends = 2027-11-30
zone = "Europe/Berlin"
working_language = "en"

[[series.focus]]
id = "floods"
title.en = "Living with floods"

[[series.focus]]
id = "banks"
title.en = "Banks for everybody"
"""

SPRING = """
[[exchange]]
slug = "spring"
kind = "dialogue"
title.en = "Spring exchange"
title.ar = "لقاء الربيع"
starts = 2027-03-28
ends = 2027-03-28
zone = "Europe/Berlin"
time_known = false

[[topic]]
exchange = "spring"
id = "floods"
short.en = "Floods"

[[topic]]
exchange = "spring"
id = "banks"
short.en = "Banks"

[[session]]
id = "before-spring"
exchange = "spring"
topic = "floods"
title.en = "Before the clocks go forward"
starts = 2027-03-28T01:00:00
ends = 2027-03-28T01:45:00
zone = "Europe/Berlin"
languages = ["en", "fr"]
channels = ["en", "fr", "ar"]
regions = ["germany"]
agenda = [
    { minutes = 5, kind = "other", title.en = "Welcome" },
    { minutes = 20, kind = "contribution", contribution = "dry-cellars" },
    { minutes = 20, kind = "discussion", title.en = "Questions" },
]

[[session]]
id = "across-spring"
exchange = "spring"
topic = "banks"
title.en = "While the clocks go forward"
starts = 2027-03-28T01:30:00
ends = 2027-03-28T03:30:00
zone = "Europe/Berlin"
languages = ["es"]
regions = ["latin-america"]
agenda = [{ minutes = 60, kind = "discussion", title.en = "One hour, though the clock shows two" }]

[[session]]
id = "after-spring"
exchange = "spring"
topic = "banks"
title.en = "After the clocks went forward"
starts = 2027-03-28T03:00:00
ends = 2027-03-28T03:45:00
zone = "Europe/Berlin"
languages = ["en"]
regions = ["germany"]

[[contribution]]
id = "dry-cellars"
session = "before-spring"
title.en = "Dry cellars"
expert = { name = "Rania Haddad", city = "Amman" }
minutes = 20
language = "fr"
"""

WET = """
[[contribution]]
id = "wet-cellars"
session = "before-spring"
title.en = "Wet cellars"
expert = { name = "Ion Popescu", city = "Cluj" }
minutes = 20
language = "en"
"""

AUTUMN = """
[[exchange]]
slug = "autumn"
kind = "dialogue"
title.en = "Autumn exchange"
starts = 2027-10-31T02:00:00
ends = 2027-10-31T03:30:00
zone = "Europe/Berlin"
time_known = true

[[topic]]
exchange = "autumn"
id = "floods"
short.en = "Floods"

[[session]]
id = "before-autumn"
exchange = "autumn"
topic = "floods"
title.en = "Before the clocks go back"
starts = 2027-10-31T02:00:00
ends = 2027-10-31T02:30:00
zone = "Europe/Berlin"
languages = ["en"]

[[session]]
id = "after-autumn"
exchange = "autumn"
topic = "floods"
title.en = "After the clocks went back"
starts = 2027-10-31T03:00:00
ends = 2027-10-31T03:30:00
zone = "Europe/Berlin"
languages = ["en"]
"""

CIRCLE = """
[[exchange]]
slug = "circle"
kind = "closing"
title.en = "Among ourselves"
starts = 2027-11-30
ends = 2027-11-30
zone = "America/Bogota"
time_known = false
public = false

[[topic]]
exchange = "circle"
id = "banks"
short.en = "Banks"

[[session]]
id = "behind-doors"
exchange = "circle"
topic = "banks"
title.en = "Behind closed doors"
starts = 2027-11-30T21:00:00
ends = 2027-11-30T22:00:00
zone = "America/Bogota"
languages = ["es"]
"""

PROGRAMME = HEAD + SPRING + AUTUMN + CIRCLE


def changed(*changes: tuple[str, str]) -> str:
    """The small programme with each first occurrence of a text replaced."""
    text = PROGRAMME
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def take_in(database: Database, text: str = PROGRAMME, now: datetime = NOW) -> planning.Report:
    """Import a programme; what became of each row, counted."""
    return database.write_now(lambda sql: planning.write(sql, read(text), now))


read = functools.cache(lambda text: importing.read(text.encode()))  # most tests read the same file


def room(database: Database, key: str) -> str:
    """The id of the session's room, by the name it has in the file."""
    return next(session.id for session in database.read_now(programme.sessions) if session.key == key)


def person(database: Database, role: str | None = None, exchange: str = "spring", room: str | None = None) -> str:
    """Somebody new, with a role if one is given; the id."""

    def write(sql: Connection) -> str:
        id = people.create_person(sql, "Samira Kassem", NOW)
        if role:
            people.grant(sql, id, as_role(role), exchange, room, NOW)
        return id

    return database.write_now(write)


def contribution(database: Database, key: str = "dry-cellars") -> str:
    columns = tables.contributions.c
    found = select(columns.id).where(columns.key == key)
    return str(database.read_now(lambda sql: sql.execute(found).scalar_one()))


def expert(database: Database, slot: str | None = None) -> str:
    """Somebody new who is expert of one contribution only; the id."""

    def write(sql: Connection) -> str:
        id = people.create_person(sql, "Rania Haddad", NOW)
        of = slot or contribution(database)
        people.grant(sql, id, "expert", "spring", None, NOW, contribution=of)
        return id

    return database.write_now(write)


def sign_in(browser: TestClient, database: Database, role: str | None, exchange: str = "spring") -> str:
    """Sign a browser in as somebody new, over plain http; the person's id."""
    id = person(database, role, exchange)
    token = database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now()))
    browser.cookies.set(cookie_name(Config()), token)
    return id


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is in the database, by table."""

    def read(sql: Connection) -> dict[str, list[tuple[object, ...]]]:
        return {
            table.name: [tuple(row) for row in sql.execute(select(table).order_by(*table.primary_key))]
            for table in tables.metadata.sorted_tables
        }

    return database.read_now(read)


def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    return {table: len(found) for table, found in rows(database).items()}
