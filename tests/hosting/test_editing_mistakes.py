"""Mistakes in a session's form: each said beside its field and at the top, nothing typed lost, nothing written."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting.database import Database
from tests.hosting.forms import Desk, planned_in
from tests.hosting.programmes import room, rows, sign_in


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


@pytest.fixture
def desk(client: TestClient, database: Database) -> Desk:
    """The page of a session at its organiser's browser."""
    sign_in(client, database, "organiser", "spring")
    return Desk(client, room(database, "before-spring"))


LONG = "x" * 5_000
DATE = "a date and a time are expected, such as 2020-11-24T14:00"
TAG = "a language tag is expected, such as en or pt-BR"
TOO_LONG = "expected a text of at most 500 characters"
# What is typed by field, and what is said by field; ITEM1, SLOT0 stand for the names of parts.
ONE: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "no English title": ({"title.en": " \t", "title.de": "Nur deutsch"}, {"title.en": "is missing"}),
    "title of 5,000 characters": ({"title.en": LONG}, {"title.en": TOO_LONG}),
    "title in another language too long": ({"title.de": LONG}, {"title.de": TOO_LONG}),
    "abstract too long": (
        {"abstract.en": "x" * 10_001},
        {"abstract.en": "expected a text of at most 10000 characters"},
    ),
    "control characters": ({"title.en": "Be\x1b[2Jfore"}, {"title.en": "has control characters"}),
    "zero bytes": ({"SLOT0.name": "Rania\0"}, {"SLOT0.name": "has control characters"}),
    "no start": ({"starts": ""}, {"starts": "is missing"}),
    "start that is none": ({"starts": "tomorrow"}, {"starts": DATE}),
    "day that is none": ({"ends": "2027-02-30T10:00"}, {"ends": DATE}),
    "time with an offset": ({"starts": "2027-03-28T01:00+02:00"}, {"starts": DATE}),
    "year that is a slip": ({"starts": "0227-03-28T01:00"}, {"starts": "the year is 227"}),
    "last of all years": ({"ends": "9999-12-31T23:59"}, {"ends": "the year is 9999"}),
    "hour that the clock change skips": (
        {"ends": "2027-03-28T02:15", "ITEM1.minutes": "50"},
        {"ends": "02:15 does not exist on that day in Europe/Berlin"},
    ),
    "end before the start": (
        {"ends": "2027-03-28T00:45"},
        {"ends": "is not after starts", "agenda": "its minutes add up to 45, the session has -15"},
    ),
    "language tag that is none": ({"more-languages": "español"}, {"more-languages": TAG}),
    "channel that is none": ({"more-channels": "x"}, {"more-channels": TAG}),
    "minutes that are no number": (
        {"ITEM1.minutes": "a while"},
        {"ITEM1.minutes": "expected a whole number, got a text"},
    ),
    "no minutes": ({"ITEM1.minutes": ""}, {"ITEM1.minutes": "is missing"}),
    "minutes below one": ({"ITEM1.minutes": "0"}, {"ITEM1.minutes": "expected a whole number >= 1"}),
    "minutes beyond a day's work": ({"ITEM1.minutes": "601"}, {"ITEM1.minutes": "expected a whole number <= 600"}),
    "minutes without end": ({"ITEM1.minutes": "9" * 400}, {"ITEM1.minutes": "expected a whole number, got a text"}),
    "minutes that do not add up": (
        {"ITEM1.minutes": "21"},
        {"agenda": "its minutes add up to 46, the session has 45"},
    ),
    "kind that nobody knows": ({"ITEM1.kind": "party"}, {"ITEM1.kind": "invalid enum value 'party'"}),
    "item without a title": (
        {"ITEM0.title.en": ""},
        {"ITEM0.title.en": "is missing, and no contribution gives one"},
    ),
    "item that loses its contribution": (
        {"ITEM1.slot": ""},
        {"ITEM1.title.en": "is missing, and no contribution gives one"},
    ),
    "item for a contribution that is not there": (
        {"ITEM1.slot": "elsewhere"},
        {"ITEM1.slot": 'there is no contribution "elsewhere"'},
    ),
    "item's title too long": ({"ITEM0.title.de": LONG}, {"ITEM0.title.de": TOO_LONG}),
    "contribution without a title": ({"SLOT0.title.en": ""}, {"SLOT0.title.en": "is missing"}),
    "expert without a name": ({"SLOT0.name": ""}, {"SLOT0.name": "is missing"}),
    "expert without a city": ({"SLOT0.city": "  "}, {"SLOT0.city": "is missing"}),
    "country too long": ({"SLOT0.country": LONG}, {"SLOT0.country": TOO_LONG}),
    "role too long": ({"SLOT0.role.de": LONG}, {"SLOT0.role.de": TOO_LONG}),
    "abstract of a contribution with controls": (
        {"SLOT0.abstract.de": "\x07"},
        {"SLOT0.abstract.de": "has control characters"},
    ),
    "contribution in a language that is not spoken": (
        {"SLOT0.language": "es"},
        {"SLOT0.language": '"Spanish" is not spoken in "Before the clocks go forward"'},
    ),
    "contribution without minutes": ({"SLOT0.minutes": ""}, {"SLOT0.minutes": "is missing"}),
    "link without a lock": (
        {"stream": "http://stream.example.org"},
        {"stream": "The link must begin with https:// and name a host."},
    ),
    **{
        f"delay of {typed}": ({"delay": typed}, {"delay": "The delay is 0 to 30 seconds."})
        for typed in ("30.1", "-1", "NaN", "inf", "1e1", "٣", "5 s", "1.", "1,2,3", "9" * 400)
    },
    "link of a channel without a lock": (
        {"channel-link.ar": "http://sound.example.org"},
        {"channel-link.ar": "The link must begin with https:// and name a host."},
    ),
}
UNSEEN = {"ITEM1.kind", "ITEM1.slot"}  # what is no choice of a list cannot be shown as chosen


def named(desk: Desk, texts: dict[str, str]) -> dict[str, str]:
    parts = {"ITEM0": desk.item(0), "ITEM1": desk.item(1), "SLOT0": desk.slot(0)}
    return {
        ".".join([parts.get(name.split(".")[0], name.split(".")[0]), *name.split(".")[1:]]): text
        for name, text in texts.items()
    }


@pytest.mark.parametrize("typed, said", ONE.values(), ids=ONE)
def test_mistake_is_said_beside_its_field_and_kept(
    desk: Desk, database: Database, typed: dict[str, str], said: dict[str, str]
) -> None:
    before = rows(database)
    desk.put(named(desk, typed))
    sent = dict(desk.fields)
    assert desk.press() == 422
    assert desk.wrong == named(desk, said)
    assert desk.page.focus == "problems"
    assert set(desk.page.invalid) == set(named(desk, said)) - {"agenda"}
    lost = named(desk, dict.fromkeys(UNSEEN & typed.keys(), "")).keys()
    shown = {
        name: [" ".join(text.split()) for text in texts] for name, texts in desk.fields.items() if name not in lost
    }
    assert shown == {
        name: [" ".join(text.split()) for text in texts] for name, texts in sent.items() if name not in lost
    }
    assert rows(database) == before


def test_no_language_at_all_is_a_mistake(desk: Desk) -> None:
    del desk.fields["languages"]
    assert desk.press() == 422
    assert desk.wrong == {
        "languages": "a session has at least one language",
        f"{desk.slot(0)}.language": '"French" is not spoken in "Before the clocks go forward"',
    }


def test_all_mistakes_are_said_together_in_the_order_of_the_page(desk: Desk) -> None:
    typed = {"title.en": "", "starts": "", "ITEM0.title.en": "", "ITEM1.minutes": "x", "SLOT0.city": "", "stream": "x"}
    desk.put(named(desk, typed))
    assert desk.press() == 422
    assert list(desk.wrong) == list(named(desk, typed))


def test_mistakes_are_named_as_the_page_names_its_fields(desk: Desk) -> None:
    desk.put(named(desk, {"title.de": LONG, "ITEM1.minutes": "x", "SLOT0.role.de": LONG}))
    desk.press()
    for label in ("Title (German)", "Agenda item 2, Minutes", "Contribution 1, Role (German)"):
        assert desk.html.count(f">{label}</a>: ") == 1


def test_stale_form_with_mistakes_says_both(desk: Desk, database: Database) -> None:
    other = Desk(desk.client, desk.room)
    other.press(f"remove-item.{other.fields['item'][0]}")
    other.fill(ends="2027-03-28T01:40").press()
    desk.put(named(desk, {"ITEM0.minutes": "soon", "title.en": ""}))
    assert desk.press() == 409
    assert desk.fields["item"][0] == "new1"
    assert desk.wrong == named(desk, {"title.en": "is missing", "ITEM0.minutes": "expected a whole number, got a text"})


# ── Hostile forms ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_five_hundred_items_are_too_many(desk: Desk, database: Database) -> None:
    before = rows(database)
    desk.fields["item"] += [f"new{number}" for number in range(1, 498)]
    for number in range(1, 498):
        desk.fields |= {f"item.new{number}.{name}": [text] for name, text in (("title.en", "Again"), ("minutes", "1"))}
        desk.fields[f"item.new{number}.kind"] = ["other"]
    assert desk.press() == 422
    assert desk.wrong["agenda"].startswith("The agenda already has 200 items.")
    assert len(desk.fields["item"]) == 201
    assert rows(database) == before


@pytest.mark.parametrize("made_from", ["", "of before"])
def test_thousands_of_items_and_contributions_are_not_even_read(desk: Desk, database: Database, made_from: str) -> None:
    before, stale = rows(database), {"made-from": [made_from]} if made_from else {}
    for part, first in (("item", "foreign"), ("slot", "other")):
        desk.fields[part] += [f"{first if stale else 'new'}{number}" for number in range(4_900)]
    answer = desk.client.post(desk.path, data={**desk.fields, **stale, "do": "save"})
    desk.see(answer.text)
    assert answer.status_code == (409 if stale else 422)
    assert (len(desk.fields["item"]), len(desk.fields["slot"])) == (201, 201)
    assert len({*desk.fields["item"], *desk.fields["slot"]}) == (402 if stale else 201 + 201 - 198)
    assert desk.wrong["agenda"].startswith("The agenda already has 200 items.")
    assert desk.wrong[desk.slot(200)].startswith("A session has 200 contributions at most.")
    assert rows(database) == before


def test_ids_of_others_are_refused(desk: Desk, database: Database) -> None:
    elsewhere = planned_in(database, room(database, "across-spring")).items[0].id
    before, whole = rows(database), dict(desk.fields)
    for part, id in (("item", elsewhere), ("item", "unknown"), ("slot", "unknown"), ("item", desk.fields["slot"][0])):
        desk.fields = {
            **whole,
            part: [*whole[part], id],
            f"{part}.{id}.title.en": ["Mine"],
            f"{part}.{id}.minutes": ["1"],
        }
        for button in ("save", "add-item"):
            answer = desk.client.post(desk.path, data={**desk.fields, "do": button})
            assert (part, id, answer.status_code) == (part, id, 400)
    assert rows(database) == before


@pytest.mark.parametrize(
    "button", ["", "up", "up.unknown", "remove-item.", "remove-slot.unknown", "save.it", "drop", "add-tongue"]
)
def test_button_that_is_not_there_is_refused(desk: Desk, database: Database, button: str) -> None:
    before = rows(database)
    answer = desk.client.post(desk.path, data={**desk.fields, "do": button, "new-tongue": "not a tag"})
    assert answer.status_code == 400
    assert rows(database) == before


def test_form_beyond_all_measure_is_refused(desk: Desk) -> None:
    answers = [desk.client.post(desk.path, data={**desk.fields, "abstract.en": "x" * 3_000_000}).status_code]
    answers.append(desk.client.post(desk.path, data={**desk.fields, "languages": ["en"] * 10_001}).status_code)
    assert answers == [413, 400]


def test_item_named_twice_is_one(desk: Desk, database: Database) -> None:
    before = rows(database)
    desk.fields["item"] *= 2
    assert desk.press() == 303
    assert rows(database) == before


def test_markup_is_text(desk: Desk) -> None:
    desk.fill(title__en="<script>alert(1)</script>").put({f"{desk.item(0)}.title.en": '"><img src=x onerror=alert(1)>'})
    assert desk.press() == 303
    assert ("<script>alert" in desk.html, "<img" in desk.html) == (False, False)
    assert desk.titles[0] == '"><img src=x onerror=alert(1)>'
