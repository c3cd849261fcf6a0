"""Polls: drafted by moderators, opened to votes, closed, published. They name nobody.

Votes are rows outside the log (rooms/tallies.py). The log gets sums: of an open vote while it runs, of a secret one
once, after it has closed. Only the crew sees them before a poll is published, and a poll before it is opened.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from rooms.core import Audience, Command, Decided, Event, Id, Item, Key, Moment, Record, Refused, blank

LENGTH = 200  # characters of a title, and of a choice
CHOICES = (2, 20)
MANY = 100  # polls of a room
State = Literal["draft", "open", "closed", "published"]
Results = Literal["vote", "end"]  # when voters are told the sums: after their own vote, or once all are

Text = Annotated[str, msgspec.Meta(max_length=4_096)]  # the length that counts is checked after stripping
Texts = Annotated[tuple[Text, ...], msgspec.Meta(max_length=64)]


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Draft(Command, frozen=True, tag="poll.draft"):
    """`item`: of the agenda, with which the poll is proposed."""

    title: Text
    choices: Texts
    multiple: bool = False
    secret: bool = False
    item: Id | None = None
    results: Results = "end"


class Edit(Command, frozen=True, tag="poll.edit"):
    """A draft, whole, as it is from here on."""

    poll: Id
    title: Text
    choices: Texts
    multiple: bool = False
    secret: bool = False
    item: Id | None = None
    results: Results = "end"


class Remove(Command, frozen=True, tag="poll.remove"):
    poll: Id


class Open(Command, frozen=True, tag="poll.open"):
    poll: Id
    was: State | None = None


class Close(Command, frozen=True, tag="poll.close"):
    poll: Id
    was: State | None = None


class Publish(Command, frozen=True, tag="poll.publish"):
    poll: Id
    was: State | None = None


class Vote(Command, frozen=True, tag="poll.vote"):
    """`choices`: places counted from 0, or the texts themselves. An open vote may be changed, a secret one not."""

    poll: Id
    choices: Annotated[tuple[int | Text, ...], msgspec.Meta(max_length=64)]


Commands = Draft | Edit | Remove | Open | Close | Publish | Vote


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Drafted(Event, frozen=True, tag="poll.drafted"):
    """A draft, whole; a changed one makes a new event."""

    poll: str
    title: str
    choices: tuple[str, ...]
    multiple: bool = False
    secret: bool = False
    item: str | None = None
    results: Results = "end"


class Removed(Event, frozen=True, tag="poll.removed"):
    poll: str


class Opened(Event, frozen=True, tag="poll.opened"):
    poll: str


class Closed(Event, frozen=True, tag="poll.closed"):
    poll: str


class Published(Event, frozen=True, tag="poll.published"):
    poll: str


class Sum(msgspec.Struct, frozen=True):
    """How many have voted, and how often for each choice."""

    voters: int
    results: tuple[int, ...]


class Counted(Event, frozen=True, tag="poll.counted"):
    """The sums of polls now, by id; of one that has closed they are final."""

    polls: dict[str, Sum]


Events = Drafted | Removed | Opened | Closed | Published | Counted


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Poll(msgspec.Struct):
    id: str
    title: str
    choices: tuple[str, ...]
    multiple: bool
    secret: bool
    item: str | None
    results: Results
    state: State = "draft"
    opened: int = 0  # the seq of the opening
    opened_at: datetime | None = None
    sum: Sum | None = None
    counted: bool = False  # the sum is final


class Polls(msgspec.Struct):
    all: dict[str, Poll] = {}


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, polls: Polls, moment: Moment) -> Decided:
    """Votes are not decided here: they are rows, `votable` says whether one may be cast."""
    match command:
        case Draft():
            if len(polls.all) >= MANY:
                raise Refused("poll.too_many", limit=MANY)
            return drafted(moment.new_id(), command)
        case Edit():
            return drafted(expect(find(polls, command.poll), None, "draft").id, command)
        case Remove():
            return made(expect(find(polls, command.poll), None, "draft"), Removed(command.poll))
        case Open():
            return made(expect(find(polls, command.poll), command.was, "draft"), Opened(command.poll))
        case Close():
            return made(expect(find(polls, command.poll), command.was, "open"), Closed(command.poll))
        case Publish():
            return made(expect(find(polls, command.poll), command.was, "closed"), Published(command.poll))
        case Vote():
            raise AssertionError("votes are rows")


def drafted(id: str, command: Draft | Edit) -> Decided:
    title, choices = command.title.strip(), tuple(choice.strip() for choice in command.choices)
    if blank(title) or len(title) > LENGTH:
        raise Refused("poll.title", limit=LENGTH)
    least, most = CHOICES
    if not least <= len(choices) <= most or len(set(choices)) != len(choices):
        raise Refused("poll.choices", least=least, most=most)
    if any(blank(choice) or len(choice) > LENGTH for choice in choices):
        raise Refused("poll.choice_length", limit=LENGTH)
    plain = (command.multiple, command.secret, command.item, command.results)
    return Decided((Drafted(id, title, choices, *plain),), {"poll": id})


def find(polls: Polls, id: str) -> Poll:
    poll = polls.all.get(id)
    if poll is None:
        raise Refused("poll.unknown")
    return poll


def expect(poll: Poll, was: State | None, possible: State) -> Poll:
    """Refuse when somebody else was first: the sender saw another state, or the poll is not in the possible one."""
    if poll.state != possible or (was is not None and was != poll.state):
        raise Refused("state.changed", state=poll.state)
    return poll


def made(poll: Poll, event: Event) -> Decided:
    return Decided((event,), {"poll": poll.id})


def end(polls: Polls) -> tuple[Event, ...]:
    """What the end of the session means: no poll stays open."""
    return tuple(Closed(poll.id) for poll in polls.all.values() if poll.state == "open")


def votable(command: Vote, polls: Polls, audience: Audience) -> Poll:
    """The poll in which a vote may be cast; Refused where it is unseen or not open."""
    poll = find(polls, command.poll)
    if poll.state == "draft" and audience != "crew":
        raise Refused("poll.unknown")
    return expect(poll, None, "open")


def chosen(command: Vote, poll: Poll) -> tuple[int, ...]:
    """The places of what somebody chose, each once, in order; one, or some where the poll takes several."""
    places = {place(choice, poll) for choice in command.choices}
    if not places or (len(places) > 1 and not poll.multiple):
        raise Refused("poll.how_many")
    return tuple(sorted(places))


def place(choice: int | str, poll: Poll) -> int:
    if isinstance(choice, str) and choice.strip() in poll.choices:
        return poll.choices.index(choice.strip())
    if isinstance(choice, int) and 0 <= choice < len(poll.choices):
        return choice
    raise Refused("poll.choice")


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, polls: Polls) -> list[Key]:
    event = record.event
    match event:
        case Drafted():
            polls.all[event.poll] = Poll(
                event.poll, event.title, event.choices, event.multiple, event.secret, event.item, event.results
            )
        case Removed():
            del polls.all[event.poll]
        case Opened():
            poll = polls.all[event.poll]
            poll.state, poll.opened, poll.opened_at = "open", record.seq, record.at
        case Closed():
            polls.all[event.poll].state = "closed"
        case Published():
            polls.all[event.poll].state = "published"
        case Counted():
            for id, sum in event.polls.items():
                poll = polls.all[id]
                poll.sum, poll.counted = sum, poll.state != "open"
            return [("polls", id) for id in event.polls]
        case _:
            return []
    return [("polls", event.poll)]


def bound(polls: Polls, touched: list[Key]) -> list[Key]:
    """The polls of agenda items that were touched: where an item goes, they show it no longer."""
    return [("polls", poll.id) for poll in polls.all.values() if poll.item and ("agenda", poll.item) in touched]


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(polls: Polls, id: str, audience: Audience, item: Item | None) -> Item | None:
    """`item`: that of the agenda, as this audience sees it."""
    poll = polls.all.get(id)
    if poll is None or (poll.state == "draft" and audience != "crew"):
        return None
    sum = poll.sum if shown(poll, audience) else None
    return {
        "title": poll.title,
        "choices": poll.choices,
        "multiple": poll.multiple,
        "secret": poll.secret,
        "item": poll.item if item is not None else None,
        "state": poll.state,
        "when": poll.results,
        "opened_at": poll.opened_at,
        "voters": sum.voters if sum else None,
        "results": sum.results if sum else None,
    }


def shown(poll: Poll, audience: Audience) -> bool:
    """Whether an audience may know the sums: the published ones, the crew all there are."""
    return poll.state == "published" or audience == "crew"


def told(poll: Poll) -> Item | None:
    """What those who voted are told before the poll is published; None: nothing."""
    if poll.secret or poll.results == "end" or poll.sum is None:
        return None
    return {"voters": poll.sum.voters, "results": poll.sum.results}
