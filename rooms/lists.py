"""What lists show of a room, written to its row in the transaction of the append: no list folds a log."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import get_args

import msgspec

from rooms import agenda, asked, booths, contributions, interpretation
from rooms.core import Event, Record, Texts
from rooms.lifecycle import Closed, Opened, Paused, Planned
from rooms.room import Room, expected_end

OVERRUN = timedelta(minutes=5)  # the least that moves a session's end in calendars


class Summary(msgspec.Struct, frozen=True):
    """What lists show of a room.

    `now` is what runs, as far as everybody may know of it; `now_ends` when it was to end, or what waits to begin, or
    since when it stands still: past that, all later times are later;
    `overrun` is in minutes; `channels` has the state of each by language; `slots` the state and the material of each
    contribution by id, `due` when each is expected to begin; `floor` what is spoken; `errands` how many questions are
    to be carried to another room or taken back from there; `put_off` how many that everybody sees were deferred to each
    follow-up, by its key.
    """

    state: str
    expected_ends: datetime
    now: Texts | None
    overrun: int = 0
    now_ends: datetime | None = None
    floor: str | None = None
    channels: dict[str, str] = {}
    slots: dict[str, tuple[str, str]] = {}
    due: dict[str, datetime] = {}
    errands: int = 0
    put_off: dict[str, int] = {}


def summary(room: Room) -> Summary:
    running, ends, times = room.agenda.running("public"), expected_end(room), room.agenda.times()
    waits = next((entry for entry in room.agenda.entries.values() if entry.state == "waiting"), None)
    now_ends = room.agenda.slips_from() or (times[waits.id][0] if waits else None)
    due = {
        entry.contribution: times[entry.id][0]
        for entry in reversed(room.agenda.entries.values())  # of several items the first
        if entry.contribution in room.contributions and entry.state in ("waiting", "running")
    }
    over = room.state == "closed"
    return Summary(
        room.state,
        ends,
        running.titles if running else None,
        overrun(room.plan.ends, ends),
        None if over else now_ends,
        room.interpretation.floor,
        room.interpretation.states(),
        {slot.id: (slot.state, slot.material) for slot in room.contributions.values()},
        {} if over else due,
        len(room.questions.errands),
        put_off(room.questions),
    )


def put_off(questions: asked.Questions) -> dict[str, int]:
    deferred = [one for id in questions.deferred if not (one := questions.all[id]).hidden]
    keys = (one.deferred_to.follow_up for one in deferred if one.deferred_to)
    return dict(Counter(key for key in keys if key is not None))


def overrun(planned: datetime, expected: datetime) -> int:
    """Whole steps by which a session ends late, in minutes: what calendars are told, which want no seconds."""
    return max(0, (expected - planned) // OVERRUN) * int(OVERRUN.total_seconds() // 60)


LISTED = Planned | Opened | Paused | Closed | agenda.Events | contributions.Events
HEARD = (
    interpretation.Opened | interpretation.Closed | interpretation.FloorSet | interpretation.LinkSet
    | booths.Aired | booths.Muted | booths.HandedOver | booths.RelaySet
)  # fmt: skip
CARRIED = asked.Deferred | asked.Carried | asked.Restored
SHOWN = tuple(get_args(LISTED | HEARD | CARRIED))


def listed(event: Event) -> bool:
    """Whether lists may show another summary after this event."""
    return isinstance(event, SHOWN)


def summary_if(room: Room, records: Iterable[Record]) -> Summary | None:
    """What lists show of a room to which these records were applied; None if they changed nothing there."""
    return summary(room) if any(listed(record.event) for record in records) else None
