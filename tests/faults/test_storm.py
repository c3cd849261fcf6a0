"""Every kind of fault at once, for a short while: nothing acknowledged is lost, and every screen was always right."""

from pathlib import Path

import pytest

from tests.faults.processes import tracebacks
from tests.faults.storm import KINDS, plan, storm

SEED = 11
SECONDS = 16.0
LOOKERS = 4  # in each of three rooms, beside the six who work


async def test_town_in_a_storm_loses_nothing_and_shows_nothing_wrong(tmp_path: Path) -> None:
    outcome = await storm(tmp_path, SEED, SECONDS, LOOKERS, print, least={"acknowledged": 51, "retries": 21})
    print(f"seed {SEED}, {outcome.clients} clients, disk full by {outcome.disk}, injected {outcome.injected}")
    print(outcome.verdict)
    assert [kind for kind in KINDS if not outcome.injected[kind]] == []
    assert outcome.verdict.complaints == []
    assert outcome.verdict.counts["acknowledged"] > 50
    assert outcome.verdict.counts["retries"] > 20
    assert outcome.rested
    assert set(outcome.checks) == {"ok"}
    assert set(outcome.codes) == {0}
    assert tracebacks(outcome.said) == []


@pytest.mark.parametrize("seed", range(5))
def test_storm_is_drawn_from_its_seed_and_has_every_kind(seed: int) -> None:
    due = plan(seed, SECONDS, KINDS)
    assert due == plan(seed, SECONDS, KINDS)
    assert due != plan(seed + 1, SECONDS, KINDS)
    assert {each.kind for each in due} == set(KINDS) - {"reply cut", "two sockets"}
