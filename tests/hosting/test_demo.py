"""The demo: what it shows at any time of the day and year, and its sign-in by one click."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from hosting import demo as sample
from hosting import log, moments, people, programme
from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from hosting.demo import DEMO_NAMES, EXCHANGE
from hosting.people import Visitor, as_role
from tests.conftest import ORIGIN
from tests.hosting.programmes import PROGRAMME, room, rows, take_in
from tests.hosting.reading import Page


def whose(database: Database, browser: TestClient) -> Visitor:
    cookie = browser.cookies["austausch"]
    return database.read_now(lambda sql: people.find_sign_in(sql, cookie, moments.now()))


# ── The programme around now ─────────────────────────────────────────────────────────────────────────────────────────

MOMENTS = {
    "a morning": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    "just before midnight": datetime(2027, 1, 15, 22, 59, 59, tzinfo=UTC),
    "just after midnight": datetime(2027, 1, 15, 23, 0, 1, tzinfo=UTC),
    "the night the clocks go forward": datetime(2027, 3, 28, 1, 10, tzinfo=UTC),
    "the night the clocks go back": datetime(2027, 10, 31, 1, 10, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
}


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
def test_demo_has_three_rooms_live_and_three_next_at_any_time(database: Database, now: datetime) -> None:
    database.write_now(lambda sql: sample.prepare(sql, now))
    sessions = database.read_now(programme.sessions)
    live = [session for session in sessions if session.live]
    ended = [session for session in sessions if session.state == "closed"]
    coming = [session for session in sessions if session.state == "planned" and session.starts > now]
    assert {session.key for session in live} == set(sample.LIVE)
    assert len(sessions) == len(live) + len(ended) + len(coming) == 18
    assert min(len(ended), len(coming)) >= 3
    assert all(session.starts < now < session.ends for session in live)


@pytest.mark.parametrize(("later", "live"), [(timedelta(minutes=90), True), (timedelta(hours=4), False)])
def test_demo_is_live_no_longer_than_its_sessions(database: Database, later: timedelta, live: bool) -> None:
    now = moments.now()
    database.write_now(lambda sql: sample.prepare(sql, now))
    assert database.read_now(lambda sql: sample.is_live(sql, now + later)) is live


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
def test_demo_rooms_wait_for_their_moderator_and_interpreters(database: Database, now: datetime) -> None:
    database.write_now(lambda sql: sample.prepare(sql, now))
    for session in database.read_now(programme.sessions):
        if session.live:
            state = database.read_now(partial(log.fold, room=session.id))
            items = Counter(entry.state for entry in state.agenda.entries.values())
            assert items["running"] == 1
            assert items["waiting"] >= 2
            assert session.silent
            assert state.recording == "on"


def test_demo_moves_the_series_by_whole_weeks_and_keeps_wall_time(database: Database) -> None:
    now = datetime(2027, 6, 16, 10, 0, tzinfo=UTC)
    database.write_now(lambda sql: sample.prepare(sql, now))
    found = {exchange.slug: exchange for exchange in database.read_now(programme.exchanges)}
    moved = found["crisis-teams-and-deployment"]
    assert isinstance(moved.starts, datetime)
    local = moved.starts.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    assert (local - datetime(2020, 8, 26, 13, 0)) % timedelta(weeks=1) == timedelta()


def test_demo_page_says_what_each_role_may_try_and_leads_there(database: Database, tmp_path: Path) -> None:
    database.write_now(lambda sql: sample.prepare(sql, moments.now()))
    sessions = database.read_now(programme.sessions)
    live = next(session for session in sessions if session.live)
    released = next(session.id for session in sessions if session.released_at)
    app = create_app(Config(data=str(tmp_path), origins=(ORIGIN,), demo=True), database)
    with TestClient(app, headers={"origin": ORIGIN}) as browser:
        links = Page(browser.get("/demo").text).links
    live_room = f"/rooms/{live.id}"
    booth = f"{live_room}/booth/{live.silent[0]}"
    goals = [live_room, f"{live_room}/moderate", "/desk", booth, live_room, "/organise"]
    assert [link for link in links if link in goals] == goals
    assert links.count(f"/archive/{released}") == 1


# ── One click ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def demo(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """A browser at a demo."""
    take_in(database, PROGRAMME.replace('"spring"', f'"{EXCHANGE}"'))
    app = create_app(Config(data=str(tmp_path), origins=(ORIGIN,), demo=True), database)
    with TestClient(app, headers={"origin": ORIGIN}, follow_redirects=False) as browser:
        yield browser


@pytest.mark.parametrize("method, path", [("GET", "/demo"), ("POST", "/demo/sign-in")])
def test_without_the_demo_there_is_no_demo(client: TestClient, database: Database, method: str, path: str) -> None:
    take_in(database, PROGRAMME.replace('"spring"', f'"{EXCHANGE}"'))
    before = rows(database)
    assert client.request(method, path, data={"role": "organiser"}).status_code == 404
    assert rows(database) == before


@pytest.mark.parametrize("role", DEMO_NAMES)
def test_demo_signs_in_with_one_click(demo: TestClient, database: Database, role: str) -> None:
    answer = demo.post("/demo/sign-in", data={"role": role, "next": "/me"})
    found = whose(database, demo)
    where = room(database, "before-spring")
    given = database.read_now(lambda sql: people.roles_in(sql, found.person, where))
    assert (answer.headers["location"], found.name, given) == ("/me", DEMO_NAMES[role], (as_role(role),))


def test_demo_name_may_be_ones_own(demo: TestClient, database: Database) -> None:
    def play(**form: str) -> str:
        demo.cookies.clear()
        demo.post("/demo/sign-in", data=form)
        return whose(database, demo).person

    first = play(role="participant", name="Ada")
    assert first == play(role="participant", name=" Ada ")
    assert len({first, play(role="participant", name="Bea"), play(role="expert", name="Ada")}) == 3


@pytest.mark.parametrize("form", [{}, {"role": "system"}, {"role": "mayor"}, {"role": "expert", "name": "\u202e"}])
def test_demo_takes_no_other_role_and_no_hidden_name(
    demo: TestClient, database: Database, form: dict[str, str]
) -> None:
    before = rows(database)
    assert demo.post("/demo/sign-in", data=form).status_code == 400
    assert rows(database) == before


def test_demo_never_leads_elsewhere(demo: TestClient) -> None:
    form = {"role": "participant", "next": "//evil.example"}
    assert demo.post("/demo/sign-in", data=form).headers["location"] == "/"
    assert 'name="next" value="/"' in demo.get("/demo?next=//evil.example").text


def test_demo_over_another_programme_has_no_sign_in(database: Database, tmp_path: Path) -> None:
    take_in(database)
    app = create_app(Config(data=str(tmp_path), origins=(ORIGIN,), demo=True), database)
    with TestClient(app, headers={"origin": ORIGIN}) as browser:
        assert browser.post("/demo/sign-in", data={"role": "organiser"}).status_code == 404
