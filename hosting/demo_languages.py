"""The demo's languages: what its listeners need, who is booked for which channel, how many have listened so far."""

import datetime as dt
import math

from sqlalchemy import Connection

from hosting import grants, listeners, needs, people
from hosting.needs import Need
from hosting.programme import Session
from rooms.booths import FLOOR

# How many can follow in which languages, and the sessions to which they want to come, by their keys; none: to all.
NEEDS: tuple[tuple[tuple[str, ...], int, tuple[str, ...]], ...] = (
    (("en",), 9, ()),
    (("ar", "en"), 4, ()),
    (("fr",), 3, ()),
    (("fr", "en"), 2, ()),
    (("uk",), 1, ()),
    (
        ("es",),
        8,
        ("water-for-everyone", "markets-and-small-traders", "school-at-a-distance", "culture-behind-closed-doors"),
    ),
    (("es", "pt"), 4, ("water-for-everyone", "markets-and-small-traders", "informal-settlements")),
    (("es-MX",), 3, ("school-at-a-distance",)),
    (("ar",), 6, ("water-for-everyone", "shared-accommodation", "childcare-and-school-meals")),
    (("tr",), 5, ("shared-accommodation",)),
    (("tr", "en"), 1, ("shared-accommodation",)),
    (("ru", "ka"), 2, ("green-recovery",)),
)
INTERPRETERS = {
    "ar": ("Karim Nasser", "Tarek Haddad", "Hiba Mansour"),
    "de": ("Ute Brandt", "Jörg Petersen"),
    "en": ("Fiona Blake", "Daniel Okoro", "Grace Whitfield"),
    "es": ("Marta Quiroga", "Iván Rosales"),
    "fr": ("Aïssatou Diallo", "Luc Perrin"),
    "ka": ("Nino Beridze",),
    "pt": ("Beatriz Falcão", "Rui Sequeira"),
    "ru": ("Oksana Lytvyn",),
    "sr": ("Milica Jovanović", "Dragan Ilić"),
}
PEAKS = (19, 11, 8, 5, 4, 3)  # listeners of the floor, then of each channel in its order; all others have one
SETTLED = 12  # minutes until most have come


def fill(connection: Connection, sessions: list[Session], now: dt.datetime) -> None:
    """Needs and bookings of one exchange, and the listeners of the sessions that have begun by `now`."""
    exchange, ids = sessions[0].exchange, {session.key: session.id for session in sessions}
    for tags, number, keys in NEEDS:
        for one in range(number):
            person = people.create_person(connection, f"Listener {'/'.join(tags)} {one + 1}", now, kind="guest")
            needs.say(connection, person, exchange, Need(tags, tuple(ids[key] for key in keys)), now)
    book(connection, [session for session in sessions if session.state != "closed"], now)
    for session in sessions:
        if session.state != "planned":
            listen(connection, session, now)


def book(connection: Connection, sessions: list[Session], now: dt.datetime) -> None:
    """Whoever is free at the time, until nobody is left: not every channel has its two."""
    called: dict[str, str] = {}
    busy: dict[str, dt.datetime] = {}
    for session in sessions:
        for tag in session.channels:
            free = [name for name in INTERPRETERS.get(tag, ()) if busy.get(name, session.starts) <= session.starts]
            for name in free[:2] if set(session.languages) != {tag} else ():
                person = called.get(name) or people.create_person(connection, name, now)
                called[name], busy[name] = person, session.ends
                grants.book(connection, person, session.exchange, session.id, tag, now)


def listen(connection: Connection, session: Session, now: dt.datetime) -> None:
    """People come in the first minutes, and some leave towards the end."""
    begins = session.starts.replace(second=0, microsecond=0)
    minutes = int((min(session.closed_at or now, now) - begins) / listeners.MINUTE)
    tags = [FLOOR, *session.channels]
    peaks = dict(zip(tags, (*PEAKS, *[1] * len(tags)), strict=False))
    for minute in range(1, minutes):
        share = min(1.0, 0.3 + minute / SETTLED) * (1 - 0.004 * minute) + 0.06 * math.sin(minute / 4)
        heard = {tag: max(0, round(peak * share)) for tag, peak in peaks.items()}
        at = begins + minute * listeners.MINUTE
        listeners.keep(connection, listeners.rows(session.id, at, heard, session.channels))
