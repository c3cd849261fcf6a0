"""Editing a programme beside others: two organisers at once, an import afterwards, and who may not."""

import re
from functools import partial
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from hosting import editing, grants, log, moments, people
from hosting.database import Database
from rooms.core import Refused
from tests.hosting.forms import Desk, planned_in, session
from tests.hosting.programmes import AUTUMN, NOW, changed, contribution, expert, person, room, rows, take_in

AFTER = """
[[contribution]]
id = "dry-cellars"
session = "after-spring"
title.en = "Dry cellars again"
expert = { name = "Omar Nasser", city = "Irbid" }
minutes = 20
language = "en"
"""


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def desk(client: TestClient, here: str) -> Desk:
    return Desk(client, here)


# ── Two at once, and files ───────────────────────────────────────────────────────────────────────────────────────────


def test_form_made_before_somebody_elses_change_is_kept_and_not_saved(desk: Desk, database: Database) -> None:
    other = Desk(desk.client, desk.room)
    other.press(f"remove-slot.{other.fields['slot'][0]}")
    assert other.fill(title__en="Theirs").press() == 303
    before = rows(database)
    desk.fill(title__en="Mine").put({f"{desk.slot(0)}.city": "Zarqa"})
    assert desk.press() == 409
    assert "Somebody else has changed this session meanwhile." in desk.html
    assert desk.fields["title.en"] == ["Mine"]
    assert rows(database) == before
    assert desk.press() == 303  # told so, they save again; the contribution that is gone comes anew
    found = session(database, desk.room)
    assert (found.title["en"], [slot.expert.city for slot in found.contributions]) == ("Mine", ["Zarqa"])


def test_change_between_reading_and_writing_is_noticed(desk: Desk, database: Database) -> None:
    made = database.read_now(lambda sql: editing.stored(sql, desk.room))
    desk.fill(title__en="Theirs").press()
    with pytest.raises(Refused) as refused:
        database.write_now(partial(editing.edit, room=desk.room, edited=made, now=NOW))
    assert refused.value.code == "state.changed"


def test_part_of_another_session_is_not_taken_even_by_who_asks_the_store(desk: Desk, database: Database) -> None:
    made, other = (
        database.read_now(partial(editing.stored, room=id)) for id in (desk.room, room(database, "across-spring"))
    )
    before = rows(database)
    for stolen in ({"items": (other.items[0], *made.items[1:])}, {"slots": dict.fromkeys(made.slots, made.items[0])}):
        with pytest.raises(LookupError):
            database.write_now(
                partial(editing.edit, room=desk.room, edited=msgspec.structs.replace(made, **stolen), now=NOW)
            )
    assert rows(database) == before


def test_import_has_the_last_word(desk: Desk, database: Database) -> None:
    before = rows(database)["contributions"]
    desk.press("add-slot")
    texts = {"title.en": "Wet cellars", "name": "Omar", "city": "Irbid", "language": "en", "minutes": "5"}
    desk.put({f"slot.new1.{name}": text for name, text in texts.items()})
    desk.put({f"{desk.item(0)}.title.en": "Hello", f"{desk.slot(0)}.city": "Zarqa"})
    assert desk.fill(title__en="Mine").press() == 303
    report = take_in(database)
    found = session(database, desk.room)
    assert (found.title["en"], rows(database)["contributions"]) == ("Before the clocks go forward", before)
    assert report["contributions removed"] == 1
    assert [item.titles["en"] for item in planned_in(database, desk.room).items] == [
        "Welcome",
        "Dry cellars",
        "Questions",
    ]
    assert "if that is imported again" in desk.html


def test_invited_expert_stays_in_the_room_when_a_file_no_longer_names_the_contribution(
    desk: Desk, client: TestClient, database: Database
) -> None:
    slot = contribution(database)
    id = expert(database, slot)
    without = changed(('contribution = "dry-cellars"', 'title.en = "Somebody"'))
    without = without[: without.index("[[contribution]]")] + without[without.index(AUTUMN) :]
    moved = without.replace("[[exchange]]", AFTER + "\n[[exchange]]", 1)  # another one is called so, elsewhere
    for text in (without, moved, moved):
        report = take_in(database, text)
        assert [one.id for one in planned_in(database, desk.room).contributions] == [slot]
        assert [one.id for one in session(database, desk.room).contributions] == [slot]
    assert (report["contributions as before"], report["contributions removed"]) == (2, 0)
    state = database.read_now(lambda sql: log.fold(sql, desk.room))
    assert state.contributions[slot].name == "Rania Haddad"
    assert database.read_now(partial(grants.expert_slots, person=id, room=desk.room)) == {slot}
    client.cookies.set("austausch", database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now())))
    command = {"id": "1", "do": "contribution.confirm", "with": {"contribution": slot}}
    answer = client.post(f"/api/rooms/{desk.room}/commands", json=command)
    assert answer.json()["ok"] == {"contribution": slot}


# ── For whom ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_room_of_another_exchange_is_not_there(desk: Desk, client: TestClient, database: Database) -> None:
    foreign = room(database, "before-autumn")
    before = rows(database)
    seen = [client.get(f"/organise/rooms/{id}").status_code for id in (foreign, "unknown")]
    seen += [client.post(f"/organise/rooms/{id}", data=desk.fields).status_code for id in (foreign, "unknown")]
    assert seen == [404] * 4
    assert rows(database) == before


def test_moderator_edits_no_programme(desk: Desk, client: TestClient, database: Database) -> None:
    id = person(database, "moderator")
    token = database.write_now(lambda sql: people.open_sign_in(sql, id, moments.now()))
    client.cookies.set("austausch", token)
    before = rows(database)
    assert [client.get(desk.path).status_code, client.post(desk.path, data=desk.fields).status_code] == [403, 403]
    assert rows(database) == before


def test_form_from_another_site_is_refused(desk: Desk, client: TestClient, database: Database) -> None:
    before = rows(database)
    answer = client.post(
        desk.path, data=desk.fill(title__en="Forged").fields, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert rows(database) == before


def test_board_leads_to_each_session(desk: Desk, client: TestClient, database: Database) -> None:
    keys = ("before-spring", "across-spring", "after-spring")
    found = re.findall(r'href="(/organise/rooms/[^"]+)"', client.get("/organise").text)
    assert found == [f"/organise/rooms/{room(database, key)}" for key in keys]
