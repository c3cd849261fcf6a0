"""A machine that translates: a real server of the documented API, well and ill, and what becomes of it in a room."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log
from hosting.config import Config, load
from hosting.database import Database
from hosting.errors import HostingError
from hosting.translators import LibreTranslate, NoTranslation, translator
from rooms import asked
from rooms.core import Event
from rooms.lifecycle import Closed, Opened, Paused
from rooms.people import Silenced
from tests.hosting.programmes import NOW, person, room, sign_in

ARABIC, ENGLISH = "من يدفع ثمن القفازات؟", "Who pays for the gloves?"


class Machine(BaseHTTPRequestHandler):
    """LibreTranslate, as it is documented: knows Arabic, English, German and two kinds of Chinese."""

    def do_GET(self) -> None:
        codes = [{"code": code, "name": code, "targets": ["en"]} for code in ("ar", "en", "de", "zh-Hans", "zh-Hant")]
        self.answer(200, json.dumps(codes).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        assert isinstance(server, House)
        server.asked.append(body)
        match body["q"]:
            case "an error":
                self.answer(400, b'{"error": "Invalid request: missing q parameter"}')
            case "garbage":
                self.answer(200, b"<html>")
            case "nothing":
                self.answer(200, b'{"translatedText": " "}')
            case "too much":
                self.answer(200, b'"' + b"x" * 50_000_000 + b'"')
            case "elsewhere":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/languages")
                self.end_headers()
            case _:
                self.answer(200, json.dumps({"translatedText": ENGLISH}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # whoever asked would not read so much
            self.close_connection = True


class House(ThreadingHTTPServer):
    daemon_threads = True
    asked: list[dict[str, str]]


@pytest.fixture
def machine() -> Iterator[House]:
    server = House(("127.0.0.1", 0), Machine)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def at(machine: House) -> str:
    return f"http://127.0.0.1:{machine.server_port}"


@pytest.mark.parametrize(
    ("source", "target", "codes"),
    [
        ("ar", "en", ("ar", "en")),
        ("ar-EG", "de-AT", ("ar", "de")),
        ("en", "zh-Hant-TW", ("en", "zh-Hant")),
        ("zh-TW", "en", ("zh-Hant", "en")),
    ],
)
async def test_text_goes_out_with_the_servers_codes(
    machine: House, source: str, target: str, codes: tuple[str, str]
) -> None:
    libre = LibreTranslate(f"{at(machine)}/", "secret")
    assert await libre.translate(ARABIC, source, target) == ENGLISH
    wanted = {"q": ARABIC, "source": codes[0], "target": codes[1], "format": "text", "api_key": "secret"}
    assert machine.asked == [wanted]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("an error", "400 Bad Request"),
        ("garbage", "the answer is no JSON"),
        ("nothing", "no translation in the answer"),
        ("too much", "the answer is too long"),
        ("elsewhere", "302 Found"),
    ],
)
async def test_answer_that_is_none_is_no_translation(machine: House, text: str, why: str) -> None:
    with pytest.raises(NoTranslation) as refused:
        await LibreTranslate(at(machine)).translate(text, "ar", "en")
    assert str(refused.value) == why


async def test_language_that_the_server_does_not_have_is_not_sent(machine: House) -> None:
    with pytest.raises(NoTranslation):
        await LibreTranslate(at(machine)).translate("Bonjour", "fr", "en")
    assert machine.asked == []


async def test_server_that_is_away_is_no_translation(machine: House) -> None:
    address = at(machine)
    machine.server_close()
    with pytest.raises(NoTranslation):
        await LibreTranslate(address).translate(ARABIC, "ar", "en")


def test_translator_is_off_without_a_setting_and_must_be_one_that_is_known() -> None:
    assert translator("", "") is None
    assert load({"translator": "libretranslate:https://t.example/"}, {}, Path("none")).translator
    for wrong in ("https://t.example", "deepl:https://t.example", "libretranslate:file:///etc/passwd"):
        with pytest.raises(HostingError):
            load({"translator": wrong}, {}, Path("none"))


# ── In a room ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config(tmp_path: Path, machine: House) -> Config:
    return Config(
        data=str(tmp_path), origins=("http://testserver",), rate=0, translator=f"libretranslate:{at(machine)}"
    )


@pytest.fixture
def here(database: Database) -> str:
    """An open room with a question in Arabic that nobody has looked at, and one in English."""
    id, asker = room(database, "before-spring"), person(database, "participant")
    told = (Opened(), asked.Asked("q1", asker, ARABIC, "ar"), asked.Asked("q2", asker, "garbage", "ar"))
    database.write_now(lambda sql: log.tell(sql, id, told, NOW))
    return id


def translations(client: TestClient, here: str) -> dict[str, object]:
    snapshot = client.get(f"/api/rooms/{here}").json()["all"]
    return {id: question["translations"] for id, question in snapshot["questions"].items()}


def test_proposal_by_a_machine_waits_for_a_person(
    client: TestClient, database: Database, machine: House, here: str
) -> None:
    sign_in(client, database, "moderator")
    assert client.get(f"/rooms/{here}/moderate").text.count(f'data-machine="127.0.0.1:{machine.server_port}"') == 1
    assert machine.asked == []  # nothing is sent before somebody presses
    assert client.post(f"/rooms/{here}/questions/q1/machine?to=en").json() == {"ok": {"question": "q1"}}
    proposed = {"text": ENGLISH, "by": None, "state": "proposed", "source": "machine"}
    assert translations(client, here)["q1"] == {"en": proposed}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("q2/machine?to=en", "translation.machine"),
        ("q1/machine?to=fr", "translation.machine"),
        ("q1/machine?to=e n", "command.invalid"),
        ("q9/machine?to=en", "question.unknown"),
    ],
)
def test_proposal_that_cannot_be_is_refused(
    client: TestClient, database: Database, here: str, path: str, code: str
) -> None:
    sign_in(client, database, "moderator")
    assert client.post(f"/rooms/{here}/questions/{path}").json()["no"]["code"] == code
    assert translations(client, here) == {"q1": {}, "q2": {}}


@pytest.mark.parametrize(
    ("who", "code"),
    [("participant", "role.missing"), ("captioner", "role.missing"), ("interpreter", "question.unknown")],
)
def test_question_that_somebody_may_not_see_is_not_sent_for_them(
    client: TestClient, database: Database, machine: House, here: str, who: str, code: str
) -> None:
    sign_in(client, database, who)
    assert client.post(f"/rooms/{here}/questions/q1/machine?to=en").json()["no"]["code"] == code
    assert machine.asked == []


@pytest.mark.parametrize("code", ["person.silenced", "room.paused", "room.closed"])
def test_interpreter_who_may_not_propose_has_none_made(
    client: TestClient, database: Database, machine: House, here: str, code: str
) -> None:
    who = sign_in(client, database, "interpreter")
    before: dict[str, Event] = {"person.silenced": Silenced(who), "room.paused": Paused(), "room.closed": Closed()}
    told = (asked.Published("q1"), before[code])
    database.write_now(lambda sql: log.tell(sql, here, told, NOW))
    assert client.post(f"/rooms/{here}/questions/q1/machine?to=en").json()["no"]["code"] == code
    assert machine.asked == []


def test_post_from_another_site_is_refused(client: TestClient, database: Database, machine: House, here: str) -> None:
    sign_in(client, database, "moderator")
    address = f"/rooms/{here}/questions/q1/machine?to=en"
    assert client.post(address, headers={"origin": "https://evil.example"}).status_code == 403
    assert machine.asked == []


def test_public_reads_a_machines_translation_only_when_a_person_has_approved_it(
    client: TestClient, database: Database, here: str
) -> None:
    sign_in(client, database, "moderator")

    def do(command: str, **facts: str) -> None:
        body = {"id": command, "do": command, "with": {"question": "q1", **facts}}
        assert client.post(f"/api/rooms/{here}/commands", json=body).status_code == 200

    assert client.post(f"/rooms/{here}/questions/q1/machine?to=en").status_code == 200
    do("question.publish")
    sign_in(client, database, "participant")
    assert ENGLISH not in client.get(f"/api/rooms/{here}").text
    sign_in(client, database, "moderator")
    do("question.approve_translation", language="en")
    sign_in(client, database, "participant")
    approved = {"text": ENGLISH, "by": None, "state": "approved", "source": "machine"}
    assert translations(client, here) == {"q1": {"en": approved}}
