"""The socket when a fault of ours hits it: it says so and asks to come back."""

import logging

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from hosting.database import Database
from hosting.live import Live
from tests.hosting.programmes import room, sign_in, take_in


def test_fault_of_ours_while_somebody_comes_in_is_told_and_logged_once(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take_in(database)
    sign_in(client, database, "moderator")

    async def broken(*_arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Live, "join", broken)
    with client.websocket_connect(f"/rooms/{room(database, 'before-spring')}/live") as socket:
        bye = socket.receive_json()["bye"]
        assert (bye["code"], bye["after"]) == (1011, 2)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
        assert ended.value.code == 1011
    assert [record.levelno for record in caplog.records if "a bug" in str(record.exc_info)] == [logging.ERROR]


def test_fault_of_ours_ends_one_connection_with_a_bye(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take_in(database)
    sign_in(client, database, "moderator")
    live = f"/rooms/{room(database, 'before-spring')}/live"

    async def broken(*_arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Live, "do", broken)
    with client.websocket_connect(live) as socket:
        assert "all" in socket.receive_json()
        socket.send_json({"id": "1", "do": "agenda.undo", "with": {}})
        while "bye" not in (frame := socket.receive_json()):
            pass
        assert (frame["bye"]["code"], frame["bye"]["after"]) == (1011, 2)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
        assert ended.value.code == 1011
    assert [record.levelno for record in caplog.records if "a bug" in str(record.exc_info)] == [logging.ERROR]
