"""The state of one room: its parts, its place in the log, and the rules that cross features.

`decide` answers and changes nothing; `apply` obeys, changes in place and names every key it touched.
"""

from datetime import datetime, timedelta

import msgspec

from rooms import (
    agenda,
    asked,
    booths,
    captions,
    chat,
    contributions,
    course,
    hands,
    interpretation,
    lifecycle,
    people,
    polls,
    questions,
    sight,
    slides,
    timetable,
    translations,
)
from rooms.asked import Questions
from rooms.captions import Captions
from rooms.chat import Chat
from rooms.contributions import Slots
from rooms.core import (
    NO_FACTS,
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Facts,
    Item,
    Key,
    Moment,
    Names,
    Record,
    Refused,
    blank,
    main_text,
)
from rooms.hands import Hands
from rooms.interpretation import Interpretation
from rooms.lifecycle import (
    ANNOUNCEMENT,
    Announce,
    Announced,
    Close,
    Closed,
    Open,
    Opened,
    Pause,
    Paused,
    Planned,
    Recording,
    RecordingSet,
    Renamed,
    SetRecording,
    StreamSet,
    since,
)
from rooms.people import Restricted
from rooms.polls import Polls
from rooms.reactions import React
from rooms.roles import AUDIENCE
from rooms.slides import Slides
from rooms.timetable import Agenda

FEATURES = (agenda, questions, interpretation, contributions, slides, captions, chat, hands, polls, people)
COMMANDS: tuple[type[Command], ...] = (
    *lifecycle.Commands.__args__,  # the members of the unions, in their order
    *(command for feature in FEATURES for command in feature.Commands.__args__),
    React,
)
EVENTS: tuple[type[Event], ...] = (
    *lifecycle.Events.__args__,
    *(event for feature in FEATURES for event in feature.Events.__args__),
)

# What a room that is not open still takes. Crew only where roles say so; a pause binds everybody but the crew.
WHILE_PLANNED = (
    *(Announce, *chat.Commands.__args__),
    *(Open, SetRecording, agenda.Add, agenda.Edit, agenda.Move, agenda.Remove, *questions.Commands.__args__),
    *(interpretation.Choose, interpretation.OpenChannel, interpretation.CloseChannel, interpretation.SetFloor),
    *(booths.Enter, booths.Leave, booths.Relay),
    *(*contributions.ByExpert.__args__, contributions.Accept, contributions.Return, contributions.NoShow),
    *(polls.Draft, polls.Edit, polls.Remove),
    *people.Commands.__args__,
)
WHILE_CLOSED = (
    *(Open, captions.Correct, questions.Answered, questions.Decline, questions.Defer, questions.Restore),
    *(questions.Write, translations.Translate, translations.ApproveTranslation, polls.Publish),
    *people.Commands.__args__,
)
WHILE_PAUSED = (interpretation.Choose, booths.Enter, booths.Leave, booths.OffAir, booths.Withdraw)  # for everybody
CREW = ("moderator", "organiser")


def name_of(command: Command | type[Command]) -> str:
    """`area.verb`, as on the wire."""
    return str(command.__struct_config__.tag)


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────

NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Room(msgspec.Struct):
    """One room as its log says; `seq` is the last event applied."""

    id: str
    seq: int = 0
    state: str = "planned"
    closed_at: datetime | None = None
    plan: Planned = Planned("", {}, NEVER, NEVER, "UTC", (), (), ())
    stream: str | None = None
    delay: float = 0.0
    recording: Recording = "off"
    recorded_from: datetime | None = None  # when what is said was first recorded
    announcement: Item | None = None
    agenda: Agenda = msgspec.field(default_factory=lambda: Agenda(NEVER))
    questions: Questions = msgspec.field(default_factory=Questions)
    interpretation: Interpretation = msgspec.field(default_factory=Interpretation)
    contributions: Slots = {}
    slides: Slides = msgspec.field(default_factory=Slides)
    captions: Captions = msgspec.field(default_factory=Captions)
    chat: Chat = msgspec.field(default_factory=Chat)
    hands: Hands = msgspec.field(default_factory=Hands)
    polls: Polls = msgspec.field(default_factory=Polls)
    restricted: Restricted = {}


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Command, room: Room, actor: Actor, moment: Moment, facts: Facts = NO_FACTS) -> Decided:
    """Answer a command of somebody whose role allows it: the events it makes, or Refused."""
    admit(command, room, actor)
    match command:
        case Open() | Pause() | Close() | SetRecording():
            return Decided(proceed(command, room), {"room": room.id})
        case Announce():
            return Decided((announce(command, actor),), {"room": room.id})
        case React():
            return Decided()  # counted by those who show it
        case questions.Ask() | questions.Edit() if isinstance(command.to, str) and not course.answerable(
            command.to, room.agenda, room.contributions
        ):
            raise Refused("question.to", to=command.to)
        case _ if isinstance(command, agenda.Commands):
            decided = agenda.decide(command, room.agenda, moment)
            return course.with_agenda(decided, room.agenda, room.contributions, room.slides, room.interpretation)
        case _ if isinstance(command, questions.Commands | questions.ByMachine):
            if isinstance(command, questions.Write) and not (actor.role in CREW or facts.slots):
                raise Refused("answer.expert")
            return questions.decide(command, room.questions, actor, moment, facts, actor.role in CREW)
        case _ if isinstance(command, interpretation.Commands | booths.Timers):
            return interpretation.decide(command, room.interpretation, actor, moment, facts)
        case _ if isinstance(command, contributions.Commands):
            decided = contributions.decide(command, room.contributions, actor, facts)
            return course.with_contribution(decided, room.agenda, room.contributions, room.slides, room.interpretation)
        case _ if isinstance(command, slides.Commands):
            return turn_pages(command, room, actor, facts)
        case _ if isinstance(command, captions.Commands):
            return captions.decide(command, room.captions, actor, moment, recorded=room.recording == "on")
        case _ if isinstance(command, chat.Commands):
            return chat.decide(command, room.chat, actor, AUDIENCE[actor.role], moment)
        case _ if isinstance(command, hands.Commands):
            return hands.decide(command, room.hands, actor)
        case polls.Draft() | polls.Edit() if command.item and see(room, ("agenda", command.item), "public", {}) is None:
            raise Refused("poll.item")  # nor one that is hidden
        case _ if isinstance(command, polls.Commands):
            return polls.decide(command, room.polls, moment)
        case _ if isinstance(command, people.Commands):
            decided = people.decide(command, room.restricted, actor, facts)
            return course.with_person(decided, room.hands, room.interpretation.channels)
    raise AssertionError(f"nobody decides {name_of(command)}")


def proceed(command: Open | Pause | Close | SetRecording, room: Room) -> tuple[Event, ...]:
    match command:
        case Open() if room.state != "open":
            return (Opened(),)
        case Pause() if room.state == "open":
            return (Paused(),)
        case Close() if room.state in ("open", "paused"):
            ended = course.end(room.agenda, room.contributions)
            return (*ended, *polls.end(room.polls), Closed(), *chat.end(room.chat, kept=room.plan.keeps_chat))
        case SetRecording():
            return (RecordingSet(command.state),)
    raise Refused("state.changed", state=room.state)


def announce(command: Announce, actor: Actor) -> Announced:
    text = command.text.strip()
    if len(text) > ANNOUNCEMENT:
        raise Refused("room.announcement", limit=ANNOUNCEMENT)
    return Announced(None if blank(text) else text, "organiser" if actor.role == "organiser" else "moderator")


def turn_pages(command: slides.Commands, room: Room, actor: Actor, facts: Facts) -> Decided:
    """An expert turns the pages of what they present while on air; the crew those of all that have been on air."""
    now = contributions.on_air(room.contributions)
    if actor.role not in CREW and (now is None or now.id not in facts.slots):
        raise Refused("slides.not_on_air")
    if isinstance(command, slides.Hide):
        return slides.decide(command, room.slides, "", 0)
    slot = course.public(room.contributions, command.presentation)
    if slot is None or (actor.role not in CREW and slot is not now):
        raise Refused("slides.not_on_air")
    return slides.decide(command, room.slides, slot.id, slot.pages)


def admit(command: Command, room: Room, actor: Actor) -> None:
    """The rule over all features: what a room takes in its state, and from whom."""
    if actor.role == "system":
        return
    people.admit(room.restricted, actor, name_of(command))
    crew = actor.role in CREW
    expert = actor.role == "expert" and isinstance(command, questions.Write)
    if room.state == "closed" and not (isinstance(command, WHILE_CLOSED) and (crew or expert)):
        raise Refused("room.closed")
    if room.state == "paused" and not crew and not isinstance(command, WHILE_PAUSED):
        raise Refused("room.paused")
    if room.state == "planned" and not isinstance(command, WHILE_PLANNED):
        raise Refused("room.planned")
    if room.state == "planned" and isinstance(command, chat.Say) and command.to == "room" and not crew:
        raise Refused("room.planned")  # those who prepare it talk among themselves
    if room.state == "paused" and isinstance(command, React):
        raise Refused("room.paused")  # for everybody


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, room: Room) -> list[Key]:
    """Change the room as the record says; every key whose item may look different, for anybody."""
    room.seq = record.seq
    event = record.event
    match event:
        case Planned():
            room.plan = event
            room.questions.unnamed = event.anonymous == "everybody"  # of those asked from here on
            planned = timetable.plan(room.agenda, event.starts, event.items)
            return [
                ("room", "room"),
                ("slides", "slides"),
                *(("questions", one.id) for one in room.questions.all.values() if one.to),
                *planned,
                *polls.bound(room.polls, planned),
                *interpretation.plan(room.interpretation, event.languages, event.channels),
                *contributions.plan(room.contributions, event.contributions),
            ]
        case StreamSet():
            room.stream, room.delay = event.stream, event.delay
            return [("room", "room")]
        case Opened() | Paused():
            room.state = "open" if isinstance(event, Opened) else "paused"
            room.recorded_from = since(room.recorded_from, room.recording, room.state, record.at)
            return [("room", "room")]
        case Closed():
            room.state, room.closed_at, room.announcement = "closed", record.at, None
            return [("room", "room"), *interpretation.end(room.interpretation), *hands.end(room.hands, record.at)]
        case RecordingSet():
            room.recording = event.state
            room.recorded_from = since(room.recorded_from, room.recording, room.state, record.at)
            return [("room", "room")]
        case Announced():
            room.announcement = {"text": event.text, "by": event.role, "at": record.at} if event.text else None
            return [("room", "room")]
        case Renamed():
            booths_of = [tag for tag, one in room.interpretation.channels.items() if event.person in one.booth]
            own = sight.renamed(room.questions, event.person)
            raised = [("hands", event.person)] if event.person in room.hands.all else []
            said = chat.of_person(room.chat, event.person)
            bound = [("restricted", id) for id in people.bearing(room.restricted, event.person)]
            return [*own, *(("channels", tag) for tag in booths_of), *said, *raised, *bound]
        case _ if isinstance(event, agenda.Events):
            turn, keys = room.agenda.turn, agenda.apply(record, room.agenda)
            course.speak(event, turn, room.agenda, room.interpretation)
            named: list[Key] = []
            if isinstance(event, agenda.Edited | agenda.Removed):
                named = [("questions", one.id) for one in room.questions.all.values() if one.to == event.item]
                named += polls.bound(room.polls, keys)
            return [("room", "room"), *keys, *named]
        case _ if isinstance(event, asked.Events):
            return asked.apply(record, room.questions)
        case _ if isinstance(event, interpretation.Events):
            return interpretation.apply(record, room.interpretation)
        case _ if isinstance(event, contributions.Events):
            return contributions.apply(record, room.contributions)
        case _ if isinstance(event, slides.Events):
            return slides.apply(record, room.slides)
        case _ if isinstance(event, captions.Events):
            return captions.apply(record, room.captions)
        case _ if isinstance(event, chat.Events):
            return chat.apply(record, room.chat)
        case _ if isinstance(event, hands.Events):
            return hands.apply(record, room.hands)
        case _ if isinstance(event, polls.Events):
            return polls.apply(record, room.polls)
        case _ if isinstance(event, people.Events):
            return people.apply(record, room.restricted)
    raise AssertionError(f"nobody applies {type(event).__name__}")


def expected_end(room: Room) -> datetime:
    """When the session ended, or will end as the agenda now runs; as planned where there is no agenda."""
    if room.state == "closed" and room.closed_at:
        return room.closed_at
    return room.agenda.expected_end() if room.agenda.entries else room.plan.ends


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def concerns(event: Event, room: Room, key: Key, audience: Audience) -> bool:
    """Whether an audience may learn that this event touched this item: a rename must not tell what is whose."""
    if isinstance(event, booths.Entered | booths.Left | booths.Offered | booths.Withdrawn):
        return audience != "public"
    if key[0] == "chat":
        return chat.concerns(event, room.chat, key[1], audience)
    if isinstance(event, polls.Counted):  # not even that somebody has voted
        return polls.shown(room.polls.all[key[1]], audience)
    if not isinstance(event, Renamed):
        return True
    if key[0] == "channels":
        return interpretation.names_person(room.interpretation, key[1], event.person, audience)
    return key[0] != "questions" or sight.names_person(room.questions, key[1], event.person, audience)


def see(room: Room, key: Key, audience: Audience, names: Names) -> Item | None:
    """One item as one audience may see it; None: not at all."""
    collection, id = key
    match collection:
        case "room":
            return header(room, audience) if room.seq else None  # before its first plan a room is nothing
        case "agenda":
            return agenda.see(room.agenda, id, audience)
        case "questions":
            question = sight.see(room.questions, id, audience, names)
            return course.addressed(question, room.agenda, room.contributions, audience)
        case "scores":
            return sight.score(room.questions, id, audience)
        case "channels":
            return interpretation.see(room.interpretation, id, audience, names)
        case "contributions":
            return contributions.see(room.contributions, id, audience)
        case "slides":
            return slides.see(room.slides) if room.seq else None
        case "captions":
            return captions.see(room.captions, id)
        case "chat":
            return chat.see(room.chat, id, audience, names)
        case "hands":
            return hands.see(room.hands, id, names)
        case "polls":
            bound = room.polls.all[id].item if id in room.polls.all else None
            item = see(room, ("agenda", bound), audience, names) if bound else None
            return polls.see(room.polls, id, audience, item)
        case "restricted":
            return people.see(room.restricted, id, audience, names)
        case _:
            return None


def header(room: Room, audience: Audience) -> Item:
    running, ends = room.agenda.running(audience), expected_end(room)
    return {
        "title": main_text(room.plan.titles),
        "titles": room.plan.titles,
        "exchange": room.plan.exchange,
        "state": room.state,
        "starts": room.plan.starts,
        "ends": room.plan.ends,
        "expected_ends": ends,
        "late": max(0, (ends - room.plan.ends) // timedelta(minutes=1)),
        "slips_from": room.agenda.slips_from(),
        "zone": room.plan.zone,
        "languages": room.plan.languages,
        "floor": room.interpretation.floor,
        "recording": room.recording,
        "now": running.id if running else None,
        "stream": room.stream,
        "delay": room.delay,
        "announcement": room.announcement,
        "chat": room.chat.mode,
        "chat_kept": room.plan.keeps_chat,
        "anonymous": room.plan.anonymous,
        "hands": "open" if room.hands.open else "closed",
    }
