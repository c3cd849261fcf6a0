"""A database that has the small programme already, to copy: most pages need one."""

import shutil
from pathlib import Path

import pytest

from hosting.database import Database
from tests.hosting.programmes import take_in


@pytest.fixture(scope="session")
def planned(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a file of tests has this as its `beginning`, the programme is there already."""
    file = shutil.copy(migrated, tmp_path_factory.mktemp("planned") / "austausch.sqlite3")
    database = Database(f"sqlite:///{file}")
    database.start()
    take_in(database)
    database.stop()
    return Path(file)
