"""What random histories have to do with: a log that fails, and what somebody must not read of others."""

import asyncio
import random

from rooms import people
from rooms.core import Audience, Record
from rooms.hub import Hub
from rooms.lists import Summary
from rooms.memory import MemoryLog
from rooms.ports import Away
from rooms.questions import Published, Question


class Faulty(MemoryLog):
    """A log that is slow, and now and then away: before it has written, or after."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.faults = 0

    async def append(self, room: str, expected: int, records: tuple[Record, ...], summary: Summary | None) -> None:
        await asyncio.sleep(0)
        draw = self.chance.random()
        if draw >= 0.05:
            await super().append(room, expected, records, summary)
        if draw < 0.1:
            self.faults += 1
            raise Away("written" if draw >= 0.05 else "not written")


def kept_quiet(question: Question) -> list[str | None]:
    """What else is written at a question and goes the way of its text."""
    texts = question.translations
    return [
        *(one.text for one in (*texts.approved.values(), *texts.proposed.values())),
        question.reason or question.text,
    ]


def confidences(hub: Hub, log: list[Record], person: str, audience: Audience) -> list[str]:
    """Ids of what was never published, texts of what is hidden now, of others; why those were silenced."""
    log = log[: hub.room.seq]
    published = {record.event.question for record in log if isinstance(record.event, Published)}
    others = [question for question in hub.room.questions.all.values() if question.by != person]
    staff = ("crew",) if audience == "booth" else ("crew", "booth")
    drafts = [poll for poll in hub.room.polls.all.values() if poll.state == "draft"]
    bound = [record.event for record in log if isinstance(record.event, people.Silenced | people.Removed)]
    talk = [message for message in hub.room.chat.all.values() if message.to in staff]
    return [
        *(question.id for question in others if question.id not in published),
        *(str(text) for question in others if question.hidden for text in (question.text, *kept_quiet(question))),
        *(secret for message in talk for secret in (message.id, str(message.text))),
        *(text for poll in drafts for text in (poll.id, *poll.choices)),
        *(str(event.text) for event in bound if event.person != person),
    ]
