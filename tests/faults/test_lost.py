"""A change that is lost on the way to a reader in a quiet room is noticed by the next heartbeat, and made good."""

from pathlib import Path

from tests.faults import shifted
from tests.faults.lost import LATE, lose
from tests.faults.processes import Process
from tests.flows.town import Town

READERS = 5
HEARTBEAT = 3.0  # seconds; fifteen would show no more


async def test_lost_change_is_noticed_by_the_next_heartbeat_and_made_good(tmp_path: Path) -> None:
    town, given = Town(tmp_path / "data"), shifted.Clock(tmp_path / "shift").given
    variables = {**given, "HEARTBEAT": str(HEARTBEAT)}
    with Process(town.folder, program=shifted.PROGRAM, given=variables, rate=0) as process:
        loss = await lose(process, town, READERS, HEARTBEAT)
    print(f"frames lost {loss.dropped}, noticed {len(loss.noticed)}, after {max(loss.noticed):.1f} s at most")
    assert loss.dropped == READERS
    assert len(loss.noticed) == READERS
    assert loss.healed == READERS
    assert max(loss.noticed) <= HEARTBEAT + LATE
