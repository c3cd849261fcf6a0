"""The demo: the sample programme moved to around now, three rooms open, three ended, three next, and what is in them.

The series moves by whole weeks, the global exchange by whole days, wall time kept in its zone; then each session of
today is set to a time of its own. Nothing here is special to the rooms: it is all written to their logs as usual.
"""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from hosting import demo_languages, importing, people, planning, programme
from hosting.demo_files import Sample
from hosting.demo_sessions import Cast, Script
from hosting.files import Incoming
from hosting.people import as_role
from hosting.sheet import Exchange, Session, Sheet
from rooms.core import Actor

SAMPLE = Path(__file__).parent / "sample"
EXCHANGE = "global-exchange-2020"
LIVE = ("contact-tracing-with-colleagues", "keeping-the-rounds-going", "town-hall-without-a-counter")
RELEASED = ("crisis-team-after-nine-months", "testing-and-quarantine-nearby")  # the third is the organiser's to release
BEFORE = dt.timedelta(minutes=25)  # how long the live rooms have been open
AFTER = dt.timedelta(hours=1)  # by which a session may be late and still be taken for live
PLANNED = dt.timedelta(days=10)  # since when the programme is there

DEMO_NAMES = {
    "participant": "Agnes Nabirye",
    "moderator": "Samira Kassem",
    "expert": "Rania Haddad",
    "interpreter": "Leila Amrani",
    "captioner": "Jonas Wedekind",
    "organiser": "Lena Aschenbrenner",
}
GUESTS = ("Mehmet Karaçay", "سلمى الخطيب", "Agnes Nabirye", "Camila Restrepo", "Oksana Lytvyn", "Lena Aschenbrenner")


def is_empty(connection: Connection) -> bool:
    return not programme.series(connection)


def is_live(connection: Connection, now: dt.datetime) -> bool:
    """Whether any room is open and not long past its end; nothing closes by the clock."""
    return any(session.live and now < session.ends + AFTER for session in programme.sessions(connection))


def prepare(connection: Connection, now: dt.datetime, incoming: Incoming | None = None) -> None:
    """Import the sample around now and bring its rooms to life; with their slides, if there is a place for uploads."""
    sheet = around(importing.read((SAMPLE / "programme-2020.toml").read_bytes()), now)
    planning.write(connection, sheet, now - PLANNED)
    sessions = [
        session for session in programme.sessions(connection, EXCHANGE) if session.key in LIVE or session.ends <= now
    ]
    slots = [slot for session in sessions for slot in session.contributions]
    script = Script(Sample(SAMPLE), cast(connection, slots, now - PLANNED), now, incoming)
    for session in sessions:
        script.play(connection, session, live=session.key in LIVE)
        if session.key in RELEASED:
            programme.release(connection, session.id, session.ends + dt.timedelta(minutes=30))
    demo_languages.fill(connection, programme.sessions(connection, EXCHANGE), now)


def cast(connection: Connection, slots: list[programme.Contribution], now: dt.datetime) -> Cast:
    """Those whom one click makes one of, the guests who asked, and an expert for each contribution."""

    def one(role: str) -> Actor:
        return Actor(people.demo_person(connection, DEMO_NAMES[role], as_role(role), EXCHANGE, now), as_role(role))

    guests = [Actor(people.create_person(connection, name, now, kind="guest"), "participant") for name in GUESTS]
    experts = {slot.id: Actor(people.create_person(connection, slot.expert.name, now), "expert") for slot in slots}
    for slot, expert in experts.items():
        people.grant(connection, expert.id, "expert", EXCHANGE, None, now, contribution=slot)
    return Cast(one("moderator"), one("captioner"), one("interpreter"), guests, experts)


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
