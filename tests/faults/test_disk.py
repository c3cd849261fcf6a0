"""A full disk refuses and loses nothing, and all goes on by itself; a disk whose fsync fails ends the process."""

import asyncio
import os
import time
from pathlib import Path

from tests.faults import disk
from tests.faults.crashes import logged, unsync
from tests.faults.processes import Process, tracebacks
from tests.flows.clients import Client, joined
from tests.flows.town import Town

ROOM = "across-spring"
MANY = 40
BACK = 5.0  # seconds after which it must have gone on by itself


async def edit(crew: Client, id: str) -> str:
    """Send a command that writes a lot and leaves its own id on the screen; `ok`, or the code of the refusal."""
    (item,) = crew.screen["agenda"]
    reply = await crew.do("agenda.edit", id=id, item=item, title=f"{id:.<150}")
    return "ok" if "ok" in reply else reply["no"]["code"]


async def test_full_disk_refuses_and_loses_nothing_and_all_goes_on_by_itself(tmp_path: Path) -> None:
    with disk.small(tmp_path / "disk") as small:
        town = Town(small.folder)
        room, cookie = town.rooms[ROOM], town.cookies["participant"]
        with Process(small.folder, rate=0) as process:
            async with joined(process.running, room, town.cookies["moderator"]) as crew:
                before = [f"before {number}" for number in range(MANY)]
                assert {await edit(crew, id) for id in before} == {"ok"}
                small.fill(process.pid)
                full = {id: await edit(crew, id) for id in (f"full {number}" for number in range(10 * MANY))}
                refused = [id for id, code in full.items() if code != "ok"]
                acknowledged = [*before, *(id for id, code in full.items() if code == "ok")]
                assert {full[id] for id in refused} == {"try.again"}
                # Reading goes on for those who come, and they see what is durable only.
                async with joined(process.running, room, cookie) as reader:
                    (shown,) = reader.screen["agenda"].values()
                    assert shown["title"].rstrip(".") == acknowledged[-1]
                small.free(process.pid)
                began = time.monotonic()
                while await edit(crew, refused[0]) != "ok":
                    assert time.monotonic() - began < BACK
                    await asyncio.sleep(0.05)
                took = time.monotonic() - began
                assert {await edit(crew, id) for id in [*refused, *acknowledged]} == {"ok"}
            process.kill()
            process.restart()
            async with joined(process.running, room, cookie) as reader:
                (shown,) = reader.screen["agenda"].values()
                assert shown["title"].rstrip(".") == refused[-1]
        kept = logged(town, room)
        print(
            f"disk full by {small.how}: filled {small.filled}, commands {len(before) + len(full)}, "
            f"refused {len(refused)}/{len(full)}, lost 0/{len(acknowledged)}, twice 0/{len(kept)}, "
            f"back after {took:.2f} s, integrity_check {process.checks}"
        )
        assert kept == [*acknowledged, *refused]
        assert small.filled == 1
        assert process.checks == ["ok"]
        assert tracebacks(process.said()) == []


async def test_failed_fsync_ends_the_process_and_loses_nothing(tmp_path: Path) -> None:
    found = await unsync(tmp_path / "data", MANY)
    print(
        f"fsync failed 1 time, by seccomp: exit code {found.code}, false acknowledgements {found.false}/1, "
        f"lost {found.lost}/{found.acknowledged}, integrity_check {found.checks}"
    )
    assert (found.code, found.false, found.lost, found.checks) == (os.EX_IOERR, 0, 0, ["ok"])
    assert tracebacks(found.said) == []
