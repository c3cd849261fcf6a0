"""What is wrong with a session as typed, by field; and where nothing is, the session as it will be written.

The rules are those of a programme file (hosting.sheet, hosting.checking). A problem's `where` is the field's name.
"""

import datetime as dt
import re
import secrets
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import msgspec

from hosting.checking import Problem, check_session, check_slot, controls, shape
from hosting.drafts import NEW, SLOTS, Draft, Item, Slot, Texts
from hosting.editing import Edited
from hosting.sheet import AgendaItem, Contribution, Expert, Kind, Line, Minutes, Prose, Tag, moment
from hosting.texts import REFUSALS, _
from rooms.agenda import ITEMS
from rooms.core import canonical

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")  # as datetime-local fields send it
MISSING = _("is missing")
SOME = dt.datetime(2000, 1, 1)  # stands in for a time that cannot be read


def check(draft: Draft, before: Edited) -> tuple[Edited, list[Problem]]:
    """The session as it would be written, and every problem; it must not be written while there are any."""
    problems = [*shapes(draft), *item_shapes(draft), *slot_shapes(draft)]
    edited = written(draft, before)
    unread = {problem.where for problem in problems}
    problems += [problem for problem in between(draft, edited) if not hidden(problem.where, unread)]
    return edited, problems


def hidden(where: str, unread: set[str]) -> bool:
    """Whether a problem between fields is only said because one of them cannot be read."""
    times = {"starts", "ends"} & unread
    counted = any(name.endswith(".minutes") and name.startswith("item.") for name in unread)
    return where in unread or (where in ("starts", "ends", "agenda") and bool(times)) or (where == "agenda" and counted)


# ── Each field alone ─────────────────────────────────────────────────────────────────────────────────────────────────


def shapes(draft: Draft) -> Iterator[Problem]:
    yield from shape(draft.titles.get("en", ""), Line, "title.en")
    yield from of_texts("title", {tag: text for tag, text in draft.titles.items() if tag != "en"}, Line)
    yield from of_texts("abstract", draft.abstracts, Prose)
    for name, text in (("starts", draft.starts), ("ends", draft.ends)):
        when = time(text)
        if when is None:
            yield Problem(
                name, _("a date and a time are expected, such as 2020-11-24T14:00") if text else _("is missing")
            )
        else:
            yield from controls(when, name)
    for name, tags, more in (
        ("languages", draft.languages, draft.more_languages),
        ("channels", draft.channels, draft.more_channels),
    ):
        yield from (problem for tag in tags for problem in shape(tag, Tag, name))
        if more:
            yield from shape(more, Tag, f"more-{name}")


def of_texts(where: str, texts: Texts, kind: object) -> Iterator[Problem]:
    return (problem for tag, text in texts.items() for problem in shape(text, kind, f"{where}.{tag}"))


def item_shapes(draft: Draft) -> Iterator[Problem]:
    if len(draft.items) > ITEMS:
        yield Problem("agenda", REFUSALS["agenda.full"], {"limit": ITEMS})
    for item in draft.items:
        where = f"item.{item.handle}"
        yield from of_texts(f"{where}.title", item.titles, Line)
        yield from shape(item.kind, Kind, f"{where}.kind")
        yield from length_shape(item.minutes, f"{where}.minutes")


def slot_shapes(draft: Draft) -> Iterator[Problem]:
    if len(draft.slots) > SLOTS:
        full = _("A session has {limit} contributions at most.")
        yield Problem(f"slot.{draft.slots[SLOTS].handle}", full, {"limit": SLOTS})
    for slot in draft.slots:
        where = f"slot.{slot.handle}"
        if not slot.titles:
            yield Problem(f"{where}.title.en", MISSING)
        yield from of_texts(f"{where}.title", slot.titles, Line)
        yield from of_texts(f"{where}.abstract", slot.abstracts, Prose)
        yield from of_texts(f"{where}.role", slot.roles, Line)
        yield from shape(slot.name, Line, f"{where}.name")
        yield from shape(slot.city, Line, f"{where}.city")
        if slot.country:
            yield from shape(slot.country, Line, f"{where}.country")
        yield from shape(slot.language, Tag, f"{where}.language")
        yield from length_shape(slot.minutes, f"{where}.minutes")


def length_shape(text: str, where: str) -> Iterator[Problem]:
    yield from shape(number(text), Minutes, where) if text else [Problem(where, MISSING)]


def number(text: str) -> int | str:
    """A text as a number where it is one, in whatever digits."""
    return int(text) if re.fullmatch(r"\d{1,9}", text) else text


def time(text: str) -> dt.datetime | None:
    """A local time as typed; None where it cannot be read."""
    try:
        return dt.datetime.fromisoformat(text) if TIME.fullmatch(text) else None
    except ValueError:  # the 30th of February
        return None


def usable(text: str) -> dt.datetime | None:
    """The same, and None for a year with which no clock can reckon."""
    when = time(text)
    return None if when is None or any(controls(when, "")) else when


# ── All together ─────────────────────────────────────────────────────────────────────────────────────────────────────


def between(draft: Draft, edited: Edited) -> Iterator[Problem]:
    """What does not fit together, as for a file; places in its agenda are given their fields' names."""
    session = edited.session
    for problem in check_session(session, {slot.id: slot for slot in edited.contributions}, ""):
        where = problem.where.removeprefix(".")
        if found := re.fullmatch(r"agenda\[(\d+)\]\.(\w+)", where):
            field = {"title": "title.en", "contribution": "slot"}[found[2]]
            where = f"item.{draft.items[int(found[1]) - 1].handle}.{field}"
        yield msgspec.structs.replace(problem, where=where)
    for part, slot in zip(draft.slots, edited.contributions, strict=True):
        if part.language:
            yield from check_slot(slot, session, f"slot.{part.handle}")


def written(draft: Draft, before: Edited) -> Edited:
    """The session in the file's terms; what the form does not show is as it was."""
    named = {id: key for key, id in before.slots.items()}
    keys = {slot.handle: named.get(slot.handle) or f"added-{secrets.token_hex(4)}" for slot in draft.slots}
    session = msgspec.structs.replace(
        before.session,
        title=draft.titles,
        abstract=draft.abstracts,
        starts=kept(before.session.starts, usable(draft.starts) or SOME),
        ends=kept(before.session.ends, usable(draft.ends) or SOME),
        languages=tags(draft.languages, draft.more_languages),
        channels=tags(draft.channels, draft.more_channels),
        agenda=tuple(
            AgendaItem(
                kind=item.kind,  # type: ignore[arg-type]  # if it is none, item_shapes says so
                minutes=minutes(item.minutes),
                title=item.titles,
                contribution=keys.get(item.slot, item.slot or None),
                hidden=bool(item.hidden),
            )
            for item in draft.items
        ),
    )
    old = {slot.id: slot for slot in before.contributions}
    slots = tuple(contribution(slot, keys[slot.handle], session.id, old) for slot in draft.slots)
    ids = {keys[slot.handle]: id_of(slot) for slot in draft.slots}
    return Edited(session, slots, tuple(id_of(item) for item in draft.items), ids, draft.made_from)


def kept(was: dt.datetime, typed: dt.datetime) -> dt.datetime:
    """A time as it was where it was left alone: of an hour that comes twice a form cannot say which."""
    return was if was == typed else typed


def id_of(part: Item | Slot) -> str:
    return "" if NEW.fullmatch(part.handle) else part.handle


def tags(chosen: Iterable[str], more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*chosen, *([canonical(more)] if more else [])]))


def minutes(text: str) -> int:
    """A length as typed; 0 where it is none."""
    found = number(text)
    return found if isinstance(found, int) and not any(shape(found, Minutes, "")) else 0


def contribution(slot: Slot, key: str, session: str, old: dict[str, Contribution]) -> Contribution:
    was = old.get(key)
    expert = Expert(
        name=slot.name, city=slot.city, region=was.expert.region if was else "", sample=bool(was and was.expert.sample)
    )
    return Contribution(
        id=key,
        session=session,
        title=slot.titles,
        abstract=slot.abstracts,
        expert=msgspec.structs.replace(expert, role=slot.roles, country=slot.country),
        language=slot.language,
        minutes=minutes(slot.minutes),
        sample=bool(was and was.sample),
    )


# ── Minutes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def added(draft: Draft) -> int:
    """The minutes of the agenda, as far as they can be read."""
    return sum(minutes(item.minutes) for item in draft.items)


def length(draft: Draft, zone: str) -> int | None:
    """The session's minutes; None while a time cannot be read."""
    starts, ends = usable(draft.starts), usable(draft.ends)
    return int((moment(ends, zone) - moment(starts, zone)).total_seconds() // 60) if starts and ends else None


def begins(draft: Draft, zone: str) -> list[dt.datetime | None]:
    """When each item is to begin; None where the session's start cannot be read."""
    starts, found = usable(draft.starts), []
    at = moment(starts, zone) if starts else None
    for item in draft.items:
        found.append(at)
        at = at + dt.timedelta(minutes=minutes(item.minutes)) if at else None
    return found


def fitting_end(draft: Draft, zone: str) -> str | None:
    """The end that the agenda's minutes would give; None where it is no clear time of that day."""
    starts = usable(draft.starts)
    if starts is None or not draft.items or any(not minutes(item.minutes) for item in draft.items):
        return None
    ends = moment(starts, zone) + dt.timedelta(minutes=added(draft))
    local = ends.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    return local.isoformat(timespec="minutes") if moment(local, zone) == ends else None
