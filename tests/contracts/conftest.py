"""Every back end in turn, with the rooms r1 and r2."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.stores import MemoryStores, SqlStores, Stores


@pytest.fixture
async def sqlite(tmp_path: Path, migrated: Path) -> AsyncIterator[SqlStores]:
    stores = SqlStores(f"sqlite:///{shutil.copy(migrated, tmp_path / 'contract.sqlite3')}")
    await stores.create("r1", "e1")
    await stores.create("r2", "e2")
    yield stores
    await stores.close()


@pytest.fixture
async def memory() -> MemoryStores:
    stores = MemoryStores()
    await stores.create("r1", "e1")
    await stores.create("r2", "e2")
    return stores


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest) -> Stores:
    found: Stores = request.getfixturevalue(request.param)
    return found
