"""The programme for calendars and programs: schedule.json (c3voc) and schedule.ics. The same bytes until a change."""

import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event

from hosting import texts
from hosting.programme import Exchange, Session, Topic
from hosting.texts import _

SPOKEN, INTERPRETED = _("Spoken: %(languages)s"), _("Interpretation planned: %(languages)s")
SPACE = uuid.UUID("5b0f5a0e-35c1-5f6f-9a3a-1b1f4f0d2a66")  # ours, for stable ids
Json = dict[str, object]


def guid(id: str) -> str:
    return str(uuid.uuid5(SPACE, id))


def schedule_json(exchange: Exchange, topics: list[Topic], sessions: list[Session], base: str, language: str) -> Json:
    """The schedule as c3voc's schema has it; rooms are numbered, as parallel sessions have no room but their own."""

    def text(found: dict[str, str]) -> str:
        return texts.pick(found, language)[0]

    if not exchange.public:  # picture and sound are for those who may enter
        sessions = [msgspec.structs.replace(session, stream=None) for session in sessions]
    zone = ZoneInfo(exchange.zone)
    lanes = parallel(sessions)
    count = 1 + max(lanes.values(), default=0)
    tracks = {topic.id: text(topic.short) for topic in topics}
    by_day: dict[date, list[Session]] = {}
    for session in sessions:
        by_day.setdefault(session.starts.astimezone(zone).date(), []).append(session)
    first = min([exchange.first_day, *by_day])
    days = []
    for index in range((max([exchange.last_day, *by_day]) - first).days + 1):
        day = first + timedelta(days=index)
        opens = datetime(day.year, day.month, day.day, tzinfo=zone)
        of_day = by_day.get(day, [])
        rooms = {
            lane_name(lane): [
                event_json(session, lane_name(lane), tracks, base, language)
                for session in of_day
                if lanes[session.id] == lane
            ]
            for lane in range(count)
        }
        closes = opens + timedelta(days=1)
        entry: Json = {"index": index + 1, "date": day.isoformat(), "day_start": opens.isoformat()}
        days.append({**entry, "day_end": closes.isoformat(), "rooms": rooms})
    conference: Json = {
        "acronym": exchange.slug.replace("-", "_").ljust(4, "_"),  # as the schema's pattern has it
        "title": text(exchange.title),
        "start": first.isoformat(),
        "end": (first + timedelta(days=len(days) - 1)).isoformat(),
        "daysCount": len(days),
        "timeslot_duration": "00:05",
        "time_zone_name": exchange.zone,
        "colors": {},
        "rooms": [{"name": lane_name(lane), "guid": guid(f"{exchange.slug}/{lane}")} for lane in range(count)],
        "tracks": [{"name": name, "slug": id} for id, name in tracks.items()],
        "days": days,
    }
    changed = max((session.changed_at for session in sessions), default=datetime(2020, 1, 1, tzinfo=UTC))
    return {
        "$schema": "https://c3voc.de/schedule/schema.json",
        "generator": {"name": "austausch", "version": "0.1"},
        "schedule": {
            "url": f"{base}/exchanges/{exchange.slug}/schedule.json",
            "version": changed.isoformat(timespec="seconds"),
            "base_url": base,
            "conference": conference,
        },
    }


def lane_name(lane: int) -> str:
    return f"Room {lane + 1}"


def parallel(sessions: list[Session]) -> dict[str, int]:
    """A lane for each session, so that no two of one lane overlap; by id, from 0."""
    free: list[datetime] = []
    lanes = {}
    for session in sessions:
        lane = next((number for number, until in enumerate(free) if until <= session.starts), len(free))
        free[lane : lane + 1] = [session.ends]
        lanes[session.id] = lane
    return lanes


def event_json(session: Session, room: str, tracks: dict[str, str], base: str, language: str) -> Json:
    title, tag = texts.pick(session.title, language)
    local = session.starts.astimezone(ZoneInfo(session.zone))
    minutes = int((session.ends - session.starts).total_seconds() // 60)
    return {
        "guid": guid(session.id),
        "id": int(uuid.UUID(guid(session.id)).int % 2**31),
        "code": uuid.UUID(guid(session.id)).hex.upper(),
        "date": local.isoformat(),
        "start": f"{local:%H:%M}",
        "duration": f"{minutes // 60:02}:{minutes % 60:02}",
        "room": room,
        "slug": f"{session.exchange}-{session.key}",
        "url": f"{base}/rooms/{session.id}",
        "title": title,
        "subtitle": "",
        "track": tracks.get(session.topic or ""),
        "type": "session",
        "language": session.languages[0] if session.languages else tag,
        "abstract": texts.pick(session.abstract, language)[0],
        "description": "",
        "do_not_record": True,
        "persons": [
            {"name": slot.expert.name, "public_name": slot.expert.name, "guid": guid(slot.id)}
            for slot in session.contributions
        ],
        "links": [{"title": "Stream", "url": session.stream}] if session.stream else [],
        "attachments": [],
    }


def schedule_ics(exchange: Exchange, sessions: list[Session], base: str, language: str) -> bytes:
    """The sessions as VEVENTs (RFC 5545), times in UTC; an exchange without sessions is one event of its own."""
    calendar = Calendar()
    calendar.add("prodid", "-//Austausch//EN")
    calendar.add("version", "2.0")
    calendar.add("name", texts.pick(exchange.title, language)[0])
    for session in sessions:
        event = Event()
        event.add("uid", f"{guid(session.id)}@austausch")
        event.add("dtstamp", max(session.changed_at, session.moved_at or session.changed_at).astimezone(UTC))
        event.add("sequence", session.sequence + session.moved)
        event.add("summary", texts.pick(session.title, language)[0])
        event.add("dtstart", session.starts.astimezone(UTC))
        event.add("dtend", session.until.astimezone(UTC))
        event.add("description", described(session, language))
        event.add("url", f"{base}/rooms/{session.id}")
        calendar.add_component(event)
    if not sessions:
        calendar.add_component(whole(exchange, base, language))
    return bytes(calendar.to_ical())


def described(session: Session, language: str) -> str:
    """The abstract, and under it what is spoken and what is interpreted."""

    def line(sentence: str, tags: list[str]) -> str:
        names = texts.listed([texts.language_name(tag, language) for tag in tags], language)
        return texts.catalog(language).gettext(sentence) % {"languages": names} if tags else ""

    interpreted = [tag for tag in session.channels if tag not in session.languages]
    heard = "\n".join(filter(None, [line(SPOKEN, session.languages), line(INTERPRETED, interpreted)]))
    return "\n\n".join(filter(None, [texts.pick(session.abstract, language)[0], heard]))


def whole(exchange: Exchange, base: str, language: str) -> Event:
    """An entry of the calendar as one event; a date alone where the time is open."""
    event = Event()
    event.add("uid", f"{guid(exchange.slug)}@austausch")
    event.add("dtstamp", datetime(2020, 1, 1, tzinfo=UTC))
    event.add("summary", texts.pick(exchange.title, language)[0])
    if isinstance(exchange.starts, datetime) and isinstance(exchange.ends, datetime):
        event.add("dtstart", exchange.starts)
        event.add("dtend", exchange.ends)
    else:
        event.add("dtstart", exchange.first_day)
        event.add("dtend", exchange.last_day + timedelta(days=1))  # exclusive in RFC 5545
    event.add("url", f"{base}/exchanges/{exchange.slug}")
    return event
