"""The edge: names, next addresses, Origins, headers, cookies. Forged requests are in test_forgery."""

import unicodedata
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from hosting import entrance, moments, people
from hosting.admission import Shown, Ticket
from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.people import NOBODY, SERVICE, digest
from hosting.security import (
    CSP,
    SOUND_HEADERS,
    Edge,
    clean_name,
    drop_cookie,
    local_path,
    origin_allowed,
    same_site,
    set_cookie,
)
from tests.hosting.programmes import person, room, sign_in, take_in

SOUND_CSP = SOUND_HEADERS["Content-Security-Policy"]
HERE = Config(origins=("https://exchange.example.org", "http://localhost:8000"))

# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("Agnes Nabirye", "Agnes Nabirye"),
        ("  Agnes \t\n Nabirye ", "Agnes Nabirye"),
        ("A\u0308gnes", "Ägnes"),  # composed
        ("Ag\x00nes\x1b\x7f\x85", "Agnes"),
        ("Agnes\u202egro.live", "Agnesgro.live"),  # right-to-left override
        ("\u2066Agnes\u2069\u200f", "Agnes"),
        ("Ag\u200bnes\ufeff\u2060", "Agnes"),  # zero-width
        ("Agnes\u2028Nabirye\u2029", "AgnesNabirye"),
        ("Ag\U000e0041nes", "Agnes"),  # a tag character
        ("Agnes\ue000", "Agnes"),  # for private use
        ("علی\u200cرضا", "علی\u200cرضا"),  # Persian: the non-joiner belongs to the word
        ("\u200cعلی\u200d", "علی"),
        ("شاه \u200cدخت", "شاه دخت"),
        ("شاه\u200c دخت", "شاه دخت"),
        ("علی\u200c\u200bرضا", "علیرضا"),  # between two letters, and nowhere else
        ("مريم \u202eAnna\u202c Haddad", "مريم Anna Haddad"),  # both directions, and nothing that turns them round
        ("\u2067Moderator\u2069 \u061cAnna", "Moderator Anna"),
        ("क्\u200dष", "क्\u200dष"),
        ("Sam\u200cira\u200d K\u200c.", "Samira K."),  # in Latin a joiner only hides
        ("O’Connor-Peña, 2.", "O’Connor-Peña, 2."),
        ("<b>Bobby</b>", "<b>Bobby</b>"),  # escaped where it is shown
        ("7", "7"),
        ("n" * 80, "n" * 80),
        ("n\u0303" * 80, "ñ" * 80),  # 80 once composed
    ],
)
def test_name_is_shown_clean(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown == unicodedata.normalize("NFC", shown)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\u200b", "\u202e\u2066", "\x00", "...", "–", "🎈", "\u200c\u200c", "n" * 81, "\ud800", "\u3164\u115f"],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="1 to 80 characters"):
        clean_name(typed)


# ── Where to go next ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/rooms/x", "/exchanges/a?topic=b&time=mine#c", "/me?saved", "/räume"])
def test_local_path_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example", "https://evil.example"),
        *("javascript:alert(1)", "evil.example", "", None, " /me", "/\t/evil.example", "/\n/evil.example"),
        *("/me\r\nSet-Cookie: a=b", "/\x00/evil", "/ /evil", "mailto:a@b", "?next=/", "#top", "/me\x1f"),
    ],
)
def test_foreign_path_becomes_the_front_page(path: str | None) -> None:
    assert local_path(path) == "/"


# ── Where a request comes from ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("origin", HERE.origins)
def test_own_origin_is_allowed(origin: str) -> None:
    assert origin_allowed([origin], HERE)


FOREIGN: list[list[str]] = [
    [],
    [""],
    ["null"],
    ["https://exchange.example.org", "https://exchange.example.org"],
    ["https://exchange.example.org", "https://evil.example"],
    ["https://exchange.example.org, https://evil.example"],
    ["https://evil.example"],
    ["http://exchange.example.org"],
    ["https://exchange.example.org:443"],
    ["https://exchange.example.org:8443"],
    ["http://localhost"],
    ["http://localhost:8001"],
    ["https://localhost:8000"],
    ["http://127.0.0.1:8000"],
    ["HTTPS://exchange.example.org"],
    ["https://EXCHANGE.example.org"],
    ["https://exchange.example.org/"],
    ["https://exchange.example.org/rooms/x"],
    ["https://exchange.example.org?"],
    ["https://exchange.example.org#"],
    ["https://www.exchange.example.org"],
    ["https://example.org"],
    ["https://exchange.example.org.evil.example"],
    ["https://evil-exchange.example.org"],
    ["https://exchange.example.org."],
    ["https://user@exchange.example.org"],
    ["https://exchange.example.org@evil.example"],
    ["https://exchange.example.org%2eevil.example"],
    [" https://exchange.example.org"],
    ["https://exchange.example.org\t"],
    ["exchange.example.org"],
    ["//exchange.example.org"],
    ["file://"],
    ["chrome-extension://exchange.example.org"],
    ["https://exchаnge.example.org"],  # a Cyrillic а
]


@pytest.mark.parametrize("origins", FOREIGN, ids=lambda origins: "|".join(origins) or "none")
def test_foreign_origin_is_not_allowed(origins: list[str]) -> None:
    assert not origin_allowed(origins, HERE)


@pytest.mark.parametrize(
    "headers, ours",
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),  # typed, or from a bookmark
        ({"sec-fetch-site": "same-site"}, False),  # a neighbour under the same domain
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": ""}, False),
        ({"sec-fetch-site": "SAME-ORIGIN"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),  # a browser with Origin suppressed
        ({"origin": "http://localhost:8000"}, True),  # browsers before Sec-Fetch-Site
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({}, True),  # a program: every browser says one of the two
    ],
)
def test_request_is_ours_by_what_browsers_say(headers: dict[str, str], ours: bool) -> None:
    assert same_site(Headers(headers), HERE) is ours


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = ("/", "/exchanges/spring", "/rooms/ROOM", "/sign-in", "/sign-in/unknown", "/me", "/organise", "/healthz")
OTHERS = ("/readyz", "/nothing", "/demo", "/rooms/ROOM/moderate", "/api/rooms/ROOM", "/api/rooms/none", "/favicon.ico")


@pytest.mark.parametrize("path", PAGES + OTHERS)
def test_every_page_has_the_safe_headers(client: TestClient, database: Database, path: str) -> None:
    take_in(database)
    headers = client.get(path.replace("ROOM", room(database, "before-spring"))).headers
    framed = "; frame-src 'self'" if path == "/rooms/ROOM" else ""  # the picture, see test_picture
    assert headers["content-security-policy"] == (SOUND_CSP + framed if path.startswith("/rooms/") else CSP)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path, microphone",
    [("/", "()"), ("/me", "()"), ("/rooms/ROOM", "(self)"), ("/rooms/ROOM/booth/fr", "(self)"), ("/desk/x", "(self)")],
)
def test_microphone_is_for_pages_where_people_speak(
    client: TestClient, database: Database, path: str, microphone: str
) -> None:
    take_in(database)
    policy = client.get(path.replace("ROOM", room(database, "before-spring"))).headers["permissions-policy"]
    assert policy == f"camera=(), geolocation=(), microphone={microphone}, payment=()"


def test_policy_of_sound_lets_nothing_more_in_than_webassembly() -> None:
    assert SOUND_CSP == CSP.replace("script-src 'self';", "script-src 'self' 'wasm-unsafe-eval';") != CSP


def test_policy_lets_nothing_in_but_our_own_files() -> None:
    assert CSP == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types lit-html"
    )


async def fall(_request: Request) -> Response:
    raise AssertionError("planted: a bug")


def test_even_a_bug_has_the_safe_headers(app: Starlette) -> None:
    app.router.routes.insert(0, Route("/fall", fall))
    with TestClient(app, raise_server_exceptions=False) as browser:
        answer = browser.get("/fall", headers={"accept-language": "de"})
    assert (answer.status_code, answer.headers["content-language"]) == (500, "de")
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["cache-control"] == "no-store"
    assert "planted" not in answer.text


@pytest.mark.parametrize("base_url, kept", [("http://testserver", None), ("https://testserver", "max-age=31536000")])
def test_https_is_remembered_where_people_use_it(
    database: Database, tmp_path: Path, base_url: str, kept: str | None
) -> None:
    with TestClient(create_app(Config(data=str(tmp_path), base_url=base_url), database)) as browser:
        assert browser.get("/healthz").headers.get("strict-transport-security") == kept


def test_static_files_are_kept_for_good_and_sniffed_by_nobody(client: TestClient, app: Starlette) -> None:
    answer = client.get(app.state.site.render.static("icon.svg"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_static_files_of_an_older_page_are_never_kept(client: TestClient) -> None:
    answer = client.get("/static/of-another-version/icon.svg")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["../pyproject.toml", "%2e%2e/pyproject.toml", "..%2f..%2fhosting/config.py", "css/"])
def test_static_files_are_only_those_of_their_folder(client: TestClient, app: Starlette, path: str) -> None:
    assert client.get(app.state.site.render.static(path), follow_redirects=True).status_code == 404


# ── Cookies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "config, name, secure",
    [
        (Config(), "austausch", set()),
        (Config(base_url="http://exchange.example.org"), "austausch", set()),
        (Config(base_url="https://exchange.example.org"), "__Host-austausch", {"secure"}),
    ],
)
def test_cookie_is_hardened(config: Config, name: str, secure: set[str]) -> None:
    response = Response()
    set_cookie(response, config, "token")
    first, *flags = response.headers["set-cookie"].lower().split("; ")
    assert first == f"{name}=token".lower()
    assert set(flags) == {"httponly", "max-age=2592000", "path=/", "samesite=lax"} | secure


@pytest.mark.parametrize("base_url", ["", "https://exchange.example.org"])
def test_dropped_cookie_has_the_flags_of_the_set_one(base_url: str) -> None:
    response, dropped = Response(), Response()
    set_cookie(response, Config(base_url=base_url), "token")
    drop_cookie(dropped, Config(base_url=base_url))

    def flags(answer: Response) -> set[str]:
        parts = answer.headers["set-cookie"].lower().split("; ")
        return {part for part in parts[1:] if not part.startswith(("max-age", "expires"))}

    assert flags(response) == flags(dropped)
    assert "max-age=0" in dropped.headers["set-cookie"].lower()


# ── What a socket shows at the door ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers, shown",
    [
        ({"cookie": "austausch=abc; other=x"}, Ticket(digest("abc"))),
        ({"authorization": "Bearer abc"}, Ticket(digest("abc"), bearer=True)),
        ({"authorization": "bearer  abc "}, Ticket(digest("abc"), bearer=True)),
        ({"authorization": "Bearer abc", "cookie": "austausch=def"}, Ticket(digest("abc"), bearer=True)),
        ({"authorization": "Bearer of-the-service"}, SERVICE),
        ({"authorization": "Basic abc", "cookie": "austausch=def"}, NOBODY),
        ({"authorization": "Bearer ", "cookie": "austausch=def"}, NOBODY),
        ({"cookie": "austausch=of-the-service"}, Ticket(digest("of-the-service"))),
        ({"cookie": "austausch="}, NOBODY),
        ({}, NOBODY),
    ],
)
async def test_edge_reads_of_a_socket_only_what_it_shows(headers: dict[str, str], shown: Shown) -> None:
    reached: list[Scope] = []

    async def inside(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    async def silent() -> Message:
        raise AssertionError("the edge waits for nothing")

    async def send(_message: Message) -> None:
        raise AssertionError("the edge answers nothing")

    unreadable = Database("sqlite:////nowhere/at/all")  # never started: whoever reads it fails
    edge = Edge(inside, Config(service_token="of-the-service"), unreadable, lambda _: Response())
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await edge({"type": "websocket", "path": "/rooms/r/live", "headers": pairs}, silent, send)
    assert [scope["state"] for scope in reached] == [{"shown": shown}]


@pytest.mark.parametrize("who, role", [("service", "organiser"), ("program", "captioner"), ("browser", "captioner")])
def test_socket_is_let_in_by_what_it_shows(database: Database, tmp_path: Path, who: str, role: str) -> None:
    take_in(database)
    id, now = person(database, "captioner"), moments.now()
    match who:
        case "browser":
            cookie = database.write_now(lambda sql: people.open_sign_in(sql, id, now))
            headers = {"cookie": f"austausch={cookie}", "origin": "http://testserver"}
        case "program":
            headers = {"authorization": f"Bearer {database.write_now(lambda sql: people.api_token(sql, id, 1, now))}"}
        case _:
            headers = {"authorization": "Bearer of-the-service"}
    config = Config(data=str(tmp_path), origins=("http://testserver",), service_token="of-the-service")
    live = f"/rooms/{room(database, 'behind-doors' if who == 'service' else 'before-spring')}/live"
    with TestClient(create_app(config, database), headers=headers) as client, client.websocket_connect(live) as socket:
        assert socket.receive_json()["you"]["role"] == role
        socket.send_bytes(b"no text")  # ends it from the other side, so that nothing is cut off
        while "bye" not in socket.receive_json():
            pass


# ── A database that is away ──────────────────────────────────────────────────────────────────────────────────────────


def test_who_cannot_be_looked_up_is_asked_back_and_stays_signed_in(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(database)
    sign_in(client, database, "moderator")
    page, cookie = f"/rooms/{room(database, 'before-spring')}", client.cookies["austausch"]

    def away(*_given: object) -> None:
        raise Unavailable("database is locked")

    with monkeypatch.context() as fault:
        fault.setattr(people, "find_sign_in", away)
        fault.setattr(entrance, "admissions", away)
        answers = [client.get(path) for path in (page, f"{page}/moderate", f"/api{page}")]
        assert [answer.status_code for answer in answers] == [503, 503, 503]
        assert answers[-1].json()["no"]["code"] == "try.again"
        assert [answer.headers["content-security-policy"] for answer in answers] == [SOUND_CSP, SOUND_CSP, CSP]
        with client.websocket_connect(f"{page}/live") as socket:
            assert socket.receive_json()["bye"]["code"] == 1012
    assert client.cookies["austausch"] == cookie
    assert client.get(f"{page}/moderate").status_code == 200
