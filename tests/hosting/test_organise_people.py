"""How organisers add people, take roles back and make sign-in links."""

import re
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log, moments, people
from hosting.database import Database
from hosting.people import as_role
from rooms.questions import Asked
from tests.conftest import ORIGIN
from tests.hosting.programmes import NOW, contribution, person, room, rows
from tests.hosting.reading import Page


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def given(database: Database) -> list[people.Grant]:
    return database.read_now(lambda sql: people.grants(sql, "spring"))


def grant_of(database: Database, person: str) -> str:
    return next(grant.id for grant in given(database) if grant.person == person)


def links(html: str) -> list[str]:
    """The sign-in links that a page shows."""
    return re.findall(rf"{ORIGIN}(/sign-in/[\w-]+)", unescape(html))


def add(client: TestClient, **form: str) -> str:
    """Add a person to spring; the page that follows."""
    answer = client.post("/organise/people", data={"name": "Rania", "role": "expert", "exchange": "spring", **form})
    assert answer.status_code == 200
    return answer.text


def test_person_added_has_a_role_and_a_link_that_is_shown_once(
    client: TestClient, database: Database, here: str
) -> None:
    [path] = links(add(client, name=" Rania  Haddad ", email="rania@example.org"))
    assert links(client.get("/organise/people").text) == []
    client.cookies.clear()
    answer = client.post(path)
    assert answer.headers["location"] == "/desk"
    added = [grant for grant in given(database) if grant.name == "Rania Haddad"]
    assert [(grant.role, grant.room) for grant in added] == [("expert", None)]


def test_person_added_for_one_room_is_led_there(client: TestClient, database: Database, here: str) -> None:
    [path] = links(add(client, room=here, role="moderator"))
    client.cookies.clear()
    assert client.post(path).headers["location"] == f"/rooms/{here}"
    assert client.get(f"/rooms/{here}/moderate").status_code == 200
    assert client.get(f"/rooms/{room(database, 'after-spring')}/moderate").status_code == 403


def test_expert_added_for_a_contribution_is_led_to_its_desk_under_the_announced_name(
    client: TestClient, database: Database, here: str
) -> None:
    slot = contribution(database)
    [path] = links(add(client, name=" ", contribution=slot))
    [added] = [grant for grant in given(database) if grant.role == "expert"]
    assert (added.name, added.room, added.contribution) == ("Rania Haddad", here, slot)
    assert "Dry cellars" in " ".join(Page(client.get("/organise/people?exchange=spring").text).words)
    client.cookies.clear()
    assert client.post(path).headers["location"] == f"/desk/{slot}"
    assert client.get(f"/desk/{slot}").status_code == 200


def test_expert_whose_role_was_taken_back_gets_the_same_contribution_again(
    client: TestClient, database: Database, here: str
) -> None:
    slot = contribution(database)
    add(client, contribution=slot)
    [added] = [grant for grant in given(database) if grant.role == "expert"]
    page = Page(client.post(f"/organise/grants/{added.id}/revoke").text)
    form = {key: page.fields[key] for key in ("person", "role", "exchange", "room")}
    answer = client.post("/organise/grants", data={**form, "role": "expert", "contribution": slot})
    assert answer.status_code == 303
    assert [grant.contribution for grant in given(database) if grant.role == "expert"] == [slot]


@pytest.mark.parametrize("form", [{"contribution": "none"}, {"contribution": "{slot}", "role": "moderator"}])
def test_contribution_of_elsewhere_or_for_another_role_is_refused(
    client: TestClient, database: Database, here: str, form: dict[str, str]
) -> None:
    before, slot = rows(database), contribution(database)
    sent = {"name": "Rania", "role": "expert", "exchange": "spring"}
    sent |= {key: value.format(slot=slot) for key, value in form.items()}
    assert client.post("/organise/people", data=sent).status_code == 400
    assert rows(database) == before


def test_contribution_of_another_room_than_the_chosen_one_is_refused_beside_the_field_and_the_form_is_kept(
    client: TestClient, database: Database, here: str
) -> None:
    before, slot, elsewhere = rows(database), contribution(database), room(database, "after-spring")
    form = {"name": "Rania", "email": "rania@example.org", "role": "expert", "exchange": "spring"}
    form |= {"room": elsewhere, "contribution": slot}
    answer = client.post("/organise/people", data=form)
    page = Page(answer.text)
    assert (answer.status_code, rows(database)) == (422, before)
    assert {name: page.fields[name] for name in form} == form
    said = page.words.index("This contribution is not in the room chosen above. Choose its room, or all rooms.")
    assert page.words[said + 1] == "Add and show the link"


@pytest.mark.parametrize("chosen", ["", "{here}"])
def test_contributions_room_may_be_chosen_with_it_or_none(
    client: TestClient, database: Database, here: str, chosen: str
) -> None:
    add(client, room=chosen.format(here=here), contribution=contribution(database))
    [added] = [grant for grant in given(database) if grant.role == "expert"]
    assert (added.room, added.contribution) == (here, contribution(database))


@pytest.mark.usefixtures("here")
def test_contributions_are_offered_by_session_each_with_its_expert(client: TestClient, database: Database) -> None:
    html = client.get("/organise/people").text
    group = html.partition("<optgroup")[2].partition("</optgroup>")[0]
    assert group.startswith(' label="Before the clocks go forward">')
    assert Page(f"<{group}").words[-1] == "Rania Haddad, Dry cellars"


def test_link_says_what_it_is_for(client: TestClient, database: Database, here: str) -> None:
    slot, title = contribution(database), "Before the clocks go forward"
    cases = {
        f"Expert, {title}, Dry cellars": add(client, contribution=slot),
        f"Interpreter, {title}": add(client, room=here, role="interpreter"),
        "Captioner, all rooms": add(client, role="captioner"),
    }
    for said, html in cases.items():
        words = Page(html).words
        assert words[words.index("Sign-in link for") + 2] == said
    [added] = [grant for grant in given(database) if grant.role == "expert"]
    words = Page(client.post(f"/organise/grants/{added.id}/link").text).words
    assert words[words.index("Sign-in link for") + 2] == f"Expert, {title}, Dry cellars"


@pytest.mark.parametrize("name", ["", "  ", "\u202e", "n" * 81])
def test_person_without_a_name_is_refused_and_the_form_is_kept(
    client: TestClient, database: Database, here: str, name: str
) -> None:
    before = rows(database)
    form = {"name": name, "role": "captioner", "exchange": "spring", "email": "rania@example.org"}
    answer = client.post("/organise/people", data=form)
    assert answer.status_code == 422
    shown = Page(answer.text).fields
    assert (shown["email"], shown["role"]) == ("rania@example.org", "captioner")
    assert rows(database) == before


def test_role_taken_back_is_gone_at_once(client: TestClient, database: Database, here: str) -> None:
    moderator = person(database, "moderator")
    token = database.write_now(lambda sql: people.open_sign_in(sql, moderator, moments.now()))
    theirs = {"cookie": f"austausch={token}"}
    organisers = client.cookies["austausch"]
    client.cookies.clear()
    seen = [client.get(f"/rooms/{here}/moderate", headers=theirs).status_code]
    own = {"cookie": f"austausch={organisers}"}
    answer = client.post(f"/organise/grants/{grant_of(database, moderator)}/revoke", headers=own)
    seen.append(client.get(f"/rooms/{here}/moderate", headers=theirs).status_code)
    assert (answer.status_code, seen) == (200, [200, 403])
    given = {name: value for name, value in Page(answer.text).fields.items() if name in ("person", "exchange")}
    back = client.post("/organise/grants", data={**given, "role": "moderator", "room": ""}, headers=own)
    assert (given, back.status_code) == ({"person": moderator, "exchange": "spring"}, 303)
    assert client.get(f"/rooms/{here}/moderate", headers=theirs).status_code == 200


@pytest.mark.usefixtures("here")
def test_last_organiser_cannot_be_taken_back(client: TestClient, database: Database) -> None:
    own = database.read_now(lambda sql: people.find_sign_in(sql, client.cookies["austausch"], moments.now())).person
    answer = client.post(f"/organise/grants/{grant_of(database, own)}/revoke")
    assert (answer.status_code, client.get("/organise").status_code) == (422, 200)
    second = person(database, "organiser")
    assert client.post(f"/organise/grants/{grant_of(database, own)}/revoke").status_code == 200
    assert database.read_now(lambda sql: people.organises(sql, second)) == ["spring"]


@pytest.mark.usefixtures("here")
def test_person_known_by_e_mail_gets_another_role(client: TestClient, database: Database) -> None:
    for role in ("moderator", "expert"):
        form = {"name": "Omar Haddad", "email": "Omar@example.org", "role": role, "exchange": "spring", "room": ""}
        assert client.post("/organise/people", data=form).status_code == 200
    found = [grant for grant in database.read_now(lambda sql: people.grants(sql, "spring")) if grant.email]
    assert (len({grant.person for grant in found}), {grant.role for grant in found}) == (1, {"moderator", "expert"})


@pytest.mark.usefixtures("here")
def test_new_link_makes_earlier_ones_useless(client: TestClient, database: Database) -> None:
    expert = person(database, "expert")
    grant = grant_of(database, expert)
    first, second = (links(client.post(f"/organise/grants/{grant}/link").text)[0] for _ in range(2))
    assert [client.get(path).status_code for path in (first, second)] == [410, 200]


def test_new_link_signs_in_the_person_it_is_for(client: TestClient, database: Database, here: str) -> None:
    expert = person(database, "expert")
    [path] = links(client.post(f"/organise/grants/{grant_of(database, expert)}/link").text)
    token = path.rpartition("/")[2]
    redeemed = database.write_now(lambda sql: people.redeem(sql, token, moments.now()))
    assert redeemed is not None
    found = database.read_now(lambda sql: people.find_sign_in(sql, redeemed[0], moments.now()))
    assert found.person == expert


@pytest.mark.parametrize("elsewhere", ["autumn", "circle"])
def test_no_link_for_somebody_with_rights_that_are_not_ones_own_to_give(
    client: TestClient, database: Database, here: str, elsewhere: str
) -> None:
    expert = person(database, "expert")
    grant = grant_of(database, expert)
    database.write_now(lambda sql: people.grant(sql, expert, as_role("participant"), elsewhere, None, NOW))
    before = rows(database)
    answer = client.post(f"/organise/grants/{grant}/link")
    assert (answer.status_code, links(answer.text)) == (403, [])
    assert rows(database) == before


def test_link_lasts_seven_days_from_when_it_was_shown(client: TestClient, database: Database, here: str) -> None:
    token = links(add(client))[0].rpartition("/")[2]
    soon, late = (moments.now() + timedelta(days=days) for days in (6, 8))
    holders = [database.read_now(partial(people.link_holder, token=token, now=when)) for when in (soon, late)]
    assert holders == ["Rania", None]


@pytest.mark.usefixtures("here")
def test_e_mail_of_somebody_who_acted_elsewhere_makes_another_person(client: TestClient, database: Database) -> None:
    """A link for the known person would show its maker what was asked in a room that is not the maker's."""
    known = database.write_now(lambda sql: people.create_person(sql, "Omar", NOW, "omar@example.org"))
    elsewhere = room(database, "behind-doors")
    asked = (Asked("q1", known, "Mine alone?", "en"),)
    database.write_now(lambda sql: log.tell(sql, elsewhere, asked, NOW, known))
    form = {"name": "Omar", "email": "omar@example.org", "role": "expert", "exchange": "spring", "room": ""}
    client.post("/organise/people", data=form)
    assert [grant.person == known for grant in given(database) if grant.email] == [False]
