"""The course of a session: what a step of the agenda means for a contribution and its slides, and the other way round.

Whoever starts an expert's item puts the expert on air; whoever puts an expert on air starts the item. One command, one
moment in the log: first what happens to the agenda, then to contributions, then to slides.
"""

from rooms import agenda, booths, contributions, hands, people, slides
from rooms.booths import Channels
from rooms.contributions import PUBLIC, Slot, Slots
from rooms.core import Audience, Decided, Event, Item
from rooms.hands import Hands
from rooms.interpretation import FloorSet, Interpretation
from rooms.slides import Slides
from rooms.timetable import Agenda, Entry, Turn


def with_agenda(decided: Decided, plan: Agenda, slots: Slots, stage: Slides, here: Interpretation) -> Decided:
    """Steps of the agenda, and what follows from them."""
    more: list[Event] = []
    for event in decided.events:
        match event:
            case agenda.Started():
                entry = plan.entries[event.item]
                more += [*over(entry, here), *begin(entry.contribution, slots, stage)]
            case agenda.Undone():
                more += take_back(event, plan, slots, stage, here)
    going = {event.contribution for event in more if isinstance(event, contributions.Aired | contributions.Finished)}
    staying = {plan.entries[event.item].contribution for event in decided.events if isinstance(event, agenda.Started)}
    ended = [event.item for event in decided.events if isinstance(event, agenda.Finished | agenda.Skipped)]
    for slot in (slots.get(plan.entries[item].contribution or "") for item in ended):
        if slot and slot.state == "on_air" and slot.id not in going | staying:
            more.insert(0, contributions.Finished(slot.id))
    return Decided((*decided.events, *more), decided.ok)


def begin(contribution: str | None, slots: Slots, stage: Slides) -> list[Event]:
    """An item begins: its expert goes on air with the slides, if there is one who has not declined."""
    slot = slots.get(contribution or "")
    if slot is None or slot.state in ("on_air", "declined"):
        return []
    return [*contributions.aired(slots, slot), *deck(slot, stage)]


def deck(slot: Slot, stage: Slides) -> tuple[Event, ...]:
    """The slides that come with a contribution; what was sent back for changes is not shown by itself."""
    presentation = slot.presentation if slot.material in ("submitted", "accepted") else None
    return slides.first(stage, presentation, slot.id, slot.pages)


def with_contribution(decided: Decided, plan: Agenda, slots: Slots, stage: Slides, here: Interpretation) -> Decided:
    """A contribution goes on air or ends by itself: so does its item. Without one, the floor is what it is held in."""
    before: list[Event] = []
    after: list[Event] = []
    running = plan.running()
    for event in decided.events:
        if isinstance(event, contributions.Aired) and (running is None or running.contribution != event.contribution):
            item = waiting(plan, event.contribution)
            before += [agenda.Finished(running.id)] if running and (item or running.contribution) else []
            before += [agenda.Started(item)] if item else []
            after += over(plan.entries[item], here) if item else spoken(slots[event.contribution], here)
        if isinstance(event, contributions.Aired):
            after += deck(slots[event.contribution], stage)
        alone = len(decided.events) == 1 and isinstance(event, contributions.Finished)
        if alone and running and running.contribution == event.contribution:  # type: ignore[attr-defined]  # a Finished
            before.append(agenda.Finished(running.id))
    return Decided((*before, *decided.events, *after), decided.ok)


def spoken(slot: Slot, here: Interpretation) -> list[Event]:
    """The floor becomes the language of a contribution that no item brings."""
    return [FloorSet(slot.language, "brought")] if slot.language and slot.language != here.floor else []


def over(entry: Entry, here: Interpretation) -> list[Event]:
    """An item that says nothing of a language is held in the room's first, after one that had brought another."""
    back = entry.language is None and here.cause == "brought" and here.first not in (None, here.floor)
    return [FloorSet(here.first, "over")] if back and here.first else []


def restored(turn: Turn | None, here: Interpretation) -> list[Event]:
    """A start that ended what had been brought is taken back: it is spoken again, unless somebody says otherwise."""
    was = turn.floor[0] if turn and turn.floor and turn.cause == "brought" else None
    return [FloorSet(was, "brought")] if was and here.cause == "over" and was != here.floor else []


def waiting(plan: Agenda, contribution: str) -> str | None:
    """The first item of a contribution that has not run; whoever speaks again within a discussion has none."""
    items = (entry for entry in plan.entries.values() if entry.contribution == contribution)
    return next((entry.id for entry in items if entry.state in ("waiting", "skipped")), None)


def take_back(undone: agenda.Undone, plan: Agenda, slots: Slots, stage: Slides, here: Interpretation) -> list[Event]:
    """A step of the agenda is taken back: whoever it brought on air is not, whoever it ended is on air again.

    Whoever has come on air meanwhile without an item is done, and what was spoken for them alone is over.
    """
    back: list[Event] = []
    floor = restored(plan.turn, here)
    again: Slot | None = None
    for item, was in undone.items.items():
        slot = slots.get(plan.entries[item].contribution or "")
        if slot and was.state == "running" and slot.state == "done":
            back.append(contributions.SteppedBack(slot.id, "on_air"))
            again = slot
        elif slot and was.state != "running" and slot.state == "on_air":
            back.append(contributions.SteppedBack(slot.id, slot.before))
    if again:
        now = contributions.on_air(slots)
        going = {event.contribution for event in back if isinstance(event, contributions.SteppedBack)}
        if now is None or now.id in going:
            return [*floor, *back, *deck(again, stage)]
        floor = spoken(again, here) if here.floor == now.language else floor
        return [contributions.Finished(now.id), *floor, *back, *deck(again, stage)]
    hidden = [event for event in back if isinstance(event, contributions.SteppedBack) and event.state not in PUBLIC]
    gone = stage.now is not None and stage.now.contribution in [event.contribution for event in hidden]
    return [*floor, *back, slides.Hidden()] if gone else [*floor, *back]


def speak(event: Event, turn: Turn | None, plan: Agenda, here: Interpretation) -> None:
    """The floor is what the item that starts is held in; a start that is taken back gives back what was spoken before.

    `turn` is the agenda's before the event. A floor that somebody has set meanwhile stays.
    """
    running = plan.running()
    if isinstance(event, agenda.Started) and plan.turn and running:
        plan.turn.floor, plan.turn.cause = (here.floor, running.language or here.floor), here.cause
        if running.language:
            here.floor, here.cause = running.language, "brought"
    if isinstance(event, agenda.Undone) and turn and turn.floor and here.floor == turn.floor[1]:
        here.floor, here.cause = turn.floor[0], here.cause and turn.cause


def end(plan: Agenda, slots: Slots) -> tuple[Event, ...]:
    """What a session that closes has still open."""
    running, slot = plan.running(), contributions.on_air(slots)
    return (
        *((agenda.Finished(running.id),) if running else ()),
        *((contributions.Finished(slot.id),) if slot else ()),
    )


def answerable(to: str | None, plan: Agenda, slots: Slots) -> bool:
    """Whether a question may be for this: a contribution, an item that everybody sees, or just the room."""
    return to is None or to in slots or to in plan.seen_by("public")


def addressed(question: Item | None, plan: Agenda, slots: Slots, audience: Audience) -> Item | None:
    """A question as it is shown; not that it is for an item which this audience does not see, or which is gone."""
    if question is None or question["to"] is None or question["to"] in slots:
        return question
    entry = plan.entries.get(str(question["to"]))
    return question if entry and entry.seen_by(audience) else {**question, "to": None}


def with_person(decided: Decided, up: Hands, channels: Channels) -> Decided:
    """Whoever is silenced leaves the booths and the air; whoever is removed has no raised hand either."""
    before: list[Event] = []
    for event in decided.events:
        if isinstance(event, people.Removed):
            before += hands.gone(up, event.person)
        if isinstance(event, people.Silenced | people.Removed):
            before += booths.depart(event.person, channels).events
    return Decided((*before, *decided.events), decided.ok)


def public(slots: Slots, presentation: str) -> Slot | None:
    """The slot of a presentation that everybody may see."""
    slot = contributions.of_presentation(slots, presentation)
    return slot if slot and slot.state in PUBLIC else None
