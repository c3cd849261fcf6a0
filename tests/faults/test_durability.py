"""What was acknowledged is on the disk: after SIGKILL at any moment, and by the order of the server's system calls."""

import random
from pathlib import Path

import pytest

from tests.faults import hasty, order, settings
from tests.faults.crashes import Crash, crash
from tests.faults.processes import HOSTING, Process, tracebacks
from tests.flows.town import Town

ROOM = "before-spring"
SEED = 20
CRASHES = 3
ASKERS = [f"asker{number}" for number in range(16)]
TRACED = 20  # commands


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("town") / "data")
    for name in ASKERS:
        town.add(name, "participant")
    return town


async def test_killed_at_any_moment_the_server_has_lost_and_doubled_nothing(town: Town) -> None:
    chance = random.Random(SEED)
    outcomes: list[Crash] = []
    with Process(town.folder, rate=0) as process:
        for number in range(CRASHES):
            outcomes.append(await crash(process, town, town.rooms[ROOM], ASKERS, f"c{number}", chance))
    acknowledged, sent = (sum(getattr(each, name) for each in outcomes) for name in ("acknowledged", "sent"))
    lost, twice, other = (sum(getattr(each, name) for each in outcomes) for name in ("lost", "twice", "mismatched"))
    print(
        f"SIGKILL {process.injected['SIGKILL']}, seed {SEED}: sent {sent}, acknowledged {acknowledged}, "
        f"lost {lost}/{acknowledged}, applied twice {twice}/{sent}, other result {other}/{sent}, "
        f"integrity_check {process.checks}, serving again after {max(process.took):.1f} s at most"
    )
    assert process.injected == {"SIGKILL": CRASHES}
    assert 0 < acknowledged < sent
    assert (lost, twice, other) == (0, 0, 0)
    assert process.checks == ["ok"] * CRASHES
    assert tracebacks(process.said()) == []


@pytest.mark.parametrize(
    ("program", "given", "kept"),
    [(HOSTING, {}, True), (hasty.PROGRAM, {"HASTY": "normal"}, False), (hasty.PROGRAM, {"HASTY": "early"}, False)],
    ids=["as it is", "synchronous=NORMAL", "answer before commit"],
)
def test_sync_lies_between_a_command_and_its_reply(
    town: Town, tmp_path: Path, program: tuple[str, ...], given: dict[str, str], kept: bool
) -> None:
    assert order.missing() == ""
    with Process(town.folder, program=program, given=given, rate=0) as process:
        room, cookie = town.rooms["across-spring"], town.cookies["moderator"]
        verdicts = order.check(process.running, room, cookie, TRACED, tmp_path / "trace")
    assert [verdict.seen for verdict in verdicts] == [True] * TRACED
    found = sum(verdict.safe for verdict in verdicts)
    print(f"{given.get('HASTY', 'as it is')}: on disk before the reply {found}/{TRACED}")
    assert (found == TRACED) == kept


def test_unsafe_settings_are_refused_at_the_start(tmp_path: Path) -> None:
    found = settings.tried(tmp_path)
    print(f"unsafe settings refused: {found.count(settings.REFUSED)}/{len(settings.UNSAFE)}")
    assert found == [settings.REFUSED] * len(settings.UNSAFE)
