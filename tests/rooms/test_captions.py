"""Captions: lines that are kept or only shown, what is still being typed, corrections, and the last ones on screens."""

import pytest

from rooms.captions import LANGUAGES, LENGTH, SHOWN, Add, Added, Correct, Corrected, Interim, Source
from rooms.core import AUDIENCES, Actor, Audience, Command, Event, Item, Key
from rooms.lifecycle import RecordingSet
from tests.rooms.stage import IDA, MODERATOR, SCRIBE, Fact, Stage
from tests.rooms.stories import START

RECORDED = RecordingSet("on")
LINE = Added("l1", "en", "Good evening.", "typed")
GONE: dict[Key, Item | None] = {("captions", "interim-en"): None}


def recorded(*events: Event) -> Stage:
    return Stage(RECORDED, *events)


def line(text: str, **changed: object) -> Item:
    return {"language": "en", "text": text, "speaker": None, "at": START, "source": "typed", **changed}


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("actor", "command", "event"),
    [
        (SCRIBE, Add("Good evening.", "en"), Added("n1", "en", "Good evening.", "typed")),
        (MODERATOR, Add("Good evening.", "en"), Added("n1", "en", "Good evening.", "typed")),
        (IDA, Add("Bonsoir.", "fr"), Added("n1", "fr", "Bonsoir.", "booth")),
        (SCRIBE, Add(" Good \n\t evening. ", "en"), Added("n1", "en", "Good evening.", "typed")),
        (SCRIBE, Add("🌍" * LENGTH, "en"), Added("n1", "en", "🌍" * LENGTH, "typed")),
        (SCRIBE, Add("Yes.", "en", " Rania ", 12, 13.5), Added("n1", "en", "Yes.", "typed", "Rania", 12, 13.5)),
        (SCRIBE, Add("Yes.", "en", "  "), Added("n1", "en", "Yes.", "typed")),
        (SCRIBE, Add("Yes.", "en", "c1", 12, 12), Added("n1", "en", "Yes.", "typed", "c1", 12, 12)),
    ],
)
def test_line_is_kept_as_it_was_said(actor: Actor, command: Add, event: Event) -> None:
    decided = recorded().decided(command, actor)
    assert (decided.events, decided.ok) == ((event,), {"caption": "n1"})
    assert decided.passing == {("captions", f"interim-{command.language}"): None}


@pytest.mark.parametrize("events", [(), (RecordingSet("announced"),), (RECORDED, RecordingSet("off"))])
def test_line_of_a_room_that_is_not_recorded_makes_no_event(events: tuple[Event, ...]) -> None:
    decided = Stage(*events).decided(Add("Good evening.", "en", "Rania", 12, 13), SCRIBE)
    shown = line("Good evening.", speaker="Rania", kept=False)
    assert (decided.events, decided.ok) == ((), {"caption": "n1"})
    assert decided.passing == {("captions", "n1"): shown, **GONE}


@pytest.mark.parametrize("events", [(), (RECORDED,)], ids=["off", "on"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Add("", "en"), ("caption.length", {"limit": LENGTH})),
        (Add(" \n\u2003", "en"), ("caption.length", {"limit": LENGTH})),
        (Add("🌍" * (LENGTH + 1), "en"), ("caption.length", {"limit": LENGTH})),
        (Add("x" * 10_000, "en"), ("caption.length", {"limit": LENGTH})),
        (Interim("en", "x" * 10_000), ("caption.length", {"limit": LENGTH})),
        (Add("Yes.", "en", None, 13, 12), ("command.invalid", {"field": "to"})),
        (Correct("l9", "Yes."), ("caption.unknown", {})),
    ],
)
def test_line_is_refused(command: Command, code: Fact, events: tuple[Event, ...]) -> None:
    assert Stage(*events).refused(command, SCRIBE) == code


def test_lines_have_a_limit_of_languages() -> None:
    tags = [f"{a}{b}" for a in "xyq" for b in "abcdefgh"][:LANGUAGES]
    full = recorded(*(Added(f"l{tag}", tag, "Yes.", "typed") for tag in tags))
    assert full.refused(Add("Yes.", "en"), SCRIBE) == ("caption.languages", {"limit": LANGUAGES})
    assert full.when(Add("No.", "xa"), SCRIBE) == (Added("n1", "xa", "No.", "typed"),)


# ── What is being typed ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("events", [(), (RECORDED,)], ids=["off", "on"])
@pytest.mark.parametrize(
    ("actor", "text", "shown"),
    [
        (SCRIBE, "Good eve", line("Good eve", interim=True)),
        (IDA, " Good eve ", line("Good eve", source="booth", interim=True)),
        (SCRIBE, " ", None),
        (SCRIBE, "", None),
    ],
)
def test_line_that_is_being_typed_makes_no_event(
    events: tuple[Event, ...], actor: Actor, text: str, shown: Item | None
) -> None:
    decided = Stage(*events).decided(Interim("en", text), actor)
    assert (decided.events, decided.ok, decided.passing) == ((), {}, {("captions", "interim-en"): shown})


# ── Corrections ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("events", [(), (RecordingSet("off"),)], ids=["on", "off since"])
def test_line_is_corrected_in_its_place_and_time(events: tuple[Event, ...]) -> None:
    stage = recorded(Added("l1", "en", "Good evning.", "booth", "c1", 1, 2), *events).at(9)
    decided = stage.decided(Correct("l1", " Good  evening. "), MODERATOR)
    assert (decided.events, decided.ok) == ((Corrected("l1", "Good evening."),), {"caption": "l1"})
    corrected = line("Good evening.", speaker="c1", source="corrected") | {"from": 1, "to": 2}
    assert stage.do(Correct("l1", "Good evening."), MODERATOR).see("captions", "l1", "public") == corrected


@pytest.mark.parametrize("text", ["", " ", "x" * (LENGTH + 1)], ids=["empty", "blank", "too long"])
def test_line_is_not_corrected_into_nothing_or_too_much(text: str) -> None:
    assert recorded(LINE).refused(Correct("l1", text)) == ("caption.length", {"limit": LENGTH})


def test_line_that_was_not_kept_cannot_be_corrected() -> None:
    stage = Stage()
    id = stage.decided(Add("Good evning.", "en"), SCRIBE).ok["caption"]
    assert stage.refused(Correct(id, "Good evening.")) == ("caption.unknown", {})


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("source", ["typed", "booth", "machine", "corrected"])
@pytest.mark.parametrize(
    ("times", "shown"),
    [((None, None), {}), ((1.5, None), {"from": 1.5, "to": None}), ((1.5, 2.5), {"from": 1.5, "to": 2.5})],
)
def test_line_is_the_same_for_all(
    times: tuple[float | None, float | None], shown: Item, source: Source, audience: Audience
) -> None:
    stage = Stage(Added("l1", "en", "Good evening.", source, "c1", *times))
    assert stage.see("captions", "l1", audience) == line("Good evening.", speaker="c1", source=source) | shown


def test_line_whose_text_was_blanked_is_empty() -> None:
    assert Stage(Added("l1", "en", None, "typed")).see("captions", "l1") == line("")


def test_lines_on_screens_are_the_last_of_each_language_and_all_are_kept() -> None:
    english = [Added(f"e{n}", "en", f"Line {n}.", "typed") for n in range(SHOWN + 2)]
    stage = Stage(Added("f0", "fr", "Bonsoir.", "booth"), *english)
    seen = [id for id in stage.room.captions.all if stage.see("captions", id)]
    assert seen == ["f0", *(f"e{n}" for n in range(2, SHOWN + 2))]
    assert len(stage.room.captions.all) == SHOWN + 3
    assert stage.when(Correct("e0", "Line naught."), SCRIBE) == (Corrected("e0", "Line naught."),)  # for the archive


@pytest.mark.parametrize("audience", AUDIENCES)
def test_line_that_is_not_there_is_seen_by_nobody(audience: Audience) -> None:
    assert [Stage(LINE).see("captions", id, audience) for id in ("l9", "interim-en")] == [None, None]
