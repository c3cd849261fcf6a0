"""The child that renders: what it makes of good and bad files, within which limits, and how it ends."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest
from PIL import Image

from hosting import media
from hosting.media import WIDTHS, Failed, Rejected, Said
from tests.hosting import decks
from tests.hosting.processes import child_of, children

PROGRAM = Path(media.__file__).with_name("rendering.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


async def render(folder: Path, content: bytes, told: list[Said] | None = None) -> int:
    pdf = folder.parent / "deck.pdf"
    pdf.write_bytes(content)
    return await media.render(pdf, folder, (told if told is not None else []).append)


# ── Good files ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_deck_becomes_pictures_in_two_widths_and_texts(folder: Path) -> None:
    told: list[Said] = []
    assert await render(folder, decks.deck(2), told) == 2
    media.check(folder, 2)
    for number in (1, 2):
        for width, height in ((1920, 1080), (480, 270)):
            with Image.open(folder / f"{number}-{width}.webp") as image:
                assert (image.format, image.size) == ("WEBP", (width, height))
                assert image.convert("RGB").getpixel((5, height - 5)) == pytest.approx((230, 77, 26), abs=6)
        assert (folder / f"{number}.txt").read_text("utf-8") == f"Page {number} of the deck"
    assert told == [Said(pages=2), Said(page=1), Said(page=2), Said(done=2)]


@pytest.mark.parametrize(
    "box, sizes",
    [
        ("0 0 595 842", [(1920, 2717), (480, 679)]),
        ("0 0 100 10000", [(164, 16383), (164, 16383)]),  # as high as a picture can be
        ("0 0 1000 5000", [(1920, 9600), (480, 2400)]),
        ("0 0 2000 14400", [(1863, 13417), (480, 3457)]),  # 25 megapixels
    ],
)
async def test_shape_of_a_page_is_kept_within_the_limits(folder: Path, box: str, sizes: list[tuple[int, int]]) -> None:
    await render(folder, decks.deck(1, box))
    found = []
    for width in WIDTHS:
        with Image.open(folder / f"1-{width}.webp") as image:
            found.append(image.size)
    assert found == [pytest.approx(size, abs=2) for size in sizes]


async def test_lam_and_alef_stand_in_their_order(folder: Path) -> None:
    content = decks.written(decks.ARABIC)
    turned = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    assert (turned == decks.ARABIC, sorted(turned) == sorted(decks.ARABIC)) == (False, True)
    await render(folder, content)
    assert (folder / "1.txt").read_text("utf-8").strip() == decks.ARABIC


async def test_letters_are_those_one_types_not_the_shapes_they_are_drawn_in(folder: Path) -> None:
    await render(folder, decks.written("ﺍﻟﻜﻠﻤﺔ ﻟﻜﻢ"))
    assert (folder / "1.txt").read_text("utf-8").strip() == "الكلمة لكم"


async def test_page_whose_text_fails_has_none(folder: Path) -> None:
    broken = decks.deck(2).replace(b"/Font << /F 3 0 R >>", b"/Font << /F 2 0 R >>", 1)
    assert await render(folder, broken) == 2
    assert (folder / "2.txt").read_text("utf-8") == "Page 2 of the deck"


async def test_damaged_table_is_mended(folder: Path) -> None:
    assert await render(folder, decks.deck(3, damaged=True)) == 3


# ── Bad files ────────────────────────────────────────────────────────────────────────────────────────────────────────

BAD = {
    "cut off": (decks.deck(3)[:500], "damaged"),
    "noise": (b"%PDF-1.7\n" + bytes(range(256)) * 20, "damaged"),
    "only a head": (b"%PDF-1.7\n", "damaged"),
    "a loop of pages": (
        decks.pdf({1: "<< /Type /Catalog /Pages 2 0 R >>", 2: "<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"}),
        "damaged",
    ),
    "a password": (decks.encrypted(), "encrypted"),
    "no pages": (decks.deck(0), "empty"),
    "ten thousand pages": (decks.many(10_000), "too_many_pages"),
    "501 pages": (decks.many(501), "too_many_pages"),
    "a kilometre": (decks.deck(1, "0 0 1000000000 1000000000"), "page_size"),
    "a long band": (decks.deck(1, "0 0 20000 300"), "page_size"),
}


@pytest.mark.parametrize("content, reason", BAD.values(), ids=BAD)
async def test_bad_file_is_rejected_with_its_reason(folder: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=f"^{reason}$"):
        await render(folder, content)
    assert children(folder.parent) == []


async def test_five_hundred_pages_are_not_too_many(folder: Path) -> None:
    told: list[Said] = []
    work = asyncio.create_task(render(folder, decks.many(500), told))
    for _ in range(1000):
        if Said(page=1) in told:
            break
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert told[:2] == [Said(pages=500), Said(page=1)]


async def test_bomb_of_a_picture_ends_by_the_limits(folder: Path) -> None:
    side = 30_000  # 2.7 GB of pixels from 12 MB, of which PDF readers want all
    packed, zeros = zlib.compressobj(1), bytes(30_000_000)
    body = b"".join([packed.compress(zeros) for _ in range(side * side * 3 // len(zeros))] + [packed.flush()])
    shape = f"/Width {side} /Height {side} /BitsPerComponent 8 /ColorSpace /DeviceRGB"
    content = decks.pdf(
        {
            1: "<< /Type /Catalog /Pages 2 0 R >>",
            2: "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents 4 0 R "
            "/Resources << /XObject << /I 5 0 R >> >> >>",
            4: decks.stream(b"960 0 0 540 0 0 cm /I Do"),
            5: decks.stream(body, f"/Type /XObject /Subtype /Image {shape} /Filter /FlateDecode "),
        }
    )
    began = time.monotonic()
    with contextlib.suppress(Rejected, Failed):  # or it is drawn line by line
        await render(folder, content)
    assert time.monotonic() - began < media.FIRST + media.EACH + 2
    assert children(folder.parent) == []


# ── Ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_child_that_hangs_is_ended_by_the_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "FIRST", 2.0)
    monkeypatch.setattr(media, "EACH", 0.0)
    work = asyncio.create_task(render(folder, decks.deck(300)))
    os.kill(await child_of(folder.parent), signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(Rejected, match=r"^too_slow$"):
        await work
    assert time.monotonic() - began < 4
    assert children(folder.parent) == []


async def test_child_that_is_killed_gave_no_answer(folder: Path) -> None:
    work = asyncio.create_task(render(folder, decks.deck(300)))
    os.kill(await child_of(folder.parent), signal.SIGKILL)
    with pytest.raises(Failed, match="-9"):
        await work


async def test_child_ends_when_nobody_waits_for_it(folder: Path) -> None:
    work = asyncio.create_task(render(folder, decks.deck(300)))
    await child_of(folder.parent)
    began = time.monotonic()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert (time.monotonic() - began < 3, children(folder.parent)) == (True, [])


def test_child_ends_with_its_parent(tmp_path: Path, folder: Path) -> None:
    pdf = tmp_path / "deck.pdf"
    pdf.write_bytes(decks.deck(300))
    words = [*media.command(str(pdf), "500", "1920", "480")]
    program = f"import subprocess; subprocess.run({words!r}, cwd={str(folder)!r}, start_new_session=True)"
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout
    parent.stdout.readline()  # its first line
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not children(tmp_path):
            break
        time.sleep(0.05)
    parent.stdout.close()
    assert children(tmp_path) == []


@pytest.mark.parametrize(
    "left", ["3.txt", "note.html", "1-1920.webp.tmp", ".hidden"], ids=["more pages", "another file", "half", "hidden"]
)
async def test_more_than_pages_is_not_believed(folder: Path, left: str) -> None:
    await render(folder, decks.deck(2))
    media.check(folder, 2)
    (folder / left).write_text("?")
    with pytest.raises(Failed):
        media.check(folder, 2)


async def test_link_to_a_file_of_the_house_is_no_page(folder: Path) -> None:
    await render(folder, decks.deck(1))
    secret = folder.parent / "secret"
    secret.write_text(secrets.token_hex())
    (folder / "1.txt").unlink()
    (folder / "1.txt").symlink_to(secret)
    with pytest.raises(Failed):
        media.check(folder, 1)


# ── The cell ─────────────────────────────────────────────────────────────────────────────────────────────────────────

LOOK = """
import json, os, resource, socket, sys
sys.path.insert(0, {folder!r})
import rendering
cut = rendering.lock_in()
found = {{"cut": cut, "nice": os.nice(0), "core": resource.getrlimit(resource.RLIMIT_CORE)[1]}}
found["memory"] = resource.getrlimit(resource.RLIMIT_AS)[1]
try:
    socket.create_connection(("127.0.0.1", {port}), 2).close()
    found["network"] = True
except OSError:
    found["network"] = False
try:
    bytearray(2 * 1024**3)
    found["greedy"] = True
except MemoryError:
    found["greedy"] = False
print(json.dumps(found))
"""


def test_cell_has_no_network_and_little_memory() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        program = LOOK.format(folder=str(PROGRAM.parent), port=listening.getsockname()[1])
        said = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    found = json.loads(said.stdout)
    assert found == {
        "cut": found["cut"],  # not everywhere does the kernel allow it
        "network": not found["cut"],
        "nice": 19,
        "core": 0,
        "memory": 1536 * 1024**2,
        "greedy": False,
    }
    assert media.about()["cut"] == found["cut"]


def test_child_imports_nothing_of_hosting() -> None:
    program = f"import runpy, sys; runpy.run_path({str(PROGRAM)!r}); print([m for m in sys.modules if 'hosting' in m])"
    said = subprocess.run([sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, check=True, text=True)
    assert said.stdout == "[]\n"


# ── Speed ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_page_takes_a_tenth_of_a_second(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = 30
    began = time.monotonic()
    await render(folder, decks.deck(pages))
    each = (time.monotonic() - began) / pages * 1000
    with capsys.disabled():
        print(f"\nrendering: {each:.0f} ms a page in both widths, the child's start included")
    assert each < 300  # 100 on a machine of its own
