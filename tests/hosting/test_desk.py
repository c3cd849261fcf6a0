"""The expert's desk: whose it is, which step comes next and what it says, and that rules stay with the room."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from hosting import log, moments, programme
from hosting.database import Database
from hosting.presentations import Presentation
from hosting.routes.desk import STEPS, Desk, following, steps
from rooms import contributions
from rooms.contributions import Material, Slot, State
from rooms.core import Event
from rooms.lifecycle import Closed, Opened
from tests.hosting import decks
from tests.hosting.programmes import NOW, PROGRAMME, WET, contribution, expert, person, room, rows, take_in
from tests.hosting.reading import Page
from tests.hosting.slides import converted, row, send, sit


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def slot(client: TestClient, database: Database) -> str:
    """A contribution whose expert sits at the browser."""
    sit(client, database, expert(database))
    return contribution(database)


def tell(client: TestClient, database: Database, *events: Event) -> None:
    """What happened in the room meanwhile."""
    here = room(database, "before-spring")
    database.write_now(lambda sql: log.tell(sql, here, events, moments.now(), "moderator"))
    assert client.portal
    client.portal.call(client.app.state.site.live.catch_up, here)  # type: ignore[attr-defined]  # our Starlette


def state(database: Database) -> Slot:
    here = room(database, "before-spring")
    return database.read_now(lambda sql: log.fold(sql, here)).contributions[contribution(database)]


def act(client: TestClient, slot: str, do: str, **more: str) -> int:
    return client.post(f"/desk/{slot}", data={"do": do, **more}).status_code


def words(client: TestClient, slot: str, section: str = "next") -> str:
    answer = client.get(f"/desk/{slot}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.refused == []
    return " ".join(page.sections.get(section, []))


# ── Whose it is ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_desk_is_for_the_experts_of_the_contribution_alone(client: TestClient, database: Database) -> None:
    take_in(database, PROGRAMME + WET)
    slot, other = contribution(database), contribution(database, "wet-cellars")
    everybody = {
        "its expert": expert(database, slot),
        "expert of the exchange": person(database, "expert"),
        "expert of another contribution": expert(database, other),
        "moderator": person(database, "moderator"),
        "organiser": person(database, "organiser"),
        "interpreter": person(database, "interpreter"),
        "participant": person(database, "participant"),
        "expert elsewhere": person(database, "expert", "autumn"),
        "stranger": person(database),
    }
    found = {}
    for name, id in everybody.items():
        client.cookies.clear()
        sit(client, database, id)
        paths = (f"/desk/{slot}", f"/desk/{slot}/present")
        found[name] = [client.get(path).status_code for path in paths] + [act(client, slot, "check_in", was="done")]
    client.cookies.clear()
    found["nobody"] = [client.get(path).status_code for path in paths] + [act(client, slot, "confirm")]
    others = {key: [404, 404, 404] for key in everybody}
    own = {key: [200, 200, 409] for key in ("its expert", "expert of the exchange")}
    assert found == others | own | {"nobody": [401, 401, 401]}
    assert state(database).state == "invited"


def test_list_has_all_of_ones_contributions_and_no_others(client: TestClient, database: Database) -> None:
    take_in(database, PROGRAMME + WET)
    slot, other = contribution(database), contribution(database, "wet-cellars")
    found = {}
    for name, id in {
        "one": expert(database, slot),
        "both": person(database, "expert"),
        "none": person(database),
    }.items():
        client.cookies.clear()
        sit(client, database, id)
        found[name] = [link for link in Page(client.get("/desk").text).links if link.startswith("/desk/")]
    client.cookies.clear()
    assert client.get("/desk").status_code == 401
    assert found == {"one": [f"/desk/{slot}"], "both": [f"/desk/{slot}", f"/desk/{other}"], "none": []}


def test_list_has_the_time_at_which_one_speaks_and_not_that_of_the_session(
    client: TestClient, database: Database, slot: str
) -> None:
    """The session begins at 00:00 UTC, five minutes of welcome before the contribution."""
    client.cookies.set("zone", "Europe/London")
    assert Page(client.get("/desk").text).times[0] == ("2027-03-28T00:05:00+00:00", "about 00:05")
    tell(client, database, Opened(), contributions.Aired(slot), contributions.Finished(slot))
    assert Page(client.get("/desk").text).times[0][1] == "00:05"


def test_desk_names_the_zone_of_the_time_at_which_one_speaks(client: TestClient, slot: str) -> None:
    client.cookies.set("zone", "Asia/Amman")
    said = Page(client.get(f"/desk/{slot}").text).words
    place = said.index("You speak on Sunday 28 March, about 03:05")
    assert said[place + 1] == "Amman time"


def test_desk_is_in_the_menu_of_experts_only(client: TestClient, database: Database, slot: str) -> None:
    assert "/desk" in Page(client.get("/").text).links
    client.cookies.clear()
    sit(client, database, person(database, "moderator"))
    assert "/desk" not in Page(client.get("/").text).links


# ── What comes next ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_forms_lead_from_the_invitation_to_being_ready(client: TestClient, database: Database, slot: str) -> None:
    assert words(client, slot).startswith("Next Can you come?")
    assert act(client, slot, "decline", was="invited") == 303
    assert words(client, slot).startswith("State You have declined")
    assert act(client, slot, "confirm", was="declined") == 303
    assert words(client, slot).startswith("Next Send your slides")
    tell(client, database, Opened())
    assert words(client, slot).startswith("Next Check in")
    assert act(client, slot, "check_in", was="confirmed") == 303
    assert act(client, slot, "ready", was="checked_in") == 303
    assert words(client, slot).startswith("Next You are ready")
    assert state(database).state == "ready"


def test_who_was_confirmed_by_somebody_else_reads_under_which_name(
    client: TestClient, database: Database, slot: str
) -> None:
    said = "Confirmed. Announced under the name Rania Haddad."
    seen = [said in words(client, slot, "way")]
    tell(client, database, contributions.Confirmed(slot))
    seen.append(said in words(client, slot, "way"))
    assert seen == [False, True]


def test_form_of_an_old_page_changes_nothing_and_says_so(client: TestClient, database: Database, slot: str) -> None:
    assert act(client, slot, "confirm", was="invited") == 303
    answer = client.post(f"/desk/{slot}", data={"do": "decline", "was": "invited"})
    assert answer.status_code == 409
    assert "Somebody else was first. Nothing was changed." in " ".join(Page(answer.text).sections["problem"])
    assert state(database).state == "confirmed"


@pytest.mark.parametrize("do", ["accept", "air", "", "submit; drop"])
def test_form_gives_no_other_command(client: TestClient, database: Database, slot: str, do: str) -> None:
    before = rows(database)
    assert act(client, slot, do) == 400
    assert rows(database) == before


def test_slides_are_seen_handed_in_returned_with_a_note_and_accepted(
    client: TestClient, database: Database, slot: str
) -> None:
    act(client, slot, "confirm")
    first = send(client, database, decks.deck(2))
    assert converted(client, first)["state"] == "ready"
    assert words(client, slot).startswith("Next Look at the pages")
    assert f"/presentations/{first}/pages/2.webp?w=1920" in Page(client.get(f"/desk/{slot}").text).links
    assert act(client, slot, "submit", presentation=first) == 303
    assert (state(database).presentation, state(database).pages) == (first, 2)
    assert words(client, slot).startswith("Next A moderator looks at your slides")
    tell(client, database, contributions.Returned(slot, "Larger figures on page 2, please."))
    assert "Larger figures on page 2, please." in words(client, slot)
    second = send(client, database, decks.deck(3), "second.pdf")
    assert converted(client, second)["state"] == "ready"
    assert act(client, slot, "submit", presentation=second) == 303
    assert words(client, slot, "earlier").startswith("Earlier versions 1 deck.pdf 2 pages")
    tell(client, database, contributions.Accepted(slot))
    assert words(client, slot).startswith("Next All is set until the day")
    assert "Slides accepted" in words(client, slot, "current")


def test_rejected_file_is_named_with_its_reason_and_the_way_out(
    client: TestClient, database: Database, slot: str
) -> None:
    act(client, slot, "confirm")
    assert converted(client, send(client, database, b"GIF89a not slides", "photo.gif"))["reason"] == "not_pdf"
    said = words(client, slot)
    assert "The file is no PDF. Please export your slides as PDF. photo.gif" in said
    assert "Send another file below." in said


def test_foreign_deck_cannot_be_handed_in(client: TestClient, database: Database) -> None:
    take_in(database, PROGRAMME + WET)
    slot, other = contribution(database), contribution(database, "wet-cellars")
    sit(client, database, expert(database, slot))
    deck = send(client, database, decks.deck(1))
    converted(client, deck)
    client.cookies.clear()
    sit(client, database, expert(database, other))
    assert act(client, other, "submit", presentation=deck) == 409
    assert state(database).presentation is None


def test_note_of_the_moderator_is_on_no_page_of_others(client: TestClient, database: Database, slot: str) -> None:
    secret = "Too small to read"
    tell(client, database, Opened(), contributions.Submitted(slot, "deck", 2), contributions.Returned(slot, secret))
    assert secret in client.get(f"/desk/{slot}").text  # the search would find what is there
    here = room(database, "before-spring")
    found = {}
    for role in ("participant", "interpreter", "expert", "moderator"):
        client.cookies.clear()
        sit(client, database, person(database, role))
        found[role] = secret in client.get(f"/api/rooms/{here}").text
    assert found == {"participant": False, "interpreter": False, "expert": False, "moderator": True}


# ── The order of steps ───────────────────────────────────────────────────────────────────────────────────────────────


def desk_of(database: Database, slot: Slot, deck: str | None = None, live: str = "planned") -> Desk:
    """A desk in any state; `deck` is the state of one that is not handed in."""
    here = room(database, "before-spring")
    session = database.read_now(lambda sql: programme.session(sql, here))
    exchange = database.read_now(lambda sql: programme.exchange(sql, "spring"))
    assert session
    assert exchange
    coming = Presentation("new", slot.id, here, "me", "a.pdf", 9, deck, None, None, None, {}, NOW, None)  # type: ignore[arg-type]  # a State
    session = msgspec.structs.replace(session, state=live)
    return Desk(session, exchange, session.contributions[0], slot, [coming] if deck else [])


CASES: list[tuple[State, Material, str | None, str, int, str]] = [
    # state, material, deck on its way, room, hours before the session, what comes next
    ("invited", "none", None, "planned", 99, "confirm"),
    ("invited", "none", "ready", "planned", 99, "confirm"),
    ("invited", "none", None, "open", 0, "check_in"),
    ("declined", "none", None, "planned", 99, "declined"),
    ("confirmed", "none", None, "planned", 99, "none"),
    ("confirmed", "none", None, "planned", 5, "none"),
    ("confirmed", "none", None, "planned", 1, "check_in"),
    ("confirmed", "none", "receiving", "planned", 99, "receiving"),
    ("confirmed", "none", "converting", "planned", 99, "drawing"),
    ("confirmed", "submitted", "ready", "planned", 99, "hand_in"),
    ("confirmed", "needs_changes", None, "planned", 99, "needs_changes"),
    ("confirmed", "needs_changes", "rejected", "planned", 99, "rejected"),
    ("confirmed", "submitted", None, "planned", 99, "submitted"),
    ("confirmed", "accepted", None, "planned", 99, "accepted"),
    ("confirmed", "accepted", None, "planned", 12, "check_in"),
    ("no_show", "accepted", None, "open", 0, "check_in"),
    ("checked_in", "none", None, "open", 0, "get_ready"),
    ("ready", "needs_changes", "ready", "open", 0, "hand_in"),
    ("on_air", "accepted", None, "open", 0, "on_air"),
    ("done", "accepted", None, "closed", 0, "done"),
    ("confirmed", "none", None, "closed", 0, "over"),
]


@pytest.mark.parametrize(("now", "material", "deck", "live", "hours", "next"), CASES)
def test_next_step_follows_from_where_things_are(
    database: Database, now: State, material: Material, deck: str | None, live: str, hours: int, next: str
) -> None:
    slot = Slot("c", {"en": "Dry cellars"}, "Rania Haddad", "Amman", "fr", now, material=material)
    desk = desk_of(database, slot, deck, live)
    assert following(desk, desk.session.starts - timedelta(hours=hours)) == next


def test_steps_behind_need_no_order() -> None:
    assert steps("invited", "none") == ["invited"]
    assert steps("checked_in", "none") == ["invited", "confirmed", "checked_in"]
    assert steps("on_air", "needs_changes") == ["invited", "confirmed", "handed_in", "checked_in", "ready"]
    assert steps("done", "accepted") == list(STEPS)


# ── The presenter's view ─────────────────────────────────────────────────────────────────────────────────────────────


def test_notes_are_kept_by_page_and_shown_to_the_deck_s_experts(
    client: TestClient, database: Database, slot: str
) -> None:
    deck = send(client, database, decks.deck(2))
    converted(client, deck)

    def note(page: str, text: str, presentation: str = deck) -> int:
        form = {"presentation": presentation, "page": page, "text": text}
        return client.post(f"/desk/{slot}/notes", data=form).status_code

    assert [note("1", " Greet\r\nthe hosts </script> "), note("2", "Shorter"), note("2", "")] == [204, 204, 204]
    assert row(database, deck).notes == {"1": "Greet\nthe hosts </script>"}
    bad = [note("3", "x"), note("0", "x"), note("1.5", "x"), note("9" * 5000, "x"), note("1", "x", "other")]
    assert bad == [404] * 5
    assert note("1", "x" * 2001) == 400
    page = client.get(f"/desk/{slot}/present").text
    assert "Greet\\nthe hosts \\u003c/script\\u003e" in page
    assert Page(page).refused == []
    client.cookies.clear()
    sit(client, database, person(database, "moderator"))
    assert note("1", "Mine") == 404


def test_presenter_has_what_is_handed_in_or_the_deck_that_is_named(
    client: TestClient, database: Database, slot: str
) -> None:
    assert "There are no slides yet." in client.get(f"/desk/{slot}/present").text
    first, second = (send(client, database, decks.deck(n)) for n in (1, 2))
    for deck in (first, second):
        converted(client, deck)
    act(client, slot, "submit", presentation=first)

    def shown(query: str = "") -> str:
        return client.get(f"/desk/{slot}/present{query}").text.split('data-presentation="')[1].split('"')[0]

    assert [shown(), shown(f"?deck={second}"), shown("?deck=other")] == [first, second, second]


def test_session_that_is_over_takes_no_slides(client: TestClient, database: Database, slot: str) -> None:
    act(client, slot, "confirm")
    deck = send(client, database, decks.deck(1))
    converted(client, deck)
    tell(client, database, Opened(), Closed())
    assert words(client, slot).startswith("State The session has ended")
    assert act(client, slot, "submit", presentation=deck) == 409
