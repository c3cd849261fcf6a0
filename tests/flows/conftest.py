"""One server for all tests here that do not end it. Rooms are shared, so every test asks its own questions."""

from collections.abc import Iterator

import pytest

from tests.flows.town import Town
from tests.served import Server, serving


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town") / "data")


@pytest.fixture(scope="session")
def server(town: Town) -> Iterator[Server]:
    with serving(town.folder, rate=0, service_token="of-the-house") as server:
        yield server
