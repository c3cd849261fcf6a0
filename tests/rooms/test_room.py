"""The room as a whole: opening and closing, what it takes in each state, and its header."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from rooms import (
    agenda,
    booths,
    captions,
    chat,
    contributions,
    hands,
    interpretation,
    people,
    polls,
    questions,
    slides,
    translations,
)
from rooms.agenda import Finished, Started
from rooms.contributions import PlannedContribution
from rooms.core import AUDIENCES, Actor, Command, Deck, Elsewhere, Event, Facts, Item, Refused, Role
from rooms.interpretation import Choose
from rooms.lifecycle import (
    Announce,
    Close,
    Closed,
    Open,
    Opened,
    Pause,
    Paused,
    Recording,
    RecordingSet,
    SetRecording,
    StreamSet,
)
from rooms.questions import Asked, Published
from rooms.room import COMMANDS, Room, admit, name_of, see
from tests.rooms.stage import CLOCKWORK, Stage
from tests.rooms.stories import NAMES, PLAN, START

STATES: dict[str, tuple[Event, ...]] = {
    "planned": (),
    "open": (Opened(),),
    "paused": (Opened(), Paused()),
    "closed": (Opened(), Closed()),
}
ROLES: tuple[Role, ...] = ("participant", "expert", "interpreter", "captioner", "moderator", "organiser")
CREW = ("moderator", "organiser")


def room(state: str, *events: Event) -> Stage:
    stage = Stage(*STATES[state], *events, opened=False)
    assert stage.room.state == state
    return stage


# ── Opening and closing ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "command", "event"),
    [
        ("planned", Open(), Opened()),
        ("paused", Open(), Opened()),
        ("closed", Open(), Opened()),
        ("open", Pause(), Paused()),
        ("open", Close(), Closed()),
        ("paused", Close(), Closed()),
    ],
)
def test_room_changes_state_on_command(state: str, command: Command, event: Event) -> None:
    decided = room(state).decided(command)
    assert (decided.events, decided.ok) == ((event,), {"room": "r1"})


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        ("open", Open(), "state.changed"),
        ("paused", Pause(), "state.changed"),
        ("closed", Pause(), "room.closed"),
        ("closed", Close(), "room.closed"),
        ("planned", Pause(), "room.planned"),
        ("planned", Close(), "room.planned"),
    ],
)
def test_room_refuses_what_has_happened_already(state: str, command: Command, code: str) -> None:
    assert room(state).refused(command) == (code, {"state": state} if code == "state.changed" else {})


def test_room_closing_finishes_what_runs() -> None:
    assert room("open", Started("a2")).when(Close()) == (Finished("a2"), Closed())


def test_room_reopened_takes_questions_again() -> None:
    stage = room("closed").do(Open())
    assert stage.when(questions.Ask("Why?", "en")) == (Asked("n1", "m0", "Why?", "en"),)


# ── What a room takes in each state ──────────────────────────────────────────────────────────────────────────────────

BODIES: dict[str, Command] = {
    name_of(command): command
    for command in (
        Open(),
        Pause(),
        Close(),
        SetRecording("on"),
        agenda.Add("Photo", "other", 5),
        agenda.Edit("a1", title="Hello"),
        agenda.Move("a1", None),
        agenda.Remove("a4"),
        agenda.Start("a1"),
        agenda.Finish("a2"),
        agenda.Skip("a1"),
        agenda.Pause("a2"),
        agenda.Resume("a2"),
        agenda.Extend("a1", 5, "shift"),
        agenda.Undo(),
        questions.Ask("Why?", "en"),
        questions.Edit("q1", "Why not?"),
        questions.Withdraw("q1"),
        questions.Screen("q1"),
        questions.Publish("q1"),
        questions.Queue("q2"),
        questions.Air("q2"),
        questions.Answered("q2"),
        questions.Write("q2", "Because.", "en"),
        questions.Decline("q1", "No"),
        questions.Merge("q1", "q2"),
        questions.Defer("q1", "r2"),
        translations.Translate("q2", "fr", "Comment ?"),
        translations.ApproveTranslation("q2", "ar"),
        questions.Restore("q2"),
        interpretation.OpenChannel("zh"),
        interpretation.CloseChannel("ar"),
        interpretation.SetFloor("fr"),
        booths.Enter("ar"),
        booths.Leave("en"),
        booths.OnAir("en"),
        booths.OffAir("en"),
        booths.Offer("en"),
        booths.Request("en"),
        booths.Accept("en"),
        booths.Withdraw("en"),
        booths.Relay("en", "fr"),
        booths.Slower("en"),
        booths.NoSound("en"),
        contributions.Confirm("c1"),
        contributions.Decline("c1"),
        contributions.Submit("c1", "d1"),
        contributions.CheckIn("c1"),
        contributions.Ready("c2"),
        contributions.Accept("c3"),
        contributions.Return("c3", "Please larger"),
        contributions.Air("c1"),
        contributions.Finish("c4"),
        contributions.NoShow("c1"),
        slides.Show("d4", 2),
        slides.Hide(),
        captions.Add("Good evening.", "en"),
        captions.Correct("l1", "Good night."),
        captions.Interim("en", "Good"),
        Announce("Soon."),
        chat.Say("Hello."),
        chat.Hide("s1"),
        chat.SetMode("off"),
        hands.Raise(),
        hands.Lower(),
        hands.Call("x2"),
        hands.Done("x2"),
        hands.Close(),
        hands.Open(),
        polls.Draft("Where?", ("Here", "There")),
        polls.Edit("v1", "Where?", ("Here", "There")),
        polls.Remove("v1"),
        polls.Open("v1"),
        polls.Close("v2"),
        polls.Publish("v3"),
        people.Silence("x3"),
        people.Remove("x3"),
        people.Readmit("x4"),
    )
}
BEFORE: dict[str, tuple[Event, ...]] = {  # beside what is given to all; x1 gives the commands
    "agenda.resume": (agenda.Paused("a2"),),
    "booth.off_air": (booths.Aired("en", "x1"),),
    "booth.offer": (booths.Aired("en", "x1"),),
    "booth.request": (booths.Aired("en", "x2"),),
    "booth.accept": (booths.Aired("en", "x2"), booths.Offered("en", "x2", "offer")),
    "booth.withdraw": (booths.Aired("en", "x1"), booths.Offered("en", "x1", "offer")),
    "hand.lower": (hands.Raised("x1"),),
    "hand.done": (hands.Called("x2"),),
}
GIVEN: tuple[Event, ...] = (
    Started("a2"),
    *(Asked("q1", "x1", "Why?", "en"), Asked("q2", "x1", "How?", "en"), Published("q2")),
    translations.Translated("q2", "ar", "كيف؟", "x2"),
    *(booths.Entered("en", "x1"), booths.Entered("en", "x2")),
    contributions.CheckedIn("c2"),
    contributions.Submitted("c3", "d3", 5),
    *(contributions.Submitted("c4", "d4", 5), contributions.Aired("c4")),
    captions.Added("l1", "en", "Good day.", "typed"),
    chat.Said("s1", "x2", "Good day."),
    hands.Raised("x2"),
    *(polls.Drafted(f"v{n}", "Where?", ("Here", "There")) for n in range(1, 4)),
    *(polls.Opened("v2"), polls.Opened("v3"), polls.Closed("v3")),
    people.Silenced("x4"),
)
SLOTS = tuple(PlannedContribution(f"c{n}", {"en": "Three crews"}) for n in range(1, 5))
KNOWN = Facts(
    frozenset(slot.id for slot in SLOTS),
    Deck("d1", "c1", 5),
    Elsewhere("r2", None, {"en": "Later"}),
    person=frozenset(),
)
WRITE = {"question.write", "question.translate", "question.approve_translation"}
AFTER = {"room.open", "question.answered", "question.decline", "question.defer", "question.restore", "caption.correct"}
ROWS: dict[str, Command] = {  # admitted by the hub
    name_of(command): command
    for command in (questions.Vote("q2"), questions.Unvote("q2"), Choose("en"), polls.Vote("v2", (0,)))
}
PREPARE = {"agenda.add", "agenda.edit", "agenda.move", "agenda.remove", "room.record", "room.announce"}
CHAT = {"chat.say", "chat.hide", "chat.set"}
DRAFTS = {"poll.draft", "poll.edit", "poll.remove"}
QUESTIONS = {name for name in (*BODIES, *ROWS) if name.startswith("question.")}
CHANNELS = {"channel.choose", "channel.open", "channel.close", "channel.floor"}
EXPERTS = {f"contribution.{verb}" for verb in ("confirm", "decline", "submit", "check_in", "ready")}
REVIEW = {"contribution.accept", "contribution.return", "contribution.no_show"}
BOOTH = {"booth.enter", "booth.leave", "booth.relay"}
ALL = set(BODIES) | set(ROWS)
PEOPLE = {"room.silence", "room.remove", "room.readmit"}
PLANNED = {"room.open"} | PEOPLE | PREPARE | DRAFTS | QUESTIONS | CHANNELS | EXPERTS | REVIEW | BOOTH | CHAT
TAKES: dict[str, tuple[set[str], set[str]]] = {  # from the crew, and from others
    "planned": (PLANNED, PLANNED - {"chat.say"}),  # to the room
    "open": (ALL - {"room.open"}, ALL - {"room.open"}),
    "paused": (
        ALL - {"room.pause"},
        {"channel.choose", "booth.enter", "booth.leave", "booth.off_air", "booth.withdraw"},
    ),
    "closed": (PEOPLE | AFTER | WRITE | {"poll.publish"}, set()),
}
CODES = {
    "planned": ("room.planned", "room.planned"),
    "open": ("state.changed", "state.changed"),
    "paused": ("state.changed", "room.paused"),
    "closed": ("room.closed", "room.closed"),
}


def test_room_has_every_command_tried_here() -> None:
    assert {name_of(command) for command in COMMANDS} == ALL | {"react"}  # in a file of its own


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_room_takes_these_commands_in_this_state(state: str, role: Role) -> None:
    """Who may give a command at all is for the roles; here everybody may."""
    actor, taken, codes = Actor("x1", role), set(), set()
    for name, command in {**BODIES, **ROWS}.items():
        events = (*STATES[state], *GIVEN, *BEFORE.get(name, ()))
        stage = Stage(*events, plan=replace(PLAN, contributions=SLOTS), opened=False)
        try:
            if name in ROWS:
                admit(command, stage.room, actor)
            else:
                stage.decided(command, actor, KNOWN)
            taken.add(name)
        except Refused as refused:
            codes.add(refused.code)
    crew = role in CREW
    if (state, role) == ("closed", "expert"):
        assert "question.write" in taken  # who spoke answers what was left
        taken.discard("question.write")
    assert (taken, codes) == (TAKES[state][not crew], {CODES[state][not crew]})


@pytest.mark.parametrize("state", STATES)
def test_room_takes_what_the_clock_says_in_every_state(state: str) -> None:
    stage = room(state, booths.Entered("en", "i1"), booths.Aired("en", "i1"))
    assert stage.when(booths.Lapse("i1", frozenset()), CLOCKWORK) == (booths.Muted("en", "i1"),)


# ── Recording ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", ["off", "announced", "on"])
def test_room_says_to_everybody_whether_it_is_recorded(state: Recording) -> None:
    stage = Stage()
    decided = stage.decided(SetRecording(state))
    assert (decided.events, decided.ok) == ((RecordingSet(state),), {"room": "r1"})
    shown = [stage.do(SetRecording(state)).shown("room", "room", audience)["recording"] for audience in AUDIENCES]
    assert shown == [state] * 3


# ── What headers show ────────────────────────────────────────────────────────────────────────────────────────────────


def header(**changed: object) -> Item:
    return {
        "title": "Keeping the rounds going",
        "titles": {"en": "Keeping the rounds going", "de": "Die Touren laufen weiter"},
        "exchange": "global",
        "state": "planned",
        "starts": START,
        "ends": START + timedelta(minutes=60),
        "expected_ends": START + timedelta(minutes=60),
        "zone": "Europe/Berlin",
        "languages": ("en", "fr"),
        "floor": "en",
        "recording": "off",
        "now": None,
        "late": 0,
        "slips_from": None,
        "stream": None,
        "delay": 0.0,
        "announcement": None,
        "chat": "on",
        "chat_kept": False,
        "anonymous": "participants",
        "hands": "open",
        **changed,
    }


def test_room_without_a_plan_is_nothing() -> None:
    assert see(Room("r1"), ("room", "room"), "crew", NAMES) is None


@pytest.mark.parametrize(
    ("events", "changed"),
    [
        ((), {}),
        ((Opened(), Started("a1")), {"state": "open", "now": "a1", "slips_from": START + timedelta(minutes=10)}),
        ((StreamSet("https://example.org/live", 12.5),), {"stream": "https://example.org/live", "delay": 12.5}),
        ((StreamSet("https://example.org/live", 12.5), StreamSet(None)), {}),
        ((replace(PLAN, items=(), zone="UTC"),), {"zone": "UTC"}),  # without an agenda it ends as planned
    ],
)
def test_room_header_says_how_it_stands(events: tuple[Event, ...], changed: Item) -> None:
    assert Stage(*events, opened=False).see("room", "room", "public") == header(**changed)


def test_recording_goes_on_after_a_closing_by_mistake_and_is_announced_anew_later() -> None:
    room = Stage(RecordingSet("on"), Closed())
    assert room.at(0.5).given(Opened()).room.recording == "on"
    room.given(Closed())
    assert room.at(3).given(Opened()).room.recording == "off"
    room.given(RecordingSet("on"), Paused())
    assert room.at(9).given(Opened()).room.recording == "on"  # a pause is no end
