"""A database that has the small programme already, to copy: most pages need one; and its organiser at the browser."""

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting.database import Database
from tests.hosting.programmes import room, sign_in, take_in


@pytest.fixture(scope="session")
def planned(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a file of tests has this as its `beginning`, the programme is there already."""
    file = shutil.copy(migrated, tmp_path_factory.mktemp("planned") / "austausch.sqlite3")
    database = Database(f"sqlite:///{file}")
    database.start()
    take_in(database)
    database.stop()
    return Path(file)


@pytest.fixture
def here(client: TestClient, database: Database) -> str:
    """A room of the exchange whose organiser sits at the browser; some files have another."""
    sign_in(client, database, "organiser", "spring")
    return room(database, "before-spring")
