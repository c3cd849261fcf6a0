"""Questions on their way to another room, to which they were deferred; or back, where that was taken back.

An errand is found in the room that a question comes from, and is done in one transaction with what it makes in the
other: no question arrives twice, and none is lost, whenever the server ends.
"""

import hashlib
import logging
from typing import TYPE_CHECKING

from hosting import log, moments
from hosting.errors import Unavailable
from rooms import room as rooms_room
from rooms.asked import Brought, Carried, Question, Withdrawn
from rooms.core import SYSTEM, Event, Record
from rooms.lists import summary_if
from rooms.ports import Away, Conflict, NoSuchRoom
from rooms.room import Room
from rooms.translations import Translated, TranslationApproved

if TYPE_CHECKING:
    from hosting.live import Live

TRIES = 5  # against other writers, before an errand waits for the next round
Happening = tuple[str, Event]  # by whom, and what

logger = logging.getLogger("austausch.errands")


async def run(live: "Live", room: str) -> None:
    """Do all errands of a room; what cannot be done now is done in a later round."""
    try:
        for _ in range(TRIES):
            here = await live.database.read(lambda sql: log.fold(sql, room))
            try:
                for question in [here.questions.all[id] for id in here.questions.errands]:
                    await do(live, here, question)
                if not here.questions.errands:  # or one that was taken back is to be brought elsewhere
                    return
            except Conflict:  # others write
                continue
    except (Unavailable, Away, NoSuchRoom) as away:
        logger.warning("questions of room %s are carried later: %s", room, away)


async def do(live: "Live", here: Room, question: Question) -> None:
    """Bring a question to where it is deferred to, or take it back from where it was.

    `here` is as its log says, before and after. Conflict, NoSuchRoom, Away, Unavailable.
    """
    if question.carried:
        room, copy = question.carried
        there = await live.database.read(lambda sql: log.fold(sql, room))
        made, done = take_back(there, copy), Carried(question.id)
    elif question.deferred_to and question.deferred_to.room:
        room, copy = question.deferred_to.room, copy_of(here.id, question.id, question.deferred_to.errand)
        there = await live.database.read(lambda sql: log.fold(sql, room))
        made, done = bring(here, there, question, copy), Carried(question.id, room, copy)
    else:
        return
    appends = [happen(there, made)] if made else []
    appends.append(happen(here, [(SYSTEM, done)]))
    await live.database.write(lambda sql: log.append_all(sql, appends) and None)
    for each in (room, here.id):
        await live.catch_up(each)


def bring(here: Room, there: Room, question: Question, copy: str) -> list[Happening]:
    """What makes a question appear in another room, with its translations, each of whoever wrote it."""
    if copy in there.questions.all:
        return []
    whose, texts = (question.anonymous, question.unnamed), question.translations
    brought = Brought(copy, question.by, question.text, question.language, here.id, here.plan.titles, *whose)
    made: list[Happening] = [(question.by, brought)]
    for language, one in texts.approved.items():
        made.append((one.by or SYSTEM, Translated(copy, language, one.text, one.by)))
        made.append((SYSTEM, TranslationApproved(copy, language, SYSTEM)))
    for language, one in texts.proposed.items():
        made.append((one.by or SYSTEM, Translated(copy, language, one.text, one.by)))
    return made


def take_back(there: Room, copy: str) -> list[Happening]:
    """What makes it disappear again, if nobody has taken it up."""
    found = there.questions.all.get(copy)
    return [(SYSTEM, Withdrawn(copy))] if found and found.untouched else []


def copy_of(room: str, question: str, errand: int) -> str:
    """The id of a question in the room that it is deferred to: the same however often it is brought."""
    return hashlib.sha256(f"{room}/{question}/{errand}".encode()).hexdigest()[:24]


def happen(room: Room, made: list[Happening]) -> log.Append:
    """Let a room go on, and what is to be written of it, if its log is where the room was."""
    before, now = room.seq, moments.now()
    records = tuple(Record(seq, now, by, event) for seq, (by, event) in enumerate(made, before + 1))
    for record in records:
        rooms_room.apply(record, room)
    rows = [log.row_of(room.id, record) for record in records]
    return log.Append(room.id, before, records, rows, [], summary_if(room, records))
