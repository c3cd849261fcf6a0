"""What is measured, scene by scene: every server in turn within a round, as the machine's mood changes.

A scene begins no round for which its time is too short; the first is always played to its end.
"""

import math
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench import building, house, machine
from tests.bench.contenders import AUSTAUSCH, FLOOR, SERVERS, Stand, those
from tests.bench.figures import Book
from tests.bench.generator import Load, Report, Stuck, loading
from tests.bench.house import CREW, LINES, House

GIVERS = 4  # of the crew, who make the changes
FRAME = 300  # bytes of a change
AT_ONCE = 1000  # connections that are being opened at a time
PACE = 20.0  # changes a second to a thousand: too few to be merged, and no more than every server can do
AWAY = 3.0  # seconds of rest after which all that is held for those who left must be free
REST, RESTING = 0.1, 30  # of a core that a server at rest needs at most; seconds until it must be
VOTERS, VOTED = 500, 20


class Size(NamedTuple):
    """How much of everything."""

    rounds: int
    fan: int  # connections
    crowd: int
    seconds: float  # of a measurement
    narrow: int  # connections that stop reading
    stall: float  # seconds
    share: float  # of each scene's time
    ears: int  # who listen to one voice
    servers: frozenset[str] = frozenset(SERVERS.values())


FULL = Size(rounds=5, fan=1000, crowd=5000, seconds=2.0, narrow=50, stall=10.0, share=1.0, ears=600)
QUICK = Size(rounds=1, fan=200, crowd=400, seconds=1.0, narrow=10, stall=3.0, share=0.2, ears=100)
# seconds; fourteen minutes altogether
TIME = {"fanout": 140, "crowd": 300, "changes": 80, "slow": 150, "commands": 60, "sound": 120}


class Stage:
    """The servers and the programs of one scene."""

    def __init__(self, folder: Path, stands: list[Stand]) -> None:
        self.folder, self.stands = folder, stands
        self.load = building.compiled("load", folder)

    @contextmanager
    def crowd(self, stand: Stand, connections: int, narrow: int = 0, bytes: int = FRAME) -> Iterator[Load]:
        """A generator with the right connections and commands for a server, not yet connected."""
        plain, givers = stand.house is None, GIVERS if stand.house else 1
        seats = stand.seats(connections, GIVERS)
        with loading(self.load, stand.port, seats, plain=plain, givers=givers, narrow=narrow) as load:
            if stand.house:
                self.command(load, house.changes(stand.house[0].places[0], bytes))
            yield load

    def command(self, load: Load, lines: list[str]) -> None:
        listed = self.folder / "commands"
        listed.write_text("".join(f"{line}\n" for line in lines))
        load.say(f"commands {listed}")


@contextmanager
def staged(size: Size, participants: int) -> Iterator[Stage]:
    """A fresh data folder and fresh servers."""
    with tempfile.TemporaryDirectory(prefix="austausch-bench-") as name:
        folder = Path(name)
        with those(size.servers, folder, House(folder / "data", participants)) as stands:
            yield Stage(folder, stands)


def rounds(scene: str, size: Size, stands: list[Stand]) -> Iterator[tuple[int, Stand]]:
    """Every server in every round, each round beginning with another one; rounds are counted from 1."""
    began = time.monotonic()
    for number in range(1, size.rounds + 1):
        if (time.monotonic() - began) * number > TIME[scene] * size.share * (number - 1) > 0:
            return  # another one, as long as those before, would be too much
        for place in range(len(stands)):
            stand = stands[(number - 1 + place) % len(stands)]
            if sys.stderr.isatty():
                print(f"{scene}, round {number} of {size.rounds}: {stand.name}", file=sys.stderr)
            yield number, stand


def each(part: float, whole: float) -> float:
    """Microseconds of processor time for one of many."""
    return part / whole * 1e6 if whole else math.nan


def last(report: Report, which: int) -> float:
    """Milliseconds from a command until the last connection had it: [0] median, [1] p99; infinite if some never did."""
    return report.last[which] if report.done == report.asked > 0 else math.inf


def at_rest(stand: Stand) -> None:
    """Wait until a server has nothing more to do."""
    for _ in range(RESTING):
        before = machine.processor(stand.pid)
        time.sleep(1)
        if machine.processor(stand.pid) - before < REST:
            break
    time.sleep(AWAY)


def fanout(book: Book, size: Size) -> None:
    """Changes that follow each other slowly, to everybody: as many for every server, each a frame of its own."""
    with staged(size, size.fan) as stage:
        for number, stand in rounds("fanout", size, stage.stands):
            with stage.crowd(stand, size.fan) as load:
                try:
                    load.say(f"connect {AT_ONCE}")
                    load.say("wait 1")
                    broadcasts(book, "fanout", stand, load, PACE, size.seconds)
                except Stuck as stuck:
                    give_up(book, "fanout", number, stand, stuck)


def broadcasts(book: Book, scene: str, stand: Stand, load: Load, rate: float, seconds: float) -> None:
    report, spent = load.during(stand.pid, f"rate {rate} {seconds} {FRAME}")
    book.check(stand.name, report)
    book.note(
        scene,
        stand.name,
        frame=each(spent.processor, report.frames),
        size=report.bytes / max(1, report.frames),
        last50=last(report, 0),
        last99=last(report, 1),
        generator=100 * report.busy / report.seconds,
        foreign=spent.foreign,
    )


def give_up(book: Book, scene: str, number: int, stand: Stand, stuck: Stuck) -> None:
    """A round that came to nothing for a server; the others go on."""
    print(f"{scene}, round {number}: {stand.name} did not get through '{stuck}'", file=sys.stderr)
    book.leave_out(scene, stand.name, number)


def crowd(book: Book, size: Size) -> None:
    """Thousands come in at once, stay, are cut off and return, and leave."""
    before: dict[str, float] = {}
    with staged(size, size.crowd) as stage:
        for number, stand in rounds("crowd", size, stage.stands):
            if stand.name not in before:
                with stage.crowd(stand, 10) as load:  # what is made once does not count
                    load.say(f"connect {AT_ONCE}")
                    load.say("sat 1 0.2")
                at_rest(stand)
                before[stand.name] = machine.memory(stand.pid)
            with stage.crowd(stand, size.crowd) as load:
                try:
                    visit(book, stand, load, size, before[stand.name])
                except Stuck as stuck:
                    give_up(book, "crowd", number, stand, stuck)
            if stand.name == AUSTAUSCH:
                at_rest(stand)
                book.note("crowd", stand.name, left=machine.memory(stand.pid) / before[stand.name])


def visit(book: Book, stand: Stand, load: Load, size: Size, before: float) -> None:
    report, spent = load.during(stand.pid, f"connect {AT_ONCE}")
    book.check(stand.name, report)
    book.note(
        "crowd",
        stand.name,
        join=each(spent.processor, report.here),
        joins=report.here / report.seconds,
        joined=report.joined[2] / 1000,
        failed=size.crowd - report.here,
    )
    load.say("wait 2")
    book.note("crowd", stand.name, idle=(machine.memory(stand.pid) - before) / size.crowd)
    broadcasts(book, "crowd", stand, load, PACE / 5, 2 * size.seconds)
    if stand.name != AUSTAUSCH:
        return
    load.say("drop")
    load.say("sat 1 0.3")  # what those who return have missed
    report, spent = load.during(stand.pid, f"rejoin {AT_ONCE}")
    book.check(stand.name, report, load.say("settle 3"))
    book.note("crowd", stand.name, lost=size.crowd - report.here)
    book.note(
        "return",
        stand.name,
        back=each(spent.processor, size.crowd - GIVERS),
        backs=(size.crowd - GIVERS) / report.seconds,
        returned=report.joined[2] / 1000,
        again=report.snapshots,
        byes=report.byes,
    )


def changes(book: Book, size: Size) -> None:
    """200 changes a second, whatever becomes of them; then a few in a quiet room."""
    with staged(size, size.fan) as stage:
        two = [stand for stand in stage.stands if stand.name in (FLOOR, AUSTAUSCH)]
        for number, stand in rounds("changes", size, two):
            with stage.crowd(stand, size.fan) as load:
                try:
                    load.say(f"connect {AT_ONCE}")
                    load.say("wait 1")
                    report, spent = load.during(stand.pid, f"rate 200 {size.seconds} {FRAME}")
                    rest = load.say("settle 10")
                    quiet = load.say(f"rate 4 {size.seconds} {FRAME}")
                except Stuck as stuck:
                    give_up(book, "changes", number, stand, stuck)
                    continue
            book.check(stand.name, report, rest, quiet)
            book.note(
                "changes",
                stand.name,
                change=each(spent.processor, report.delivered),
                size=report.bytes / max(1, report.frames),
                done=100 * report.done / report.asked,
                last50=last(report, 0),
                last99=last(report, 1),
                quiet=last(quiet, 0),
                generator=100 * report.busy / report.seconds,
                foreign=spent.foreign,
            )


def slow(book: Book, size: Size) -> None:
    """Some stop reading while big changes go on: what the others feel, and what is held for those.

    The contenders, who put one change into a frame, get the same bytes a second in fewer of them.
    """
    with staged(size, size.fan) as stage:
        some = [stand for stand in stage.stands if stand.name != FLOOR]
        for number, stand in rounds("slow", size._replace(rounds=min(3, size.rounds)), some):
            if number > 1 and not stand.house:
                continue  # once is enough to see how the others fare
            order = "rate 100 {} 4096" if stand.house else "rate 25 {} 16384"
            with stage.crowd(stand, size.fan, size.narrow, 4096) as load:
                try:
                    load.say(f"connect {AT_ONCE}")
                    load.say("wait 1")
                    calm = load.say(order.format(size.stall / 2))
                    load.say("settle 5")
                    before = machine.memory(stand.pid)
                    load.say(f"pause {size.narrow}")
                    report, spent = load.during(stand.pid, order.format(size.stall))
                    held = max(0.0, machine.memory(stand.pid) - before) / size.narrow
                    waiting = sorted(machine.unsent(stand.port))[-size.narrow :]
                    load.say("resume")
                    rest = load.say("settle 10")
                except Stuck as stuck:
                    give_up(book, "slow", number, stand, stuck)
                    continue
            book.check(stand.name, calm, report, rest)
            undisturbed, disturbed = last(calm, 1), last(report, 1)
            kernel = sum(waiting) / max(1, len(waiting)) / 1024
            book.note(
                "slow",
                stand.name,
                calm99=undisturbed,
                stalled99=disturbed,
                disturbed=disturbed / undisturbed if undisturbed < math.inf else math.inf,
                done=100 * report.done / report.asked,
                process=held,
                kernel=kernel,
                held=held + kernel,
                behind=rest.behind + (size.fan - rest.here),
                foreign=spent.foreign,
            )


def commands(book: Book, size: Size) -> None:
    """Commands a second that are acknowledged, each on disk before its reply, with one in flight per connection."""
    with staged(size, VOTERS) as stage:
        alone = [stand for stand in stage.stands if stand.name == AUSTAUSCH]
        for number, stand in rounds("commands", size, alone):
            assert stand.house
            inside, server = stand.house
            main = inside.places[0]
            crew = [line for n in range(CREW) for line in turned(house.changes(main, FRAME), n)]
            spread = [line for place in inside.places[1:] for _ in range(4) for line in house.changes(place, FRAME)]
            ballots = [line for n in range(VOTERS) for line in house.votes(main, VOTED)]
            try:
                with loading(stage.load, stand.port, inside.seats(server, CREW, 0), givers=8) as load:
                    load.say(f"connect {AT_ONCE}")
                    stage.command(load, crew)
                    paced = load.say(f"rate 100 {size.seconds}")
                    room, in_room = load.during(stand.pid, f"keep {CREW} {size.seconds}")
                with loading(stage.load, stand.port, inside.spread(server, 4)) as load:
                    load.say(f"connect {AT_ONCE}")
                    stage.command(load, spread)
                    rooms, in_rooms = load.during(stand.pid, f"keep {len(spread) // LINES} {size.seconds}")
                with loading(stage.load, stand.port, inside.seats(server, 0, VOTERS)) as load:
                    load.say(f"connect {AT_ONCE}")
                    stage.command(load, ballots)
                    votes, in_votes = load.during(stand.pid, f"keep {VOTERS} {size.seconds}")
            except Stuck as stuck:
                give_up(book, "commands", number, stand, stuck)
                continue
            book.check(stand.name, paced, room, rooms, votes)
            book.note(
                "commands",
                stand.name,
                room=room.acknowledged,
                rooms=rooms.acknowledged,
                ballots=votes.acknowledged,
                reply50=paced.reply[0],
                reply99=paced.reply[1],
                per_room=each(in_room.processor, room.answered),
                per_rooms=each(in_rooms.processor, rooms.answered),
                per_ballot=each(in_votes.processor, votes.answered),
                refused=room.refused + rooms.refused + votes.refused,
                foreign=in_room.foreign,
            )


def turned(lines: list[str], by: int) -> list[str]:
    """The same in another order, so that not everybody changes the same at once."""
    by %= len(lines)
    return lines[by:] + lines[:by]
