"""`scripts/faults`: breaks real servers in every way we know, and prints what came of each promise, with denominators.

Ends with 1 if a promise was broken, if something was to be broken and was not, or if a control was not caught. The seed
says what happens when; each fault is printed with its time.
"""

import argparse
import asyncio
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from hosting.database import sqlite_version
from tests.faults import crashes, hasty, lost, order, settings, slow, storm
from tests.faults.processes import HOSTING, Process, tracebacks
from tests.flows.town import Town

CRASHES = 5
ASKERS = 16
TRACED = 50  # commands under strace
READERS = 6  # of one person, who may have eight connections
SLOW = 6
STARVED = 60.0  # seconds in which slow readers must be gone
LOOKERS = 12  # in each room of the storm, beside the six who work
BESIDE = 110.0  # seconds that everything but the storm takes
SHORTEST = 20.0  # seconds of a storm


class Part(msgspec.Struct):
    """One table: what was measured, and what of it is wrong."""

    title: str
    figures: dict[str, Any] = {}
    wrong: list[str] = []

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)

    def print(self) -> None:
        print(f"\n{self.title}")
        for name, value in self.figures.items():
            print(f"  {name:36} {value}")
        for wrong in self.wrong:
            print(f"  WRONG: {wrong}")


class Given(msgspec.Struct, frozen=True):
    """What the command line says, and a folder for everything."""

    folder: Path
    seed: int
    seconds: float
    kinds: tuple[str, ...]


async def refuse_settings(given: Given) -> Part:
    part = Part("R2  unsafe settings at the start")
    found = await asyncio.to_thread(settings.tried, given.folder)
    refused = found.count(settings.REFUSED)
    part.figures["refused"] = f"{refused}/{len(found)}"
    part.expect(refused == len(found), "the server started with a setting that is not safe")
    return part


async def order_of_calls(given: Given) -> Part:
    part = Part("R1  a sync lies between a command and its reply (strace)")
    if order.missing():
        part.figures["not looked at"] = order.missing()
        return part
    town = Town(given.folder / "order")
    room, cookie = town.rooms["across-spring"], town.cookies["moderator"]
    for name, program, variables in (
        ("on disk before the reply", HOSTING, {}),
        ("control: synchronous=NORMAL", hasty.PROGRAM, {"HASTY": "normal"}),
        ("control: answer before commit", hasty.PROGRAM, {"HASTY": "early"}),
    ):
        with Process(town.folder, program=program, given=variables, rate=0) as process:
            verdicts = await asyncio.to_thread(
                order.check, process.running, room, cookie, TRACED, given.folder / "trace"
            )
        safe = sum(verdict.safe for verdict in verdicts)
        part.figures[name] = f"{safe}/{len(verdicts)}"
        part.expect(all(verdict.seen for verdict in verdicts), f"{name}: the trace does not show every command")
        if variables:  # by chance one of its commands may be on the disk in time
            part.expect(safe < TRACED // 2, f"{name}: is not caught")
        else:
            part.expect(safe == TRACED, "a reply went out before its command was on the disk")
    return part


async def kill_in_bursts(given: Given) -> Part:
    part, chance = Part("R1  SIGKILL in a burst of commands"), random.Random(given.seed)
    town = Town(given.folder / "crashes")
    names = [f"asker{number}" for number in range(ASKERS)]
    for name in names:
        town.add(name, "participant")
    with Process(town.folder, rate=0) as process:
        room = town.rooms["before-spring"]
        found = [await crashes.crash(process, town, room, names, f"c{number}", chance) for number in range(CRASHES)]
    sent, acknowledged = sum(each.sent for each in found), sum(each.acknowledged for each in found)
    part.figures = {
        "SIGKILL": process.injected["SIGKILL"],
        "sent, acknowledged before": f"{sent}, {acknowledged}",
        "not acknowledged and there": f"{sum(each.survived for each in found)}/{sent - acknowledged}",
        "lost": f"{(gone := sum(each.lost for each in found))}/{acknowledged}",
        "applied twice": f"{(twice := sum(each.twice for each in found))}/{sent}",
        "another result when sent again": f"{(other := sum(each.mismatched for each in found))}/{acknowledged}",
        "integrity_check failed": f"{sum(check != 'ok' for check in process.checks)}/{len(process.checks)}",
        "until it serves again, s": spread(process.took),
    }
    part.expect(0 < acknowledged < sent, "no crash came in the middle of a burst")
    part.expect((gone, twice, other) == (0, 0, 0), "lost, applied twice, or answered otherwise")
    part.expect(set(process.checks) == {"ok"}, f"the database is damaged: {process.checks}")
    part.expect(not tracebacks(process.said()), f"tracebacks: {tracebacks(process.said())[:3]}")
    return part


async def fail_to_sync(given: Given) -> Part:
    part = Part("R11 fsync fails (seccomp)")
    found = await crashes.unsync(given.folder / "unsynced", TRACED)
    part.figures = {
        "exit code": found.code,
        "false acknowledgements": f"{found.false}/1",
        "lost": f"{found.lost}/{found.acknowledged}",
        "integrity_check failed": f"{sum(check != 'ok' for check in found.checks)}/{len(found.checks)}",
    }
    part.expect(found.code == 74 and not found.false and not found.lost, "the server went on, or lost something")
    part.expect(found.checks == ["ok"], "the database is damaged")
    return part


async def blow(given: Given) -> Part:
    part = Part(f"R3, R4, R11, R12  a town in a storm for {given.seconds:.0f} s")
    (given.folder / "storm").mkdir()
    found = await storm.storm(given.folder / "storm", given.seed, given.seconds, LOOKERS, print, given.kinds)
    counts = found.verdict.counts
    kinds = Counter(complaint.kind for complaint in found.verdict.complaints)
    answered, numbered = counts["acknowledged"], counts["deliveries"]
    part.figures = {
        "clients, connections": f"{counts['clients']}, {counts['connections']}",
        **{f"injected: {kind}": count for kind, count in found.injected.items()},
        "commands, sent, retries": f"{counts['commands']}, {counts['attempts']}, {counts['retries']}",
        "acknowledged, refused, unknown": f"{answered}, {counts['refused']}, {counts['unknown']}",
        "events, numbered frames": f"{counts['events']}, {numbered}",
        "lost": f"{kinds['lost']}/{answered}",
        "applied twice": f"{kinds['twice']}/{counts['commands']}",
        "answered differently": f"{kinds['contradicted']}/{counts['attempts']}",
        **{
            name: f"{kinds[name]}/{numbered}"
            for name in ("gap", "duplicate", "reordered", "unlogged", "epoch", "broken")
        },
        **{name: f"{kinds[name]}/{counts['comparisons']}" for name in ("wrong room", "wrong audience", "differs")},
        "behind at rest": f"{kinds['behind']}/{counts['rests']}",
        "resumes, snapshots": f"{counts['resumes']}, {counts['snapshots']}",
        "disk full by": found.disk,
        "integrity_check failed": f"{sum(check != 'ok' for check in found.checks)}/{len(found.checks)}",
        "until it serves again, s": spread(found.took),
        "exit codes after SIGTERM": found.codes,
        "tracebacks of the server": len(tracebacks(found.said)),
    }
    part.wrong += [str(complaint) for complaint in found.verdict.complaints[:20]]
    part.wrong += [f"nothing was injected of: {kind}" for kind, count in found.injected.items() if not count]
    part.expect(found.rested, "not everybody came to rest")
    part.expect(set(found.checks) == {"ok"}, f"the database is damaged: {found.checks}")
    part.expect(set(found.codes) == {0}, f"an orderly end was none: {found.codes}")
    part.expect(not tracebacks(found.said), f"tracebacks: {tracebacks(found.said)[:3]}")
    part.expect(answered > 0 and counts["comparisons"] > 0, "nothing was compared")
    return part


async def starve(given: Given) -> Part:
    part, town = Part("R7  readers with a window of zero or a byte a second"), Town(given.folder / "slow")
    with Process(town.folder, rate=0) as process:
        found = await slow.starve(process, town, SLOW, STARVED)
    part.figures = {
        "slow readers, changes meanwhile": f"{found.readers}, {found.changes}",
        "sent away": f"{len(found.gone)}/{found.readers}",
        "after, s": spread(found.gone),
        "came back and saw all": f"{found.back}/{found.readers}",
        "p99 of a healthy reader, ms": f"{found.calm:.1f} without them, {found.meanwhile:.1f} with them",
    }
    part.expect(len(found.gone) == found.readers, f"after {STARVED:.0f} s some are still there")
    part.expect(found.back == found.readers, "somebody who came back does not see what the others see")
    return part


async def lose_frames(given: Given) -> Part:
    part, town = Part("R6  single changes lost without a trace"), Town(given.folder / "lost")
    with Process(town.folder, rate=0) as process:
        found = await lost.lose(process, town, READERS, lost.HEARTBEAT)
    part.figures = {
        "lost": found.dropped,
        "noticed by the heartbeat": f"{len(found.noticed)}/{found.dropped}",
        "made good": f"{found.healed}/{found.dropped}",
        "after, s": spread(found.noticed),
    }
    part.expect(found.dropped > 0, "nothing was lost")
    part.expect(len(found.noticed) == found.healed == found.dropped, "a lost change was not noticed")
    part.expect(max(found.noticed, default=0) <= lost.HEARTBEAT + lost.LATE, "noticed too late")
    return part


PARTS: dict[str, Callable[[Given], Coroutine[None, None, Part]]] = {
    "settings": refuse_settings,
    "order": order_of_calls,
    "crashes": kill_in_bursts,
    "fsync": fail_to_sync,
    "storm": blow,
    "slow readers": starve,
    "lost frames": lose_frames,
}


def spread(times: list[float]) -> str:
    return f"median {statistics.median(times):.2f}, max {max(times):.2f}, of {len(times)}" if times else "none"


def machine() -> dict[str, str]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {
        "machine": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite_version(),
        "commit": commit.stdout.strip(),
    }


def main() -> int:
    asked = argparse.ArgumentParser(prog="scripts/faults", description=__doc__)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked.add_argument("--minutes", type=float, default=3.0, help="for everything together, about  [default: 3]")
    asked.add_argument("--only", choices=(*PARTS, *storm.KINDS), help="one part, or a storm of one kind of fault")
    asked.add_argument("--json", type=Path, help="write the figures there as well")
    words = asked.parse_args()
    began = time.monotonic()
    print(f"seed {words.seed}", flush=True)
    parts: list[Part] = []
    kinds = (words.only,) if words.only in storm.KINDS else storm.KINDS
    names = ["storm"] if words.only in storm.KINDS else [words.only] if words.only else list(PARTS)
    seconds = max(SHORTEST, words.minutes * 60 - (0 if words.only else BESIDE))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            given = Given(Path(folder), words.seed, seconds, kinds)
            parts.append(asyncio.run(PARTS[name](given)))
            parts[-1].print()
            sys.stdout.flush()
    wrong = sum(len(part.wrong) for part in parts)
    end = f"{wrong} wrong" if wrong else "all promises kept"
    print(f"\n{end}; seed {words.seed}, {time.monotonic() - began:.0f} s")
    if words.json:
        said = {**machine(), "seed": words.seed, "minutes": words.minutes, "parts": parts}
        words.json.write_bytes(msgspec.json.format(msgspec.json.encode(said)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
