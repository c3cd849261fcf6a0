"""Who sees a deck and at which addresses, and how its bytes are served."""

import hashlib
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from hosting.database import Database
from rooms.core import Audience
from tests.hosting import decks
from tests.hosting.programmes import PROGRAMME, WET, contribution, expert, person, room, take_in
from tests.hosting.slides import about, begin, converted, house, row, send, sit

ADDRESSES = (
    "/api/presentations/{id}",
    "/presentations/{id}/pages/1.webp",
    "/presentations/{id}/pages/2.webp?w=480",
    "/presentations/{id}/pages/2.txt",
    "/presentations/{id}/original",
)
CONTENT = decks.deck(2)


@pytest.fixture(params=["public", "closed"])
def public(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "public")


@pytest.fixture
def deck(client: TestClient, database: Database, public: bool) -> str:
    """A deck that is ready, of an expert who has gone again."""
    text = PROGRAMME + WET
    take_in(database, text if public else text.replace("time_known = false", "time_known = false\npublic = false", 1))
    sit(client, database, expert(database))
    id = send(client, database, CONTENT, "Überflutung “2027”.pdf")
    assert converted(client, id)["state"] == "ready"
    client.cookies.clear()
    return id


def show(client: TestClient, *audiences: Audience) -> None:
    """From now on these see the deck; how a room comes to say so has tests of its own."""

    async def may_see_pages(room: str, presentation: str, audience: Audience) -> bool:
        return audience in audiences

    house(client).live.may_see_pages = may_see_pages  # type: ignore[method-assign]  # the real one asks the room


def answers(client: TestClient, id: str) -> list[int]:
    return [client.get(address.format(id=id)).status_code for address in ADDRESSES]


ALL, NONE = [200] * len(ADDRESSES), [404] * len(ADDRESSES)


# ── Who sees it ──────────────────────────────────────────────────────────────────────────────────────────────────────


def seen_by(client: TestClient, database: Database, deck: str) -> dict[str, list[int]]:
    """What everybody is answered at all addresses."""
    slot = contribution(database)
    everybody: dict[str, Callable[[], str]] = {
        "sender": lambda: row(database, deck).person,
        "colleague": lambda: expert(database, slot),
        "expert of the room": lambda: person(database, "expert", "spring", room(database, "before-spring")),
        "expert of the exchange": lambda: person(database, "expert"),
        "expert of another slot": lambda: expert(database, contribution(database, "wet-cellars")),
        "expert of another room": lambda: person(database, "expert", "spring", room(database, "after-spring")),
        "expert of another exchange": lambda: person(database, "expert", "autumn"),
        "moderator": lambda: person(database, "moderator"),
        "organiser": lambda: person(database, "organiser"),
        "interpreter": lambda: person(database, "interpreter"),
        "captioner": lambda: person(database, "captioner"),
        "moderator of another exchange": lambda: person(database, "moderator", "autumn"),
        "participant": lambda: person(database, "participant"),
        "stranger": lambda: person(database),
    }
    found = {}
    for name, make in everybody.items():
        client.cookies.clear()
        sit(client, database, make())
        found[name] = answers(client, deck)
    client.cookies.clear()
    found["nobody"] = answers(client, deck)
    return found


EXPERTS = {"sender", "colleague", "expert of the room", "expert of the exchange"}
BOOTH = {"interpreter", "captioner"}
CREW = {"moderator", "organiser"}
INSIDE = {"participant", "expert of another slot"}
OUTSIDE = {
    "expert of another exchange",
    "expert of another room",
    "moderator of another exchange",
    "stranger",
    "nobody",
}


@pytest.mark.parametrize(
    "shown, more",
    [
        ((), set()),
        (("crew",), CREW),
        (("crew", "booth"), CREW | BOOTH),
        (("crew", "booth", "public"), CREW | BOOTH | INSIDE),
    ],
)
def test_deck_is_there_for_those_who_may_see_it_and_for_nobody_else(
    client: TestClient, database: Database, deck: str, public: bool, shown: tuple[Audience, ...], more: set[str]
) -> None:
    show(client, *shown)
    may = EXPERTS | more | (OUTSIDE if public and "public" in shown else set())
    found = seen_by(client, database, deck)
    assert found == {name: ALL if name in may else NONE for name in found}
    assert set(found) == EXPERTS | BOOTH | CREW | INSIDE | OUTSIDE


def test_deck_that_is_not_there_looks_like_one_that_is_not_shown(client: TestClient, deck: str) -> None:
    show(client)
    for address in ADDRESSES:
        hidden, none = client.get(address.format(id=deck)), client.get(address.format(id="A" * 22))
        assert (hidden.status_code, hidden.text) == (404, none.text.replace("A" * 22, deck))


def test_handed_in_deck_cannot_be_taken_back(client: TestClient, database: Database, deck: str) -> None:
    sit(client, database, row(database, deck).person)
    show(client, "crew", "booth")
    assert client.delete(f"/files/{deck}", headers=decks.TUS).status_code == 403
    show(client)
    assert client.delete(f"/files/{deck}", headers=decks.TUS).status_code == 204
    assert answers(client, deck) == NONE


# ── How it is served ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sender(client: TestClient, database: Database, deck: str) -> str:
    """The deck, with its sender at the browser."""
    sit(client, database, row(database, deck).person)
    return deck


@pytest.mark.parametrize("public", [True])
def test_page_is_a_picture_that_is_kept(client: TestClient, sender: str, public: bool) -> None:
    first = client.get(f"/presentations/{sender}/pages/1.webp", headers={"accept-encoding": "gzip"})
    small = client.get(f"/presentations/{sender}/pages/1.webp?w=480", headers={"accept-encoding": "gzip"})
    for answer in (first, small):
        assert (answer.content[:4], answer.content[8:12]) == (b"RIFF", b"WEBP")
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert "content-encoding" not in answer.headers
    assert first.headers["etag"] != small.headers["etag"]
    again = client.get(f"/presentations/{sender}/pages/1.webp", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(f"/presentations/{sender}/pages/1.webp")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])


@pytest.mark.parametrize("public", [True])
@pytest.mark.parametrize(
    "path, status",
    [
        ("pages/1.webp?w=1920", 200),
        ("pages/1.webp?w=481", 400),
        ("pages/1.webp?w=", 400),
        ("pages/1.webp?w=480.0", 400),
        ("pages/0.webp", 404),
        ("pages/3.webp", 404),
        ("pages/3.txt", 404),
        ("pages/99999999999.webp", 404),
        pytest.param(f"pages/{'9' * 5_000}.webp", 404, id="5,000 digits"),
        pytest.param(f"pages/{'9' * 5_000}.txt", 404, id="5,000 digits of a text"),
        ("pages/01.webp", 404),
        ("pages/١.webp", 404),
        ("pages/-1.webp", 404),
        ("pages/1.png", 404),
    ],
)
def test_only_what_is_there_is_served(client: TestClient, sender: str, public: bool, path: str, status: int) -> None:
    assert client.get(f"/presentations/{sender}/{path}").status_code == status


@pytest.mark.parametrize("public", [True])
def test_text_of_a_page_is_plain(client: TestClient, sender: str, public: bool) -> None:
    answer = client.get(f"/presentations/{sender}/pages/2.txt")
    assert (answer.text, answer.headers["content-type"]) == ("Page 2 of the deck", "text/plain; charset=utf-8")


@pytest.mark.parametrize("public", [True])
def test_original_is_to_be_saved_and_never_opened_here(client: TestClient, sender: str, public: bool) -> None:
    answer = client.get(f"/presentations/{sender}/original")
    said = {name: answer.headers[name] for name in ("content-disposition", "content-type", "etag")}
    assert (answer.content, said) == (
        CONTENT,
        {
            "content-disposition": 'attachment; filename="Uberflutung 2027.pdf"; '
            "filename*=UTF-8''%C3%9Cberflutung%20%E2%80%9C2027%E2%80%9D.pdf",
            "content-type": "application/pdf",
            "etag": f'"{hashlib.sha256(CONTENT).hexdigest()}"',
        },
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("public", [True])
def test_deck_on_its_way_has_no_pages_yet(client: TestClient, database: Database, sender: str, public: bool) -> None:
    id = begin(client, database, 100)
    assert answers(client, id) == [200, 404, 404, 404, 404]
    assert about(client, id)["state"] == "receiving"


@pytest.mark.parametrize("public", [True])
def test_who_was_removed_from_the_room_finds_no_slides_of_it(
    client: TestClient, database: Database, sender: str, public: bool
) -> None:
    deck = row(database, sender)
    assert answers(client, sender) == ALL
    sit(client, database, person(database, "moderator"))
    remove = {"id": "k1", "do": "room.remove", "with": {"person": deck.person, "reason": "Insults"}}
    assert client.post(f"/api/rooms/{deck.room}/commands", json=remove).status_code == 200
    assert answers(client, sender) == NONE  # it is not handed in
    sit(client, database, deck.person)
    assert answers(client, sender) == [403] * len(ADDRESSES)
    said = "A moderator has removed you from this room: Insults"
    assert about_refused(client, sender) == {"no": {"code": "person.removed", "text": said}}
    page = client.get(f"/presentations/{sender}/pages/1.webp").text
    assert ("A moderator has removed you from this room" in page, "Insults" in page) == (True, True)


def about_refused(client: TestClient, id: str) -> object:
    return client.get(f"/api/presentations/{id}").json()
