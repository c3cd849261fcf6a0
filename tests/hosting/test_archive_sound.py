"""The sound in an archive: who gets it, in parts and whole; what organisers withhold and delete."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import recordings, texts
from hosting.config import Config
from hosting.database import Database
from hosting.ogg import SILENCE
from tests.hosting.programmes import NOW, room
from tests.hosting.reading import Page
from tests.hosting.sessions import held, release
from tests.hosting.sounding import recorded
from tests.hosting.test_archive_access import CREW, SERVICE, WHO, come

FILES = ("floor.opus", "floor.opus?lane=2", "fr.opus")
MISSING = ("ar.opus", "floor.opus?lane=3", "floor.opus?lane=x", "floor-2.opus", "..%2Ffr.opus")
PACKETS = {slot: b"\x78" + slot.to_bytes(2) * 20 for slot in range(10, 500)}


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=str(tmp_path), origins=("http://testserver",), rate=0, service_token=SERVICE)


@pytest.fixture
def here(database: Database, config: Config) -> str:
    """An ended session, recorded from second 30 on: the floor, on which two spoke at once, and a channel."""
    id = held(database, room(database, "before-spring"), lines=6, asked=4)
    said = {("floor", 1): PACKETS, ("floor", 2): {100: SILENCE}, ("fr", 1): PACKETS}
    recorded(database, config.files_folder, id, NOW + timedelta(seconds=30), said, 500)
    return id


def codes(browser: TestClient, here: str, *paths: str) -> list[int]:
    return [browser.get(f"/archive/{here}/sound/{path}").status_code for path in paths]


@pytest.mark.parametrize("who", WHO)
def test_sound_is_for_those_who_have_the_archive_unless_its_channel_is_withheld(
    client: TestClient, database: Database, here: str, who: str
) -> None:
    come(client, database, who, here)
    crew = who in CREW
    assert codes(client, here, *FILES) == [200 if crew else 404] * 3
    release(database, here)
    assert codes(client, here, *FILES, *MISSING) == [200] * 3 + [404] * 5
    database.write_now(lambda sql: recordings.withhold(sql, here, "floor", True))
    assert codes(client, here, *FILES) == [200 if crew else 404] * 2 + [200]
    page = client.get(f"/archive/{here}").text
    assert sorted(set(re.findall(r'data-channel="([^"]+)"', page))) == (["floor", "fr"] if crew else ["fr"])
    assert ("floor.opus" in page) is crew


def test_whoever_may_not_hear_it_is_told_why(client: TestClient, database: Database, here: str) -> None:
    for path, why in ((FILES[0], "unreleased"), ("ar.opus", "sound")):
        if why == "sound":
            release(database, here)
        answer = client.get(f"/archive/{here}/sound/{path}", headers={"accept-language": "en"})
        assert (answer.text, answer.headers["content-type"]) == (
            texts.word(texts.WITHHELD, why, "en") + "\n",
            "text/plain; charset=utf-8",
        )


def test_what_is_being_written_is_heard_by_nobody_yet(client: TestClient, database: Database, here: str) -> None:
    release(database, here)
    [*_, tape] = database.read_now(lambda sql: recordings.of_room(sql, here))
    database.write_now(lambda sql: recordings.begin(sql, tape))
    assert codes(client, here, *FILES) == [200, 200, 404]


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=100-", 206, 100, None),
        ("bytes=-7", 206, -7, None),
        ("bytes=0-999999999", 206, 0, None),
        ("bytes=-999999999", 206, 0, None),
        *(("bytes=999999999-", 416, 0, 0), ("bytes=20-10", 416, 0, 0), ("bytes=-0", 416, 0, 0)),
        *(("bytes=0-9,20-29", 200, 0, None), ("lines=0-9", 200, 0, None), ("bytes=-", 200, 0, None)),
    ],
)
def test_part_of_a_file_is_given_as_asked(
    client: TestClient, database: Database, here: str, asked: str, status: int, start: int, end: int | None
) -> None:
    release(database, here)
    address = f"/archive/{here}/sound/fr.opus"
    whole = client.get(address, headers={"accept-encoding": "gzip"})
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("audio/ogg", "bytes")
    assert whole.headers["content-length"] == str(len(whole.content))
    answer = client.get(address, headers={"range": asked, "accept-encoding": "gzip"})
    assert (answer.status_code, answer.content) == (status, whole.content[start:end])
    if status == 206:
        first = whole.content.index(answer.content) if start < 0 else start
        last = first + len(answer.content) - 1
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole.content)}"
        changed = client.get(address, headers={"range": asked, "if-range": '"another"'})
        assert (changed.status_code, changed.content) == (200, whole.content)
    same = client.get(address, headers={"if-none-match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_page_plays_without_a_script_and_knows_where_the_sound_begins(
    client: TestClient, database: Database, here: str
) -> None:
    release(database, here)
    answer = client.get(f"/archive/{here}", headers={"accept-language": "en"})
    page = Page(answer.text)
    players = re.findall(r'<audio controls preload="none" src="([^"]+)"', answer.text)
    assert players == [f"/archive/{here}/sound/{name}" for name in ("floor.opus?lane=1", FILES[1], "fr.opus?lane=1")]
    assert [client.get(player).status_code for player in players] == [200] * 3
    assert 'data-from="30.0"' in answer.text
    assert answer.headers["content-security-policy"].endswith("; media-src 'self'")
    said = "Recorded as it was heard, from 13:00 on. Where recording was off there is silence."
    told = page.words.index(said)
    assert page.words[told + 1] == "The sound begins at 0:30 of the contents."
    files = page.sections["files"]
    begun, ended = files.index("Sound: as spoken on the floor"), files.index("Questions")
    assert files[begun:ended] == [
        "Sound: as spoken on the floor",
        "Several spoke at once: each voice has a file of its own as it was sent, not mixed, "
        "and all begin at the same moment.",
        *("Opus (voice 1)", "Opus (voice 2)"),
        *("Sound: French", "Opus"),
    ]
    other = held(database, room(database, "after-spring"), lines=6, asked=4)
    release(database, other)
    without = client.get(f"/archive/{other}")
    assert ("audio" in without.text, "media-src" in without.headers["content-security-policy"]) == (False, False)


def test_organiser_withholds_releases_and_deletes_a_channel(client: TestClient, database: Database, here: str) -> None:
    release(database, here)
    come(client, database, "organiser", here)
    address = f"/organise/rooms/{here}/sound"

    def heard_by_all() -> list[int]:
        with TestClient(client.app) as guest:
            return codes(guest, here, *FILES)

    for do, expected in (("withhold", [200, 200, 404]), ("release", [200] * 3), ("delete", [200, 200, 404])):
        answer = client.post(address, data={"channel": "fr", "do": do})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/archive/{here}#sound")
        assert heard_by_all() == expected
    assert client.post(address, data={"channel": "fr", "do": "release"}).status_code == 404
    assert client.post(address, data={"channel": "floor", "do": "sing"}).status_code == 400
    assert [tape.channel for tape in database.read_now(lambda sql: recordings.of_room(sql, here))] == ["floor", "floor"]
    assert len(list((Path(client.app.state.site.config.files_folder) / "originals").glob("*/*"))) == 2  # type: ignore[attr-defined]  # Starlette's


@pytest.mark.parametrize("who", ["nobody", "guest", "participant", "crew elsewhere", "moderator", "moderator here"])
def test_only_organisers_withhold_and_delete(client: TestClient, database: Database, here: str, who: str) -> None:
    come(client, database, who, here)
    for do in ("withhold", "delete"):
        answer = client.post(f"/organise/rooms/{here}/sound", data={"channel": "fr", "do": do})
        assert answer.status_code in (401, 403, 404)
    tapes = database.read_now(lambda sql: recordings.of_room(sql, here))
    assert [(tape.channel, tape.withheld) for tape in tapes] == [("floor", False), ("floor", False), ("fr", False)]


def test_sweep_leaves_recordings_and_takes_what_nobody_knows(client: TestClient, database: Database, here: str) -> None:
    release(database, here)
    media = client.app.state.site.media  # type: ignore[attr-defined]  # Starlette's
    digests = [tape.digest for tape in database.read_now(lambda sql: recordings.of_room(sql, here))]
    for digest in digests:
        client.portal.call(media.forget_original, digest)  # type: ignore[union-attr]  # while it runs
    assert codes(client, here, *FILES) == [200] * 3
    database.write_now(lambda sql: recordings.drop(sql, [tape.id for tape in recordings.of_room(sql, here)]))
    for digest in digests:
        client.portal.call(media.forget_original, digest)  # type: ignore[union-attr]
    assert list((media.files.folder / "originals").glob("*/*")) == []


def test_who_releases_reads_beside_the_button_which_channels_go_out(
    client: TestClient, database: Database, here: str
) -> None:
    other = held(database, room(database, "after-spring"), lines=6, asked=4)  # nothing of it is recorded
    come(client, database, "organiser", here)
    pages = ("/archive", f"/archive/{here}", f"/archive/{other}")

    def said() -> list[list[str]]:
        found = [Page(client.get(path, headers={"accept-language": "en"}).text) for path in pages]
        return [[word for word in page.words if word.startswith("With it goes out")] for page in found]

    both = ["With it goes out, as recorded: Floor and French."]
    assert said() == [both, both, []]
    assert f"/archive/{here}#withhold" in Page(client.get("/archive").text).links
    assert 'id="withhold"' in client.get(f"/archive/{here}").text
    database.write_now(lambda sql: recordings.withhold(sql, here, "floor", True))
    assert said() == [["With it goes out, as recorded: French."]] * 2 + [[]]
    database.write_now(lambda sql: recordings.withhold(sql, here, "fr", True))
    assert said() == [[], [], []]
    database.write_now(lambda sql: recordings.withhold(sql, here, "fr", False))
    release(database, here)
    assert said() == [[], [], []]
