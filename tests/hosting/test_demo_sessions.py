"""The demo's sessions: logs such as real commands leave, slides that can be shown, archives to read."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from hosting import cli, demo, grants, log, media, moments, people, presentations, programme
from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from hosting.demo_files import Sample
from hosting.files import Incoming
from hosting.programme import Session
from rooms import agenda, captions, contributions, questions, slides
from rooms import room as rooms_room
from rooms.core import SYSTEM, Event, Record
from rooms.lifecycle import Opened
from rooms.room import Room
from tests.conftest import ORIGIN
from tests.hosting.programmes import rows

QUICK = 2.0  # seconds of the processor, for all that comes before the server is ready
LARGEST = 60_000  # bytes of a sample deck


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("demo")
    return folder


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Database]:
    """A demo with its slides handed in; the tests of this file do nothing to its rooms."""
    database = Database(f"sqlite:///{folder / 'austausch.sqlite3'}")
    database.start()
    incoming = Incoming(folder / "files" / "incoming")
    database.write_now(lambda sql: demo.prepare(sql, moments.now(), incoming))
    yield database
    database.stop()


def sessions(database: Database, state: str) -> list[Session]:
    return [session for session in database.read_now(programme.sessions) if session.state == state]


def folded(database: Database, session: Session) -> Room:
    return database.read_now(partial(log.fold, room=session.id))


def called(database: Database, key: str) -> Room:
    return next(folded(database, session) for session in database.read_now(programme.sessions) if session.key == key)


# ── As commands leave it ─────────────────────────────────────────────────────────────────────────────────────────────

# From which state an event may come: what a moderator, an expert or an asker could have done.
BEFORE: dict[type, tuple[str, ...]] = {
    contributions.Confirmed: ("invited",),
    contributions.Submitted: ("confirmed",),
    contributions.Accepted: ("confirmed",),
    contributions.CheckedIn: ("confirmed",),
    contributions.Readied: ("checked_in",),
    contributions.Aired: ("confirmed", "checked_in", "ready"),
    contributions.Finished: ("on_air",),
    agenda.Started: ("waiting",),
    agenda.Finished: ("running",),
    questions.Published: ("submitted",),
    questions.Merged: ("submitted",),
    questions.Queued: ("published",),
    questions.Aired: ("published",),
    questions.Closed: ("on_air",),
}


def state_before(event: Event, room: Room) -> str | None:
    if isinstance(event, contributions.Events):
        return room.contributions[event.contribution].state
    if isinstance(event, agenda.Started | agenda.Finished):
        return room.agenda.entries[event.item].state
    if type(event) in BEFORE:
        return room.questions.all[event.question].state  # type: ignore[attr-defined]  # one of a question's
    return None


def complaints(records: tuple[Record, ...]) -> Iterator[str]:
    """What no command would have made."""
    room, last = Room("r"), records[0].at
    for record in records:
        event, name = record.event, type(record.event).__name__
        if record.at < last:
            yield f"{name} goes back in time"
        if record.by == SYSTEM and record.seq > 1 and not isinstance(event, questions.Scored):
            yield f"nobody gave {name}"
        state = state_before(event, room)
        if state is not None and state not in BEFORE[type(event)]:
            yield f"{name} after {state}"
        if isinstance(event, captions.Added) and (room.recording, room.state) != ("on", "open"):
            yield f"a caption while {room.recording}, {room.state}"
        if isinstance(event, slides.Shown):
            on_air = contributions.on_air(room.contributions)
            if on_air is None or (on_air.presentation, on_air.pages) != (event.presentation, event.pages):
                yield "slides of somebody not on air"
        rooms_room.apply(record, room)
        if sum(entry.state == "running" for entry in room.agenda.entries.values()) > 1:
            yield "two items run"
        last = record.at


def test_logs_are_such_as_commands_leave(database: Database) -> None:
    found = {
        session.key: list(complaints(database.read_now(partial(log.read, room=session.id)).records))
        for session in database.read_now(programme.sessions)
    }
    assert found == {key: [] for key in found}
    assert len(found) == 18


def test_a_log_that_commands_do_not_leave_is_complained_about(database: Database) -> None:
    session = sessions(database, "closed")[0]
    records = list(database.read_now(partial(log.read, room=session.id)).records)
    number = next(n for n, record in enumerate(records) if isinstance(record.event, Opened))
    without = (*records[: number + 1], *records[number + 2 :])  # the recording
    assert set(complaints(without)) == {"a caption while off, open"}


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_live_rooms_show_a_moderator_what_blocks(database: Database) -> None:
    found = {
        session.key: [(slot.state, slot.material) for slot in folded(database, session).contributions.values()]
        for session in sessions(database, "open")
    }
    assert found == {
        "contact-tracing-with-colleagues": [("done", "none"), ("on_air", "accepted")],
        "keeping-the-rounds-going": [("done", "accepted"), ("on_air", "accepted"), ("checked_in", "submitted")],
        "town-hall-without-a-counter": [("done", "accepted"), ("confirmed", "none")],
    }
    missing = [slot.key for session in sessions(database, "open") for slot in session.missing]
    assert missing == ["what-the-counter-knows"]


def test_live_rooms_have_silent_channels_and_nobody_who_is_not_there(database: Database) -> None:
    for session in sessions(database, "open"):
        room = folded(database, session)
        assert session.silent
        assert {channel.on_air for channel in room.interpretation.channels.values()} == {None}
        assert room.interpretation.inside() == set()


def test_live_rooms_speak_the_language_of_what_runs(database: Database) -> None:
    assert {session.key: session.floor for session in sessions(database, "open")} == {
        "contact-tracing-with-colleagues": "ka",
        "keeping-the-rounds-going": "en",
        "town-hall-without-a-counter": "en",
    }


def test_live_rooms_show_slides_somewhere_between_first_and_last(database: Database) -> None:
    shown = called(database, "keeping-the-rounds-going").slides.now
    assert shown
    assert 1 < shown.page < shown.pages


def test_captions_of_the_live_session_are_those_said_by_now(database: Database) -> None:
    room = called(database, "keeping-the-rounds-going")
    lines = {language: len(ids) for language, ids in room.captions.by_language.items()}
    assert lines == {"en": 36, "de": 20, "ar": 20}
    sources = {(line.language, line.source) for line in room.captions.all.values()}
    assert sources == {("en", "typed"), ("de", "booth"), ("ar", "booth")}


# ── Ended ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_of_three_archives_are_released(database: Database) -> None:
    released = {session.key for session in sessions(database, "closed") if session.released_at}
    assert released == set(demo.RELEASED)
    assert len(sessions(database, "closed")) == 3


def test_ended_rooms_ran_to_their_end(database: Database) -> None:
    for session in sessions(database, "closed"):
        room = folded(database, session)
        assert (session.opened_at, session.closed_at) == (session.starts, session.ends)
        assert {entry.state for entry in room.agenda.entries.values()} == {"done"}
        assert {slot.state for slot in room.contributions.values()} == {"done"}
        assert {question.state for question in room.questions.all.values()} - {"merged"} == {"answered"}


def test_ended_rooms_have_captions_from_beginning_to_end(database: Database) -> None:
    for session in sessions(database, "closed"):
        room = folded(database, session)
        lines = room.captions.by_language
        assert len(lines[session.languages[0]]) > 10
        assert len(lines) >= 3
        assert set(lines) <= set(session.channels)
        said = [room.captions.all[id] for id in lines["en"]]
        assert all(line.end and session.starts <= line.at <= session.ends for line in said)
        last = list(room.agenda.entries.values())[-1]
        assert last.started_at
        assert said[0].at - session.starts < timedelta(minutes=1)
        assert said[-1].at > last.started_at


def test_ended_rooms_turned_every_page(database: Database) -> None:
    turned = {}
    for session in sessions(database, "closed"):
        events = [record.event for record in database.read_now(partial(log.read, room=session.id)).records]
        shown = [event for event in events if isinstance(event, slides.Shown)]
        assert [event.page for event in shown] == list(range(1, shown[0].pages + 1))
        turned[session.key] = len(shown)
    pages = Sample(demo.SAMPLE).pages
    assert turned == {
        "crisis-team-after-nine-months": pages["lasting-crisis-team"],
        "testing-and-quarantine-nearby": pages["quarantine-at-home"],
        "numbers-for-citizens": pages["numbers-people-trust"],
    }


# ── Slides ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sample_decks_have_the_pages_they_should_and_are_small() -> None:
    sample = Sample(demo.SAMPLE)
    files = {path.stem: path for path in sample.slides.glob("*.pdf")}
    assert {name: len(PdfReader(path).pages) for name, path in files.items()} == sample.pages
    assert max(path.stat().st_size for path in files.values()) < LARGEST


def test_sample_deck_in_arabic_becomes_pages(tmp_path: Path) -> None:
    sample = Sample(demo.SAMPLE)
    pages = asyncio.run(media.render(sample.slides / "portal-telephone-post.pdf", tmp_path, lambda _: None))
    assert pages == sample.pages["portal-telephone-post"]
    media.check(tmp_path, pages)


def test_slides_on_air_are_shown_once_the_server_runs(tmp_path: Path) -> None:
    config = Config(data=str(tmp_path), origins=(ORIGIN,), demo=True)
    cli.prepare_demo(config)
    with cli.opened(config) as database, TestClient(create_app(config, database)) as guest:
        [session] = [s for s in sessions(database, "open") if s.key == "keeping-the-rounds-going"]
        shown = folded(database, session).slides.now
        assert shown
        page = f"/presentations/{shown.presentation}/pages/{shown.page}.webp?w=480"
        until = time.monotonic() + 60
        while guest.get(page).status_code != 200 and time.monotonic() < until:
            time.sleep(0.1)
        about = guest.get(f"/api/presentations/{shown.presentation}").json()
        assert (about["state"], about["pages"]) == ("ready", shown.pages)
        assert guest.get(page).headers["content-type"] == "image/webp"


# ── Starting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_demo_is_made_quickly_and_once(tmp_path: Path) -> None:
    config = Config(data=str(tmp_path), demo=True)
    before = time.process_time()
    cli.prepare_demo(config)
    assert time.process_time() - before < QUICK

    def there() -> tuple[object, list[Path]]:
        with cli.opened(config) as database:
            return rows(database), sorted(path for path in tmp_path.rglob("*") if "sqlite" not in path.name)

    first = there()
    cli.prepare_demo(config)
    assert there() == first
    assert len(first[1]) > len(Sample(demo.SAMPLE).pages)


def test_expert_of_the_demo_speaks_for_every_contribution_and_may_send_slides_at_once(database: Database) -> None:
    name = demo.DEMO_NAMES["expert"]
    expert = database.write_now(
        partial(people.demo_person, name=name, role="expert", exchange=demo.EXCHANGE, now=moments.now())
    )
    spoken = database.read_now(partial(grants.expert_contributions, person=expert))
    every = [slot.id for session in database.read_now(programme.sessions) for slot in session.contributions]
    assert sorted(spoken) == sorted(every)
    assert database.read_now(partial(presentations.unfinished, person=expert)) == 0


def test_decks_are_sent_by_the_experts_of_their_contributions(database: Database) -> None:
    decks = database.read_now(presentations.on_their_way)
    assert len(decks) == len(Sample(demo.SAMPLE).pages)
    for deck in decks:
        assert database.read_now(partial(grants.expert_contributions, person=deck.person)) == [deck.contribution]
