"""People, their grants and every way of signing in, on a real database with the time given."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from hosting import people, tables
from hosting.database import Database
from hosting.people import NOBODY, Visitor, as_role
from rooms.core import Role
from tests.hosting.programmes import NOW, person, room

SECOND = timedelta(seconds=1)
MAKERS: dict[str, Callable[[Connection, str], str]] = {
    "sign-in link": lambda sql, id: people.sign_in_link(sql, id, NOW),
    "sign-in": lambda sql, id: people.open_sign_in(sql, id, NOW),
    "API token": lambda sql, id: people.api_token(sql, id, 30, NOW),
}


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def give(database: Database, id: str, *roles: str, exchange: str = "spring", room: str | None = None) -> list[str]:
    """Grant roles; the ids of the grants."""
    grant = partial(people.grant, person=id, exchange=exchange, room=room, now=NOW)
    return [database.write_now(partial(grant, role=as_role(role))) for role in roles]


def role(database: Database, id: str, key: str) -> Role | None:
    where = room(database, key)
    roles = database.read_now(lambda sql: people.roles_in(sql, id, where))
    return next(iter(roles), None)


# ── Grants ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["before-spring", "after-spring"])
def test_grant_for_an_exchange_holds_in_all_its_rooms(database: Database, key: str) -> None:
    assert role(database, person(database, "moderator"), key) == "moderator"


@pytest.mark.parametrize("key", ["after-autumn", "behind-doors"])
def test_grant_for_an_exchange_gives_nothing_in_another(database: Database, key: str) -> None:
    assert role(database, person(database, "organiser"), key) is None


def test_grant_for_one_room_holds_there_alone(database: Database) -> None:
    id = person(database, "interpreter", room=room(database, "before-spring"))
    assert [role(database, id, key) for key in ("before-spring", "after-spring")] == ["interpreter", None]


@pytest.mark.parametrize(
    "roles, highest",
    [
        (("participant", "expert"), "expert"),
        (("interpreter", "expert"), "interpreter"),
        (("captioner", "interpreter"), "captioner"),
        (("moderator", "captioner"), "moderator"),
        (("moderator", "organiser", "participant"), "organiser"),
    ],
)
def test_of_several_roles_the_highest_counts(database: Database, roles: tuple[str, ...], highest: str) -> None:
    id = person(database)
    give(database, id, *roles)
    assert role(database, id, "before-spring") == highest


def test_higher_role_of_one_room_counts_only_there(database: Database) -> None:
    id = person(database, "participant")
    give(database, id, "moderator", room=room(database, "after-spring"))
    found = [role(database, id, key) for key in ("before-spring", "after-spring")]
    assert found == ["participant", "moderator"]


def test_revoked_grant_leaves_the_others(database: Database) -> None:
    id = person(database)
    first, _second = give(database, id, "organiser", "expert")
    whose = database.write_now(lambda sql: people.revoke(sql, first))
    assert (whose, role(database, id, "before-spring")) == (id, "expert")


def test_revoking_what_is_not_there_names_nobody(database: Database) -> None:
    assert database.write_now(lambda sql: people.revoke(sql, "nothing")) is None


def test_organiser_of_one_room_organises_no_exchange(database: Database) -> None:
    id = person(database, "organiser", room=room(database, "before-spring"))
    give(database, id, "organiser", exchange="autumn")
    give(database, id, "moderator", exchange="circle")
    organised = database.read_now(lambda sql: people.organises(sql, id))
    everywhere = database.read_now(lambda sql: people.exchanges_of(sql, id))
    assert (organised, everywhere) == (["autumn"], {"spring", "autumn", "circle"})


def test_demo_person_is_one_per_name_and_role(database: Database) -> None:
    def play(name: str, role: str) -> str:
        return database.write_now(lambda sql: people.demo_person(sql, name, as_role(role), "spring", NOW))

    first = play("Ada", "expert")
    assert play("Ada", "expert") == first
    assert len({first, play("Ada", "moderator"), play("Bea", "expert")}) == 3


# ── Signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_link_signs_in_once(database: Database) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.sign_in_link(sql, id, NOW, "/rooms/r"))
    first = database.write_now(lambda sql: people.redeem(sql, token, NOW))
    second = database.write_now(lambda sql: people.redeem(sql, token, NOW))
    assert first is not None
    found = database.read_now(lambda sql: people.find_sign_in(sql, first[0], NOW))
    assert (found.person, found.kind, first[1], second) == (id, "person", "/rooms/r", None)


@pytest.mark.parametrize("late, works", [(-SECOND, True), (0 * SECOND, False), (SECOND, False)])
def test_link_works_for_seven_days(database: Database, late: timedelta, works: bool) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.sign_in_link(sql, id, NOW))
    then = NOW + people.SIGN_IN_LINK + late
    holder = database.read_now(lambda sql: people.link_holder(sql, token, then))
    redeemed = database.write_now(lambda sql: people.redeem(sql, token, then))
    assert (holder is not None, redeemed is not None) == (works, works)


def test_looking_at_a_link_does_not_use_it(database: Database) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.sign_in_link(sql, id, NOW))
    for _ in range(3):
        assert database.read_now(lambda sql: people.link_holder(sql, token, NOW)) == "Samira Kassem"
    assert database.write_now(lambda sql: people.redeem(sql, token, NOW)) is not None


@pytest.mark.parametrize("late, works", [(-SECOND, True), (0 * SECOND, False)])
def test_sign_in_lasts_thirty_days(database: Database, late: timedelta, works: bool) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.open_sign_in(sql, id, NOW))
    found = database.read_now(lambda sql: people.find_sign_in(sql, token, NOW + people.SIGN_IN + late))
    assert found == (Visitor(id, "Samira Kassem", kind="person", sign_in=people.digest(token)) if works else NOBODY)


@pytest.mark.parametrize("late, works", [(-SECOND, True), (0 * SECOND, False)])
def test_token_lasts_its_days(database: Database, late: timedelta, works: bool) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.api_token(sql, id, 3, NOW))
    found = database.read_now(lambda sql: people.find_token(sql, token, NOW + timedelta(days=3) + late))
    assert found == (Visitor(id, "Samira Kassem", kind="token") if works else NOBODY)


def test_token_is_no_cookie_and_cookie_is_no_token(database: Database) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.api_token(sql, id, 3, NOW))
    cookie = database.write_now(lambda sql: people.open_sign_in(sql, id, NOW))
    assert database.read_now(lambda sql: people.find_sign_in(sql, token, NOW)) == NOBODY
    assert database.read_now(lambda sql: people.find_token(sql, cookie, NOW)) == NOBODY


def test_sign_out_ends_one_browser_only(database: Database) -> None:
    id = person(database)
    here, there = (database.write_now(lambda sql: people.open_sign_in(sql, id, NOW)) for _ in range(2))
    database.write_now(lambda sql: people.close_sign_in(sql, people.digest(here)))
    found = [database.read_now(partial(people.find_sign_in, token=token, now=NOW)).kind for token in (here, there)]
    assert found == ["nobody", "person"]


def test_revoked_sign_ins_end_everything_of_this_person_alone(database: Database) -> None:
    id, other = person(database), person(database)
    browser = database.write_now(lambda sql: people.open_sign_in(sql, id, NOW))
    link = database.write_now(lambda sql: people.sign_in_link(sql, id, NOW))
    token = database.write_now(lambda sql: people.api_token(sql, id, 30, NOW))
    others = database.write_now(lambda sql: people.open_sign_in(sql, other, NOW))
    database.write_now(lambda sql: people.close_all_sign_ins(sql, id))
    assert database.read_now(lambda sql: people.find_sign_in(sql, browser, NOW)) == NOBODY
    assert database.write_now(lambda sql: people.redeem(sql, link, NOW)) is None
    assert database.read_now(lambda sql: people.find_token(sql, token, NOW)) == NOBODY
    assert database.read_now(lambda sql: people.find_sign_in(sql, others, NOW)).person == other


@pytest.mark.parametrize("kind", MAKERS)
def test_only_the_digest_of_a_secret_is_on_disk(tmp_path: Path, kind: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'whole.sqlite3'}")
    database.start()
    id = person(database)
    token = database.write_now(lambda sql: MAKERS[kind](sql, id))
    while_running = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    database.stop()
    whole = while_running + b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert people.digest(token) in whole  # the search would find what is there
    assert token.encode() not in whole


# ── Guests and names ─────────────────────────────────────────────────────────────────────────────────────────────────


def guest(database: Database) -> tuple[str, Visitor]:
    return database.write_now(lambda sql: people.open_guest(sql, NOW))


def test_guest_without_a_name_is_known_and_has_no_row(database: Database) -> None:
    token, visitor = guest(database)
    found = database.read_now(lambda sql: people.find_sign_in(sql, token, NOW))
    rows = database.read_now(lambda sql: sql.execute(select(tables.persons.c.id)).all())
    assert (found, found.signed_in, rows) == (visitor, False, [])
    assert visitor == Visitor(visitor.person, kind="guest", sign_in=people.digest(token))


def test_named_guest_stays_a_guest(database: Database) -> None:
    token, visitor = guest(database)
    database.write_now(lambda sql: people.name_guest(sql, visitor.person, "Agnes", "en", NOW))
    found = database.read_now(lambda sql: people.find_sign_in(sql, token, NOW))
    assert found == replace(visitor, name="Agnes", language="en")


def test_guest_named_again_has_the_new_name(database: Database) -> None:
    _token, visitor = guest(database)
    for name in ("Agnes", "Agnes Nabirye"):
        database.write_now(partial(people.name_guest, person=visitor.person, name=name, language=None, now=NOW))
    found = database.read_now(lambda sql: people.names(sql, [visitor.person, "unknown"]))
    assert found == {visitor.person: "Agnes Nabirye"}


def test_change_leaves_what_is_not_given(database: Database) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.open_sign_in(sql, id, NOW))
    database.write_now(lambda sql: people.change(sql, id, "Samira", "ar", "Asia/Amman"))
    database.write_now(lambda sql: people.change(sql, id, "Samira K.", None, None))
    found = database.read_now(lambda sql: people.find_sign_in(sql, token, NOW))
    assert found == Visitor(id, "Samira K.", "ar", "Asia/Amman", "person", sign_in=people.digest(token))


def test_names_of_very_many_people_come_in_one_answer(database: Database) -> None:
    def write(sql: Connection) -> list[str]:
        return [people.create_person(sql, f"Person {number}", NOW) for number in range(1_200)]

    ids = database.write_now(write)
    assert len(database.read_now(lambda sql: people.names(sql, ids))) == 1_200


def test_organiser_organises_with_a_token_as_in_a_browser(database: Database) -> None:
    id = person(database)
    token = database.write_now(lambda sql: people.api_token(sql, id, 3, NOW))
    cookie = database.write_now(lambda sql: people.open_sign_in(sql, id, NOW))

    def found() -> list[bool]:
        return [
            database.read_now(lambda sql: people.find_token(sql, token, NOW)).organises,
            database.read_now(lambda sql: people.find_sign_in(sql, cookie, NOW)).organises,
        ]

    before = found()
    database.write_now(lambda sql: people.grant(sql, id, "organiser", "spring", None, NOW))
    assert (before, found()) == ([False, False], [True, True])
