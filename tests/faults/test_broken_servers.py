"""The checker catches every server that is broken on purpose, and says nothing of the one that is not.

Several run at once, each on a folder and a port of its own, for some commands; where it takes a SIGKILL, with one.
"""

import asyncio
from pathlib import Path

import pytest

from tests.faults.broken import BROKEN
from tests.faults.scene import cast, play
from tests.faults.verdict import Kind, Verdict

WHOLE = "whole"
COMMANDS = 150  # answered in each run: some seconds, and a dozen resumes
AT_ONCE = 5  # servers: they wait for half of their time, and more of them would only wait for each other
KILLED = (WHOLE, "ack-before-commit")

# What must be said of each, or one of two; whatever else follows from it.
SAID: dict[str, set[Kind]] = {
    "ack-before-commit": {"lost"},
    "no-idempotency": {"twice"},
    "late-behind-the-cursor": {"gap"},
    "resume-repeats": {"duplicate"},
    "resume-skips": {"gap"},
    "show-before-commit": {"unlogged", "differs", "duplicate"},
    "lost-wake-up": {"behind"},
    "reordered": {"reordered"},
    "wrong-room": {"wrong room"},
    "snapshot-before-position": {"gap"},
    "wrong-audience": {"wrong audience"},
}


@pytest.fixture(scope="module")
async def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    folder = tmp_path_factory.mktemp("broken")
    town = await asyncio.to_thread(cast, folder / "town")

    places = asyncio.Semaphore(AT_ONCE)

    async def judged(name: str) -> Verdict:
        program = ("hosting",) if name == WHOLE else ("tests.faults.broken", name)
        here: Path = folder / name
        async with places:
            return await play(town.copy(here), COMMANDS, seed=4, program=program, kills=int(name in KILLED))

    names = (WHOLE, *BROKEN)
    return dict(zip(names, await asyncio.gather(*(judged(name) for name in names)), strict=True))


def test_checker_has_nothing_to_say_of_the_whole_server(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[WHOLE]
    print(f"\n1 SIGKILL; {verdict}")
    assert verdict.complaints == []
    looked_at = ("acknowledged", "retries", "refused", "snapshots", "resumes", "deliveries", "comparisons", "rests")
    assert [name for name in looked_at if not verdict.counts[name]] == []


def test_checker_catches_every_broken_server(verdicts: dict[str, Verdict]) -> None:
    caught = [name for name in BROKEN if SAID[name] & verdicts[name].kinds]
    for name in BROKEN:
        print(f"{name:26}{', '.join(sorted(verdicts[name].kinds))}")
    print(f"broken servers caught {len(caught)} / {len(BROKEN)}")
    assert len(BROKEN) == 11
    assert [f"{name}: {verdicts[name]}" for name in BROKEN if name not in caught] == []
