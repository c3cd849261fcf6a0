"""What lists show of a room, written to its row in the transaction of the append: no list folds a log."""

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

    `now` is what runs, as far as everybody may know of it; after `now_ends` the end moves with the clock, for what runs
    is over its time or stands still; `overrun` is in minutes; `channels` has the state of each by language; `slots` the
    state and the material of each contribution by id; `floor` what is spoken; `errands` how many questions are to be
    carried to another room or taken back from there.
    """

    state: str
    expected_ends: datetime
    now: Texts | None
    overrun: int = 0
    now_ends: datetime | None = None
    floor: str | None = None
    channels: dict[str, str] = {}
    slots: dict[str, tuple[str, str]] = {}
    errands: int = 0


def summary(room: Room) -> Summary:
    running, ends = room.agenda.running("public"), expected_end(room)
    return Summary(
        room.state,
        ends,
        running.titles if running else None,
        overrun(room.plan.ends, ends),
        room.agenda.slips_from(),
        room.interpretation.floor,
        room.interpretation.states(),
        {slot.id: (slot.state, slot.material) for slot in room.contributions.values()},
        len(room.questions.errands),
    )


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
