"""An expert at a browser who sends slides, and what the house then has of them."""

import time
from collections.abc import Callable
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from hosting import moments, people, presentations
from hosting.config import Config
from hosting.database import Database
from hosting.presentations import Presentation
from hosting.security import cookie_name
from hosting.site import Site
from tests.hosting import decks
from tests.hosting.programmes import contribution

WAIT = 60.0  # seconds a machine under load may take for a short deck


def sit(browser: TestClient, database: Database, person: str) -> None:
    """Have a person sit at the browser from now on."""
    token = database.write_now(lambda sql: people.open_sign_in(sql, person, moments.now()))
    browser.cookies.set(cookie_name(Config()), token)


def begin(browser: TestClient, database: Database, size: int, filename: str = "deck.pdf") -> str:
    """Begin an upload; the presentation's id."""
    answer = browser.post("/files", headers=decks.creation(size, contribution(database), filename))
    assert (answer.status_code, answer.text) == (201, "")
    return answer.headers["location"].removeprefix("/files/")


def patch(browser: TestClient, id: str, offset: int, body: bytes, **more: str) -> Response:
    return browser.patch(f"/files/{id}", content=body, headers={**decks.part(offset), **more})


def offset(browser: TestClient, id: str) -> int:
    answer = browser.head(f"/files/{id}", headers=decks.TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def send(browser: TestClient, database: Database, content: bytes, filename: str = "deck.pdf") -> str:
    """Upload a whole file in one piece; the presentation's id."""
    id = begin(browser, database, len(content), filename)
    if content:
        assert patch(browser, id, 0, content).status_code == 204
    return id


def about(browser: TestClient, id: str) -> dict[str, Any]:
    answer = browser.get(f"/api/presentations/{id}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def converted(browser: TestClient, id: str) -> dict[str, Any]:
    """What is said of a deck once it is ready or rejected."""
    until(lambda: about(browser, id)["state"] in ("ready", "rejected"))
    return about(browser, id)


def row(database: Database, id: str) -> Presentation:
    found = database.read_now(lambda sql: presentations.find(sql, id))
    assert found
    return found


def house(browser: TestClient) -> Site:
    found: Site = browser.app.state.site  # type: ignore[attr-defined]  # our Starlette
    return found


def lying(browser: TestClient) -> list[str]:
    """Every file that lies in the house, by its path."""
    folder = house(browser).config.files_folder
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
