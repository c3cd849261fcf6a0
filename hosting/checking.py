"""What must hold of a session, whether it comes from a file or from a form; each problem with its place."""

import datetime as dt
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hosting.sheet import Contribution, Session, moment
from hosting.texts import _


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, and where. `said` is a sentence with room for its facts, so that a page can say it translated."""

    where: str
    said: str
    facts: dict[str, object] = {}

    def __str__(self) -> str:
        return f"{self.where}: {self.said.format(**self.facts)}"


# ── One value ────────────────────────────────────────────────────────────────────────────────────────────────────────


def shape(entry: object, kind: object, where: str) -> Iterator[Problem]:
    """The first problem of shape that an entry, or one value, has; and each control character."""
    try:
        msgspec.convert(entry, kind)
    except msgspec.ValidationError as broken:
        sentence, _, path = str(broken).partition(" - at `$")
        field = re.sub(r"\[(\d+)\]", lambda found: f"[{int(found[1]) + 1}]", path.rstrip("`").replace("[...]", ""))
        yield plain(where + field, sentence[0].lower() + sentence[1:])
    yield from controls(entry, where)


KINDS = {"str": "a text", "int": "a whole number", "bool": "true or false", "object": "a table", "array": "a list"}
PLAIN = (  # what msgspec says of a value, and what its writer is told
    (r"object missing required field (?P<name>`\w+`)", "{name} is missing"),
    (r"object contains unknown field (?P<name>`\w+`)", "there is no {name} here"),
    (r"expected `str` matching regex '\^\[a-z0-9.*", "small letters, digits and single dashes are expected"),
    (r"expected `str` matching regex '\^\[A-Za-z.*", _("a language tag is expected, such as en or pt-BR")),
    (r"expected `str` matching regex '\^\\+d.*", "a month is expected, such as 2020-11"),
    (r"expected `str` matching regex .*", _("a date is expected, such as 2020-11-24 or 2020-11-24T14:00:00")),
    (r"expected `str` of length >= 1", _("is missing")),
    (r"expected `str` of length <= (?P<limit>\d+)", _("expected a text of at most {limit} characters")),
    (r"expected `int`, got `str`", _("expected a whole number, got a text")),
    (r"expected `int` (?P<limit>[<>]= \d+)", _("expected a whole number {limit}")),
)


def plain(where: str, sentence: str) -> Problem:
    """A sentence of msgspec in the words of somebody who writes a programme."""
    for pattern, words in PLAIN:
        if found := re.fullmatch(pattern, sentence):
            return Problem(where, words, found.groupdict())
    words = re.sub(r"`(\w+)`(?= >=| <=|,|$| \|)", lambda found: KINDS.get(found[1], found[0]), sentence)
    return Problem(where, "{words}", {"words": words})


def controls(value: object, where: str) -> Iterator[Problem]:
    """What no text and no date should be: control characters other than line ends, a year that is a slip."""
    if isinstance(value, str):
        if any(ord(character) < 32 and character not in "\n\t\r" for character in value):
            yield Problem(where, _("has control characters"))
    elif isinstance(value, dt.date) and not 1900 <= value.year < 2200:
        yield Problem(where, _("the year is {year}"), {"year": value.year})
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from controls(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from controls(inner, f"{where}[{number}]")


# ── A session ────────────────────────────────────────────────────────────────────────────────────────────────────────


def zone_problem(zone: str, where: str) -> Iterator[Problem]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Problem(where, 'there is no time zone "{zone}"', {"zone": zone})


def check_session(session: Session, contributions: dict[str, Contribution], where: str) -> Iterator[Problem]:
    """What must hold of a session, from a file or a form: times, languages, minutes, what its items refer to."""
    bad_zone = list(zone_problem(session.zone, f"{where}.zone"))
    yield from bad_zone
    if session.starts.tzinfo or session.ends.tzinfo:
        yield Problem(f"{where}.starts", "must be local to the zone, without an offset")
        return
    if session.ends <= session.starts:
        yield Problem(f"{where}.ends", _("is not after starts"))
    if not bad_zone:
        yield from clock_problem(session.starts, session.zone, f"{where}.starts")
        yield from clock_problem(session.ends, session.zone, f"{where}.ends")
    if not session.languages:
        yield Problem(f"{where}.languages", _("a session has at least one language"))
    minutes = sum(item.minutes for item in session.agenda)
    zone = "UTC" if bad_zone else session.zone  # between wall clocks lies an hour more or less on the night of a change
    length = int((moment(session.ends, zone) - moment(session.starts, zone)).total_seconds() // 60)
    if session.agenda and minutes != length:
        added = _("its minutes add up to {minutes}, the session has {length}")
        yield Problem(f"{where}.agenda", added, {"minutes": minutes, "length": length})
    for number, item in enumerate(session.agenda, 1):
        spot = f"{where}.agenda[{number}]"
        if item.contribution is not None:
            slot = contributions.get(item.contribution)
            if slot is None:
                gone = _('there is no contribution "{contribution}"')
                yield Problem(f"{spot}.contribution", gone, {"contribution": item.contribution})
            elif slot.session != session.id:
                other = '"{slot}" belongs to the session "{session}"'
                yield Problem(f"{spot}.contribution", other, {"slot": slot.id, "session": slot.session})
        elif not item.title:
            yield Problem(f"{spot}.title", _("is missing, and no contribution gives one"))


def check_slot(slot: Contribution, session: Session, where: str) -> Iterator[Problem]:
    if slot.language not in session.languages:
        facts: dict[str, object] = {"language": slot.language, "session": session.id}
        yield Problem(f"{where}.language", _('"{language}" is not spoken in "{session}"'), facts)


def clock_problem(local: dt.date, zone: str, where: str) -> Iterator[Problem]:
    """A local time that the clock change skips. One that comes twice is taken as the first."""
    if isinstance(local, dt.datetime) and local.tzinfo is None:
        there = local.replace(tzinfo=ZoneInfo(zone))
        if there.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
            gap = _("{time} does not exist on that day in {zone}")
            yield Problem(where, gap, {"time": f"{local:%H:%M}", "zone": zone})
