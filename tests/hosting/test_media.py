"""From received to ready: what is rejected with which words, what survives a crash, and that nothing is left lying."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hosting import files, media, moments, presentations, tables
from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from hosting.files import Incoming
from tests.conftest import ORIGIN
from tests.hosting import decks
from tests.hosting.processes import children
from tests.hosting.programmes import NOW, contribution, expert, room
from tests.hosting.slides import about, begin, converted, house, lying, row, send, sit, until

HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def rania(client: TestClient, database: Database) -> str:
    id = expert(database)
    sit(client, database, id)
    return id


def tries(database: Database, id: str) -> int:
    columns = tables.presentations.c
    return database.read_now(lambda sql: int(sql.execute(select(columns.tries).where(columns.id == id)).scalar_one()))


# ── Rejected ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BAD = {
    "empty": (b"", "The file has no pages."),
    "not_pdf": (HTML, "The file is no PDF. Please export your slides as PDF."),
    "encrypted": (decks.encrypted(), "The file is protected by a password. Please export it without one."),
    "damaged": (decks.deck(2)[:400], "The file is damaged. Please export it again as PDF."),
    "too_many_pages": (decks.many(10_000), "The file has more than 500 pages."),
    "page_size": (decks.deck(1, "0 0 1000000000 1000000000"), "The pages are too large."),
}


@pytest.mark.parametrize("reason", BAD)
def test_bad_file_is_rejected_in_words_and_not_kept(
    client: TestClient, database: Database, rania: str, reason: str
) -> None:
    content, text = BAD[reason]
    id = send(client, database, content, "slides.pdf")
    found = converted(client, id)
    assert (found["state"], found["reason"], found["text"], found["pages"]) == ("rejected", reason, text, None)
    assert client.get(f"/presentations/{id}/original").status_code == 404
    until(lambda: lying(client) == [])
    assert (row(database, id).digest, tries(database, id)) == (None, 1)


@pytest.mark.parametrize(
    "content",
    [HTML + decks.deck(1), b"GIF89a" + decks.deck(1), b"<svg/>" + decks.deck(1), b"PK\3\4" + decks.deck(1), b"%PD"],
    ids=["HTML", "GIF", "SVG", "ZIP", "half a head"],
)
def test_file_of_two_kinds_is_no_pdf(client: TestClient, database: Database, rania: str, content: bytes) -> None:
    assert converted(client, send(client, database, content))["reason"] == "not_pdf"


def test_pdf_that_is_a_page_too_is_shown_as_pictures_only(client: TestClient, database: Database, rania: str) -> None:
    id = send(client, database, decks.deck(1) + HTML, "slides.html")
    assert converted(client, id)["state"] == "ready"
    answer = client.get(f"/presentations/{id}/original")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "text/html" not in {
        client.get(f"/presentations/{id}/pages/{path}").headers["content-type"] for path in ("1.webp", "1.txt")
    }


def test_damaged_table_and_a_mark_before_the_head_are_forgiven(
    client: TestClient, database: Database, rania: str
) -> None:
    id = send(client, database, b"\xef\xbb\xbf\n" + decks.deck(2, damaged=True))
    assert converted(client, id)["pages"] == 2


def test_progress_is_shown(client: TestClient, database: Database, rania: str) -> None:
    id = send(client, database, decks.deck(40))
    seen = set()
    until(lambda: seen.add((found := about(client, id))["rendered"]) or found["state"] == "ready")  # type: ignore[func-returns-value]  # add returns None
    assert len(seen) > 2
    assert max(seen) == 40


# ── Killed, hanging, poisoned ────────────────────────────────────────────────────────────────────────────────────────


def test_killed_child_is_tried_again(client: TestClient, database: Database, rania: str) -> None:
    folder = house(client).config.files_folder
    id = send(client, database, decks.deck(60))
    until(lambda: len(children(folder)) == 1)
    os.kill(children(folder)[0], signal.SIGKILL)
    assert converted(client, id)["state"] == "ready"
    assert (tries(database, id), children(folder)) == (2, [])


def test_poisoned_deck_is_given_up_after_three_tries_and_others_follow(
    client: TestClient, database: Database, rania: str
) -> None:
    folder = house(client).config.files_folder
    poisoned, sound = send(client, database, decks.deck(300)), send(client, database, decks.deck(1))
    killed: set[int] = set()
    while about(client, poisoned)["state"] != "rejected":
        for child in set(children(folder)) - killed:
            os.kill(child, signal.SIGKILL)
            killed.add(child)
        time.sleep(0.01)
    assert (about(client, poisoned)["reason"], len(killed)) == ("failed", media.TRIES)
    assert converted(client, sound)["state"] == "ready"
    assert [path for path in lying(client) if poisoned in path or path.startswith("work")] == []


def test_hanging_child_is_ended_and_its_deck_too_slow(
    client: TestClient, database: Database, rania: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "FIRST", 2.0)
    monkeypatch.setattr(media, "EACH", 0.0)
    folder = house(client).config.files_folder
    id = send(client, database, decks.deck(300))
    until(lambda: len(children(folder)) == 1)
    os.kill(children(folder)[0], signal.SIGSTOP)
    assert converted(client, id)["reason"] == "too_slow"
    assert children(folder) == []


def test_deck_taken_back_while_it_is_converted_leaves_nothing(
    client: TestClient, database: Database, rania: str
) -> None:
    folder = house(client).config.files_folder
    id = send(client, database, decks.deck(30))
    until(lambda: len(children(folder)) == 1)
    assert client.delete(f"/files/{id}", headers=decks.TUS).status_code == 204
    until(lambda: children(folder) == [] and lying(client) == [])
    assert client.get(f"/api/presentations/{id}").status_code == 404


# ── Interrupted ──────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def browsing(config: Config, database: Database) -> Iterator[TestClient]:
    """A server that starts on what is there."""
    with TestClient(create_app(config, database), headers={"origin": ORIGIN}) as browser:
        yield browser


def test_end_of_the_server_is_no_failed_try(config: Config, database: Database) -> None:
    id = expert(database)
    with browsing(config, database) as browser:
        sit(browser, database, id)
        deck = send(browser, database, decks.deck(60))
        until(lambda: children(config.files_folder) != [])
    assert (row(database, deck).state, tries(database, deck)) == ("converting", 0)
    assert children(config.files_folder) == []
    with browsing(config, database) as browser:
        sit(browser, database, id)
        assert converted(browser, deck)["pages"] == 60


@pytest.mark.parametrize("state", ["receiving", "checking", "hashed", "kept", "published"])
def test_every_step_that_was_cut_off_is_taken_up_again(config: Config, database: Database, state: str) -> None:
    """A crash after each of the steps, as it leaves database and disk."""
    content, id = decks.deck(2), expert(database)
    folder, slot, where = config.files_folder, contribution(database), room(database, "before-spring")
    incoming, digest = Incoming(folder / "incoming"), ""
    incoming.create("deck")
    incoming.at("deck").write_bytes(content)
    digest = files.digest_of(incoming.at("deck"))
    database.write_now(
        lambda sql: presentations.create(sql, "deck", slot, where, id, "a.pdf", len(content), moments.now())
    )
    if state != "receiving":
        database.write_now(lambda sql: presentations.received(sql, "deck"))
    if state in ("hashed", "kept", "published"):
        database.write_now(lambda sql: presentations.convert(sql, "deck", digest))
    if state in ("kept", "published"):
        files.LocalFiles(folder).keep_now(incoming.at("deck"), folder / files.original(digest))
    if state == "published":
        (folder / "pages" / "deck").mkdir(parents=True)
        (folder / "pages" / "deck" / "1.txt").write_text("of before")
    (folder / "work" / "left").mkdir(parents=True)
    with browsing(config, database) as browser:
        sit(browser, database, id)
        assert converted(browser, "deck")["pages"] == 2
        assert browser.get("/presentations/deck/pages/1.txt").text == "Page 1 of the deck"
        assert browser.get("/presentations/deck/original").content == content
        assert len(lying(browser)) == 1 + 2 * 3
    assert list((folder / "work").iterdir()) == []


def test_deck_that_ended_the_server_thrice_is_not_tried_again(config: Config, database: Database) -> None:
    incoming, id = Incoming(config.files_folder / "incoming"), expert(database)
    slot, where = contribution(database), room(database, "before-spring")
    path = config.files_folder.parent / "sample.pdf"
    path.write_bytes(decks.deck(1))
    database.write_now(lambda sql: media.adopt(sql, incoming, path, slot, where, id, "deck", NOW))
    spent = update(tables.presentations).values(tries=media.TRIES)
    database.write_now(lambda sql: sql.execute(spent) and None)
    with browsing(config, database) as browser:
        sit(browser, database, id)
        assert converted(browser, "deck")["reason"] == "failed"
        until(lambda: lying(browser) == [])


def test_adopted_deck_is_converted_by_the_next_server(config: Config, database: Database) -> None:
    incoming, id = Incoming(config.files_folder / "incoming"), expert(database)
    slot, where = contribution(database), room(database, "before-spring")
    path = config.files_folder.parent / "sample.pdf"
    path.write_bytes(decks.deck(3))
    database.write_now(lambda sql: media.adopt(sql, incoming, path, slot, where, id, "deck", NOW))
    assert row(database, "deck").state == "checking"
    with browsing(config, database) as browser:
        sit(browser, database, id)
        found = converted(browser, "deck")
        assert (found["pages"], found["filename"]) == (3, "sample.pdf")
    assert path.read_bytes() == decks.deck(3)


def test_orphans_are_swept_after_an_hour(client: TestClient, database: Database, rania: str, app: Starlette) -> None:
    kept = begin(client, database, 100)
    incoming = house(client).uploads.incoming
    for name, age in (("old", 2 * media.SWEEP), ("new", 0.0)):
        incoming.create(name)
        os.utime(incoming.at(name), (time.time() - age,) * 2)
    os.utime(incoming.at(kept), (time.time() - 2 * media.SWEEP,) * 2)
    assert client.portal
    client.portal.call(house(client).media.sweep)
    assert lying(client) == sorted([f"incoming/{kept}", "incoming/new"])


def test_pages_and_originals_without_a_deck_are_swept_after_an_hour(
    client: TestClient, database: Database, rania: str
) -> None:
    folder = house(client).config.files_folder
    kept = send(client, database, decks.deck(1))
    assert converted(client, kept)["state"] == "ready"
    sound = lying(client)
    digest, other = "ab" * 32, "cd" * 32
    stray = ["pages/gone/1.txt", "pages/.0123456789abcdef/1.txt", f"originals/ab/{digest}"]
    stray += ["incoming/gone.new", "incoming/gone.proven"]
    young = ["pages/young/1.txt", f"originals/cd/{other}"]
    for name in (*stray, *young):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("left")
    for path in folder.rglob("*"):
        if path.name not in ("young", other):
            os.utime(path, (time.time() - 2 * media.SWEEP,) * 2)
    assert client.portal
    client.portal.call(house(client).media.sweep)
    assert lying(client) == sorted([*sound, *young])


def test_full_disk_converts_nothing_until_there_is_room(
    client: TestClient, database: Database, rania: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "PAUSE", 0.1)
    monkeypatch.setattr(media, "RESERVE", 10**18)
    id = send(client, database, decks.deck(1))
    time.sleep(0.5)
    assert (about(client, id)["state"], tries(database, id)) == ("checking", 0)
    monkeypatch.setattr(media, "RESERVE", 0)
    assert converted(client, id)["state"] == "ready"


def test_fault_that_passes_is_no_failed_try(
    client: TestClient,
    database: Database,
    rania: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(media, "PAUSE", 0.02)
    work = house(client).config.files_folder / "work"
    work.parent.mkdir(parents=True, exist_ok=True)
    work.write_text("a file where a folder must be")
    id = send(client, database, decks.deck(1))
    until(lambda: caplog.text.count("conversion goes on in") > 2 * media.TRIES)
    digest = row(database, id).digest
    assert (about(client, id)["state"], lying(client)) == ("converting", [files.original(str(digest)), "work"])
    work.unlink()
    assert converted(client, id)["state"] == "ready"
    assert tries(database, id) == 1


def test_try_that_could_not_be_given_back_is_owed(
    client: TestClient, database: Database, rania: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "PAUSE", 0.02)
    monkeypatch.setattr(media, "RESERVE", 10**18)  # so that it waits
    id = send(client, database, decks.deck(1))
    spent = update(tables.presentations).values(tries=media.TRIES)
    database.write_now(lambda sql: sql.execute(spent) and None)
    house(client).media.owed.add(id)
    monkeypatch.setattr(media, "RESERVE", 0)
    assert (converted(client, id)["state"], tries(database, id)) == ("ready", media.TRIES)
    assert house(client).media.owed == set()


def test_original_that_is_gone_is_given_up_after_three_tries(
    client: TestClient, database: Database, rania: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "PAUSE", 0.02)
    monkeypatch.setattr(media, "RESERVE", 10**18)  # so that it waits
    id = send(client, database, decks.deck(1))
    house(client).uploads.incoming.drop(id)
    monkeypatch.setattr(media, "RESERVE", 0)
    assert (converted(client, id)["reason"], tries(database, id)) == ("failed", media.TRIES + 1)


async def test_disk_that_is_full_to_the_child_is_no_fault_of_the_deck(tmp_path: Path) -> None:
    pdf, folder = tmp_path / "deck.pdf", tmp_path / "work"
    pdf.write_bytes(decks.deck(2))
    folder.mkdir()
    (folder / f"1-{media.WIDTHS[0]}.webp").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        await media.render(pdf, folder, lambda said: None)
