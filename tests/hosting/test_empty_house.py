"""Before the first import there is nothing to show, and every page says so without falling."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting.app import create_app
from hosting.config import Config
from hosting.database import Database
from tests.hosting.reading import Page


def test_front_page_says_that_nothing_is_live(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, "Nothing is live." in Page(answer.text).words) == (200, True)


def test_api_lists_nothing(client: TestClient) -> None:
    assert client.get("/api/exchanges").json() == {"exchanges": []}


@pytest.mark.parametrize("path, status", [("/organise", 200), ("/organise/people", 404)])
def test_there_is_little_to_organise(database: Database, tmp_path: Path, path: str, status: int) -> None:
    with TestClient(create_app(Config(data=str(tmp_path), service_token="secret"), database)) as browser:
        assert browser.get(path, headers={"authorization": "Bearer secret"}).status_code == status
