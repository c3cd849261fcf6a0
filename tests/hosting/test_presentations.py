"""Decks in the database: their order, and the notes to their pages. How they get there is in test_uploads."""

from functools import partial

from hosting import presentations
from hosting.database import Database
from tests.hosting.programmes import NOW, PROGRAMME, WET, contribution, expert, room, take_in


def row(database: Database, id: str) -> presentations.Presentation:
    found = database.read_now(lambda sql: presentations.find(sql, id))
    assert found
    return found


def plain(database: Database, *ids: str) -> str:
    """Decks of one contribution without bytes, one minute apart; their sender."""
    take_in(database, PROGRAMME + WET)
    id, slot, where = expert(database), contribution(database), room(database, "before-spring")
    for number, deck in enumerate(ids):
        of = partial(presentations.create, contribution=slot, room=where, person=id, filename="a.pdf", size=1)
        database.write_now(partial(of, id=deck, now=NOW.replace(minute=number)))
    return id


def test_notes_are_kept_by_page(database: Database) -> None:
    plain(database, "one", "two")
    for page, text in ((1, "Greet"), (2, "Slowly"), (1, "Greet them"), (3, "x"), (3, "")):
        assert database.write_now(partial(presentations.set_note, id="one", page=page, text=text))
    assert not database.write_now(lambda sql: presentations.set_note(sql, "none", 1, "lost"))
    assert row(database, "one").notes == {"1": "Greet them", "2": "Slowly"}
    assert row(database, "two").notes == {}


def test_decks_of_a_contribution_come_newest_first(database: Database) -> None:
    id = plain(database, "one", "two", "three")
    slot = contribution(database)
    found = database.read_now(lambda sql: presentations.of_contribution(sql, slot))
    assert [deck.id for deck in found] == ["three", "two", "one"]
    assert {(deck.person, deck.contribution, deck.state) for deck in found} == {(id, slot, "receiving")}
    other = contribution(database, "wet-cellars")
    assert database.read_now(lambda sql: presentations.of_contribution(sql, other)) == []
