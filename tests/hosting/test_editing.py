"""What organisers change in a session's programme is in the tables, the room, the calendars at once; ids stay."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from hosting import log, programme, tables
from hosting.database import Database
from rooms import agenda, questions, timetable
from rooms.core import Record
from rooms.interpretation import LinkSet
from rooms.lifecycle import Opened, Planned, StreamSet
from tests.hosting.forms import Desk, planned_in, session
from tests.hosting.programmes import NOW, changed, room, rows, sign_in, take_in
from tests.hosting.reading import Page
from tests.hosting.test_calendar import entries, ics

SAMPLE_PRACTICE = """
[[good_practice]]
id = "wells"
topic = "floods"
contribution = "dry-cellars"
city = "Amman"
title.en = "Shared wells"
"""


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def desk(client: TestClient, here: str) -> Desk:
    return Desk(client, here)


def entry(client: TestClient, title: str) -> Any:  # icalendar's event
    return next(one for one in entries(ics(client)) if one["SUMMARY"] == title)


# ── What is changed ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_form_that_is_saved_as_it_came_changes_nothing(desk: Desk, database: Database) -> None:
    before = rows(database)
    assert desk.press() == 303
    assert rows(database) == before


def test_titles_and_abstracts_are_in_the_programme_and_the_room(desk: Desk, database: Database) -> None:
    desk.fill(title__en="Early birds", title__de="Frühe Vögel", abstract__en="Why so early?\r\n\r\nBecause.")
    assert desk.press() == 303
    found = session(database, desk.room)
    assert found.title == {"en": "Early birds", "de": "Frühe Vögel"}
    assert found.abstract == {"en": "Why so early?\n\nBecause."}
    assert planned_in(database, desk.room).titles == found.title
    assert "Saved." in desk.html


def test_open_room_is_shown_a_change_at_once(desk: Desk, client: TestClient) -> None:
    seen = []
    for title in ("Early birds", "Late birds"):
        seen.append(client.get(f"/api/rooms/{desk.room}").json()["all"]["room"]["room"]["titles"])
        desk.fill(title__en=title).press()
    assert seen == [{"en": "Before the clocks go forward"}, {"en": "Early birds"}]


def test_language_more_gets_its_fields_and_is_kept(desk: Desk, database: Database) -> None:
    desk.fields["new-tongue"] = ["sw"]
    assert desk.press("add-tongue") == 200
    assert desk.page.focus == "title.sw"
    desk.fill(title__sw="Ndege wa asubuhi").press()
    assert session(database, desk.room).title == {"en": "Before the clocks go forward", "sw": "Ndege wa asubuhi"}
    assert desk.fields["tongue"] == ["en", "de", "sw"]


def test_times_move_calendars_and_raise_the_sequence(desk: Desk, client: TestClient, database: Database) -> None:
    title = "Before the clocks go forward"
    was = entry(client, title)
    desk.fill(starts="2027-03-28T00:30", ends="2027-03-28T01:15")
    assert desk.press() == 303
    now = entry(client, title)
    assert (was["DTSTART"].dt - now["DTSTART"].dt, was["DTEND"].dt - now["DTEND"].dt) == (timedelta(minutes=30),) * 2
    assert (int(was["SEQUENCE"]), int(now["SEQUENCE"])) == (0, 1)
    schedule = client.get("/exchanges/spring/schedule.json").json()["schedule"]["conference"]
    events = [event for day in schedule["days"] for lane in day["rooms"].values() for event in lane]
    assert [event["start"] for event in events if event["title"] == title] == ["00:30"]
    assert planned_in(database, desk.room).starts == session(database, desk.room).starts == now["DTSTART"].dt


def test_title_alone_leaves_the_sequence(desk: Desk, client: TestClient) -> None:
    desk.fill(title__en="Early birds").press()
    assert int(entry(client, "Early birds")["SEQUENCE"]) == 0


def test_languages_and_channels_are_ticked_or_typed(desk: Desk, database: Database) -> None:
    desk.fields["languages"] = ["fr", "es"]
    desk.fields["channels"] = ["fr"]
    desk.put({"more-languages": "PT", "more-channels": "pt-BR"})
    assert desk.press() == 303
    found = planned_in(database, desk.room)
    assert (found.languages, found.channels) == (("fr", "es", "pt"), ("fr", "pt-BR"))
    assert session(database, desk.room).languages == ["fr", "es", "pt"]
    assert desk.fields["more-languages"] == [""]


def test_languages_typed_in_any_way_have_one_spelling(desk: Desk, database: Database) -> None:
    desk.fields["languages"] = ["FR", "es", "fr"]
    desk.put({"more-channels": "ZH-hant"})
    assert desk.press() == 303
    found = planned_in(database, desk.room)
    assert (found.languages, found.channels[-1]) == (("fr", "es"), "zh-Hant")


def test_stream_link_is_saved_with_all_else(desk: Desk, database: Database) -> None:
    desk.fill(title__en="Early birds", stream="https://stream.example.org/1").press()
    state = database.read_now(lambda sql: log.fold(sql, desk.room))
    assert (state.stream, session(database, desk.room).stream) == ("https://stream.example.org/1",) * 2
    desk.fill(stream="").press()
    assert session(database, desk.room).stream is None


@pytest.mark.parametrize(
    ("typed", "kept"), [("12.5", 12.5), ("12,5", 12.5), ("30", 30.0), ("0", 0.0), ("", 0.0), (".5", 0.5), ("3.04", 3.0)]
)
def test_delay_of_the_stream_is_stored_with_it_and_told_to_the_room(
    desk: Desk, database: Database, typed: str, kept: float
) -> None:
    desk.fill(stream="https://stream.example.org/1", delay="7").press()
    assert desk.fill(delay=typed).press() == 303
    state, entry = database.read_now(lambda sql: log.fold(sql, desk.room)), session(database, desk.room)
    assert (state.stream, state.delay) == (entry.stream, entry.delay) == ("https://stream.example.org/1", kept)
    assert desk.fields["delay"] == [f"{kept:g}"]


def test_delay_outlives_a_link_and_goes_with_the_last(desk: Desk, client: TestClient, database: Database) -> None:
    desk.fill(stream="https://stream.example.org/1", delay="7").press()
    client.post(f"{desk.path}/stream", data={"stream": "https://stream.example.org/2"})
    assert database.read_now(lambda sql: log.fold(sql, desk.room)).delay == 7.0
    client.post(f"{desk.path}/stream", data={"stream": ""})
    assert session(database, desk.room).delay == 0.0


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (
            "https://live.example.org/a.m3u8",
            "In the room one presses “Show the picture”, and sees it there. It comes from live.example.org.",
        ),
        (
            "https://youtu.be/dQw4w9WgXcQ",
            "It opens beside the room. To be shown within it, www.youtube-nocookie.com must be among the "
            "server's “embeds”.",
        ),
        ("https://www.youtube.com/@city/live", "It opens beside the room."),
    ],
)
def test_form_says_what_becomes_of_a_stream(desk: Desk, client: TestClient, link: str, said: str) -> None:
    desk.fill(stream=link).press()
    assert Page(client.get(desk.path).text).words.count(said) == 1


def test_link_of_a_channel_reaches_the_open_room_and_can_be_taken_away(desk: Desk, client: TestClient) -> None:
    def links() -> dict[str, str | None]:
        channels = client.get(f"/api/rooms/{desk.room}").json()["all"]["channels"]
        return {tag: channel["link"] for tag, channel in channels.items()}

    desk.put({"channel-link.ar": "https://sound.example.org/ar", "channel-link.fr": ""}).press()
    assert links() == {"en": None, "fr": None, "ar": "https://sound.example.org/ar"}
    assert desk.fields["channel-link.ar"] == ["https://sound.example.org/ar"]
    desk.put({"channel-link.ar": ""}).press()
    assert links() == dict.fromkeys(("en", "fr", "ar"))


def test_links_and_programme_are_one_write_and_channels_that_go_get_none(desk: Desk, database: Database) -> None:
    def records() -> tuple[Record, ...]:
        return database.read_now(lambda sql: log.read(sql, desk.room)).records

    before = len(records())
    desk.fields["channels"] = ["fr", "en"]
    links = {"channel-link.ar": "https://sound.example.org/ar", "channel-link.fr": "https://sound.example.org/fr"}
    desk.put({**links, "channel-link.en": "https://sound.example.org/en", "stream": "https://stream.example.org/1"})
    assert desk.press() == 303
    written = records()[before:]
    assert [record.event for record in written[1:]] == [
        StreamSet("https://stream.example.org/1"),
        LinkSet("en", "https://sound.example.org/en"),
        LinkSet("fr", "https://sound.example.org/fr"),
    ]
    assert isinstance(written[0].event, Planned)
    assert len({record.at for record in written}) == 1
    assert set(database.read_now(lambda sql: log.fold(sql, desk.room)).interpretation.channels) == {"fr", "en"}
    assert session(database, desk.room).stream == "https://stream.example.org/1"


def test_stream_link_set_by_somebody_else_meanwhile_stays(desk: Desk, client: TestClient, database: Database) -> None:
    client.post(f"{desk.path}/stream", data={"stream": "https://stream.example.org/theirs"})
    assert desk.fill(title__en="Early birds").press() == 303
    assert session(database, desk.room).stream == "https://stream.example.org/theirs"


def test_time_in_the_hour_that_comes_twice_stays_where_it_is(client: TestClient, database: Database) -> None:
    sign_in(client, database, "organiser", "autumn")
    id = room(database, "before-autumn")
    second = {"starts": "2027-10-31T01:15:00Z", "ends": "2027-10-31T01:45:00Z"}  # 02:15 to 02:45, after the change
    columns = tables.sessions.c
    database.write_now(lambda sql: sql.execute(update(tables.sessions).where(columns.id == id).values(**second)))
    before = session(database, id)
    assert Desk(client, id).fill(title__en="Late").press() == 303
    after = session(database, id)
    assert (after.starts, after.ends, after.sequence) == (before.starts, before.ends, 0)
    assert after.title == {"en": "Late"}


# ── The agenda ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_items_are_added_moved_and_removed_by_buttons_that_save_nothing(desk: Desk, database: Database) -> None:
    before = rows(database)
    first, last = desk.fields["item"][0], desk.fields["item"][2]
    seen = []
    for button in (f"down.{first}", f"down.{first}", f"up.{first}", "add-item", f"remove-item.{last}"):
        assert desk.press(button) == 200
        seen.append((desk.titles, desk.page.focus))
    assert seen == [
        (["", "Welcome", "Questions"], f"do=down.{first}"),
        (["", "Questions", "Welcome"], f"do=up.{first}"),
        (["", "Welcome", "Questions"], f"do=up.{first}"),
        (["", "Welcome", "Questions", ""], "item.new1.title.en"),
        (["", "Welcome", ""], "agenda"),
    ]
    assert rows(database) == before


def test_button_that_saves_nothing_keeps_all_that_is_typed(desk: Desk) -> None:
    desk.fill(title__en="  ", title__de="Halb", starts="2027-03-28T00:30", stream="half a link")
    desk.put({f"{desk.item(0)}.minutes": "soon", f"{desk.slot(0)}.abstract.en": "<b>\n\"'&"})
    kept = dict(desk.fields)
    desk.press("add-item")
    new = {name for name in desk.fields if name.startswith("item.new1.")}
    assert {name: texts for name, texts in desk.fields.items() if name not in new} == {
        **kept,
        "title.en": [""],
        "item": [*kept["item"], "new1"],
    }


def test_agenda_in_another_order_keeps_its_ids(desk: Desk, database: Database) -> None:
    ids = [item.id for item in planned_in(database, desk.room).items]
    desk.press(f"up.{ids[2]}")
    desk.put({f"item.{ids[2]}.title.en": "All questions", f"item.{ids[0]}.minutes": "3"})
    desk.press("add-item")
    desk.put({"item.new1.title.en": "Thanks", "item.new1.minutes": "2", "item.new1.kind": "break"})
    assert desk.press() == 303
    items = planned_in(database, desk.room).items
    assert [(item.titles["en"], item.minutes, item.kind) for item in items] == [
        ("Welcome", 3, "other"),
        ("All questions", 20, "discussion"),
        ("Dry cellars", 20, "contribution"),
        ("Thanks", 2, "break"),
    ]
    assert [item.id for item in items[:3]] == [ids[0], ids[2], ids[1]]
    assert items[3].id not in {*ids, "", "new1"}
    assert desk.titles == ["Welcome", "All questions", "", "Thanks"]


def test_removed_item_is_gone_from_the_room(desk: Desk, database: Database) -> None:
    first = desk.fields["item"][0]
    desk.press(f"remove-item.{first}")
    desk.fill(ends="2027-03-28T01:40").press()
    assert first not in database.read_now(lambda sql: log.fold(sql, desk.room)).agenda.entries


def test_item_that_runs_goes_on_when_the_agenda_around_it_changes(desk: Desk, database: Database) -> None:
    ids = desk.fields["item"]
    database.write_now(lambda sql: log.tell(sql, desk.room, (Opened(), agenda.Started(ids[1])), NOW))
    desk.press(f"remove-item.{ids[0]}")
    desk.press("add-item")
    desk.put({"item.new1.title.en": "Thanks", "item.new1.minutes": "5"})
    assert desk.press() == 303
    state = database.read_now(lambda sql: log.fold(sql, desk.room))
    shown = [(entry.titles["en"], entry.state) for entry in state.agenda.entries.values()]
    assert shown == [("Dry cellars", "running"), ("Questions", "waiting"), ("Thanks", "waiting")]
    assert state.agenda.entries[ids[1]].started_at == NOW


def test_minutes_that_do_not_add_up_offer_another_end(desk: Desk, database: Database) -> None:
    desk.put({f"{desk.item(2)}.minutes": "30"})
    assert desk.press() == 422
    assert desk.wrong == {"agenda": "its minutes add up to 55, the session has 45"}
    assert "End at 01:55 instead" in desk.html
    assert desk.press("fit") == 303
    found = session(database, desk.room)
    assert (found.ends - found.starts, found.sequence) == (timedelta(minutes=55), 1)


def test_no_end_is_offered_that_no_clock_shows_or_that_is_shown_twice(client: TestClient, database: Database) -> None:
    sign_in(client, database, "organiser", "autumn")
    desk = Desk(client, room(database, "before-autumn"))
    desk.fill(starts="2027-10-31T01:30", ends="2027-10-31T01:45")
    desk.press("add-item")
    offered = []
    for minutes in ("30", "60", "100", "150"):
        desk.put({"item.new1.minutes": minutes, "item.new1.title.en": "All"})
        desk.press("add-item")
        desk.press("remove-item.new2")
        offered.append(re.findall(r"End at (\d\d:\d\d) instead", desk.html))
    assert offered == [["02:00"], ["02:30"], [], ["03:00"]]


# ── Contributions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_contribution_is_added_and_given_an_item(desk: Desk, database: Database) -> None:
    desk.press("add-slot")
    assert desk.page.focus == "slot.new1.title.en"
    texts = {"title.en": "Wet cellars", "title.de": "Nasse Keller", "name": "Omar Haddad", "city": "Irbid"}
    texts |= {"country": "JO", "role.en": "Engineer", "abstract.de": "Kurz.", "language": "fr", "minutes": "10"}
    desk.put({f"slot.new1.{name}": text for name, text in texts.items()})
    desk.put({f"{desk.item(2)}.slot": "new1", f"{desk.item(2)}.title.en": ""})
    assert desk.press() == 303
    new = session(database, desk.room).contributions[1]
    assert (new.title, new.abstract) == ({"en": "Wet cellars", "de": "Nasse Keller"}, {"de": "Kurz."})
    assert new.expert == programme.Expert("Omar Haddad", "Irbid", {"en": "Engineer"}, "JO")
    assert (new.language, new.minutes) == ("fr", 10)
    plan = planned_in(database, desk.room)
    assert [slot.id for slot in plan.contributions][1] == plan.items[2].contribution == new.id
    assert (plan.items[2].titles, plan.items[2].speaker) == (new.title, timetable.Speaker("Omar Haddad", "Irbid"))
    persons = [event["persons"] for event in events(desk.client) if event["title"].startswith("Before")]
    assert [person["name"] for person in persons[0]] == ["Rania Haddad", "Omar Haddad"]


def events(client: TestClient) -> list[Any]:  # of schedule.json
    schedule = client.get("/exchanges/spring/schedule.json").json()["schedule"]["conference"]
    return [event for day in schedule["days"] for lane in day["rooms"].values() for event in lane]


def test_changed_contribution_keeps_its_id_and_what_the_form_does_not_show(desk: Desk, database: Database) -> None:
    region = ('city = "Amman"', 'city = "Amman", region = "mena", sample = true')
    take_in(database, changed(region))
    desk = Desk(desk.client, desk.room)
    [before] = session(database, desk.room).contributions
    desk.put({f"{desk.slot(0)}.city": "Zarqa", f"{desk.slot(0)}.title.en": "Drier cellars"})
    assert desk.press() == 303
    [after] = session(database, desk.room).contributions
    assert (after.id, after.key) == (before.id, before.key)
    assert (after.expert.city, after.expert.region, after.title["en"]) == ("Zarqa", "mena", "Drier cellars")
    assert planned_in(database, desk.room).items[1].titles == {"en": "Drier cellars"}


def test_removed_contribution_leaves_its_title_to_its_item(desk: Desk, database: Database) -> None:
    assert desk.press(f"remove-slot.{desk.fields['slot'][0]}") == 200
    assert desk.titles == ["Welcome", "Dry cellars", "Questions"]
    assert desk.press() == 303
    assert session(database, desk.room).contributions == []
    plan = planned_in(database, desk.room)
    assert (plan.contributions, plan.items[1].titles, plan.items[1].contribution) == ((), {"en": "Dry cellars"}, None)


@pytest.fixture
def hanging(desk: Desk, database: Database, request: pytest.FixtureRequest) -> Iterator[str]:
    """A contribution on which something hangs; what the page says of it."""
    slot = desk.fields["slot"][0]
    if request.param == "question":
        asked = questions.Asked("q1", "p1", "Who pays?", "en", slot)
        database.write_now(lambda sql: log.tell(sql, desk.room, (asked, questions.Withdrawn("q1")), NOW, "p1"))
        yield "A question was put to it, so it cannot be removed."
    else:
        take_in(database, changed() + SAMPLE_PRACTICE)
        yield "A good practice comes from it, so it cannot be removed."


@pytest.mark.parametrize("hanging", ["question", "practice"], indirect=True)
def test_contribution_on_which_something_hangs_stays(desk: Desk, database: Database, hanging: str) -> None:
    before, slot = rows(database), desk.fields["slot"][0]
    assert desk.press(f"remove-slot.{slot}") == 422
    assert desk.wrong == {f"slot.{slot}": hanging}
    gone = {name: texts for name, texts in desk.fields.items() if name not in ("slot", f"{desk.item(1)}.slot")}
    desk.fields = {**gone, f"{desk.item(1)}.slot": [""], f"{desk.item(1)}.title.en": ["Dry cellars"]}
    desk.fill(title__en="Typed")
    assert desk.press() == 422  # it was removed before anything hung on it
    assert (desk.wrong, desk.fields["slot"]) == ({f"slot.{slot}": hanging}, [slot])
    assert desk.fields["title.en"] == ["Typed"]
    assert rows(database) == before
