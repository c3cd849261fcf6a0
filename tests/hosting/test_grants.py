"""For which contributions somebody is expert: by a grant for the exchange, for a room, or for one of them alone."""

from functools import partial

from hosting import grants, people
from hosting.database import Database
from tests.hosting.programmes import PROGRAMME, WET, contribution, expert, person, room, take_in


def test_slots_follow_from_grants(database: Database) -> None:
    take_in(database, PROGRAMME + WET)
    dry, wet = contribution(database), contribution(database, "wet-cellars")
    where, elsewhere = room(database, "before-spring"), room(database, "after-spring")
    cases = {
        person(database, "expert"): {dry, wet},
        person(database, "expert", "spring", where): {dry, wet},
        person(database, "expert", "spring", elsewhere): set(),
        person(database, "expert", "autumn"): set(),
        person(database, "moderator"): set(),
        person(database): set(),
        expert(database, dry): {dry},
        expert(database, wet): {wet},
    }
    for id, slots in cases.items():
        assert database.read_now(partial(grants.expert_slots, person=id, room=where)) == slots
        assert database.read_now(partial(grants.expert_slots, person=id, room=elsewhere)) == set()
        found = database.read_now(partial(grants.expert_contributions, person=id))
        assert (len(found), set(found)) == (len(slots), slots)


def test_new_grant_leads_to_where_its_work_is() -> None:
    roles = ("organiser", "moderator", "interpreter", "captioner", "expert", "participant")
    assert {role: (grants.landing(role, "spring", "r1"), grants.landing(role, "spring", None)) for role in roles} == {
        **dict.fromkeys(roles, ("/rooms/r1", "/exchanges/spring")),
        "captioner": ("/rooms/r1/captions", "/exchanges/spring"),
        "expert": ("/desk", "/desk"),
    }


def test_grant_for_a_slot_is_one_for_its_room(database: Database) -> None:
    take_in(database, PROGRAMME + WET)
    slot = contribution(database)
    id = expert(database, slot)
    [given] = [grant for grant in database.read_now(lambda sql: people.grants(sql, "spring")) if grant.person == id]
    assert (given.room, given.contribution) == (room(database, "before-spring"), slot)
    roles = {
        key: database.read_now(partial(people.roles_in, person=id, room=room(database, key)))
        for key in ("before-spring", "after-spring")
    }
    assert roles == {"before-spring": ("expert",), "after-spring": ()}
