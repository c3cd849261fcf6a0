"""What every place for files promises: all or nothing, the same bytes back, and no path from outside."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from hosting import files
from hosting.files import CHUNK, Files, LocalFiles

CONTENT = bytes(range(256)) * (CHUNK // 100)  # more than two chunks


@pytest.fixture(params=["local"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    makers: dict[str, Callable[[], Files]] = {"local": lambda: LocalFiles(tmp_path / "files")}
    return makers[request.param]()


def source(folder: Path, content: bytes = CONTENT) -> tuple[Path, str]:
    """A finished file and its digest."""
    path = folder / "received"
    path.write_bytes(content)
    return path, files.digest_of(path)


def rendered(folder: Path, *names: str) -> Path:
    """A finished folder of pages."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


async def read(place: Files, key: str) -> bytes:
    return b"".join([chunk async for chunk in place.read(key)])


async def test_original_comes_back_as_it_was_and_its_source_is_gone(place: Files, tmp_path: Path) -> None:
    path, digest = source(tmp_path)
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    await place.keep(path, digest)
    assert not path.exists()
    assert await read(place, files.original(digest)) == CONTENT
    assert await place.size(files.original(digest)) == len(CONTENT)
    async with place.at_hand(files.original(digest)) as there:
        assert there.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (7, 7), (CHUNK - 3, CHUNK + 3), (5, 2 * CHUNK), (len(CONTENT) - 2, None)]
)
async def test_part_of_an_original_is_read_alone(place: Files, tmp_path: Path, start: int, end: int | None) -> None:
    path, digest = source(tmp_path)
    await place.keep(path, digest)
    found = b"".join([chunk async for chunk in place.read(files.original(digest), start, end)])
    assert found == CONTENT[start:end]


async def test_same_original_is_kept_once(place: Files, tmp_path: Path) -> None:
    for _ in range(2):
        path, digest = source(tmp_path)
        await place.keep(path, digest)
        assert not path.exists()
    await place.keep(path, digest)  # interrupted after the move, and done again
    assert await read(place, files.original(digest)) == CONTENT


async def test_text_of_a_page_is_there_for_who_is_in_a_thread(place: Files, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "1.txt").write_text("الأزمات", "utf-8")
    await place.publish(pages, "deck")
    assert [place.page_text("deck", 1), place.page_text("deck", 2), place.page_text("other", 1)] == ["الأزمات", "", ""]


async def test_pages_appear_all_at_once_and_replace_those_before(place: Files, tmp_path: Path) -> None:
    await place.publish(rendered(tmp_path / "a", "1-480.webp", "2-480.webp"), "deck")
    await place.publish(rendered(tmp_path / "b", "1-480.webp", "1.txt"), "deck")
    assert await read(place, files.page("deck", 1, 480)) == b"1-480.webp"
    assert await read(place, files.text("deck", 1)) == b"1.txt"
    with pytest.raises(FileNotFoundError):
        await place.size(files.page("deck", 2, 480))


async def test_what_is_deleted_is_gone_and_deleting_again_is_fine(place: Files, tmp_path: Path) -> None:
    path, digest = source(tmp_path)
    await place.keep(path, digest)
    await place.publish(rendered(tmp_path / "a", "1.txt"), "deck")
    await place.publish(rendered(tmp_path / "b", "1.txt"), "other")
    for _ in range(2):
        await place.delete(files.original(digest))
        await place.withdraw("deck")
    for key in (files.original(digest), files.text("deck", 1)):
        with pytest.raises(FileNotFoundError):
            await place.size(key)
        with pytest.raises(FileNotFoundError):
            await read(place, key)
    assert await read(place, files.text("other", 1)) == b"1.txt"


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "originals", "originals/ab/../../x", "pages/../secret/1.txt", "pages/deck/1.html"),
        *("pages/deck/1-480.webp/../2.txt", "pages/deck/١.txt", "pages/deck/1.txt\n", f"originals/ab/{'A' * 64}"),
    ],
)
async def test_key_that_was_not_made_here_is_refused(place: Files, key: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        await place.size(key)


@pytest.mark.parametrize("id", ["", "..", "a/b", "a.b", "a\0", "ä", "x" * 65])
async def test_id_that_was_not_made_here_is_refused(place: Files, tmp_path: Path, id: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        await place.publish(rendered(tmp_path / "a", "1.txt"), id)
    with pytest.raises(ValueError, match="is no id"):
        await place.withdraw(id)
