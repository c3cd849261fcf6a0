"""Resumable uploads by tus 1.0: what is taken, what is refused with which status, and what then lies on the disk."""

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient
from starlette.types import Message

from hosting import moments, people, tables, texts, uploads
from hosting.database import Database
from hosting.routes.uploads import STATUS
from hosting.uploads import MEGABYTE, clean_filename
from tests.conftest import ORIGIN
from tests.hosting import decks
from tests.hosting.decks import TUS
from tests.hosting.programmes import contribution, expert, person, rows
from tests.hosting.slides import about, begin, converted, house, lying, offset, patch, row, send, sit

CONTENT = decks.deck(2)


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def rania(client: TestClient, database: Database) -> str:
    """The expert who sits at the browser."""
    id = expert(database)
    sit(client, database, id)
    return id


# ── As it should be ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_server_says_what_it_speaks(client: TestClient) -> None:
    for path in ("/files", "/files/anything"):
        answer = client.options(path)
        said = {name: value for name, value in answer.headers.items() if name.startswith("tus-")}
        assert (answer.status_code, said) == (
            204,
            {
                "tus-resumable": "1.0.0",
                "tus-version": "1.0.0",
                "tus-max-size": "104857600",
                "tus-extension": "creation,checksum,expiration,termination",
                "tus-checksum-algorithm": "sha1,sha256",
            },
        )


def test_deck_is_sent_in_parts_and_the_same_bytes_are_kept(client: TestClient, database: Database, rania: str) -> None:
    id = begin(client, database, len(CONTENT))
    for start in range(0, len(CONTENT), 300):
        assert offset(client, id) == start
        answer = patch(client, id, start, CONTENT[start : start + 300])
        assert (answer.status_code, answer.headers["tus-resumable"]) == (204, "1.0.0")
        assert answer.headers["upload-offset"] == str(min(start + 300, len(CONTENT)))
    assert converted(client, id) == {
        "id": id,
        "contribution": contribution(database),
        "filename": "deck.pdf",
        "state": "ready",
        "pages": 2,
        "reason": None,
        "text": None,
        "received": len(CONTENT),
        "size": len(CONTENT),
        "rendered": 2,
    }
    assert row(database, id).digest == hashlib.sha256(CONTENT).hexdigest()
    assert client.get(f"/presentations/{id}/original").content == CONTENT
    assert offset(client, id) == len(CONTENT)


def test_upload_says_how_long_and_until_when(client: TestClient, database: Database, rania: str) -> None:
    answer = client.post("/files", headers=decks.creation(1000, contribution(database)))
    id = answer.headers["location"].removeprefix("/files/")
    assert len(id) == 22  # 128 bits
    for said in (answer, client.head(f"/files/{id}", headers=TUS), patch(client, id, 0, CONTENT[:10])):
        left = parsedate_to_datetime(said.headers["upload-expires"]) - moments.now()
        assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
        assert said.headers["cache-control"] == "no-store"
    looked = client.head(f"/files/{id}", headers=TUS)
    assert (looked.headers["upload-length"], looked.headers["upload-offset"]) == ("1000", "10")
    assert about(client, id)["received"] == 10


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_part_with_its_checksum_is_taken(client: TestClient, database: Database, rania: str, algorithm: str) -> None:
    id = begin(client, database, len(CONTENT))
    for start, end in ((0, 100), (100, len(CONTENT))):
        body = CONTENT[start:end]
        answer = client.patch(f"/files/{id}", content=body, headers=decks.part(start, body, algorithm))
        assert answer.status_code == 204
    assert converted(client, id)["state"] == "ready"


def test_part_of_no_bytes_is_fine(client: TestClient, database: Database, rania: str) -> None:
    id = begin(client, database, 100)
    assert patch(client, id, 0, b"").headers["upload-offset"] == "0"


def test_method_may_be_named_in_a_header(client: TestClient, database: Database, rania: str) -> None:
    id = begin(client, database, 100)
    headers = {**decks.part(0), "x-http-method-override": "PATCH"}
    assert client.post(f"/files/{id}", content=b"%PDF-", headers=headers).status_code == 204
    assert client.post(f"/files/{id}", headers=TUS).status_code == 405
    ended = client.post(f"/files/{id}", headers={**TUS, "x-http-method-override": "DELETE"})
    assert (ended.status_code, lying(client)) == (204, [])


def test_ended_upload_is_gone(client: TestClient, database: Database, rania: str) -> None:
    id = begin(client, database, 100)
    patch(client, id, 0, b"%PDF-")
    assert client.delete(f"/files/{id}", headers=TUS).status_code == 204
    assert lying(client) == []
    gone = [client.request(method, f"/files/{id}", headers=decks.part(5)) for method in ("HEAD", "PATCH", "DELETE")]
    assert [answer.status_code for answer in gone] == [404, 404, 404]


def test_deck_that_two_sent_is_there_until_both_are_gone(client: TestClient, database: Database, rania: str) -> None:
    first, second = (send(client, database, CONTENT) for _ in range(2))
    assert [converted(client, id)["state"] for id in (first, second)] == ["ready", "ready"]
    site = house(client)
    assert client.portal
    client.portal.call(site.media.give_up, row(database, first))
    assert client.get(f"/presentations/{second}/original").content == CONTENT
    client.portal.call(site.media.give_up, row(database, second))
    assert lying(client) == []


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_other_versions_are_refused(client: TestClient, database: Database, rania: str) -> None:
    id, before = begin(client, database, 100), rows(database)
    for headers in ({}, {"tus-resumable": "0.2.2"}):
        for method, path in (("POST", "/files"), ("HEAD", f"/files/{id}"), ("PATCH", f"/files/{id}")):
            answer = client.request(method, path, headers={**decks.creation(9, "x"), "tus-resumable": "", **headers})
            assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
    assert rows(database) == before


@pytest.mark.parametrize(
    "change, status",
    [
        ({"upload-length": ""}, 400),
        ({"upload-length": "-1"}, 400),
        ({"upload-length": "1e3"}, 400),
        ({"upload-length": "٣"}, 400),
        ({"upload-length": "9" * 16}, 400),
        ({"upload-length": str(100 * MEGABYTE + 1)}, 413),
        ({"upload-length": "999999999999999"}, 413),
        ({"upload-metadata": ""}, 400),
        ({"upload-metadata": "contribution !!!"}, 400),
        ({"upload-metadata": "contribution /w=="}, 400),
        ({"upload-metadata": "contribution ü"}, 400),
        ({"upload-metadata": decks.metadata(filename="deck.pdf")}, 400),
        ({"upload-metadata": decks.metadata(contribution="none", filename="a" * 4000)}, 400),
        ({"upload-metadata": decks.metadata(contribution="none")}, 403),
        ({"upload-metadata": f"{decks.metadata(contribution='none')},{decks.metadata(contribution='none')}"}, 400),
    ],
)
def test_upload_that_is_not_understood_is_not_begun(
    client: TestClient, database: Database, rania: str, change: dict[str, str], status: int
) -> None:
    before = rows(database)
    headers = {**decks.creation(100, contribution(database)), **change}
    encoded = {name: value.encode() for name, value in headers.items()}
    answer = client.post("/files", headers=encoded)  # type: ignore[arg-type]  # bytes, for what is not ASCII
    assert answer.status_code == status
    assert len(answer.text) > 10
    assert (rows(database), lying(client)) == (before, [])


def test_largest_file_may_begin(client: TestClient, database: Database, rania: str) -> None:
    begin(client, database, 100 * MEGABYTE)


@pytest.mark.parametrize("role", ["participant", "interpreter", "moderator", "organiser", None])
def test_only_an_expert_may_begin(client: TestClient, database: Database, role: str | None) -> None:
    sit(client, database, person(database, role))
    answer = client.post("/files", headers=decks.creation(100, contribution(database)))
    assert (answer.status_code, answer.text) == (
        403,
        "Only the experts of this contribution can send slides for it.",
    )
    client.cookies.clear()
    assert client.post("/files", headers=decks.creation(100, contribution(database))).status_code == 401


@pytest.mark.parametrize("whole", [True, False])
def test_expert_of_the_exchange_or_room_may_begin(client: TestClient, database: Database, whole: bool) -> None:
    of = None if whole else row_room(database)
    sit(client, database, person(database, "expert", "spring", of))
    begin(client, database, 100)


def row_room(database: Database) -> str:
    slot = contribution(database)
    columns = tables.contributions.c
    found = select(columns.session).where(columns.id == slot)
    return str(database.read_now(lambda sql: sql.execute(found).scalar_one()))


def test_every_refusal_of_an_upload_has_a_status() -> None:
    codes = {code for code in texts.REFUSALS if code.startswith("upload.")}
    assert codes == {code for code in STATUS if code.startswith("upload.")}


@pytest.mark.parametrize(
    "change, status",
    [
        ({"content-type": "application/pdf"}, 415),
        ({"content-type": ""}, 415),
        ({"upload-offset": "4"}, 409),
        ({"upload-offset": "6"}, 409),
        ({"upload-offset": ""}, 400),
        ({"upload-offset": "-5"}, 400),
        ({"upload-checksum": "md5 AAAA"}, 400),
        ({"upload-checksum": "sha256 ???"}, 400),
        ({"upload-checksum": "sha256 ü"}, 400),
        ({"upload-checksum": f"sha256 {base64.b64encode(bytes(32)).decode()}"}, 460),
        ({"upload-checksum": "sha1"}, 460),
    ],
)
def test_part_that_does_not_fit_is_not_written(
    client: TestClient, database: Database, rania: str, change: dict[str, str], status: int
) -> None:
    id = begin(client, database, len(CONTENT))
    patch(client, id, 0, CONTENT[:5])
    encoded = {name: value.encode() for name, value in change.items()}
    answer = patch(client, id, 5, CONTENT[5:], **encoded)  # type: ignore[arg-type]  # bytes, for what is not ASCII
    assert answer.status_code == status
    assert offset(client, id) == 5
    assert house(client).uploads.incoming.at(id).read_bytes() == CONTENT[:5]
    assert patch(client, id, 5, CONTENT[5:]).status_code == 204
    assert converted(client, id)["state"] == "ready"


def in_pieces(content: bytes) -> Iterator[bytes]:
    """A body whose length nobody says."""
    for start in range(0, len(content), 200):
        yield content[start : start + 200]


@pytest.mark.parametrize("said", [True, False])
def test_more_than_was_announced_is_refused_and_not_stored(
    client: TestClient, database: Database, rania: str, said: bool
) -> None:
    id, more = begin(client, database, 1000), b"%PDF-" + bytes(2_000_000)
    body = more if said else in_pieces(more)
    answer = client.patch(f"/files/{id}", content=body, headers=decks.part(0))
    assert (answer.status_code, offset(client, id)) == (413, 0)
    assert house(client).uploads.incoming.at(id).read_bytes() == b""
    assert about(client, id)["state"] == "receiving"


def test_upload_that_took_too_long_is_gone_and_forgotten(client: TestClient, database: Database, rania: str) -> None:
    late, other = begin(client, database, 100), begin(client, database, 100)
    columns = tables.presentations.c
    past = moments.show(moments.now() - timedelta(seconds=1))
    change = update(tables.presentations).where(columns.id == late).values(expires_at=past)
    database.write_now(lambda sql: sql.execute(change) and None)
    answers = [client.head(f"/files/{late}", headers=TUS), patch(client, late, 0, b"%PDF-")]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert client.portal
    client.portal.call(house(client).media.sweep)
    assert client.head(f"/files/{late}", headers=TUS).status_code == 404
    assert lying(client) == [f"incoming/{other}"]


def test_upload_of_somebody_else_is_closed(client: TestClient, database: Database, rania: str) -> None:
    id = begin(client, database, 100)
    patch(client, id, 0, b"%PDF-")
    before = rows(database)
    ways = (("HEAD", decks.TUS), ("PATCH", decks.part(5)), ("DELETE", decks.TUS))
    for who, status in ((expert(database), 403), (person(database, "organiser"), 403), (None, 401)):
        client.cookies.clear()
        if who:
            sit(client, database, who)
            before = rows(database)
        for method, headers in ways:
            answer = client.request(method, f"/files/{id}", headers=headers, content=b"")
            assert (answer.status_code, "upload-offset" in answer.headers) == (status, False)
    assert rows(database) == before
    assert house(client).uploads.incoming.at(id).read_bytes() == b"%PDF-"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": ORIGIN, "sec-fetch-site": "cross-site"}],
)
def test_page_of_another_site_changes_nothing(
    client: TestClient, database: Database, rania: str, method: str, headers: dict[str, str]
) -> None:
    id = begin(client, database, 100)
    before = rows(database)
    path = "/files" if method == "POST" else f"/files/{id}"
    given = decks.creation(100, contribution(database)) | decks.part(0) | headers
    assert client.request(method, path, headers=given, content=b"%PDF-").status_code == 403
    assert (rows(database), offset(client, id)) == (before, 0)
    del client.headers["origin"]
    token = database.write_now(lambda sql: people.api_token(sql, rania, 1, moments.now()))
    client.cookies.clear()
    bearer = {**decks.part(0), "authorization": f"Bearer {token}"}
    assert client.patch(f"/files/{id}", headers=bearer, content=b"%PDF-").status_code == 204


def test_line_that_stalls_is_given_up_and_what_came_is_kept(
    client: TestClient, database: Database, rania: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "STALL", 0.2)
    id, answered = begin(client, database, len(CONTENT)), []
    given = {**decks.part(0), "cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    headers = [(name.encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": "PATCH", "path": f"/files/{id}", "query_string": b"", "headers": headers}
    body = [{"type": "http.request", "body": CONTENT[:50], "more_body": True}]

    async def receive() -> Message:
        return body.pop() if body else await asyncio.sleep(60, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        answered.append(message.get("status"))

    assert client.portal
    client.portal.call(client.app, {**scope, "app": client.app, "state": {}}, receive, send)
    assert (answered[0], offset(client, id)) == (204, 50)


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name, shown",
    [
        ("deck.pdf", "deck.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\slides\\deck.pdf", "deck.pdf"),
        ("deck.pdf\0.html", "deck.pdf.html"),
        ("deck\u202efdp.exe", "deckfdp.exe"),
        ("  a \n b\t.pdf ", "a b.pdf"),
        ("Gefa\u0308hrdung.pdf", "Gefährdung.pdf"),
        ("الأزمات.pdf", "الأزمات.pdf"),
        ("", "slides.pdf"),
        ("...", "slides.pdf"),
        ("\u200b\u2060", "slides.pdf"),
        ("/", "slides.pdf"),
        ("a" * 4000, "a" * 120),
        ("a" * 4000 + ".pdf", "a" * 116 + ".pdf"),
        ("CON.pdf", "CON.pdf"),
        ('a"; drop.pdf', 'a"; drop.pdf'),
    ],
)
def test_name_is_only_shown(name: str, shown: str) -> None:
    assert clean_filename(name) == shown
