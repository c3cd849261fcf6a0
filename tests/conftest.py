"""What many tests start from: a real database in a folder of its own, the application on it, a browser's requests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database

ORIGIN = "http://testserver"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=str(tmp_path), origins=(ORIGIN,), rate=0)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of this version, to copy: that is quicker than to migrate."""
    file = tmp_path_factory.mktemp("migrated") / "austausch.sqlite3"
    database = Database(f"sqlite:///{file}")
    database.start()
    database.stop()
    return file


@pytest.fixture
def beginning(migrated: Path) -> Path:
    """What a test's own database is a copy of; a file of tests may begin with more."""
    return migrated


@pytest.fixture
def database(tmp_path: Path, beginning: Path) -> Iterator[Database]:
    """A started database on a file."""
    file = shutil.copy(beginning, tmp_path / "austausch.sqlite3")
    started = Database(f"sqlite:///{file}")
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def app(config: Config, database: Database) -> Starlette:
    return create_app(config, database)


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    """A browser on our own pages: it sends their Origin, keeps cookies and follows no redirects."""
    with TestClient(app, headers={"origin": ORIGIN}, follow_redirects=False) as browser:
        yield browser
