"""The page of a stream's picture: whom it lets in, and exactly what it may load; and that the room's page may not."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import editing, log, moments
from hosting.config import Config
from hosting.database import Database
from hosting.security import CSP, SOUND_HEADERS
from hosting.streams import picture
from rooms.lifecycle import Closed, Opened, StreamSet
from tests.conftest import ORIGIN
from tests.hosting.programmes import room, sign_in

EMBEDS = ("www.youtube-nocookie.com", "player.vimeo.com", "jitsi:meet.example.org", "bbb.example.org:8443")
HLS, TUBE = "https://live.example.org:8443/floor.m3u8", "https://youtu.be/dQw4w9WgXcQ"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=str(tmp_path), origins=(ORIGIN,), rate=0, embeds=EMBEDS)


@pytest.fixture
def here(client: TestClient, database: Database) -> str:
    """A room in which its participant sits at the browser."""
    sign_in(client, database, "participant", "spring")
    return room(database, "before-spring")


def set_stream(database: Database, id: str, link: str | None, delay: float = 0.0) -> None:
    links = (StreamSet(link, delay),)
    database.write_now(lambda sql: editing.set_links(sql, id, links, moments.now(), "system"))


def policy(loads: str) -> dict[str, str]:
    """The whole policy of a picture's page, where it may load these."""
    return dict(
        part.split(" ", 1)
        for part in (
            *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'none'", "font-src 'none'"),
            *("connect-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"),
            *("require-trusted-types-for 'script'", "trusted-types 'none'", *loads.split("; ")),
        )
    )


@pytest.mark.parametrize(
    ("link", "loads"),
    [
        (HLS, "connect-src https://live.example.org:8443; media-src https://live.example.org:8443 blob:"),
        (TUBE, "frame-src https://www.youtube-nocookie.com"),
        ("https://vimeo.com/76979871", "frame-src https://player.vimeo.com"),
        ("https://meet.example.org/Room", "frame-src https://meet.example.org"),
        ("https://bbb.example.org:8443/rooms/ab", "frame-src https://bbb.example.org:8443"),
    ],
)
def test_pictures_page_may_load_from_its_host_and_nothing_else(
    client: TestClient, database: Database, here: str, link: str, loads: str
) -> None:
    set_stream(database, here, link)
    answer = client.get(f"/rooms/{here}/picture")
    assert answer.status_code == 200
    said = answer.headers["content-security-policy"]
    assert dict(part.split(" ", 1) for part in said.split("; ")) == policy(loads)
    denied = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=()"
    assert answer.headers["permissions-policy"] == denied
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("link", [None, HLS, TUBE, "https://bbb.example.org:8443/rooms/ab", "https://a.example/live"])
def test_room_may_frame_our_own_pages_alone_whatever_its_stream_is(
    client: TestClient, database: Database, here: str, link: str | None
) -> None:
    set_stream(database, here, link)
    usual = SOUND_HEADERS["Content-Security-Policy"]
    assert client.get(f"/rooms/{here}").headers["content-security-policy"] == f"{usual}; frame-src 'self'"
    for path in ("screen", "moderate", "captions", "booth/en"):
        assert client.get(f"/rooms/{here}/{path}").headers["content-security-policy"] == usual
    assert client.get("/").headers["content-security-policy"] == CSP


def test_page_is_given_what_it_plays_and_nothing_of_the_host_is_in_its_html(
    client: TestClient, database: Database, here: str
) -> None:
    set_stream(database, here, TUBE)
    html, shown = client.get(f"/rooms/{here}/picture").text, picture(TUBE, EMBEDS)
    assert shown
    given = json.loads(re.findall(r'<script type="application/json" id="given">(.*?)</script>', html)[0])
    assert given == {
        "kind": "youtube",
        "origin": "https://www.youtube-nocookie.com",
        "address": shown.address,
        "silent": shown.silent,
        "sandbox": "allow-scripts allow-same-origin",
        "referrer": "strict-origin",
        "title": "Picture from www.youtube-nocookie.com",
    }
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == re.findall(r'"(/static/[^"]*)"', html)


@pytest.mark.parametrize(
    "link", [None, "https://www.example.org/live", "https://a.example/x", "http://a.example/a.m3u8"]
)
def test_there_is_no_page_where_there_is_only_a_link(
    client: TestClient, database: Database, here: str, link: str | None
) -> None:
    set_stream(database, here, link)
    assert client.get(f"/rooms/{here}/picture").status_code == 404
    assert client.get(f"/api/rooms/{here}/picture").json() == {"ok": {"link": link, "host": None, "mutes": None}}


def test_there_is_no_page_when_the_room_is_closed(client: TestClient, database: Database, here: str) -> None:
    set_stream(database, here, HLS)
    database.write_now(lambda sql: log.tell(sql, here, (Opened(),), moments.now()))
    assert client.get(f"/rooms/{here}/picture").status_code == 200
    database.write_now(lambda sql: log.tell(sql, here, (Closed(),), moments.now()))
    assert client.get(f"/rooms/{here}/picture").status_code == 404


@pytest.mark.parametrize(
    ("link", "host", "mutes"),
    [
        (HLS, "live.example.org:8443", True),
        (TUBE, "www.youtube-nocookie.com", True),
        ("https://bbb.example.org:8443/rooms/ab", "bbb.example.org:8443", False),
    ],
)
def test_room_is_told_where_a_picture_would_come_from(
    client: TestClient, database: Database, here: str, link: str, host: str, mutes: bool
) -> None:
    set_stream(database, here, link)
    told = {"link": link, "host": host, "mutes": mutes}
    assert client.get(f"/api/rooms/{here}/picture").json() == {"ok": told}
    html = client.get(f"/rooms/{here}").text
    assert json.loads(unescape(re.findall(r"data-picture='([^']*)'", html)[0])) == told


@pytest.mark.parametrize("link", ["https://a.example/'><b>.m3u8", "https://a.example/x.m3u8?'\"&<script>"])
def test_link_cannot_leave_its_place_in_a_page(client: TestClient, database: Database, here: str, link: str) -> None:
    set_stream(database, here, link)
    for path in (f"/rooms/{here}", f"/rooms/{here}/picture"):
        html = client.get(path).text
        assert ("'><b>" in html, '"&<script>' in html) == (False, False)
    told = re.findall(r"data-picture='([^']*)'", client.get(f"/rooms/{here}").text)
    assert json.loads(unescape(told[0]))["link"] == link


@pytest.mark.parametrize(
    ("who", "where", "status"),
    [
        (None, "before-spring", 401),
        (None, "behind-doors", 401),
        ("participant", "behind-doors", 403),
        ("participant", "before-spring", 200),
        ("participant", "nowhere", 404),
    ],
)
def test_picture_is_for_those_who_may_enter(
    client: TestClient, database: Database, who: str | None, where: str, status: int
) -> None:
    if who:
        sign_in(client, database, who, "spring")
    id = where if where == "nowhere" else room(database, where)
    if where != "nowhere":
        set_stream(database, id, HLS)
    paths = (f"/rooms/{id}/picture", f"/api/rooms/{id}/picture")
    assert [client.get(path).status_code for path in paths] == [status, status]


def test_who_reads_along_as_a_guest_sees_the_picture_too(client: TestClient, database: Database) -> None:
    id = room(database, "before-spring")
    set_stream(database, id, HLS)
    client.get(f"/rooms/{id}")
    assert client.get(f"/rooms/{id}/picture").status_code == 200
