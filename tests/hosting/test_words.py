"""The word list: by whom it is read and changed, what is taken of what is pasted, and that nobody else sees a word."""

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete
from starlette.testclient import TestClient

from hosting import log, people, tables, tables_languages, terms, wordlist
from hosting.config import Config
from hosting.database import Database
from hosting.terms import LENGTH, MOST, Full, Term, Words
from hosting.wordlist import LINES, Unreadable
from rooms.people import Removed
from tests.conftest import ORIGIN
from tests.hosting.forms import Forms
from tests.hosting.programmes import NOW, person, room, sign_in
from tests.hosting.reading import Page

SERVICE = "a-service-token-for-tests"
KERB: Words = {"en": "kerb", "ar": "حافة الرصيف"}
SLUICE: Words = {"en": "sluice", "ar": "بوابة"}


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0, service_token=SERVICE)


@pytest.fixture
def here(database: Database) -> str:
    return room(database, "before-spring")


def keep(database: Database, room: str, *lines: Words, everywhere: bool = False) -> tuple[int, int]:
    return database.write_now(lambda sql: terms.take_in(sql, room, lines, everywhere=everywhere))


def kept(database: Database, room: str) -> list[tuple[str, Words]]:
    """Whose each term is, and its words, as they are read."""
    found = database.read_now(partial(terms.of, room=room))
    return [("session" if term.room else "exchange", term.words) for term in found]


def only(database: Database, room: str) -> Term:
    [term] = database.read_now(partial(terms.of, room=room))
    return term


# ── The store ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_terms_are_of_a_session_or_of_all_sessions_of_its_exchange(database: Database, here: str) -> None:
    other, elsewhere = room(database, "across-spring"), room(database, "behind-doors")
    keep(database, here, KERB)
    keep(database, here, SLUICE, everywhere=True)
    assert kept(database, here) == [("session", KERB), ("exchange", SLUICE)]
    assert kept(database, other) == [("exchange", SLUICE)]
    assert kept(database, elsewhere) == []


def test_list_taken_in_again_adds_nothing_and_what_is_more_is_added_to_its_term(database: Database, here: str) -> None:
    assert keep(database, here, KERB, SLUICE) == (2, 0)
    assert keep(database, here, KERB, SLUICE, KERB) == (0, 0)
    assert keep(database, here, {"en": "KERB ", "de": "Bordstein"}, {"en": "weir"}, {"en": "Weir", "de": "Wehr"}) == (
        1,
        1,
    )
    assert keep(database, here, KERB, everywhere=True) == (1, 0)  # another, for all sessions
    assert sorted(kept(database, here), key=str) == [
        ("exchange", KERB),
        ("session", {"en": "KERB ", "ar": KERB["ar"], "de": "Bordstein"}),
        ("session", {"en": "Weir", "de": "Wehr"}),
        ("session", SLUICE),
    ]


def test_of_two_who_change_a_term_at_once_one_is_told(database: Database, here: str) -> None:
    keep(database, here, KERB)
    seen = only(database, here)
    assert database.write_now(lambda sql: terms.change(sql, seen, {"en": "curb"})) is True
    assert database.write_now(lambda sql: terms.change(sql, seen, {"en": "edge"})) is False
    database.write_now(lambda sql: terms.remove(sql, seen.id))
    assert database.write_now(lambda sql: terms.change(sql, seen, {"en": "edge"})) is False
    assert kept(database, here) == []


def test_exchange_has_so_many_terms(database: Database, here: str) -> None:
    keep(database, here, *({"en": f"term {n}"} for n in range(MOST - 1)))
    keep(database, room(database, "across-spring"), KERB)
    with pytest.raises(Full):
        keep(database, here, SLUICE)
    assert len(kept(database, here)) == MOST - 1


def test_terms_go_with_their_exchange(database: Database, here: str) -> None:
    keep(database, here, KERB)
    keep(database, here, SLUICE, everywhere=True)
    keep(database, room(database, "behind-doors"), KERB)

    def erase(sql: Connection) -> int:
        execute = sql.execute
        execute(delete(tables.grants).where(tables.grants.c.exchange == "spring"))
        rooms = [row.id for row in execute(tables.sessions.select().where(tables.sessions.c.exchange == "spring"))]
        execute(delete(tables.good_practices).where(tables.good_practices.c.exchange == "spring"))
        execute(delete(tables.follow_ups).where(tables.follow_ups.c.exchange == "spring"))
        execute(delete(tables.contributions).where(tables.contributions.c.session.in_(rooms)))
        execute(delete(tables.sessions).where(tables.sessions.c.id.in_(rooms)))
        execute(delete(tables.topics).where(tables.topics.c.exchange == "spring"))
        execute(delete(tables.exchanges).where(tables.exchanges.c.slug == "spring"))
        return len(execute(tables_languages.terms.select()).all())

    assert database.write_now(erase) == 1


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\n", []),
        ("kerb,حافة الرصيف\nsluice,بوابة", [KERB, SLUICE]),
        ("kerb\tحافة الرصيف\r\nsluice\tبوابة\r\n", [KERB, SLUICE]),
        ("kerb;حافة الرصيف\n;;\n,", [KERB, {"en": ","}]),
        ("\ufeffar,en\nحافة الرصيف,kerb", [{"ar": KERB["ar"], "en": "kerb"}]),
        ("EN,zh-hant\nkerb,路緣石", [{"en": "kerb", "zh-Hant": "路緣石"}]),
        ("Amt,office\nkerb,", [{"en": "Amt", "ar": "office"}, {"en": "kerb"}]),  # a word that looks like a tag
        ('"water, drinking",ماء\n"said ""so""",', [{"en": "water, drinking", "ar": "ماء"}, {"en": 'said "so"'}]),
        ("  a   kerb  ,\u200b", [{"en": "a kerb"}]),
        ("kerb", [{"en": "kerb"}]),
        (",ماء", [{"ar": "ماء"}]),
        ("'=1+1,'-ism", [{"en": "=1+1", "ar": "-ism"}]),
        ("'tis,it's", [{"en": "'tis", "ar": "it's"}]),
    ],
)
def test_list_is_read_as_it_comes_out_of_a_spreadsheet(text: str, words: list[Words]) -> None:
    assert wordlist.read(text, ["en", "ar"]) == words


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("kerb,ماء,more", 1, "columns"),
        ("en,ar\nkerb,\nsluice,,x", 3, "columns"),
        (f"kerb\n{'x' * (LENGTH + 1)}", 2, "long"),
        ("x\n" * (LINES + 1), LINES + 1, "lines"),
        (f'"{"x" * 140_000}"', 1, "columns"),
    ],
)
def test_list_that_cannot_be_read_is_said_where(text: str, line: int, why: str) -> None:
    with pytest.raises(Unreadable) as found:
        wordlist.read(text, ["en", "ar"])
    assert (found.value.line, found.value.why) == (line, why)


def test_list_that_was_written_is_read_as_it_was() -> None:
    lines: list[Words] = [KERB, {"en": "=cmd()", "ar": "-"}, {"en": 'a "b", c'}, {"ar": "ماء"}]
    body = wordlist.write([Term(f"t{n}", None, words) for n, words in enumerate(lines)], ["en", "ar"])
    assert b"'=cmd()" in body
    assert wordlist.read(body.decode("utf-8-sig"), ["ar"]) == lines


# ── Who reads, who changes ───────────────────────────────────────────────────────────────────────────────────────────

PATHS = ("/rooms/{}/words", "/rooms/{}/words.csv", "/api/rooms/{}/words")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (None, 403),
        *(("participant", 403), ("expert", 403)),
        *((role, 200) for role in ("interpreter", "captioner", "moderator", "organiser")),
    ],
)
def test_word_list_is_read_by_booths_and_crew_alone(
    client: TestClient, database: Database, here: str, role: str | None, status: int
) -> None:
    keep(database, here, KERB)
    assert [client.get(path.format(here)).status_code for path in PATHS] == [401] * 3
    sign_in(client, database, role)
    answers = [client.get(path.format(here)) for path in PATHS]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert ["kerb" in answer.text for answer in answers] == [status == 200] * 3
    assert "kerb" not in client.get(f"/rooms/{here}").text + client.get(f"/api/rooms/{here}").text
    assert client.get(PATHS[0].format("none")).status_code == 404


@pytest.mark.parametrize(
    ("role", "only", "own", "all"),
    [
        ("interpreter", False, True, True),
        ("interpreter", True, True, False),
        ("organiser", False, True, True),
        ("captioner", False, False, False),
        ("moderator", False, False, False),
        ("participant", False, False, False),
    ],
)
def test_word_list_is_changed_by_interpreters_and_organisers(
    client: TestClient, database: Database, here: str, role: str, only: bool, own: bool, all: bool
) -> None:
    keep(database, here, SLUICE)
    keep(database, here, {"en": "weir"}, everywhere=True)
    terms_here = {term.room is None: term for term in database.read_now(partial(terms.of, room=here))}
    who = person(database, role, room=here if only else None)
    token = database.write_now(lambda sql: people.open_sign_in(sql, who, NOW))
    client.cookies.set("austausch", token)
    page = f"/rooms/{here}/words"
    form = {"do": "term", "word.en": "kerb"}
    statuses = [
        client.post(page, data={**form, "for": "session"}, follow_redirects=False).status_code,
        client.post(page, data={**form, "for": "exchange"}, follow_redirects=False).status_code,
        *(
            client.post(f"{page}/{terms_here[each].id}", data={"do": "remove"}, follow_redirects=False).status_code
            for each in (False, True)
        ),
    ]
    assert statuses == [303 if own else 403, 303 if all else 403, 200 if own else 403, 200 if all else 403]
    expected = [("session", {"en": "kerb"})] * own + [("exchange", {"en": "kerb"})] * all
    expected += [("session", SLUICE)] * (not own) + [("exchange", {"en": "weir"})] * (not all)
    assert sorted(kept(database, here), key=str) == sorted(expected, key=str)


def test_word_list_is_not_for_whoever_was_removed_from_the_room(
    client: TestClient, database: Database, here: str
) -> None:
    keep(database, here, KERB)
    who = sign_in(client, database, "interpreter")
    database.write_now(lambda sql: log.tell(sql, here, (Removed(who),), NOW))
    assert [client.get(path.format(here)).status_code for path in PATHS] == [403] * 3


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_word_list_is_written_changed_and_removed_on_its_page(
    client: TestClient, database: Database, here: str
) -> None:
    sign_in(client, database, "interpreter")
    page = f"/rooms/{here}/words"
    answer = client.post(
        page, data={"do": "term", "word.en": " kerb ", "word.ar": KERB["ar"], "for": "session"}, follow_redirects=True
    )
    assert "1 new term." in answer.text
    term = only(database, here)
    assert (term.words, term.room) == (KERB, here)
    form = Forms(client.get(f"{page}?edit={term.id}").text).found[f"{page}/{term.id}"]
    assert {name: values[0] for name, values in form.items()} == {
        "version": "1",
        "word.en": "kerb",
        "word.ar": KERB["ar"],
        "word.fr": "",
    }
    client.post(
        f"{page}/{term.id}",
        data={**{name: values[0] for name, values in form.items()}, "word.en": "curb", "do": "save"},
    )
    assert only(database, here).words == {**KERB, "en": "curb"}
    stale = client.post(f"{page}/{term.id}", data={"version": "1", "word.en": "edge", "do": "save"})
    assert (stale.status_code, "Somebody else has changed this term" in stale.text) == (422, True)
    again = Forms(stale.text).found[f"{page}/{term.id}"]
    assert (again["version"], again["word.en"]) == (["2"], ["edge"])
    removed = client.post(f"{page}/{term.id}", data={"do": "remove"})
    assert kept(database, here) == []
    back = {
        name: values[0] for name, values in Forms(removed.text.split("Put it back")[0] + "</form>").found[page].items()
    }
    client.post(page, data={**back, "do": "term"})
    assert kept(database, here) == [("session", {**KERB, "en": "curb"})]
    gone = client.post(f"{page}/{term.id}", data={"do": "save", "version": "2", "word.en": "x"})
    assert (gone.status_code, "has removed this term" in gone.text) == (422, True)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "term"}, "in at least one language"),
        ({"do": "term", "word.en": " \u200b"}, "in at least one language"),
        ({"do": "term", "word.en": "x" * (LENGTH + 1)}, "at most 200 characters"),
        ({"do": "list", "list": "kerb\nsluice,a,b,c,d"}, "Line 2 has more columns"),
        ({"do": "list", "list": "y" * (LENGTH + 1)}, "line 1 is longer than 200"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: TestClient, database: Database, here: str, form: dict[str, str], said: str
) -> None:
    sign_in(client, database, "interpreter")
    answer = client.post(f"/rooms/{here}/words", data=form)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert kept(database, here) == []
    for typed in (form.get("list", ""), form.get("word.en", "").strip(" \u200b")):
        assert typed in answer.text


def test_pasted_list_is_taken_in_and_found_again(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "organiser")
    page = f"/rooms/{here}/words"
    text = "en\tar\tfr\nkerb\tحافة الرصيف\tbordure\nÉcluse\t\tsluice"
    answer = client.post(page, data={"do": "list", "list": text, "for": "exchange"}, follow_redirects=True)
    assert "2 new terms." in answer.text
    again = client.post(page, data={"do": "list", "list": text, "for": "exchange"}, follow_redirects=True)
    assert "All of this was there already." in again.text
    listed = client.get(f"/api{page}").json()
    assert [(term["for"], term["words"]) for term in listed["terms"]] == [
        ("exchange", {"en": "Écluse", "fr": "sluice"}),
        ("exchange", {"en": "kerb", "ar": KERB["ar"], "fr": "bordure"}),
    ]
    assert (listed["changes"], {"en", "ar", "fr"} <= set(listed["languages"])) == (True, True)
    for asked, words in (("ecluse", ["Écluse"]), ("BORD", ["kerb"]), ("x", [])):
        shown = Page(client.get(f"{page}?q={asked}").text).sections["list"]
        assert [word for word in shown if word in ("Écluse", "kerb")] == words
    body = client.get(f"{page}.csv").content.decode("utf-8-sig")
    assert wordlist.read(body, ["en"]) == [term["words"] for term in listed["terms"]]


def test_word_list_of_a_service_is_changed_for_all(client: TestClient, database: Database, here: str) -> None:
    bearer = {"Authorization": f"Bearer {SERVICE}"}
    form = {"do": "term", "word.en": "kerb", "for": "exchange"}
    assert client.post(f"/rooms/{here}/words", data=form, headers=bearer, follow_redirects=False).status_code == 303
    assert kept(database, here) == [("exchange", {"en": "kerb"})]


def test_form_longer_than_any_list_is_not_read(client: TestClient, database: Database, here: str) -> None:
    sign_in(client, database, "interpreter")
    answer = client.post(f"/rooms/{here}/words", data={"do": "list", "list": "x" * 1_100_000})
    assert answer.status_code == 413
