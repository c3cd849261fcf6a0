"""The archive as it is read: a session as a publication, and how quick; the list is in test_archive_list."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Message

from hosting import log, programme
from hosting.archive import Archive
from hosting.config import Config
from hosting.database import Database
from hosting.render import Renderer
from rooms import captions, contributions, questions, slides
from rooms.agenda import Added, Started
from rooms.core import Event
from rooms.lifecycle import Closed, Opened, Recording, RecordingSet
from tests.hosting import decks
from tests.hosting.programmes import NOW, changed, contribution, expert, room, sign_in, take_in
from tests.hosting.reading import Page
from tests.hosting.sessions import Held, held, people_named, release
from tests.hosting.slides import converted, send, sit


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def here(database: Database) -> str:
    """A released session with everything in it."""
    id = held(database, room(database, "before-spring"), lines=60, asked=8)
    release(database, id)
    return id


def tell(database: Database, id: str, *events: Event) -> None:
    database.write_now(lambda sql: log.tell(sql, id, events, NOW))


def get(browser: TestClient, path: str, language: str = "en", status: int = 200) -> Page:
    answer = browser.get(path, headers={"accept-language": language})
    assert answer.status_code == status
    return Page(answer.text)


def ids(html: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', html)


# ── One session ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_reads_like_a_publication(client: TestClient, here: str) -> None:
    words = get(client, f"/archive/{here}").words
    first = words.index("Before the clocks go forward", 2)
    assert words[first : first + 5] == [
        "Before the clocks go forward",
        "Monday 1 March 2027, 13:00",
        "–13:50",
        "Berlin time",
        "50 minutes",
    ]
    assert [word for word in ("Rania Haddad", "Leila Amrani", "Dry cellars", "Welcome") if word not in words] == []


def test_every_link_within_the_page_has_its_goal_and_every_anchor_is_there_once(client: TestClient, here: str) -> None:
    html = client.get(f"/archive/{here}").text
    anchors = ids(html)
    goals = {link[1:] for link in Page(html).links if link.startswith("#")}
    assert len(goals) > 30
    assert (goals - set(anchors), len(anchors) - len(set(anchors))) == (set(), 0)


def test_every_line_slide_question_and_chapter_has_an_anchor(client: TestClient, database: Database, here: str) -> None:
    found = database.read_now(lambda sql: log.position(sql, here))
    published = client.app.state.site.archive.publications  # type: ignore[attr-defined]  # Starlette's
    html = client.get(f"/archive/{here}?lang=de").text
    publication = published[(here, *(found or ()))]
    things = (*publication.chapters, *publication.slides, *publication.questions, *publication.lines["de"])
    assert len(things) == 3 + 9 + 8 + 20
    assert sorted(thing.anchor for thing in things) == sorted(id for id in ids(html) if re.match("[tq]-", id))


def test_slides_are_images_that_load_late_and_lead_to_the_large_ones(client: TestClient, here: str) -> None:
    html = client.get(f"/archive/{here}").text
    images = re.findall(r'<a href="([^"]+w=1920)"><img src="([^"]+)" alt="([^"]+)" loading="lazy"', html)
    assert images[1] == (
        "/presentations/deck-1/pages/2.webp?w=1920",
        "/presentations/deck-1/pages/2.webp?w=480",
        "Page 2 of the slides",
    )
    assert len(images) == 9


async def test_alt_is_the_text_of_the_page_where_there_is_one(database: Database, here: str) -> None:
    archive = Archive(database, Renderer(Config()), lambda deck, page: f"{deck} <says> {page}" if page == 3 else "")
    document = await archive.document((here, "", 0), "en", "en")
    assert 'alt="deck-1 &lt;says&gt; 3"' in document
    assert 'alt="Page 4 of the slides"' in document


def test_alt_of_a_deck_that_was_drawn_here_is_what_its_pages_say(client: TestClient, database: Database) -> None:
    here, slot = room(database, "before-spring"), contribution(database)
    sit(client, database, expert(database, slot))
    deck = send(client, database, decks.deck(2))
    assert converted(client, deck)["state"] == "ready"
    shown = (slides.Shown(deck, slot, 1, 2), slides.Shown(deck, slot, 2, 2))
    tell(database, here, Opened(), contributions.Submitted(slot, deck, 2), contributions.Aired(slot), *shown, Closed())
    release(database, here)
    client.cookies.clear()
    html = client.get(f"/archive/{here}").text
    assert re.findall(r'<img src="[^"]+" alt="([^"]+)"', html) == ["Page 1 of the deck", "Page 2 of the deck"]


@pytest.mark.parametrize(
    "address, accept, transcript",
    [
        ("", "de", "de"),
        ("", "ar", "ar"),
        ("", "fr", "en"),  # nobody wrote French down: the floor's
        ("", "fr, ar;q=0.5", "ar"),
        ("?lang=ar", "de", "ar"),
        ("?lang=AR-eg", "de", "ar"),
        ("?lang=xx", "de", "de"),
    ],
)
def test_transcript_is_in_the_language_asked_for_else_the_readers_else_the_floors(
    client: TestClient, here: str, address: str, accept: str, transcript: str
) -> None:
    html = client.get(f"/archive/{here}{address}", headers={"accept-language": accept}).text
    assert set(re.findall(r'<p lang="(\w+)" dir="\w+">', html)) == {transcript}
    chosen = re.findall(r'<a href="\?lang=(\w+)"[^>]* aria-current="true"', html)
    assert chosen == [transcript]


def test_arabic_lines_run_from_right_to_left_in_an_english_page(client: TestClient, here: str) -> None:
    html = client.get(f"/archive/{here}?lang=ar").text
    assert html.count('<p lang="ar" dir="rtl">') == html.count('class="speech"') > 0


def test_corrections_and_machines_are_counted(client: TestClient, database: Database) -> None:
    here = Held(database, room(database, "before-spring")).happens(Opened())
    ids = [here.says(f"Line {number}") for number in range(3)]
    here.happens(captions.Corrected(ids[0], "Better"), captions.Added("m1", "en", "Heard", "machine"))
    id = here.at(60).happens(Closed()).write()
    release(database, id)
    html = client.get(f"/archive/{id}").text
    assert "4 lines, 1 corrected afterwards, 1 written by a machine (underlined)" in html
    assert html.count('class="machine">Heard</span>') == 1


def test_questions_stand_where_they_were_taken_up_and_the_others_at_the_end(client: TestClient, here: str) -> None:
    words = get(client, f"/archive/{here}").sections
    assert words["not-taken"][:2] == ["Questions beside the session", "4 questions, most votes first"]
    votes = [int(word.split()[0]) for word in words["not-taken"] if re.fullmatch(r"\d+ votes?", word)]
    assert (votes, len(votes)) == (sorted(votes, reverse=True), 4)


def test_crew_is_told_what_is_missing(client: TestClient, database: Database) -> None:
    here = room(database, "before-spring")
    Held(database, here).happens(Opened()).at(60).happens(Closed()).write()
    sign_in(client, database, "organiser")
    words = get(client, f"/archive/{here}").words
    assert "Not released: only you who run this session see this page." in words
    assert "No transcript in: English and French" in words
    assert "No question was published." in words
    assert "Release the archive" in words


def test_crew_is_told_that_the_session_is_not_over(client: TestClient, database: Database) -> None:
    here = room(database, "before-spring")
    tell(database, here, Opened())
    sign_in(client, database, "moderator")
    words = get(client, f"/archive/{here}").words
    assert "The session is not over: only you who run it see this page." in words
    assert "Release the archive" not in words


@pytest.mark.parametrize(
    "states, said",
    [
        (["on"], []),
        (["off"], ["This session was not recorded."]),
        (
            ["on", "off", "on"],
            [
                "Parts of this session were not recorded.",
                "1:00",
                "From here on nothing was recorded.",
                "2:00",
                "Recording goes on.",
            ],
        ),
        (["off", "on"], ["Parts of this session were not recorded.", "1:00", "Recording begins."]),
    ],
)
def test_page_says_where_recording_was_off(
    client: TestClient, database: Database, states: list[Recording], said: list[str]
) -> None:
    here = Held(database, room(database, "before-spring")).happens(Opened())
    here.happens(Started(next(iter(here.state.agenda.entries))))
    for minute, state in enumerate(states):
        here.at(60 * minute).happens(RecordingSet(state))
    id = here.at(600).happens(Closed()).write()
    release(database, id)
    words = get(client, f"/archive/{id}").words
    found = [n for n, word in enumerate(words) if re.search("[Rr]ecord(ed|ing)", word)]
    times = [n - 1 for n in found if re.fullmatch("[0-9:]+", words[n - 1])]
    assert [words[n] for n in sorted({*found, *times})] == said


# ── Never a 500 ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["before-spring", "after-spring"])  # with an agenda, and without
@pytest.mark.parametrize("lines, asked", [(0, 0), (1, 1), (0, 1_000)])
def test_page_is_there_whatever_there_was(
    client: TestClient, database: Database, key: str, lines: int, asked: int
) -> None:
    here = held(database, room(database, key), lines=lines, asked=asked)
    release(database, here)
    html = client.get(f"/archive/{here}").text
    assert html.count('class="asked"') == asked
    assert [client.get(f"/archive/{here}/questions.{form}").status_code for form in ("json", "csv")] == [200, 200]
    assert client.get(f"/archive/{here}/transcript.vtt").status_code == (200 if lines else 404)
    assert Page(html).refused == []


def test_room_that_was_never_opened_has_a_page_for_its_crew(client: TestClient, database: Database) -> None:
    sign_in(client, database, "organiser")
    for key in ("before-spring", "after-spring"):
        assert client.get(f"/archive/{room(database, key)}").status_code == 200


def test_text_of_people_is_text(client: TestClient, database: Database) -> None:
    here = Held(database, room(database, "before-spring"))
    asker = people_named(database, "<b>Bobby</b>")[0]
    here.happens(Opened(), Added("x1", "<i>item</i>", "other", 5, None))
    question = here.asks(asker, "<script>alert(1)</script>")
    here.happens(questions.Published(question))
    here.says("<img src=x>", speaker="</p><script>")
    id = here.at(99).happens(Closed()).write()
    release(database, id)
    for path in ("", "/transcript.html"):
        html = client.get(f"/archive/{id}{path}").text
        assert [
            bad for bad in ("<script>alert", "<img src=x>", "<b>Bobby", "<i>item", "</p><script>") if bad in html
        ] == []
        assert Page(html).refused == []


def test_languages_are_named_in_the_readers_but_where_one_is_chosen(
    client: TestClient, database: Database, here: str
) -> None:
    release(database, here)
    html = client.get(f"/archive/{here}?lang=ar", headers={"accept-language": "de"}).text
    assert [word for word in Page(html).sections["files"] if word.startswith("Mitschrift: ")] == [
        f"Mitschrift: {name}" for name in ("Englisch", "Deutsch", "Arabisch")
    ]
    choice = re.findall(r'<a href="\?lang=\w+"[^>]*>([^<]+)</a>', html)
    assert choice == ["English", "Deutsch", "العربية"]
    alone = Page(client.get(f"/archive/{here}/transcript.html?lang=ar", headers={"accept-language": "de"}).text)
    assert [word for word in alone.words if word.startswith("Mitschrift: ")] == ["Mitschrift: Arabisch"]


# ── How quick ────────────────────────────────────────────────────────────────────────────────────────────────────────

SLACK = 5  # of a machine that does other things, too


async def asked(app: Starlette, path: str) -> tuple[int, float, float]:
    """One request as a server makes it: the bytes of the answer, seconds it took, seconds the loop's thread worked."""
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
    }
    scope |= {"headers": [(b"host", b"t"), (b"accept-encoding", b"gzip")], "scheme": "http", "http_version": "1.1"}
    began, worked = time.perf_counter(), time.thread_time()
    await app({**scope, "server": ("t", 80), "client": ("t", 1)}, receive, send)
    took, worked = time.perf_counter() - began, time.thread_time() - worked
    assert sent[0]["status"] == 200
    return sum(len(message.get("body", b"")) for message in sent), took, worked


async def test_long_session_is_answered_soon_and_never_holds_the_rooms_up(app: Starlette, database: Database) -> None:
    """3,000 lines and 400 questions: 300 ms at most, of which the loop's thread works 20 ms at most."""
    here = held(database, room(database, "before-spring"), lines=3_000, asked=400, minutes=92)
    release(database, here)
    async with app.router.lifespan_context(app):
        await asked(app, "/")  # what is loaded with the first page
        cold = await asked(app, f"/archive/{here}")
        warm = await asked(app, f"/archive/{here}")
    assert cold[0] > 10_000  # compressed
    assert (cold[1] < 0.3 * SLACK, warm[1] < 0.3 * SLACK) == (True, True), (cold, warm)
    assert (cold[2] < 0.02 * SLACK, warm[2] < 0.02 * SLACK) == (True, True), (cold, warm)


async def test_session_is_folded_once_for_all_who_ask_at_once(database: Database, here: str) -> None:
    archive = Archive(database, Renderer(Config()))
    position = (here, *(database.read_now(lambda sql: log.position(sql, here)) or ("", 0)))
    found = await asyncio.gather(*(archive.publication(position) for _ in range(20)))
    assert len({id(publication) for publication in found}) == 1


async def test_what_is_kept_is_bounded(database: Database, here: str) -> None:
    archive = Archive(database, Renderer(Config()))
    for head in range(40):
        await archive.document((here, "", head), "en", "en")
    assert (len(archive.publications), len(archive.documents)) == (12, 12)


def test_new_plan_and_a_new_name_are_shown_at_once(client: TestClient, database: Database, here: str) -> None:
    assert "A new welcome" not in client.get(f"/archive/{here}").text
    take_in(database, changed(('title.en = "Welcome"', 'title.en = "A new welcome"')))
    assert "A new welcome" in client.get(f"/archive/{here}").text
    assert database.read_now(lambda sql: programme.session(sql, here)) is not None
