"""The list of archives with its filters, and the ways that lead to it."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hosting import log
from hosting.database import Database
from rooms import contributions
from rooms.core import Event
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import NOW, PROGRAMME, WET, contribution, room, sign_in, take_in
from tests.hosting.reading import Page
from tests.hosting.sessions import Held, release


@pytest.fixture
def beginning(planned: Path) -> Path:
    return planned


def tell(database: Database, id: str, *events: Event) -> None:
    database.write_now(lambda sql: log.tell(sql, id, events, NOW))


def get(browser: TestClient, path: str, language: str = "en", status: int = 200) -> Page:
    answer = browser.get(path, headers={"accept-language": language})
    assert answer.status_code == status
    return Page(answer.text)


@pytest.fixture
def shelf(database: Database) -> dict[str, str]:
    """Ended sessions by key; all but one are released."""
    found = {key: room(database, key) for key in ("before-spring", "across-spring", "before-autumn", "after-spring")}
    for key, id in found.items():
        Held(database, id).happens(Opened()).at(600).happens(Closed()).write()
        if key != "after-spring":
            release(database, id)
    return found


def listed(page: Page, shelf: dict[str, str]) -> list[str]:
    keys = {f"/archive/{id}": key for key, id in shelf.items()}
    return [keys[link] for link in page.links if link in keys]


def test_list_has_what_is_released_newest_first(client: TestClient, shelf: dict[str, str]) -> None:
    assert listed(get(client, "/archive"), shelf) == ["before-autumn", "across-spring", "before-spring"]


@pytest.mark.parametrize(
    "query, keys",
    [
        ("exchange=spring", ["across-spring", "before-spring"]),
        ("topic=floods", ["before-autumn", "before-spring"]),
        ("topic=floods&exchange=spring", ["before-spring"]),
        ("language=fr", ["before-spring"]),
        ("language=ar", []),  # was to be interpreted, and the list does not say so
        ("region=latin-america", ["across-spring"]),
        ("region=nowhere", []),
    ],
)
def test_filters_narrow_the_list_and_stay_in_its_links(
    client: TestClient, shelf: dict[str, str], query: str, keys: list[str]
) -> None:
    page = get(client, f"/archive?{query}")
    assert listed(page, shelf) == keys
    name = query.partition("=")[0]
    others = [link for link in page.links if link.startswith("/archive?") and f"{name}=" not in link]
    narrowed = [link for link in page.links if link.startswith("/archive?") and query.split("&")[0] in link]
    assert len(narrowed) > len(others)


@pytest.mark.parametrize(
    "happened, named",
    [
        ((), ["Rania Haddad, Amman", "Ion Popescu, Cluj"]),
        ((contributions.Missed,), ["Ion Popescu, Cluj"]),
        ((contributions.Aired, contributions.Finished), ["Rania Haddad, Amman"]),
        ((contributions.Aired,), ["Rania Haddad, Amman"]),
    ],
    ids=["no log of it", "no show", "done", "closed while on air"],
)
def test_list_names_those_who_spoke(
    client: TestClient,
    database: Database,
    happened: tuple[type[contributions.Aired | contributions.Finished | contributions.Missed], ...],
    named: list[str],
) -> None:
    take_in(database, PROGRAMME + WET)
    id, slot = room(database, "before-spring"), contribution(database)
    Held(database, id).happens(Opened(), *(kind(slot) for kind in happened)).at(60).happens(Closed()).write()
    release(database, id)
    words = get(client, "/archive").words
    assert [word for word in words if word in ("Rania Haddad, Amman", "Ion Popescu, Cluj")] == named


def test_organisers_see_their_own_unreleased_sessions_with_the_button(
    client: TestClient, database: Database, shelf: dict[str, str]
) -> None:
    sign_in(client, database, "organiser", "spring")
    page = get(client, "/archive")
    assert listed(page, shelf) == ["before-autumn", "after-spring", "across-spring", "before-spring"]
    words = [word for word in page.words if word in ("Not released", "Release", "Withdraw")]
    assert words == ["Not released", "Release", "Withdraw", "Withdraw"]  # none beside the other exchange's


def test_empty_archive_says_what_it_is_for(client: TestClient) -> None:
    assert "No session has been released yet." in " ".join(get(client, "/archive").words)


def test_archive_is_linked_where_people_look_for_it(client: TestClient, shelf: dict[str, str]) -> None:
    for path, key in (("/", "before-autumn"), ("/exchanges/spring", "before-spring")):
        page = get(client, path)
        assert "/archive" in page.links
        assert f"/archive/{shelf[key]}" in page.links
        assert f"/archive/{shelf['after-spring']}" not in page.links
