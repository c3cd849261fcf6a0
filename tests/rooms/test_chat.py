"""The chat: who may say what where, and who reads it; the last messages of each audience; the end. Announcements."""

import pytest
from msgspec.structs import replace

from rooms import chat
from rooms.chat import Blanked, Hidden, Hide, Mode, ModeSet, Said, Say, SetMode, To
from rooms.core import AUDIENCES, Actor, Event, Item, Key, Record
from rooms.lifecycle import Announce, Announced, Close, Closed, Opened, Paused, Renamed
from rooms.room import Room, apply
from rooms.view import View
from tests.rooms.stage import ANNA, BERT, EXPERT, IDA, MODERATOR, SCRIBE, Stage
from tests.rooms.stories import NAMES, PLAN, START

ORGANISER = Actor("o1", "organiser")
PEOPLE = (ANNA, EXPERT, IDA, SCRIBE, MODERATOR, ORGANISER)
CHANNELS: tuple[To, ...] = ("room", "booth", "crew")
KEPT = replace(PLAN, keeps_chat=True)


def message(by: Actor, text: str | None, to: To = "room", *, hidden: bool = False) -> Item:
    return {
        "text": text,
        "by": {"id": by.id, "name": NAMES[by.id]},
        "to": to,
        "at": START,
        "hidden": hidden,
    }


def said(*ids: str, to: To = "room", by: Actor = ANNA) -> tuple[Event, ...]:
    return tuple(Said(id, by.id, f"Text {id}", to) for id in ids)


def seen(stage: Stage) -> list[list[str]]:
    """Ids of what public, booth and crew see."""
    return [[id for id in stage.room.chat.all if stage.see("chat", id, audience)] for audience in AUDIENCES]


# ── Saying ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_message_is_said_with_its_text_stripped_and_named_in_the_answer() -> None:
    decided = Stage().decided(Say("  Good morning \n"), ANNA)
    assert (decided.events, decided.ok) == ((Said("n1", "p0", "Good morning"),), {"message": "n1"})


@pytest.mark.parametrize("text", ["", " \n ", "x" * 1_001])
def test_message_has_one_to_a_thousand_characters(text: str) -> None:
    assert Stage().refused(Say(text), ANNA) == ("chat.length", {"limit": 1_000})
    assert Stage().when(Say(" " + "x" * 1_000), ANNA) == (Said("n1", "p0", "x" * 1_000),)


@pytest.mark.parametrize(
    ("to", "may"),
    [("room", PEOPLE), ("booth", (IDA, SCRIBE, MODERATOR, ORGANISER)), ("crew", (MODERATOR, ORGANISER))],
)
def test_message_is_taken_from_those_who_may_read_the_channel(to: To, may: tuple[Actor, ...]) -> None:
    for actor in PEOPLE:
        if actor in may:
            assert Stage().when(Say("Hello", to), actor) == (Said("n1", actor.id, "Hello", to),)
        else:
            assert Stage().refused(Say("Hello", to), actor) == ("chat.to", {"to": to})


@pytest.mark.parametrize(("mode", "silent"), [("on", ()), ("crew", (ANNA, EXPERT, IDA, SCRIBE)), ("off", PEOPLE)])
def test_mode_says_who_speaks_to_the_room_and_leaves_the_staff_alone(mode: Mode, silent: tuple[Actor, ...]) -> None:
    stage = Stage(ModeSet(mode))
    for actor in PEOPLE:
        if actor in silent:
            assert stage.refused(Say("Hello"), actor) == ("chat.off", {})
        else:
            assert stage.when(Say("Hello"), actor)[0] == Said(f"n{stage.ids}", actor.id, "Hello")
    assert stage.when(Say("Hello", "booth"), IDA) == (Said(f"n{stage.ids}", "i1", "Hello", "booth"),)
    assert [stage.shown("room", "room", audience)["chat"] for audience in AUDIENCES] == [mode] * 3


def test_mode_is_set_and_shown() -> None:
    stage = Stage()
    assert (stage.when(SetMode("crew")), stage.shown("room", "room")["chat"]) == ((ModeSet("crew"),), "on")
    assert stage.do(SetMode("off")).shown("room", "room", "public")["chat"] == "off"


def test_message_before_the_beginning_is_the_staff_s_and_in_a_pause_the_crew_s() -> None:
    planned, paused = Stage(opened=False), Stage(Paused())
    assert planned.refused(Say("Hello"), ANNA) == planned.refused(Say("Hello"), IDA) == ("room.planned", {})
    assert planned.when(Say("Hello", "booth"), IDA) == (Said("n1", "i1", "Hello", "booth"),)
    assert planned.when(Say("Hello"), MODERATOR) == (Said("n2", "m0", "Hello"),)
    assert paused.refused(Say("Hello"), ANNA) == ("room.paused", {})
    assert paused.when(Say("Hello"), MODERATOR) == (Said("n1", "m0", "Hello"),)


# ── Who reads what ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_message_is_shown_with_who_said_it_to_whom_and_when() -> None:
    stage = Stage(*said("s1"))
    assert [stage.see("chat", "s1", audience) for audience in AUDIENCES] == [message(ANNA, "Text s1")] * 3


def test_messages_to_staff_are_shown_to_staff() -> None:
    stage = Stage(*said("s1"), *said("s2", to="booth", by=IDA), *said("s3", to="crew", by=MODERATOR))
    assert seen(stage) == [["s1"], ["s1", "s2"], ["s1", "s2", "s3"]]


def test_messages_are_the_last_of_each_audience_and_no_more_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "SHOWN", 2)
    stage = Stage(*said("s1", "s2"), *said("s3", "s4", to="crew", by=MODERATOR))
    assert seen(stage) == [["s1", "s2"], ["s1", "s2"], ["s3", "s4"]]
    stage.given(*said("s5"))
    assert seen(stage) == [["s2", "s5"], ["s2", "s5"], ["s4", "s5"]]
    assert list(stage.room.chat.all) == ["s2", "s4", "s5"]


def test_messages_held_are_bounded_by_the_last_of_each_audience() -> None:
    stage = Stage()
    for n in range(1_000):
        stage.given(*said(f"s{n}", to=CHANNELS[n % 3], by=MODERATOR))
    assert [len(ids) for ids in seen(stage)] == [100, 100, 100]
    assert len(stage.room.chat.all) <= 300


def touched(*events: Event) -> list[list[Key]]:
    """What the last event touches for public, booth and crew, after a plan, an opening and the others."""
    room, views = Room("r1"), [View(audience) for audience in AUDIENCES]
    for seq, event in enumerate((PLAN, Opened(), *events), 1):
        keys = apply(Record(seq, START, "p0", event), room)
        for view in views:
            view.touch(room, event, keys, NAMES)
    return [[key for key, seq in view.changed.items() if seq == room.seq] for view in views]


def test_message_and_what_falls_out_for_it_touch_those_who_may_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the staff talks cannot be told from what others are sent."""
    monkeypatch.setattr(chat, "SHOWN", 2)
    talk = (*said("s1", "s2"), *said("s3", to="crew", by=MODERATOR))
    assert touched(*talk) == [[], [], [("chat", "s1"), ("chat", "s3")]]
    assert touched(*talk, *said("s4")) == [
        [("chat", "s1"), ("chat", "s4")],
        [("chat", "s1"), ("chat", "s4")],
        [("chat", "s2"), ("chat", "s4")],
    ]


def test_rename_touches_the_person_s_messages_in_view_of_those_who_see_them() -> None:
    talk = (*said("s1"), *said("s2", by=BERT), *said("s3", to="crew"))
    assert touched(*talk, Renamed("p0")) == [[("chat", "s1")], [("chat", "s1")], [("chat", "s1"), ("chat", "s3")]]


# ── Hiding ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_hidden_message_keeps_its_place_and_its_text_for_the_crew_alone() -> None:
    stage = Stage(*said("s1"))
    assert stage.when(Hide("s1")) == (Hidden("s1"),)
    stage.do(Hide("s1"))
    assert [stage.see("chat", "s1", audience) for audience in AUDIENCES] == [
        message(ANNA, None, hidden=True),
        message(ANNA, None, hidden=True),
        message(ANNA, "Text s1", hidden=True),
    ]


def test_message_that_is_gone_or_hidden_cannot_be_hidden() -> None:
    stage = Stage(*said("s1"), Hidden("s1"))
    assert stage.refused(Hide("s1")) == ("state.changed", {"state": "hidden"})
    assert stage.refused(Hide("s2")) == ("chat.unknown", {})


# ── The end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_room_that_closes_blanks_what_was_said_unless_the_exchange_keeps_it() -> None:
    assert Stage(*said("s1")).when(Close()) == (Closed(), Blanked())
    assert Stage().when(Close()) == (Closed(),)
    kept = Stage(*said("s1"), plan=KEPT)
    assert (kept.when(Close()), kept.shown("room", "room")["chat_kept"]) == ((Closed(),), True)
    assert seen(kept.do(Close())) == [["s1"]] * 3


def test_room_that_is_reopened_has_an_empty_chat_and_goes_on() -> None:
    stage = Stage(*said("s1"), *said("s2", to="crew")).do(Close())
    assert (seen(stage), stage.room.chat.all) == ([[], [], []], {})
    assert stage.refused(Say("Hello")) == ("room.closed", {})
    assert seen(stage.given(Opened(), *said("s3"))) == [["s3"]] * 3
    assert stage.when(Close()) == (Closed(), Blanked())


def test_blanking_tells_each_audience_of_what_it_saw() -> None:
    shown = touched(*said("s1"), *said("s2", to="crew"), Blanked())
    assert shown == [[("chat", "s1")], [("chat", "s1")], [("chat", "s1"), ("chat", "s2")]]


# ── Announcements ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("actor", "by"), [(MODERATOR, "moderator"), (ORGANISER, "organiser")])
@pytest.mark.parametrize("before", [(), (Opened(),), (Opened(), Paused())])
def test_announcement_is_everybody_s_until_the_next(actor: Actor, by: str, before: tuple[Event, ...]) -> None:
    stage = Stage(*before, opened=False).do(Announce(" Soon. "), actor)
    said = {"text": "Soon.", "by": by, "at": START}
    assert [stage.shown("room", "room", audience)["announcement"] for audience in AUDIENCES] == [said] * 3
    assert stage.do(Announce("Now."), actor).shown("room", "room")["announcement"] == {**said, "text": "Now."}


def test_announcement_is_taken_back_by_an_empty_one_and_over_at_the_end() -> None:
    stage = Stage(Announced("Soon."))
    assert stage.when(Announce("  ")) == (Announced(None),)
    assert stage.do(Announce("")).shown("room", "room")["announcement"] is None
    assert Stage(Announced("Soon."), Closed()).shown("room", "room")["announcement"] is None


def test_announcement_has_at_most_five_hundred_characters() -> None:
    assert Stage().refused(Announce("x" * 501)) == ("room.announcement", {"limit": 500})
    assert Stage().when(Announce("x" * 500)) == (Announced("x" * 500),)


def test_announcement_in_a_closed_room_is_refused() -> None:
    assert Stage(Closed()).refused(Announce("Soon.")) == ("room.closed", {})
