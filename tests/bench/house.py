"""A data folder of Austausch full enough to be measured: rooms that are open, and all who will come, signed in."""

import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from hosting import log, moments, people, programme
from hosting.database import Database
from hosting.outside import new_id
from rooms import captions, questions
from rooms.core import Event
from rooms.lifecycle import Opened, RecordingSet
from tests.hosting.programmes import HEAD, take_in
from tests.served import Server

ROOMS = 50  # besides the main one
QUESTIONS = 100  # published, in the main room
LINES = 50  # of captions in every room: as many as screens show
CREW = 64  # moderators; they give the changes
CAPTION = 147  # bytes of a frame about one caption besides its text
WAVE = "\N{WATER WAVE}"  # four bytes of UTF-8

EXCHANGE = """
[[exchange]]
slug = "bench"
kind = "dialogue"
title.en = "Many people at once"
starts = 2027-03-28
ends = 2027-03-28
zone = "Europe/Berlin"
time_known = false

[[topic]]
exchange = "bench"
id = "floods"
short.en = "Floods"
"""
SESSION = """
[[session]]
id = "room-{number}"
exchange = "bench"
topic = "floods"
title.en = "Room {number}"
starts = 2027-03-28T14:00:00
ends = 2027-03-28T15:00:00
zone = "Europe/Berlin"
languages = ["en"]
agenda = [{{ minutes = 60, kind = "discussion", title.en = "Questions" }}]
"""


class Place(NamedTuple):
    """A room with what can be changed in it."""

    id: str
    captions: list[str]
    questions: list[str]


class House:
    """The folder, its rooms (the main one first), and the cookies of crew and participants."""

    def __init__(self, folder: Path, participants: int) -> None:
        self.folder = folder
        self.places: list[Place] = []
        self.crew: list[str] = []
        self.participants: list[str] = []
        database = Database(f"sqlite:///{folder / 'austausch.sqlite3'}")
        database.start()
        try:
            sessions = "".join(SESSION.format(number=number) for number in range(ROOMS + 1))
            take_in(database, HEAD + EXCHANGE + sessions)
            database.write_now(lambda sql: self.fill(sql, participants))
        finally:
            database.stop()

    def fill(self, sql: Connection, participants: int) -> None:
        """Everything in one write."""
        now = moments.now()
        asker = people.create_person(sql, "Samira Kassem", now)
        for number in range(CREW):
            moderator = people.create_person(sql, f"Moderator {number}", now)
            people.grant(sql, moderator, "moderator", "bench", None, now)
            self.crew.append(people.open_sign_in(sql, moderator, now))
        for number in range(participants):
            person = people.create_person(sql, f"Participant {number}", now)
            self.participants.append(people.open_sign_in(sql, person, now))
        for session in sorted(programme.sessions(sql), key=lambda one: int(one.key.removeprefix("room-"))):
            self.places.append(self.open(sql, session.id, asker, 0 if self.places else QUESTIONS, now))

    def open(self, sql: Connection, room: str, asker: str, asked: int, now: datetime.datetime) -> Place:
        place = Place(room, [new_id() for _ in range(LINES)], [new_id() for _ in range(asked)])
        events: list[Event] = [Opened(), RecordingSet("on")]
        events += [captions.Added(id, "en", f"Line {n}", "typed") for n, id in enumerate(place.captions)]
        text = "How do you keep the cellars dry when the river rises twice in one spring, and who pays for the pumps?"
        for id in place.questions:
            events += [questions.Asked(id, asker, text, "en"), questions.Published(id)]
        log.tell(sql, room, tuple(events), now, asker)
        return place

    def seats(self, server: Server, crew: int, participants: int) -> list[str]:
        """Connections to the main room as the generator reads them, the crew first."""
        cookies = self.crew[:crew] + self.participants[:participants]
        return [seat(server, self.places[0].id, cookie) for cookie in cookies]

    def spread(self, server: Server, each: int) -> list[str]:
        """Connections of the crew to all other rooms, so many to each; nobody has more than eight."""
        rooms = [place.id for place in self.places[1:] for _ in range(each)]
        return [seat(server, room, self.crew[n % CREW]) for n, room in enumerate(rooms)]


def seat(server: Server, room: str, cookie: str) -> str:
    return f"/rooms/{room}/live\tCookie: austausch={cookie}\tOrigin: {server.url}"


def changes(place: Place, size: int) -> list[str]:
    """Commands that each change one caption, so that everybody's frame has about `size` bytes."""
    left = max(1, size - CAPTION - len("#0000000# "))
    text = "." * left if left < 800 else WAVE * (left // 4)
    form = '"do":"caption.correct","with":{"caption":"%s","text":"#0000000# %s"}'
    return [form % (id, text) for id in place.captions]


def votes(place: Place, some: int) -> list[str]:
    """What a voter can go on sending for ever: a vote for each of some questions, then all taken back."""
    form = '"do":"question.%s","with":{"question":"%s"}'
    return [form % (what, id) for what in ("vote", "unvote") for id in place.questions[:some]]
