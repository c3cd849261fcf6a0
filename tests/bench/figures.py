"""What was measured, round by round; the tables of it, and the targets. Figures are medians, ratios of one round."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from tests.bench.contenders import AUSTAUSCH, BROADCAST, BUNDLES, FLOOR, NODE, PACKETS, PLAIN
from tests.bench.generator import Heard, Report

Values = list[float]  # one per round; NaN where a round came to nothing


class Book:
    """All values by scene, server and name; and how many frames were compared, with what was wrong in them."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, dict[str, Values]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(list))
        )
        self.faults: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.frames: dict[str, int] = defaultdict(int)

    def note(self, scene: str, who: str, **values: float) -> None:
        for name, value in values.items():
            self.values[scene][who][name].append(float(value))

    def leave_out(self, scene: str, who: str, number: int) -> None:
        """Of round `number` there is no value but for what was noted already; so the rounds of all stay in line."""
        for name in COLUMNS[scene]:
            values = self.values[scene][who][name]
            values += [math.nan] * (number - len(values))

    def check(self, who: str, *reports: Report | Heard) -> None:
        """Count the frames that were compared and everything that no server may do."""
        for report in reports:
            self.frames[who] += report.frames
            for name, times in report.faults.items():
                self.faults[who][name] += times

    def of(self, scene: str, who: str, name: str) -> Values:
        return self.values.get(scene, {}).get(who, {}).get(name, [])

    def over(self, scene: str, who: str, name: str, other: str, named: str = "") -> Values:
        """The ratio to another server's value, of the same round."""
        pairs = zip(self.of(scene, who, name), self.of(scene, other, named or name), strict=False)
        return [a / b if b else math.nan for a, b in pairs]


def known(values: Values) -> Values:
    return [value for value in values if not math.isnan(value)]


def median(values: Values) -> float:
    return statistics.median(known(values)) if known(values) else math.nan


def shown(value: float) -> str:
    """A number with three digits that mean something."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "never"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def spread(values: Values) -> str:
    """The median with the smallest and the largest."""
    if len(known(values)) < 2:
        return shown(median(values))
    return f"{shown(median(values))} ({shown(min(known(values)))}..{shown(max(known(values)))})"


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Target(NamedTuple):
    """What a figure must reach: `sign` is <=, < or >=."""

    scene: str
    name: str
    unit: str
    sign: str
    limit: float
    values: Callable[[Book], Values]

    def met(self, book: Book) -> bool:
        value = median(self.values(book))
        return {"<=": value <= self.limit, "<": value < self.limit, ">=": value >= self.limit}[self.sign]


def own(scene: str, name: str) -> Callable[[Book], Values]:
    return lambda book: book.of(scene, AUSTAUSCH, name)


def sound(who: str, name: str) -> Callable[[Book], Values]:
    return lambda book: book.of("sound", who, name)


def against(scene: str, name: str, other: str, named: str = "") -> Callable[[Book], Values]:
    return lambda book: book.over(scene, AUSTAUSCH, name, other, named)


def side_by_side(scene: str) -> list[Target]:
    limits = ((FLOOR, "<=", 1.3), (PLAIN, "<=", 0.6), (BROADCAST, "<", 1.0), (NODE, "<", 1.0))
    return [
        Target(scene, f"a delivered frame, over {other}", "×", sign, limit, against(scene, "frame", other))
        for other, sign, limit in limits
    ]


TARGETS = [
    *side_by_side("fanout"),
    *side_by_side("crowd"),
    Target("changes", "a delivered change, over C send()", "×", "<=", 0.3, against("changes", "change", FLOOR)),
    Target("changes", "from command to last screen, p99", "ms", "<=", 80, own("changes", "last99")),
    Target("changes", "the same in a quiet room, median", "ms", "<=", 20, own("changes", "quiet")),
    Target("slow", "the others' p99, over the undisturbed", "×", "<=", 1.5, own("slow", "disturbed")),
    Target("slow", "held for one that has stopped", "KB", "<=", 128, own("slow", "held")),
    Target("crowd", "memory of an idle participant", "KB", "<=", 40, own("crowd", "idle")),
    Target("crowd", "memory when all have left, over before", "×", "<=", 1.1, own("crowd", "left")),
    Target("commands", "acknowledged in one room", "/s", ">=", 1500, own("commands", "room")),
    Target("commands", "acknowledged in fifty rooms", "/s", ">=", 4000, own("commands", "rooms")),
    Target("commands", "acknowledged ballots", "/s", ">=", 8000, own("commands", "ballots")),
    Target("commands", "reply at 100/s, median", "ms", "<=", 5, own("commands", "reply50")),
    Target("sound", "a listener's part of a core", "%", "<=", 0.09, sound(PACKETS, "share")),
    Target("sound", "the same in bundles", "%", "<=", 0.03, sound(BUNDLES, "share")),
    Target("sound", "from one microphone to all who hear, p99", "ms", "<=", 25, sound(PACKETS, "delay99")),
    Target("sound", "the same while some have stopped", "ms", "<=", 25, sound(PACKETS, "stalled99")),
    Target("sound", "held for one that has stopped", "KB", "<=", 128, sound(PACKETS, "held")),
    Target("crowd", "joins that failed", "", "<=", 0, own("crowd", "failed")),
    Target("crowd", "a join, over plain Starlette's handshake", "×", "<=", 2, against("crowd", "join", PLAIN)),
    Target("crowd", "returns with a cursor that failed", "", "<=", 0, own("crowd", "lost")),
]

# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = {  # of each scene: what stands under which name
    "fanout": ("frame", "over", "last50", "last99", "generator", "foreign"),
    "crowd": ("frame", "over", "last50", "last99", "join", "joins", "joined", "idle", "generator", "foreign"),
    "changes": ("change", "over", "size", "done", "last50", "last99", "quiet", "generator", "foreign"),
    "slow": ("calm99", "stalled99", "disturbed", "done", "process", "kernel", "held", "behind", "foreign"),
    "commands": ("room", "rooms", "ballots", "reply50", "reply99", "per_room", "per_rooms", "per_ballot", "foreign"),
    "return": ("back", "backs", "returned", "again", "byes"),
    "sound": (
        *("share", "delay50", "delay99", "age99", "calm99", "stalled99", "process", "kernel", "held"),
        *("generator", "foreign"),
    ),
    "everyday": ("start", "reply50", "reply99", "asked", "page", "turn50", "turn95"),
}
HEADS = {
    "frame": "µs/frame",
    "change": "µs/change",
    "over": "× floor",
    "last50": "last ms p50",
    "last99": "p99",
    "generator": "gen. busy %",
    "foreign": "foreign cores",
    "join": "µs/join",
    "joins": "joins/s",
    "joined": "all in, s",
    "idle": "KB idle",
    "size": "B/frame",
    "done": "% done",
    "quiet": "quiet ms",
    "calm99": "calm p99 ms",
    "stalled99": "stalled p99",
    "disturbed": "× calm",
    "process": "KB held: process",
    "kernel": "kernel",
    "held": "both",
    "behind": "behind after",
    "room": "one room/s",
    "rooms": "50 rooms/s",
    "ballots": "ballots/s",
    "reply50": "reply ms p50",
    "reply99": "p99",
    "per_room": "µs each: room",
    "per_rooms": "50 rooms",
    "per_ballot": "ballot",
    "back": "µs/return",
    "backs": "returns/s",
    "returned": "all back, s",
    "again": "snapshots instead",
    "byes": "told to wait",
    "share": "% of a core each",
    "delay50": "relayed ms p50",
    "delay99": "p99",
    "age99": "with waiting p99",
    "start": "start s",
    "asked": "asked/s",
    "page": "ms a page drawn",
    "turn50": "turn ms p50",
    "turn95": "p95",
}
COST = {"fanout": "frame", "crowd": "frame", "changes": "change"}  # what is held against the floor's


def table(book: Book, scene: str, title: str) -> str:
    """One scene, a line per server."""
    cells = [[title, *(HEADS[name] for name in COLUMNS[scene])]]
    for who in book.values.get(scene, {}):
        line = [who]
        for name in COLUMNS[scene]:
            values = book.over(scene, who, COST[scene], FLOOR) if name == "over" else book.of(scene, who, name)
            line.append(
                spread(values) if name in ("frame", "change", "over", "join", "share") else shown(median(values))
            )
        cells.append(line)
    return "\n".join(aligned(cells, 1))


def aligned(cells: list[list[str]], left: int) -> list[str]:
    """Lines whose cells stand under each other, the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    sides = "<" * left + ">" * len(widths)
    return [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(line, sides, widths, strict=False)).rstrip()
        for line in cells
    ]


def verdicts(book: Book) -> str:
    """A line for every target that was measured."""
    lines = []
    for target in TARGETS:
        values = target.values(book)
        if not known(values):
            continue
        limit = f"{target.sign} {shown(target.limit)} {target.unit}".rstrip()
        value = f"{spread(values)} {target.unit}".rstrip()
        lines.append([target.scene, target.name, value, limit, "met" if target.met(book) else "MISSED"])
    return "\n".join(aligned(lines, 2)) if lines else "nothing that has a target was measured"


def soundness(book: Book) -> str:
    """How many frames were compared, and what was wrong."""
    lines = []
    for who, frames in book.frames.items():
        wrong = ", ".join(f"{times:,} {name}" for name, times in book.faults[who].items())
        lines.append(f"{who}: {frames:,} frames compared byte for byte, {wrong or '0 wrong'}")
    return "\n".join(lines)


def plain(book: Book) -> dict[str, object]:
    """All of it for JSON, where there is no NaN."""

    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "scenes": {
            scene: {
                who: {name: [number(v) for v in values] for name, values in named.items()}
                for who, named in servers.items()
            }
            for scene, servers in book.values.items()
        },
        "targets": [
            {
                "scene": target.scene,
                "name": target.name,
                "unit": target.unit,
                "limit": f"{target.sign} {target.limit:g}",
                "median": number(median(target.values(book))),
                "rounds": [number(value) for value in target.values(book)],
                "met": target.met(book),
            }
            for target in TARGETS
            if known(target.values(book))
        ],
        "frames": dict(book.frames),
        "faults": {who: dict(named) for who, named in book.faults.items() if named},
    }
