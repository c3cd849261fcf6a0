"""Uploads on disk: the offset is what is there, and what no checksum has proven is not counted."""

from pathlib import Path

import pytest

from hosting import files
from hosting.files import Incoming


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    incoming = Incoming(tmp_path / "files" / "incoming")
    incoming.create("deck")
    return incoming


def append(incoming: Incoming, content: bytes) -> None:
    with incoming.at("deck").open("ab") as file:
        file.write(content)


def test_offset_is_the_size_of_what_is_there(incoming: Incoming) -> None:
    assert incoming.offset("deck") == 0
    append(incoming, b"0123456789")
    assert incoming.offset("deck") == 10


def test_unproven_bytes_are_not_counted_and_can_be_cut_off(incoming: Incoming) -> None:
    append(incoming, b"01234")
    incoming.prove("deck", 5)
    append(incoming, b"56789")
    assert incoming.offset("deck") == 5
    incoming.settle("deck", 5)
    assert (incoming.offset("deck"), incoming.at("deck").read_bytes()) == (5, b"01234")


def test_proven_bytes_are_counted(incoming: Incoming) -> None:
    incoming.prove("deck", 0)
    append(incoming, b"0123456789")
    incoming.settle("deck")
    assert incoming.offset("deck") == 10
    assert [id for id, _ in incoming.there()] == ["deck"]


def test_dropped_upload_leaves_nothing(incoming: Incoming) -> None:
    incoming.prove("deck", 0)
    for _ in range(2):
        incoming.drop("deck")
    assert list(incoming.folder.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        incoming.offset("deck")


def test_upload_is_not_begun_twice(incoming: Incoming) -> None:
    with pytest.raises(FileExistsError):
        incoming.create("deck")


def test_nothing_is_there_before_the_first(tmp_path: Path) -> None:
    assert list(Incoming(tmp_path / "none").there()) == []
    assert files.free(tmp_path / "none" / "deeper") > 0
