"""The front page and the programme as they are read: what is on, filters, and times on both sides of a clock change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from hosting import demo, log, moments, people, programme, texts
from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from rooms import contributions, interpretation
from rooms.core import Event
from rooms.lifecycle import Closed, Opened
from tests.conftest import ORIGIN
from tests.hosting.programmes import NOW, PROGRAMME, contribution, person, room, sign_in, take_in
from tests.hosting.reading import Page

STARTS = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)  # of the session before the clocks go forward


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo's programme around now; the tests of this file only read it."""
    folder: Path = tmp_path_factory.mktemp("sample")
    database = Database(f"sqlite:///{folder / 'austausch.sqlite3'}")
    database.start()
    database.write_now(lambda sql: demo.prepare(sql, moments.now()))
    yield database
    database.stop()


@pytest.fixture
def visitor(sample: Database) -> Iterator[TestClient]:
    """A browser at the demo."""
    with TestClient(create_app(Config(origins=(ORIGIN,)), sample)) as browser:
        yield browser


def get(browser: TestClient, path: str, language: str = "en") -> Page:
    answer = browser.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    return Page(answer.text)


# ── The front page ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_front_page_leads_into_the_live_rooms_first(visitor: TestClient, sample: Database) -> None:
    live = {session.id for session in sample.read_now(programme.sessions) if session.live}
    assert len(live) == 3
    assert set(get(visitor, "/").rooms[:3]) == live


def test_front_page_says_what_runs_in_a_live_room(visitor: TestClient, sample: Database) -> None:
    running = [session.now["en"] for session in sample.read_now(programme.sessions) if session.live and session.now]
    assert running
    assert set(running) <= set(get(visitor, "/").sections["live"])


def test_front_page_says_what_is_next(visitor: TestClient, sample: Database) -> None:
    now = moments.now()
    coming = [s for s in sample.read_now(programme.sessions) if s.state == "planned" and s.ends > now]
    assert coming[0].title["en"] in get(visitor, "/").sections["next"]


def test_front_page_of_a_quiet_day_names_the_day_of_what_is_next(client: TestClient, database: Database) -> None:
    first = min(database.read_now(programme.sessions), key=lambda session: session.starts)
    words = get(client, "/").sections["live"]
    assert first.title["en"] in words
    assert words[words.index(first.title["en"]) + 1] == ", 28 Mar 2027, 01:00."


def test_front_page_lists_what_just_ended_the_latest_first(visitor: TestClient, sample: Database) -> None:
    ended = [session.title["en"] for session in sample.read_now(programme.sessions) if session.state == "closed"]
    shown = [words for words in get(visitor, "/").sections["later"] if words in ended]
    assert shown == ended[::-1][:3]


def test_what_has_ended_has_the_times_at_which_it_was_and_its_day(client: TestClient, database: Database) -> None:
    yesterday = moments.now() - timedelta(days=1)
    begun, over = yesterday.replace(hour=9, minute=7), yesterday.replace(hour=9, minute=41)
    id = room(database, "before-spring")
    database.write_now(lambda sql: log.tell(sql, id, (Opened(),), begun))
    database.write_now(lambda sql: log.tell(sql, id, (Closed(),), over))
    words = get(client, "/").sections["later"]
    day = begun.astimezone(ZoneInfo("Europe/Berlin"))
    shown = [
        texts.day(day.date(), "en", short=True, year=day.year != moments.now().year),
        *(f"{at.astimezone(day.tzinfo):%H:%M}" for at in (begun, over)),
    ]
    assert words[:4] == ["Just ended", *shown[:2], f"until {shown[2]}"]


@pytest.mark.parametrize(
    "tried, minutes, said",
    [
        (False, 11, ["00:50", "until 01:01"]),
        (False, 72, ["00:50", "until 03:02"]),
        (True, 11, ["01:00", "until 01:01"]),
    ],
    ids=["early", "late, over the change of the clocks", "opened on the day before, too"],
)
def test_session_ended_when_it_was_closed_whatever_its_room_hears_later(
    client: TestClient, database: Database, tried: bool, minutes: int, said: list[str]
) -> None:
    id, opened = room(database, "before-spring"), STARTS - timedelta(minutes=10)
    before: list[tuple[Event, datetime]] = [
        (Opened(), opened - timedelta(days=1)),
        (Closed(), opened - timedelta(hours=9)),
    ]
    events = [*(before if tried else ()), (Opened(), opened), (Closed(), opened + timedelta(minutes=minutes))]
    events.append((contributions.Missed(contribution(database)), opened + timedelta(hours=12)))
    for event, at in events:
        told(database, id, event, at)
    ended, programme = get(client, "/").sections["later"], get(client, "/exchanges/spring").words
    assert ended[: len(said) + 3] == ["Just ended", "28 Mar 2027", *said, "Before the clocks go forward"]
    place = programme.index("Before the clocks go forward")
    assert programme[place - 2 : place] == said  # its heading names the day
    assert [word for word in (*ended, *programme) if "late, until" in word] == []


def told(database: Database, room: str, event: Event, at: datetime) -> None:
    database.write_now(lambda sql: log.tell(sql, room, (event,), at))


def test_front_page_lists_every_date_of_the_series_in_order(visitor: TestClient, sample: Database) -> None:
    titles = [texts.pick(exchange.title, "en")[0] for exchange in sample.read_now(programme.exchanges)]
    shown = [words for words in get(visitor, "/").sections["programme"] if words in titles]
    assert shown == titles
    assert len(titles) == 18


def test_front_page_marks_parts_and_dates_whose_time_is_open(visitor: TestClient) -> None:
    words = get(visitor, "/").sections["programme"]
    assert words.count("time open") == 16
    assert {"Part 1 of 2", "Part 2 of 2", "Part 1"} <= set(words)


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/exchanges/global-exchange-2020", "/rooms/ROOM", "/sign-in", "/nothing"])
def test_page_is_in_the_readers_language_and_within_the_policy(
    visitor: TestClient, sample: Database, path: str, language: str
) -> None:
    answer = visitor.get(path.replace("ROOM", room(sample, demo.LIVE[0])), headers={"accept-language": language})
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in answer.text
    assert Page(answer.text).refused == []


# ── The programme of an exchange ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query, keys",
    [
        ("", ["before-spring", "across-spring", "after-spring"]),
        ("?topic=floods", ["before-spring"]),
        ("?topic=banks", ["across-spring", "after-spring"]),
        ("?language=en", ["before-spring", "after-spring"]),
        ("?language=ar", ["before-spring"]),  # by interpretation
        ("?region=germany", ["before-spring", "after-spring"]),
        ("?region=latin-america", ["across-spring"]),
        ("?topic=banks&language=en&region=germany", ["after-spring"]),
        ("?topic=floods&language=es", []),
        ("?topic=nothing", []),
        ("?language=%00", []),
        ("?topic=&language=&unknown=1", ["before-spring", "across-spring", "after-spring"]),
    ],
)
def test_programme_shows_what_fits_all_filters(
    client: TestClient, database: Database, query: str, keys: list[str]
) -> None:
    page = get(client, f"/exchanges/spring{query}")
    assert page.rooms == [room(database, key) for key in keys]
    assert f"{len(keys)} session{'' if len(keys) == 1 else 's'}" in page.words


def test_filters_lead_on_from_what_is_chosen(client: TestClient, database: Database) -> None:
    page = get(client, "/exchanges/spring?topic=banks&time=mine")
    assert "/exchanges/spring?topic=banks&language=es&time=mine" in page.links
    assert "/exchanges/spring?time=mine" in page.links  # all topics


def test_date_without_sessions_says_so(visitor: TestClient) -> None:
    page = get(visitor, "/exchanges/role-of-innovation")
    assert "The sessions of this date are not published yet." in page.words
    assert any(words.endswith("time open") for words in page.words)


def test_unknown_exchange_is_not_here(client: TestClient) -> None:
    assert client.get("/exchanges/nothing").status_code == 404


# ── Both sides of a clock change ─────────────────────────────────────────────────────────────────────────────────────

SPRING = ["2027-03-28T00:00:00+00:00", "2027-03-28T00:30:00+00:00", "2027-03-28T01:00:00+00:00"]
AUTUMN = ["2027-10-31T00:00:00+00:00", "2027-10-31T02:00:00+00:00"]
PRINTED: list[tuple[str, str | None, str, list[str]]] = [
    ("spring", None, "Sunday 28 March", ["01:00", "01:30", "03:00"]),
    ("spring", "Africa/Kampala", "Sunday 28 March", ["03:00", "03:30", "04:00"]),
    ("spring", "America/Bogota", "Saturday 27 March", ["19:00", "19:30", "20:00"]),
    ("spring", "Europe/London", "Sunday 28 March", ["00:00", "00:30", "02:00"]),  # it changes in the same moment
    ("spring", "Asia/Kathmandu", "Sunday 28 March", ["05:45", "06:15", "06:45"]),
    ("autumn", None, "Sunday 31 October", ["02:00", "03:00"]),
    ("autumn", "Africa/Kampala", "Sunday 31 October", ["03:00", "05:00"]),
    ("autumn", "America/Bogota", "Saturday 30 October", ["19:00", "21:00"]),
    ("circle", None, "Tuesday 30 November", ["21:00"]),
    ("circle", "Europe/Berlin", "Wednesday 1 December", ["03:00"]),
]


@pytest.mark.parametrize("slug, zone, day, clocks", PRINTED)
def test_times_are_right_around_a_clock_change(
    client: TestClient, database: Database, slug: str, zone: str | None, day: str, clocks: list[str]
) -> None:
    if zone:
        client.cookies.set("zone", zone)
    page = get(client, f"/exchanges/{slug}{'?time=mine' if zone else ''}")
    shown = [datetime.fromisoformat(moment) for moment, _text in page.times if "T" in moment]
    expected = {"spring": SPRING, "autumn": AUTUMN, "circle": ["2027-12-01T02:00:00+00:00"]}[slug]
    assert shown == [datetime.fromisoformat(at) for at in expected]
    assert page.clocks == clocks
    assert [text for moment, text in page.times if "T" not in moment] == [day]


def test_session_across_the_change_ends_when_the_clock_says(client: TestClient, database: Database) -> None:
    assert [words for words in get(client, "/exchanges/spring").words if words.startswith("until ")] == [
        "until 01:45",
        "until 03:30",
        "until 03:45",
    ]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "europe/berlin"])
def test_zone_nobody_knows_leaves_the_events(client: TestClient, database: Database, zone: str) -> None:
    client.cookies.set("zone", zone)
    assert get(client, "/exchanges/spring?time=mine").clocks == ["01:00", "01:30", "03:00"]


def test_zone_of_the_person_wins_over_the_browsers(client: TestClient, database: Database) -> None:
    id = sign_in(client, database, None)
    database.write_now(lambda sql: people.change(sql, id, "Samira", None, "Africa/Kampala"))
    client.cookies.set("zone", "Asia/Kathmandu")
    assert get(client, "/exchanges/spring?time=mine").clocks == ["03:00", "03:30", "04:00"]


def test_without_asking_the_time_is_the_events(client: TestClient, database: Database) -> None:
    client.cookies.set("zone", "Asia/Kathmandu")
    page = get(client, "/exchanges/spring")
    assert page.clocks == ["01:00", "01:30", "03:00"]
    assert "Event time: Berlin" in page.words


def test_exchange_late_in_the_evening_is_on_its_own_day(client: TestClient, database: Database) -> None:
    dates = 'starts = 2027-11-30\nends = 2027-11-30\nzone = "America/Bogota"\ntime_known = false'
    times = dates.replace("30\nends", "30T21:00:00\nends").replace("30\nzone", "30T22:00:00\nzone")
    assert dates in PROGRAMME
    take_in(database, PROGRAMME.replace(dates, times.replace("false", "true")))
    assert any(
        words.startswith("Tuesday 30 November 2027, 21:00–22:00") for words in get(client, "/exchanges/circle").words
    )


# ── Doors to one's work ──────────────────────────────────────────────────────────────────────────────────────────────

BOOTHS = ["booth/en", "booth/fr", "booth/ar"]


def doors(browser: TestClient, path: str, room: str) -> list[str]:
    """The pages of work to which a page leads in a room."""
    start = f"/rooms/{room}/"
    links = [link.removeprefix(start) for link in get(browser, path).links if link.startswith(start)]
    return [link for link in links if not link.startswith("session.ics")]


@pytest.mark.parametrize(
    "role, coming, ended",
    [
        ("organiser", ["moderate"], ["moderate"]),
        ("moderator", ["moderate"], ["moderate"]),
        ("captioner", ["captions"], []),
        ("interpreter", BOOTHS, []),
        ("participant", [], []),
        ("expert", [], []),
        (None, [], []),
    ],
)
def test_people_at_work_find_their_own_doors_beside_live_and_coming_sessions(
    client: TestClient, database: Database, role: str | None, coming: list[str], ended: list[str]
) -> None:
    here = room(database, "before-spring")
    sign_in(client, database, role)
    seen = [doors(client, path, here) for path in ("/", "/exchanges/spring")]
    database.write_now(lambda sql: log.tell(sql, here, (Opened(),), NOW))
    seen += [doors(client, path, here) for path in ("/", "/exchanges/spring")]
    database.write_now(lambda sql: log.tell(sql, here, (Closed(),), NOW))
    seen += [doors(client, "/exchanges/spring", here)]
    assert seen == [coming, coming, coming, coming, ended]
    assert [client.get(f"/rooms/{here}/{door}").status_code for door in coming] == [200 for _door in coming]


def test_doors_are_those_of_the_room_that_was_given(client: TestClient, database: Database) -> None:
    given, other = room(database, "before-spring"), room(database, "after-spring")
    id = person(database, "captioner", "spring", given)
    client.cookies.set("austausch", database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now())))
    assert [doors(client, "/exchanges/spring", here) for here in (given, other)] == [["captions"], []]


def test_channel_that_was_closed_has_no_door(client: TestClient, database: Database) -> None:
    here = room(database, "before-spring")
    sign_in(client, database, "interpreter")
    happened = (Opened(), interpretation.Opened("de"), interpretation.Closed("fr"))
    database.write_now(lambda sql: log.tell(sql, here, happened, NOW))
    assert doors(client, "/exchanges/spring", here) == ["booth/en", "booth/ar", "booth/de"]


def test_door_says_what_is_behind_it(client: TestClient, database: Database) -> None:
    sign_in(client, database, "interpreter")
    assert [word for word in get(client, "/", "de").words if word.startswith("Kabine")][-1] == "Kabine: Arabisch"


def test_strangers_are_told_where_they_come_in_that_they_may_read_along(client: TestClient, database: Database) -> None:
    told = "You can read along without signing in. To ask a question, a name is enough."
    paths = ("/", "/exchanges/spring", "/archive", "/me")
    assert [path for path in paths if told in get(client, path).words] == ["/", "/exchanges/spring"]
    sign_in(client, database, "organiser")
    assert [path for path in paths if told in get(client, path).words] == []
