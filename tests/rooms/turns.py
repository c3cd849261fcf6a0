"""What people of each role may well do next in a room as it stands; now and then with what is over, or is not there."""

import random
from collections.abc import Callable

import msgspec

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
from rooms.core import Actor, Command, Role
from rooms.lifecycle import Announce, Close, Open, Pause, SetRecording
from rooms.reactions import React
from rooms.room import Room

Chance = random.Random
Turn = Callable[[random.Random, Room, Actor], Command]
CREW: tuple[Role, ...] = ("moderator", "moderator", "organiser")
FAR = ("r2", "r3", "idea", "none")  # where a question may be deferred to
LANGUAGES = ("en", "fr", "ar", "zh")


def course(chance: Chance, room: Room, actor: Actor) -> Command:
    if room.state != "open" and chance.random() < 0.8:
        return Open()
    record = SetRecording(chance.choice(("off", "announced", "on", "on", "on")))
    announce = Announce(chance.choice(("", f"In {chance.randrange(99)} minutes.")))
    return chance.choice((record, record, announce, Pause(), Close() if chance.random() < 0.3 else Open()))


def asking(chance: Chance, room: Room, actor: Actor) -> Command:
    own = chance.choice(room.questions.own.get(actor.id) or ["none"])
    ask = questions.Ask(f"Why {chance.randrange(999)}?", "en", anonymous=chance.random() < 0.3)
    edit = (
        questions.Edit(own, f"Why not {chance.randrange(999)}?")
        if chance.random() < 0.7
        else questions.Edit(own, to="a3")
    )
    aimed = questions.Ask("Pourquoi ?", "fr", to=chance.choice(("c1", "c1", *room.agenda.entries)))
    return chance.choice((ask, ask, aimed, questions.Withdraw(own), edit))


def wording(chance: Chance, room: Room, actor: Actor) -> Command:
    """Who translates and who answers in writing."""
    question, language = chance.choice([*room.questions.all] or ["none"]), chance.choice(("de", "ar"))
    if actor.role == "expert":
        return questions.Write(question, f"answer{chance.randrange(99999):05}", "en")
    text = f"translation{chance.randrange(999_999):06}"
    approve = translations.ApproveTranslation(question, language)
    write = questions.Write(question, text, "en") if actor.role != "interpreter" else approve
    return chance.choice((translations.Translate(question, language, text), approve, approve, write))


def screening(chance: Chance, room: Room, actor: Actor) -> Command:
    """What a moderator may well do with a question."""
    all = room.questions.all
    live = [id for id in all if all[id].state not in ("answered", "declined", "withdrawn")]
    question = chance.choice(live if live and chance.random() < 0.9 else [*all, "none"])
    after = chance.choice([*room.questions.queue, None])
    steps = {
        "submitted": (questions.Screen(question), questions.Publish(question), questions.Publish(question)),
        "screened": (questions.Publish(question),),
        "published": (questions.Queue(question), questions.Queue(question, after), questions.Air(question)),
        "queued": (questions.Queue(question, after), questions.Air(question)),
        "on_air": (questions.Answered(question),),
    }
    state = all[question].state if question in all else "none"
    reason = chance.choice(("no_time", f"reason{chance.randrange(99999):05}"))
    out = (questions.Answered(question), questions.Decline(question, reason), questions.Restore(question))
    away = (questions.Merge(question, chance.choice(live or [question])), questions.Defer(question, chance.choice(FAR)))
    return chance.choice((*steps.get(state, ()), *out, chance.choice(away)))


def ordering(chance: Chance, room: Room, actor: Actor) -> Command:
    item = chance.choice([*room.agenda.entries] or ["none"])
    other = chance.choice([*room.agenda.entries, None])
    running = room.agenda.running()
    if running and chance.random() < 0.2:
        return (agenda.Resume if running.paused else agenda.Pause)(running.id)
    return chance.choice(
        (
            agenda.Pause(item),
            agenda.Resume(item),
            agenda.Start(item),
            agenda.Start(item),
            agenda.Finish(item),
            agenda.Skip(item),
            agenda.Extend(item, chance.randrange(1, 9), chance.choice(("shift", "absorb", "cut"))),
            agenda.Undo(),
            agenda.Undo(),
            agenda.Add("Something else", "discussion", 5, other),
            agenda.Add(f"hush{chance.randrange(99999):05}", "other", 5, other, hidden=True),
            agenda.Edit(item, hidden=chance.random() < 0.5),
            agenda.Edit(item, title="Another title", minutes=chance.randrange(1, 30)),
            agenda.Move(item, other),
            agenda.Remove(item) if chance.random() < 0.3 else agenda.Undo(),
        )
    )


def arranging(chance: Chance, room: Room, actor: Actor) -> Command:
    """What a moderator does with channels; closes them seldom."""
    language = chance.choice(LANGUAGES)
    heard = [one.relay_of for one in room.interpretation.channels.values() if one.relay_of]
    if heard and chance.random() < 0.12:
        return interpretation.CloseChannel(chance.choice(heard))
    open, floor = interpretation.OpenChannel(language), interpretation.SetFloor(language)
    return chance.choice((open, open, floor, interpretation.CloseChannel(language) if chance.random() < 0.4 else open))


def interpreting(chance: Chance, room: Room, actor: Actor) -> Command:
    """An interpreter in a booth, mostly their own."""
    channels, here = room.interpretation.channels, actor.id
    own = [tag for tag, one in channels.items() if here in one.booth]
    beside = [tag for tag, one in channels.items() if one.booth]  # where somebody sits already
    language = chance.choice(own if own and chance.random() < 0.8 else [*LANGUAGES, *beside, *beside])
    one = channels.get(language)
    if one is None or here not in one.booth:
        return booths.Enter(language)
    if one.handover and one.handover.person == here and chance.random() < 0.5:
        return booths.Withdraw(language)
    on_air, request = booths.OnAir(language), booths.Request(language)
    talk: tuple[Command, ...] = (request, request, on_air) if one.on_air else (on_air, on_air, request)
    if one.on_air == here:
        talk = (booths.Offer(language), booths.Offer(language), booths.OffAir(language), booths.Accept(language))
    if one.handover and one.handover.person != here:
        talk = (*[booths.Accept(language)] * 5, *talk)
    relay = booths.Relay(language, chance.choice((*LANGUAGES, "floor", None)))
    out = booths.Leave(language) if chance.random() < 0.5 else booths.Enter(language)
    return chance.choice((*talk, *talk, *talk, relay, relay, booths.Slower(language), booths.NoSound(language), out))


def speaking(chance: Chance, room: Room, actor: Actor) -> Command:
    """An expert, from the invitation to the end, with decks of 0, 4 or 8 pages."""
    contribution = chance.choice(("c1", "c2", "c3"))
    deck = f"deck{chance.randrange(99999):05}-{contribution}-{chance.choice((0, 4, 8, 8))}"
    return chance.choice(
        (
            contributions.Confirm(contribution),
            contributions.Decline(contribution) if chance.random() < 0.3 else contributions.Confirm(contribution),
            contributions.Submit(contribution, deck),
            contributions.Submit(contribution, deck),
            contributions.CheckIn(contribution),
            contributions.Ready(contribution),
            turning(chance, room, actor),
        )
    )


def conducting(chance: Chance, room: Room, actor: Actor) -> Command:
    contribution = chance.choice(("c1", "c2", "c3"))
    return chance.choice(
        (
            contributions.Accept(contribution),
            contributions.Return(contribution, f"note{chance.randrange(99999):05}"),
            contributions.Air(contribution),
            contributions.Air(contribution),
            contributions.Finish(contribution),
            contributions.NoShow(contribution) if chance.random() < 0.3 else contributions.Air(contribution),
            turning(chance, room, actor),
            agenda.Undo(),
        )
    )


def turning(chance: Chance, room: Room, actor: Actor) -> Command:
    decks = [slot.presentation for slot in room.contributions.values() if slot.presentation] or ["none"]
    show = slides.Show(chance.choice(decks), chance.randrange(1, 10))
    return show if chance.random() < 0.8 else slides.Hide()


def captioning(chance: Chance, room: Room, actor: Actor) -> Command:
    """Lines in two languages; sometimes an earlier one is put right."""
    language, text = chance.choice(("en", "en", "fr")), f"Line {chance.randrange(999)}."
    some = chance.choice([*room.captions.all] or ["none"])
    add = captions.Add(text, language, chance.choice((None, "c1")))
    return chance.choice((add, add, add, captions.Correct(some, "Put right."), captions.Interim(language, text[:4])))


def chatting(chance: Chance, room: Room, actor: Actor) -> Command:
    """Somebody talks, where they may or not; texts of the staff say so."""
    to: chat.To = chance.choice(("room", "room", "crew", "booth"))
    said = f"said-{to}-{chance.randrange(99999):05}"
    talk: Command = chat.Say(said, to) if chance.random() < 0.9 else React(chance.choice(("applause", "agree")))
    if actor.role not in CREW or chance.random() < 0.4:
        return talk
    hide = chat.Hide(chance.choice([*room.chat.all] or ["none"]))
    return hide if chance.random() < 0.8 else chat.SetMode(chance.choice(("on", "on", "crew", "off")))


def wanting_to_speak(chance: Chance, room: Room, actor: Actor) -> Command:
    """A hand goes up, and sooner or later down."""
    up = hands.Raise(chance.random() < 0.3)
    return chance.choice((up, up, up, hands.Lower()))


def chairing(chance: Chance, room: Room, actor: Actor) -> Command:
    """Mostly in the order of the list."""
    waits = chance.choice([*room.hands.line[:2], *room.hands.line] or ["none"])
    done = hands.Done(room.hands.called or waits)
    shut = hands.Close() if room.hands.open and chance.random() < 0.3 else hands.Open()
    return chance.choice((hands.Call(waits), hands.Call(waits), done, shut))


def polling(chance: Chance, room: Room, actor: Actor) -> Command:
    """A moderator's polls, from the draft to the results."""
    all, draft = room.polls.all, chance.randrange(99999)
    poll = chance.choice([*all] or ["none"])
    item = chance.choice([*room.agenda.entries, None, None])
    title, choices = f"title{draft:05}", (f"one{draft:05}", f"two{draft:05}", f"three{draft:05}")
    results: polls.Results = "vote" if chance.random() < 0.5 else "end"
    kind = (chance.random() < 0.3, chance.random() < 0.4, item, results)
    begin: tuple[Command, ...] = (polls.Draft(title, choices, *kind),)
    next: dict[str, tuple[Command, ...]] = {
        "draft": (polls.Open(poll), polls.Open(poll), polls.Edit(poll, title, choices, *kind), polls.Remove(poll)),
        "open": (polls.Close(poll),),
        "closed": (polls.Publish(poll), polls.Publish(poll, "closed")),
    }
    return chance.choice((*begin, *next.get(all[poll].state if poll in all else "", begin)))


def guarding(chance: Chance, room: Room, actor: Actor) -> Command:
    """Somebody is silenced or removed, and mostly soon taken back."""
    bound = [*room.restricted]
    if bound and chance.random() < 0.7:
        return people.Readmit(chance.choice(bound))
    person = chance.choice(("p0", "p1", "p2", "e2", "i1", "i3", "k1"))
    reason = f"reason{chance.randrange(99999):05}"
    return people.Silence(person, reason) if chance.random() < 0.6 else people.Remove(person, reason)


class Area(msgspec.Struct, frozen=True):
    """One thing that goes on in a room, and who takes part."""

    roles: tuple[Role, ...]
    turn: Turn


AREAS = (
    Area(CREW, course),
    Area(("participant", "participant", "expert", "interpreter"), asking),
    Area(CREW, screening),
    Area(CREW, ordering),
    Area(CREW, arranging),
    Area(("interpreter",), interpreting),
    Area(("expert",), speaking),
    Area(CREW, conducting),
    Area(("captioner", "interpreter", "moderator"), captioning),
    Area(("participant", "expert", "interpreter", "captioner", *CREW), chatting),
    Area(("interpreter", "interpreter", "moderator", "expert"), wording),
    Area(("participant", "participant", "expert", "interpreter", "moderator"), wanting_to_speak),
    Area(CREW, chairing),
    Area(CREW, polling),
    Area(CREW, guarding),
)
