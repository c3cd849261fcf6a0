"""What an organiser decides on: who needs which language in a session, beside what is planned and who is booked."""

from datetime import UTC, datetime
from functools import partial

import pytest
from msgspec.structs import replace

from hosting import programme
from hosting.database import Database
from hosting.demand import State, Wanted, in_order, wanted
from hosting.grants import Booked
from hosting.needs import Need
from hosting.programme import Session
from tests.hosting.programmes import room, take_in

THEN = datetime(2027, 3, 2, tzinfo=UTC)
KARIM, HIBA = Booked("g1", "p1", "Karim Nasser"), Booked("g2", "p2", "Hiba Mansour")


@pytest.fixture
def session(database: Database) -> Session:
    """Spoken: English and French. No channel is planned."""
    take_in(database)
    found = database.read_now(partial(programme.session, id=room(database, "before-spring")))
    assert found
    return replace(found, channels=[])


def need(*languages: str, times: int = 1, rooms: tuple[str, ...] = ()) -> list[Need]:
    return [Need(languages, rooms)] * times


def row(language: str, number: int, only: int, state: State = "open", **more: object) -> Wanted:
    channel = language if state == "planned" else None
    plain: dict[str, object] = {"channel": channel, "part": False, "declined_at": None, "booked": (), **more}
    return Wanted(language, number, only, state, **plain)  # type: ignore[arg-type]  # the fields by name


def test_languages_are_counted_the_most_needed_first(session: Session) -> None:
    needs = [*need("es", times=7), *need("es", "ar", times=5), *need("ar"), *need("uk")]
    assert wanted(session, needs, {}, {}) == [row("es", 12, 12), row("ar", 6, 6), row("uk", 1, 1)]


def test_who_follows_all_that_is_spoken_would_miss_nothing(session: Session) -> None:
    needs = [*need("es", "en", "fr", times=2), *need("es", "en"), *need("es")]
    spanish, *others = wanted(session, needs, {}, {})
    assert spanish == row("es", 4, 2)
    assert others == [row("en", 3, 1, part=True), row("fr", 2, 0, part=True)]


def test_who_has_another_channel_would_miss_nothing(session: Session) -> None:
    here = replace(session, channels=["ar"])
    needs = [*need("es", "ar", times=3), *need("es"), *need("ar")]
    assert wanted(here, needs, {}, {}) == [row("ar", 4, 4, "planned"), row("es", 4, 1)]


def test_channel_of_another_variety_serves(session: Session) -> None:
    here = replace(session, channels=["es-419", "zh-Hant"])
    found = wanted(here, [*need("es", times=2), *need("zh")], {}, {})
    assert [(each.language, each.number, each.state, each.channel) for each in found] == [
        ("es-419", 0, "planned", "es-419"),
        ("zh-Hant", 0, "planned", "zh-Hant"),
        ("es", 2, "planned", "es-419"),
        ("zh", 1, "planned", "zh-Hant"),
    ]


def test_language_in_which_all_is_spoken_is_none_to_decide_on(session: Session) -> None:
    here = replace(session, languages=["es"], channels=["es", "en"])
    assert wanted(here, [*need("es", times=9), *need("es-MX", times=9)], {}, {}) == [row("en", 0, 0, "planned")]


def test_need_for_some_sessions_counts_in_those(session: Session) -> None:
    needs = [
        *need("es", rooms=(session.id,)),
        *need("es", rooms=("another", session.id)),
        *need("es", rooms=("another",)),
    ]
    assert wanted(session, [*needs, *need("es")], {}, {}) == [row("es", 3, 3)]


def test_what_was_declined_and_who_is_booked_stand_there_though_nobody_asks(session: Session) -> None:
    declined = {(session.id, "uk"): THEN, ("another", "ru"): THEN}
    booked = {(session.id, "ar"): [KARIM], ("another", "ru"): [HIBA]}
    assert wanted(session, [], declined, booked) == [
        row("ar", 0, 0, booked=(KARIM,)),
        row("uk", 0, 0, "declined", declined_at=THEN),
    ]
    here = replace(session, channels=["uk"])
    assert wanted(here, [], declined, {})[0].state == "planned"


@pytest.mark.parametrize(
    ("each", "due", "lacking"),
    [
        (row("es", 5, 0), True, 0),
        (row("es", 4, 4), False, 0),
        (row("es", 9, 9, "declined"), False, 0),
        (row("es", 9, 9, "planned"), False, 2),
        (row("es", 9, 9, "planned", booked=(KARIM,)), False, 1),
        (row("es", 0, 0, "planned", booked=(KARIM, HIBA)), False, 0),
        (row("es", 0, 0, "planned", booked=(KARIM, HIBA, KARIM)), False, 0),
        (row("es", 0, 0, booked=(KARIM,)), False, 0),
    ],
)
def test_language_is_due_from_the_threshold_on(each: Wanted, due: bool, lacking: int) -> None:
    assert (each.due(5), each.lacking) == (due, lacking)


def test_what_is_to_be_decided_on_comes_first() -> None:
    found = [row("en", 9, 0, "planned"), row("es", 5, 5), row("uk", 1, 1)]
    assert [each.language for each in in_order(found, 5)] == ["es", "en", "uk"]
    assert in_order(found, 10) == found
