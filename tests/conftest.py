"""What many tests start from: a real database in a folder of its own, the application on it, a browser's requests."""

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
def config() -> Config:
    return Config(origins=(ORIGIN,), rate=0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A started database on a file."""
    started = Database(f"sqlite:///{tmp_path / 'austausch.sqlite3'}")
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
