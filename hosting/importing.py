"""A programme file, read and checked: a broken one is answered with every problem found and its place."""

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from hosting.checking import check_session, check_slot, clock_problem, shape, zone_problem
from hosting.errors import HostingError
from hosting.sheet import Exchange, Sheet, when

ENTRIES = ("exchange", "topic", "session", "contribution", "good_practice", "follow_up")


class BrokenFile(HostingError):
    """What is wrong with a file: a line for each problem, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


# ── Reading and checking ─────────────────────────────────────────────────────────────────────────────────────────────


def read(raw: bytes) -> Sheet:
    """Parse and check a programme file. BrokenFile."""
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as broken:
        raise BrokenFile([f"not UTF-8: byte {broken.start}"]) from broken
    except (ValueError, RecursionError) as broken:  # a number of 5,000 digits, brackets a thousand deep
        raise BrokenFile([f"not TOML: {broken}"]) from broken
    for entry in data.get("exchange", []) if isinstance(data.get("exchange"), list) else ():
        if isinstance(entry, dict):  # a date and a time are two types in TOML, and one field here
            entry |= {key: entry[key].isoformat() for key in ("starts", "ends") if isinstance(entry.get(key), dt.date)}
    problems = list(shapes(data))
    if problems:
        raise BrokenFile(problems)
    sheet = msgspec.convert(data, Sheet)
    problems = list(check(sheet))
    if problems:
        raise BrokenFile(problems)
    return sheet


def shapes(data: dict[str, object]) -> Iterator[str]:
    """Problems of shape: each entry is checked alone, so that one bad entry does not hide the next."""
    known = set(Sheet.__struct_fields__)
    yield from (f"{name}: nobody knows this part" for name in data if name not in known)
    for part in ("series", "exchange"):
        if part not in data:
            yield f"{part}: is missing"
    if "series" in data:
        yield from map(str, shape(data["series"], Sheet.__annotations__["series"], "series"))
    for part in ENTRIES:
        entries = data.get(part, [])
        if not isinstance(entries, list):
            yield f"{part}: must be written [[{part}]]"
            continue
        kind = Sheet.__annotations__[part].__args__[0]
        for number, entry in enumerate(entries, 1):
            yield from map(str, shape(entry, kind, place(part, number, entry)))


def place(part: str, number: int, entry: object) -> str:
    """Where an entry stands, as its writer knows it: session[3] "water-for-everyone"."""
    name = (entry.get("id") or entry.get("slug")) if isinstance(entry, dict) else getattr(entry, "id", None)
    name = name or getattr(entry, "slug", None)
    return f'{part}[{number}] "{name}"' if isinstance(name, str) else f"{part}[{number}]"


def check(sheet: Sheet) -> Iterator[str]:
    """Problems between entries: doubles, references, zones, times, minutes."""
    slugs = [entry.slug for entry in sheet.exchange]
    sessions = {entry.id: entry for entry in sheet.session}
    contributions = {entry.id: entry for entry in sheet.contribution}
    topics = {(entry.exchange, entry.id) for entry in sheet.topic}
    named = {entry.id for entry in sheet.topic}
    focuses = {focus.id for focus in sheet.series.focus}
    yield from map(str, zone_problem(sheet.series.zone, "series.zone"))
    if sheet.series.ends < sheet.series.starts:
        yield "series.ends: is before starts"
    for part in ENTRIES:
        entries = getattr(sheet, part)
        names = Counter(getattr(entry, "slug", None) or entry.id for entry in entries if part != "topic")
        yield from (f'{part} "{name}": stands {count} times' for name, count in names.items() if count > 1)
    for number, exchange in enumerate(sheet.exchange, 1):
        yield from check_exchange(exchange, place("exchange", number, exchange))
    doubles = Counter((entry.exchange, entry.id) for entry in sheet.topic)
    yield from (f'topic "{id}": stands {count} times in "{slug}"' for (slug, id), count in doubles.items() if count > 1)
    for number, topic in enumerate(sheet.topic, 1):
        where = place("topic", number, topic)
        if topic.exchange not in slugs:
            yield f'{where}.exchange: there is no exchange "{topic.exchange}"'
        if focuses and topic.id not in focuses:
            yield f'{where}.id: the series has no focus "{topic.id}"'
    for number, session in enumerate(sheet.session, 1):
        where = place("session", number, session)
        if session.exchange not in slugs:
            yield f'{where}.exchange: there is no exchange "{session.exchange}"'
        elif (session.exchange, session.topic) not in topics:
            yield f'{where}.topic: the exchange has no topic "{session.topic}"'
        yield from map(str, check_session(session, contributions, where))
    for number, slot in enumerate(sheet.contribution, 1):
        where = place("contribution", number, slot)
        held = sessions.get(slot.session)
        if held is None:
            yield f'{where}.session: there is no session "{slot.session}"'
        else:
            yield from map(str, check_slot(slot, held, where))
    for number, practice in enumerate(sheet.good_practice, 1):
        where = place("good_practice", number, practice)
        if practice.topic not in named:
            yield f'{where}.topic: there is no topic "{practice.topic}"'
        if practice.contribution and practice.contribution not in contributions:
            yield f'{where}.contribution: there is no contribution "{practice.contribution}"'
    for number, idea in enumerate(sheet.follow_up, 1):
        where = place("follow_up", number, idea)
        if idea.topic not in named:
            yield f'{where}.topic: there is no topic "{idea.topic}"'
        if idea.session and idea.session not in sessions:
            yield f'{where}.session: there is no session "{idea.session}"'


def check_exchange(exchange: Exchange, where: str) -> Iterator[str]:
    bad_zone = list(zone_problem(exchange.zone, f"{where}.zone"))
    yield from map(str, bad_zone)
    for field in ("starts", "ends"):
        if ("T" in getattr(exchange, field)) != exchange.time_known:
            form = "a date and a time" if exchange.time_known else "a date"
            yield f"{where}.{field}: must be {form}, as time_known says"
            return
        try:
            if getattr(when(getattr(exchange, field)), "tzinfo", None):
                raise ValueError("it must be local to the zone, without an offset")
        except ValueError as broken:
            yield f"{where}.{field}: {broken}"
            return
    if exchange.last < exchange.first:
        yield f"{where}.ends: is before starts"
    if exchange.part and exchange.parts and exchange.part > exchange.parts:
        yield f"{where}.part: is more than parts"
    if exchange.time_known and not bad_zone:
        yield from map(str, clock_problem(exchange.first, exchange.zone, f"{where}.starts"))
        yield from map(str, clock_problem(exchange.last, exchange.zone, f"{where}.ends"))
