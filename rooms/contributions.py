"""Contributions: an expert's slot from the invitation to the end, with its material. Missing material never refuses.

An expert acts for the slots that are theirs (`Facts.slots`). The pages of a presentation are everybody's from on air
onward; before, they are the booth's and the crew's, from the moment they are handed in.
"""

from typing import Annotated, Literal

import msgspec

from rooms.core import (
    Actor,
    Audience,
    Command,
    Decided,
    Event,
    Facts,
    Id,
    Item,
    Key,
    Record,
    Refused,
    Texts,
    main_text,
)

State = Literal["invited", "confirmed", "checked_in", "ready", "on_air", "done", "declined", "no_show"]
Material = Literal["none", "submitted", "accepted", "needs_changes"]
PUBLIC: tuple[State, ...] = ("on_air", "done")  # from here on participants get the pages
TO_COME: tuple[State, ...] = ("invited", "confirmed", "checked_in", "ready")

Note = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=r"\S")]


class PlannedContribution(msgspec.Struct, frozen=True, omit_defaults=True):
    """A slot as the programme has it."""

    id: str
    titles: Texts
    name: str = ""
    city: str = ""
    language: str = ""


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Confirm(Command, frozen=True, tag="contribution.confirm"):
    contribution: Id
    was: State | None = None


class Decline(Command, frozen=True, tag="contribution.decline"):
    contribution: Id
    was: State | None = None


class Submit(Command, frozen=True, tag="contribution.submit"):
    """Hands a converted presentation in; a new one takes the place of the one before."""

    contribution: Id
    presentation: Id
    was: State | None = None


class CheckIn(Command, frozen=True, tag="contribution.check_in"):
    contribution: Id
    was: State | None = None


class Ready(Command, frozen=True, tag="contribution.ready"):
    contribution: Id
    was: State | None = None


class Accept(Command, frozen=True, tag="contribution.accept"):
    """`presentation`: the one that was looked at, so that nobody accepts a newer one unseen."""

    contribution: Id
    presentation: Id | None = None


class Return(Command, frozen=True, tag="contribution.return"):
    contribution: Id
    note: Note
    presentation: Id | None = None


class Air(Command, frozen=True, tag="contribution.air"):
    contribution: Id
    was: State | None = None


class Finish(Command, frozen=True, tag="contribution.finish"):
    contribution: Id
    was: State | None = None


class NoShow(Command, frozen=True, tag="contribution.no_show"):
    contribution: Id
    was: State | None = None


ByExpert = Confirm | Decline | Submit | CheckIn | Ready
ByCrew = Accept | Return | Air | Finish | NoShow
Commands = ByExpert | ByCrew


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Confirmed(Event, frozen=True, tag="contribution.confirmed"):
    contribution: str


class Declined(Event, frozen=True, tag="contribution.declined"):
    contribution: str


class Submitted(Event, frozen=True, tag="contribution.submitted"):
    contribution: str
    presentation: str
    pages: int


class CheckedIn(Event, frozen=True, tag="contribution.checked_in"):
    contribution: str


class Readied(Event, frozen=True, tag="contribution.readied"):
    contribution: str


class Accepted(Event, frozen=True, tag="contribution.accepted"):
    contribution: str


class Returned(Event, frozen=True, tag="contribution.returned"):
    contribution: str
    text: str | None


class Aired(Event, frozen=True, tag="contribution.aired"):
    contribution: str


class Finished(Event, frozen=True, tag="contribution.finished"):
    contribution: str


class Missed(Event, frozen=True, tag="contribution.missed"):
    contribution: str


class SteppedBack(Event, frozen=True, tag="contribution.stepped_back"):
    """The step that the agenda had made for it was taken back."""

    contribution: str
    state: State


Events = (
    Confirmed
    | Declined
    | Submitted
    | CheckedIn
    | Readied
    | Accepted
    | Returned
    | Aired
    | Finished
    | Missed
    | SteppedBack
)

TO: dict[type[Event], State] = {
    Confirmed: "confirmed",
    Declined: "declined",
    CheckedIn: "checked_in",
    Readied: "ready",
    Aired: "on_air",
    Finished: "done",
    Missed: "no_show",
}


# ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Slot(msgspec.Struct):
    """One contribution; `before` is its state before it was last on air, `earlier` what it had handed in before."""

    id: str
    titles: Texts
    name: str
    city: str
    language: str
    state: State = "invited"
    before: State = "invited"
    material: Material = "none"
    presentation: str | None = None
    pages: int = 0
    earlier: list[str] = []
    note: str | None = None


Slots = dict[str, Slot]


def on_air(slots: Slots) -> Slot | None:
    return next((slot for slot in slots.values() if slot.state == "on_air"), None)


def of_presentation(slots: Slots, presentation: str) -> Slot | None:
    """The slot whose material this is now."""
    return next((slot for slot in slots.values() if slot.presentation == presentation), None)


def may_see_pages(slots: Slots, presentation: str, audience: Audience) -> bool:
    """Whether an audience gets the pages of a presentation; those that were replaced stay with booth and crew."""
    if audience == "public":
        slot = of_presentation(slots, presentation)
        return slot is not None and slot.state in PUBLIC
    return any(presentation == slot.presentation or presentation in slot.earlier for slot in slots.values())


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(command: Commands, slots: Slots, actor: Actor, facts: Facts) -> Decided:
    slot = find(slots, command.contribution)
    if isinstance(command, ByExpert) and slot.id not in facts.slots:
        raise Refused("contribution.not_yours")
    match command:
        case Confirm():
            expect(slot, command.was, "invited", "declined")
            return made(slot, Confirmed(slot.id))
        case Decline():
            expect(slot, command.was, *TO_COME)
            return made(slot, Declined(slot.id))
        case Submit():
            expect(slot, command.was, *TO_COME, "no_show")
            deck = facts.deck
            if deck is None or (deck.presentation, deck.contribution) != (command.presentation, slot.id):
                raise Refused("presentation.unknown")
            if not deck.pages:
                raise Refused("presentation.not_ready")
            return made(slot, Submitted(slot.id, deck.presentation, deck.pages))
        case CheckIn():
            expect(slot, command.was, "invited", "confirmed", "no_show")
            return made(slot, CheckedIn(slot.id))
        case Ready():
            expect(slot, command.was, "checked_in")
            return made(slot, Readied(slot.id))
        case Accept():
            review(slot, command.presentation, "submitted", "needs_changes")
            return made(slot, Accepted(slot.id))
        case Return():
            review(slot, command.presentation, "submitted", "accepted")
            return made(slot, Returned(slot.id, command.note.strip()))
        case Air():
            expect(slot, command.was, *TO_COME, "no_show", "done")
            return made(slot, *aired(slots, slot))
        case Finish():
            expect(slot, command.was, "on_air")
            return made(slot, Finished(slot.id))
        case NoShow():
            expect(slot, command.was, *TO_COME)
            return made(slot, Missed(slot.id))


def find(slots: Slots, id: str) -> Slot:
    slot = slots.get(id)
    if slot is None:
        raise Refused("contribution.unknown")
    return slot


def expect(slot: Slot, was: State | None, *possible: State) -> None:
    """Refuse when somebody else was first: the sender saw another state, or the slot has left the possible ones."""
    if slot.state not in possible or (was is not None and was != slot.state):
        raise Refused("state.changed", state=slot.state)


def review(slot: Slot, presentation: str | None, *possible: Material) -> None:
    """Refuse to judge what is not there, or is no longer what was looked at."""
    if slot.material not in possible or presentation not in (None, slot.presentation):
        raise Refused("state.changed", state=slot.material)


def made(slot: Slot, *events: Event) -> Decided:
    return Decided(events, {"contribution": slot.id})


def aired(slots: Slots, slot: Slot) -> tuple[Event, ...]:
    """What going on air means: whoever was on air has finished."""
    before = on_air(slots)
    return (*((Finished(before.id),) if before else ()), Aired(slot.id))


# ── Apply ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(record: Record, slots: Slots) -> list[Key]:
    event = record.event
    if not isinstance(event, Events):
        return []
    slot = slots[event.contribution]
    match event:
        case Submitted():
            if slot.presentation and slot.presentation != event.presentation:
                slot.earlier.append(slot.presentation)
            slot.presentation, slot.pages = event.presentation, event.pages
            slot.material, slot.note = "submitted", None
        case Accepted():
            slot.material, slot.note = "accepted", None
        case Returned():
            slot.material, slot.note = "needs_changes", event.text
        case SteppedBack():
            slot.state = event.state
        case _:
            if isinstance(event, Aired):
                slot.before = slot.state
            slot.state = TO[type(event)]
    return [("contributions", slot.id)]


def plan(slots: Slots, planned: tuple[PlannedContribution, ...]) -> list[Key]:
    """Take over the programme's slots; one that is gone stays if anything has happened in it."""
    touched = set(slots)
    kept = {id: slot for id, slot in slots.items() if slot.state != "invited" or slot.presentation}
    old = dict(slots)
    slots.clear()
    for entry in planned:
        slot = old.get(entry.id) or Slot(entry.id, entry.titles, entry.name, entry.city, entry.language)
        slot.titles, slot.name, slot.city, slot.language = entry.titles, entry.name, entry.city, entry.language
        slots[entry.id] = slot
    slots |= {id: slot for id, slot in kept.items() if id not in slots}
    return [("contributions", id) for id in sorted(touched | set(slots))]


# ── See ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def see(slots: Slots, id: str, audience: Audience) -> Item | None:
    slot = slots.get(id)
    if slot is None:
        return None
    open = audience != "public" or slot.state in PUBLIC
    shown: Item = {
        "title": main_text(slot.titles),
        "titles": slot.titles,
        "expert": {"name": slot.name, "city": slot.city},
        "language": slot.language,
        "order": list(slots).index(id),
        "state": slot.state,
        "material": slot.material,
        "presentation": slot.presentation if open else None,
        "pages": slot.pages if open and slot.presentation else None,
    }
    return {**shown, "note": slot.note} if audience == "crew" else shown
