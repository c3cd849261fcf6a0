"""The demo: the sample programme moved to around now, three rooms open, three ended, three next, with questions.

The series moves by whole weeks, the global exchange by whole days, wall time kept in its zone; then each session of
today is set to a time of its own. Nothing here is special to the rooms: it is all written to their logs as usual.
"""

import datetime as dt
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from hosting import importing, log, people, planning, programme
from hosting.sheet import Exchange, Session, Sheet, moment
from rooms import agenda, questions
from rooms.core import Event
from rooms.room import Closed, Opened

SAMPLE = Path(__file__).parent / "sample"
EXCHANGE = "global-exchange-2020"
LIVE = ("contact-tracing-with-colleagues", "keeping-the-rounds-going", "town-hall-without-a-counter")
BEFORE = dt.timedelta(minutes=25)  # how long the live rooms have been open
AFTER = dt.timedelta(hours=1)  # by which a session may be late and still be taken for live


def is_empty(connection: Connection) -> bool:
    return not programme.series(connection)


def is_live(connection: Connection, now: dt.datetime) -> bool:
    """Whether any room is open and not long past its end; nothing closes by the clock."""
    return any(session.live and now < session.ends + AFTER for session in programme.sessions(connection))


def prepare(connection: Connection, now: dt.datetime) -> None:
    """Import the sample around now and bring its rooms to life."""
    sheet = around(importing.read((SAMPLE / "programme-2020.toml").read_bytes()), now)
    planning.write(connection, sheet, now)
    rooms = {session.key: session for session in programme.sessions(connection)}
    asked = tomllib.loads((SAMPLE / "questions.toml").read_text("utf-8"))["question"]
    for session in sheet.session:
        if session.id in LIVE:
            run(connection, rooms[session.id], now, [q for q in asked if q["session"] == session.id])
        elif moment(session.ends, session.zone) <= now:
            end(connection, rooms[session.id].id)


# ── Moving the programme ─────────────────────────────────────────────────────────────────────────────────────────────


def around(sheet: Sheet, now: dt.datetime) -> Sheet:
    """The sheet with the global exchange's second day as today."""
    today = now.astimezone(ZoneInfo(sheet.series.zone)).date()
    live_day = next(session.starts.date() for session in sheet.session if session.id == LIVE[0])
    days = today - live_day
    weeks = dt.timedelta(weeks=round(days.days / 7))
    sessions = tuple(move(session, days, now) for session in sheet.session)
    head = msgspec.structs.replace(sheet.series, starts=sheet.series.starts + weeks, ends=sheet.series.ends + weeks)
    exchanges = tuple(shift(exchange, days if exchange.slug == EXCHANGE else weeks) for exchange in sheet.exchange)
    return msgspec.structs.replace(sheet, series=head, exchange=exchanges, session=sessions)


def shift(exchange: Exchange, by: dt.timedelta) -> Exchange:
    return msgspec.structs.replace(
        exchange, starts=(exchange.first + by).isoformat(), ends=(exchange.last + by).isoformat()
    )


def move(session: Session, days: dt.timedelta, now: dt.datetime) -> Session:
    """Live sessions began a while ago; what was earlier has ended, and what is next is at least an hour away."""
    zone = ZoneInfo(session.zone)
    length = session.ends - session.starts
    starts = session.starts + days

    def local(moment: dt.datetime) -> dt.datetime:  # counted before, as on the night of a clock change it matters
        return moment.astimezone(zone).replace(tzinfo=None)

    if session.id in LIVE:
        starts = local(now - BEFORE).replace(second=0, microsecond=0)
        starts -= dt.timedelta(minutes=starts.minute % 5)
    elif ENDED.get(session.id):
        starts = (local(now - ENDED[session.id]) - length).replace(minute=0, second=0, microsecond=0)
    elif NEXT.get(session.id):
        starts = local(now + NEXT[session.id]).replace(minute=0, second=0, microsecond=0)
    return msgspec.structs.replace(session, starts=starts, ends=starts + length)


ENDED = {
    "crisis-team-after-nine-months": dt.timedelta(hours=22),
    "testing-and-quarantine-nearby": dt.timedelta(hours=3),
    "numbers-for-citizens": dt.timedelta(hours=1),
}
NEXT = {
    "water-for-everyone": dt.timedelta(hours=2),
    "markets-and-small-traders": dt.timedelta(hours=3),
    "school-at-a-distance": dt.timedelta(hours=4),
}


# ── Bringing rooms to life ───────────────────────────────────────────────────────────────────────────────────────────


def run(connection: Connection, session: programme.Session, now: dt.datetime, asked: list[dict[str, object]]) -> None:
    """Open a room, run its first items, ask its questions; the last of them wait for a moderator."""
    room = session.id
    state = log.fold(connection, room)
    opened = state.plan.starts
    log.tell(connection, room, (Opened(),), opened)
    at = opened
    for entry in list(state.agenda.entries.values())[:-2]:  # two are still to come
        log.tell(connection, room, (agenda.Started(entry.id),), at)
        at += dt.timedelta(minutes=entry.minutes)
        if at > now:
            break
        log.tell(connection, room, (agenda.Finished(entry.id),), at)
    slots = {slot.key: slot.id for slot in session.contributions}
    questions_of(connection, room, now, asked, slots)


ASKERS = ("Mehmet Karaçay", "سلمى الخطيب", "Agnes Nabirye", "Camila Restrepo", "Oksana Lytvyn", "Lena Aschenbrenner")


def questions_of(
    connection: Connection, room: str, now: dt.datetime, asked: list[dict[str, object]], slots: dict[str, str]
) -> None:
    zone_start = now - BEFORE
    people_here = [people.create_person(connection, name, now, kind="guest") for name in ASKERS]
    events: list[Event] = []
    for number, question in enumerate(asked):
        by = people_here[number % len(people_here)]
        id = f"{room}-{number}"
        text, language = str(question["text"]), str(question["language"])
        to = slots.get(str(question.get("to")))
        at = zone_start + dt.timedelta(minutes=number)
        log.tell(connection, room, (questions.Asked(id, by, text, language, to),), at, by)
        if number < max(1, len(asked) - 4) and not question.get("same_as"):
            events.append(questions.Published(id))
            votes = int(str(question.get("votes", 0)))
            for voter in range(votes):
                log.set_vote(connection, room, id, f"sample-{voter}", vote=True)
            events.append(questions.Scored({id: votes}))
    if len(events) > 6:  # a full list: one of its questions is next in line
        events.append(questions.Queued(f"{room}-0", 0))
    if events:
        log.tell(connection, room, tuple(events), now - dt.timedelta(minutes=2))


def end(connection: Connection, room: str) -> None:
    """A session that ran as planned, and closed."""
    state = log.fold(connection, room)
    at = state.plan.starts
    log.tell(connection, room, (Opened(),), at)
    for entry in state.agenda.entries.values():
        log.tell(connection, room, (agenda.Started(entry.id),), at)
        at += dt.timedelta(minutes=entry.minutes)
        log.tell(connection, room, (agenda.Finished(entry.id),), at)
    log.tell(connection, room, (Closed(),), at)
