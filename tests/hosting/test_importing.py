"""The sample comes in whole, twice is the same as once, and a change reaches the room's log as one event."""

import tomllib
from collections import Counter
from functools import partial

import pytest
from sqlalchemy import Connection, select

from hosting import demo, importing, log, planning, programme, tables
from hosting.database import Database
from rooms import agenda, questions
from rooms.lifecycle import Opened, Planned
from tests.hosting.programmes import AUTUMN, HEAD, NOW, PROGRAMME, SPRING, WET, changed, counts, room, rows, take_in

SAMPLE = (demo.SAMPLE / "programme-2020.toml").read_text("utf-8")


def heads(database: Database) -> dict[str, int]:
    """Where the rooms' logs stand."""
    columns = tables.rooms.c
    found = database.read_now(lambda sql: sql.execute(select(columns.id, columns.head)).all())
    return {row.id: row.head for row in found}


# ── The sample ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sample_comes_in_whole(database: Database) -> None:
    report = take_in(database, SAMPLE)
    sizes = {
        "series": 1,
        "exchanges": 18,
        "topics": 8,
        "sessions": 18,
        "contributions": 30,
        "good_practices": 12,
        "follow_ups": 5,
    }
    assert report == Counter({f"{table} new": size for table, size in sizes.items()})
    found = counts(database)
    assert {table: found[table] for table in sizes} == sizes
    assert (found["rooms"], found["events"]) == (18, 18)


def test_sample_keeps_what_the_source_says_of_its_dates(database: Database) -> None:
    take_in(database, SAMPLE)
    found = database.read_now(programme.exchanges)
    several = [(exchange.slug, (exchange.last_day - exchange.first_day).days) for exchange in found]
    parts = Counter((exchange.part, exchange.parts) for exchange in found)
    same_day = Counter(exchange.first_day for exchange in found)
    assert [exchange.slug for exchange in found if exchange.time_known] == [
        "crisis-teams-and-deployment",
        "refugee-hosting-municipalities",
    ]
    assert [slug for slug, days in several if days] == ["global-exchange-2020"]
    assert parts == {(None, None): 11, (1, None): 1, (1, 2): 3, (2, 2): 3}
    assert [(day.isoformat(), count) for day, count in same_day.items() if count > 1] == [("2020-10-14", 2)]


def test_every_text_of_the_sample_is_kept_to_the_letter(database: Database) -> None:
    take_in(database, SAMPLE)
    written = tomllib.loads(SAMPLE)
    found = database.read_now(lambda sql: programme.sessions(sql))
    kept = {session.key: (session.title, session.abstract) for session in found}
    assert kept == {entry["id"]: (entry["title"], entry["abstract"]) for entry in written["session"]}
    experts = {slot.key: (slot.title, slot.expert.name) for session in found for slot in session.contributions}
    assert experts == {entry["id"]: (entry["title"], entry["expert"]["name"]) for entry in written["contribution"]}


def test_every_room_knows_its_agenda_from_the_first_event(database: Database) -> None:
    take_in(database, SAMPLE)
    written = {entry["id"]: entry["agenda"] for entry in tomllib.loads(SAMPLE)["session"]}
    for session in database.read_now(programme.sessions):
        state = database.read_now(partial(log.fold, room=session.id))
        minutes = [entry.minutes for entry in state.agenda.entries.values()]
        assert (state.seq, minutes) == (1, [item["minutes"] for item in written[session.key]])


# ── Twice ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", [SAMPLE, PROGRAMME], ids=["sample", "small"])
def test_twice_is_the_same_as_once(database: Database, text: str) -> None:
    take_in(database, text)
    before, stood = rows(database), heads(database)
    report = take_in(database, text)
    assert (rows(database), heads(database)) == (before, stood)
    assert all(line.endswith(" as before") for line in report)


def test_parts_may_come_in_one_after_the_other(database: Database) -> None:
    take_in(database, HEAD + SPRING)
    take_in(database, HEAD + AUTUMN)
    slugs = [exchange.slug for exchange in database.read_now(programme.exchanges)]
    assert slugs == ["spring", "autumn"]


def test_two_exchanges_may_share_a_topic_of_their_series(database: Database) -> None:
    take_in(database)
    found = {slug: database.read_now(partial(programme.topics, slug=slug)) for slug in ("spring", "autumn")}
    of_each = {slug: [topic.id for topic in topics] for slug, topics in found.items()}
    assert of_each == {"spring": ["floods", "banks"], "autumn": ["floods"]}


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_changed_title_reaches_its_rooms_log_as_one_event(database: Database) -> None:
    take_in(database)
    before = heads(database)
    report = take_in(database, PROGRAMME.replace("Before the clocks go forward", "Early in the morning"))
    id = room(database, "before-spring")
    assert heads(database) == {**before, id: before[id] + 1}
    [record] = database.read_now(lambda sql: log.read(sql, id, before[id])).records
    assert isinstance(record.event, Planned)
    assert (record.by, record.event.titles) == ("system", {"en": "Early in the morning"})
    assert {line: count for line, count in report.items() if line.endswith("changed")} == {"sessions changed": 1}


def test_changes_stand_in_the_programme(database: Database) -> None:
    take_in(database)
    changes = (("Spring exchange", "April exchange"), ("Before the clocks go forward", "Early"), ("Amman", "Zarqa"))
    report = take_in(database, changed(*changes))
    id = room(database, "before-spring")
    session = database.read_now(lambda sql: programme.session(sql, id))
    exchange = database.read_now(lambda sql: programme.exchange(sql, "spring"))
    assert session
    assert exchange
    shown = (exchange.title["en"], session.title["en"], session.contributions[0].expert.city)
    assert shown == ("April exchange", "Early", "Zarqa")
    assert sorted(line for line in report if line.endswith("changed")) == [
        "contributions changed",
        "exchanges changed",
        "sessions changed",
    ]
    assert report.notes == [
        'changed         exchange "Spring exchange": title.en (was "Spring exchange")',
        'changed         session "Before the clocks go forward": title.en (was "Before the clocks go forward"), agenda',
        'changed         contribution "Dry cellars": expert.city (was "Amman")',
    ]


def test_what_is_overwritten_is_said_with_what_it_was(database: Database) -> None:
    long = (
        f'title.en = "Spring exchange"\npublic = false\ndescription.en = "{"Rivers. " * 50}"\nlanguages = ["fr", "ar"]'
    )
    before = changed(("T03:45:00", "T04:15:00"), ('title.en = "Spring exchange"', long))
    assert take_in(database, before + WET).notes == []
    report = take_in(database)
    assert report.notes == [
        'changed         exchange "Spring exchange": description.en, public (was false), languages (was fr, ar)',
        'removed         contribution "Wet cellars": not in the file',
        'changed         session "After the clocks went forward": ends (was 2027-03-28 04:15)',
    ]


def test_room_keeps_its_id_its_state_and_its_questions(database: Database) -> None:
    take_in(database)
    id = room(database, "before-spring")
    asked = questions.Asked("q1", "p1", "Who pays?", "en")
    database.write_now(lambda sql: log.tell(sql, id, (Opened(), asked), NOW, "p1"))
    take_in(database, PROGRAMME.replace("Before the clocks go forward", "Early").replace("Welcome", "Hello"))
    state = database.read_now(lambda sql: log.fold(sql, id))
    titles = [entry.titles["en"] for entry in state.agenda.entries.values()]
    assert room(database, "before-spring") == id
    assert (state.state, list(state.questions.all), titles) == ("open", ["q1"], ["Hello", "Dry cellars", "Questions"])


def test_item_that_runs_stays_when_its_session_changes(database: Database) -> None:
    take_in(database)
    id = room(database, "before-spring")
    item = next(iter(database.read_now(lambda sql: log.fold(sql, id)).agenda.entries))
    database.write_now(lambda sql: log.tell(sql, id, (Opened(), agenda.Started(item)), NOW))
    take_in(database, PROGRAMME.replace('languages = ["en", "fr"]', 'languages = ["en", "fr", "de"]'))
    entries = database.read_now(lambda sql: log.fold(sql, id)).agenda.entries
    assert [(entry.id == item, entry.state) for entry in entries.values()] == [
        (True, "running"),
        (False, "waiting"),
        (False, "waiting"),
    ]


def test_import_of_a_broken_row_writes_nothing_at_all(database: Database) -> None:
    take_in(database)
    before = rows(database)
    sheet = importing.read(PROGRAMME.replace("Welcome", "Hello").encode())

    def stumble(sql: Connection) -> None:
        planning.write(sql, sheet, NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_now(stumble)
    assert rows(database) == before


def test_language_tags_have_one_spelling_wherever_they_stand() -> None:
    text = changed(
        ('languages = ["en", "fr"]', 'languages = ["EN", "fr", "FR"]'),
        ('channels = ["en", "fr", "ar"]', 'channels = ["en", "FR", "AR-eg", "zh-hant"]'),
        ('title.de = "Flüsse', 'title.DE-ch = "Flüsse'),
        ('language = "fr"', 'language = "FR"'),
        ('working_language = "en"', 'working_language = "EN-gb"'),
    )
    sheet = importing.read(text.encode())
    [session] = [one for one in sheet.session if one.id == "before-spring"]
    assert (session.languages, session.channels) == (("en", "fr"), ("en", "fr", "ar-EG", "zh-Hant"))
    assert list(sheet.series.title) == ["en", "de-CH"]
    assert (sheet.series.working_language, sheet.contribution[0].language) == ("en-GB", "fr")
