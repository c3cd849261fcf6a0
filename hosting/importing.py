"""A programme file, read and checked: a broken one is answered with every problem found and its place."""

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hosting.errors import HostingError
from hosting.sheet import Contribution, Exchange, Session, Sheet, moment, when

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
        yield from shape(data["series"], Sheet.__annotations__["series"], "series")
    for part in ENTRIES:
        entries = data.get(part, [])
        if not isinstance(entries, list):
            yield f"{part}: must be written [[{part}]]"
            continue
        kind = Sheet.__annotations__[part].__args__[0]
        for number, entry in enumerate(entries, 1):
            yield from shape(entry, kind, place(part, number, entry))


def shape(entry: object, kind: type, where: str) -> Iterator[str]:
    try:
        msgspec.convert(entry, kind)
    except msgspec.ValidationError as broken:
        sentence, _, path = str(broken).partition(" - at `$")
        field = re.sub(r"\[(\d+)\]", lambda found: f"[{int(found[1]) + 1}]", path.rstrip("`").replace("[...]", ""))
        yield f"{where}{field}: {plain(sentence[0].lower() + sentence[1:])}"
    yield from controls(entry, where)


KINDS = {"str": "a text", "int": "a whole number", "bool": "true or false", "object": "a table", "array": "a list"}
PLAIN = (  # what msgspec says of a file, and what its writer is told
    (r"object missing required field (`\w+`)", r"\1 is missing"),
    (r"object contains unknown field (`\w+`)", r"there is no \1 here"),
    (r"expected `str` matching regex '\^\[a-z0-9.*", "small letters, digits and single dashes are expected"),
    (r"expected `str` matching regex '\^\[A-Za-z.*", "a language tag is expected, such as en or pt-BR"),
    (r"expected `str` matching regex '\^\\+d.*", "a month is expected, such as 2020-11"),
    (r"expected `str` matching regex .*", "a date is expected, such as 2020-11-24 or 2020-11-24T14:00:00"),
)


def plain(sentence: str) -> str:
    """A sentence of msgspec in the words of somebody who writes a programme."""
    for pattern, words in PLAIN:
        sentence = re.sub(pattern, words, sentence)
    return re.sub(r"`(\w+)`(?= >=| <=|,|$| \|)", lambda found: KINDS.get(found[1], found[0]), sentence)


def controls(value: object, where: str) -> Iterator[str]:
    """What no text and no date should be: control characters other than line ends, a year that is a slip."""
    if isinstance(value, str):
        if any(ord(character) < 32 and character not in "\n\t\r" for character in value):
            yield f"{where}: has control characters"
    elif isinstance(value, dt.date) and not 1900 <= value.year < 2200:
        yield f"{where}: the year is {value.year}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from controls(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from controls(inner, f"{where}[{number}]")


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
    yield from zone_problem(sheet.series.zone, "series.zone")
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
        yield from check_session(session, contributions, where)
    for number, slot in enumerate(sheet.contribution, 1):
        where = place("contribution", number, slot)
        held = sessions.get(slot.session)
        if held is None:
            yield f'{where}.session: there is no session "{slot.session}"'
        elif slot.language not in held.languages:
            yield f'{where}.language: "{slot.language}" is not spoken in "{held.id}"'
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


def zone_problem(zone: str, where: str) -> Iterator[str]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f'{where}: there is no time zone "{zone}"'


def check_exchange(exchange: Exchange, where: str) -> Iterator[str]:
    bad_zone = list(zone_problem(exchange.zone, f"{where}.zone"))
    yield from bad_zone
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
        yield from clock_problem(exchange.first, exchange.zone, f"{where}.starts")
        yield from clock_problem(exchange.last, exchange.zone, f"{where}.ends")


def check_session(session: Session, contributions: dict[str, Contribution], where: str) -> Iterator[str]:
    bad_zone = list(zone_problem(session.zone, f"{where}.zone"))
    yield from bad_zone
    if session.starts.tzinfo or session.ends.tzinfo:
        yield f"{where}.starts: must be local to the zone, without an offset"
        return
    if session.ends <= session.starts:
        yield f"{where}.ends: is not after starts"
    if not bad_zone:
        yield from clock_problem(session.starts, session.zone, f"{where}.starts")
        yield from clock_problem(session.ends, session.zone, f"{where}.ends")
    if not session.languages:
        yield f"{where}.languages: a session has at least one language"
    minutes = sum(item.minutes for item in session.agenda)
    zone = "UTC" if bad_zone else session.zone  # between wall clocks lies an hour more or less on the night of a change
    length = int((moment(session.ends, zone) - moment(session.starts, zone)).total_seconds() // 60)
    if session.agenda and minutes != length:
        yield f"{where}.agenda: its minutes add up to {minutes}, the session has {length}"
    for number, item in enumerate(session.agenda, 1):
        spot = f"{where}.agenda[{number}]"
        if item.contribution is not None:
            slot = contributions.get(item.contribution)
            if slot is None:
                yield f'{spot}.contribution: there is no contribution "{item.contribution}"'
            elif slot.session != session.id:
                yield f'{spot}.contribution: "{slot.id}" belongs to the session "{slot.session}"'
        elif not item.title:
            yield f"{spot}.title: is missing, and no contribution gives one"


def clock_problem(local: dt.date, zone: str, where: str) -> Iterator[str]:
    """A local time that the clock change skips. One that comes twice is taken as the first."""
    if isinstance(local, dt.datetime) and local.tzinfo is None:
        there = local.replace(tzinfo=ZoneInfo(zone))
        if there.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
            yield f"{where}: {local:%H:%M} does not exist on that day in {zone}"
