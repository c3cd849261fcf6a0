"""A PDF to pages: pictures in two widths and a text for each, written into the folder where it runs.

A program of its own (`python -m hosting.rendering FILE PAGES WIDTH…`), as PDFium takes bytes of strangers: it imports
nothing of hosting, locks itself in before it opens the file, and says how far it is in lines of JSON.
"""

import contextlib
import ctypes
import errno
import json
import logging
import math
import os
import re
import resource
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it has no types
from PIL import Image, WebPImagePlugin  # noqa: F401  # registers itself, so that not all formats are loaded
from pypdf import PdfReader

PIXELS = 25_000_000  # a page, after scaling
SIDE = 16_383  # pixels; WebP has no more
POINTS = 14_400.0  # a page's longer side: 200 inches, the limit of PDF itself (ISO 32000-1, C.2)
MEMORY = 1536 * 1024**2  # bytes of addresses; a page of 25 megapixels takes a fourth of it
FILE = 32 * 1024**2  # bytes of one file
ALL = 1024**3  # bytes of all files
SECONDS = 300  # of the processor; the time on the clock is watched from outside
TEXT = 2.0  # seconds for the text of one page
SLOW = 3  # texts that took too long, until no more are tried
FULL = (errno.ENOSPC, errno.EDQUOT)
ENCRYPTED = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY


class Rejected(Exception):
    """A reason that will not go away by trying again."""


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


# ── The cell ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def lock_in() -> bool:
    """Give up what rendering does not need; whether the network is among it. Each limit holds also for what follows."""
    cut = False
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: not without the server
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        cut = bool(libc.unshare(0x10000000 | 0x40000000) == 0)  # CLONE_NEWUSER | CLONE_NEWNET
    limits = [
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_NPROC, 0),
    ]
    for kind, limit in limits:
        allowed = resource.getrlimit(kind)[1]
        limit = limit if allowed == resource.RLIM_INFINITY else min(limit, allowed)
        resource.setrlimit(kind, (limit, limit))
    os.nice(19)
    return cut


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_pdf(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in ENCRYPTED:
            raise Rejected("encrypted") from error
        raise Rejected("empty" if Texts(path).count() == 0 else "damaged") from error


def sizes(pdf: pypdfium2.PdfDocument, most: int) -> list[tuple[float, float]]:
    """Every page's size in points, all within the limits."""
    count = len(pdf)
    if count == 0:
        raise Rejected("empty")
    if count > most:
        raise Rejected("too_many_pages")
    try:
        found = [pdf.get_page_size(number) for number in range(count)]
    except pypdfium2.PdfiumError as error:
        raise Rejected("damaged") from error
    if not all(min(size) > 0 and max(size) <= POINTS for size in found):  # nor NaN
        raise Rejected("page_size")
    return found


def scale(width: float, height: float, widest: int) -> float:
    """Pixels per point, so that a page is as wide as the widest picture but not larger than a picture may be."""
    return min(widest / width, math.sqrt(PIXELS / (width * height)), SIDE / width, SIDE / height)


def picture(pdf: pypdfium2.PdfDocument, number: int, scale: float) -> Image.Image:
    try:
        page = pdf[number]
    except pypdfium2.PdfiumError as error:
        raise Rejected("damaged") from error
    try:
        # A little less, as it rounds up.
        bitmap = page.render(scale=scale * 0.9999, may_draw_forms=False, rev_byteorder=True)
        image: Image.Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        return image
    finally:
        page.close()


def render(path: Path, most: int, widths: list[int]) -> int:
    """Write `1-1920.webp`, `1-480.webp`, `1.txt` and so on, the widest first; the number of pages. Rejected."""
    pdf = open_pdf(path)
    shown = sizes(pdf, most)
    say(pages=len(shown))
    written, texts = 0, Texts(path)
    for number, size in enumerate(shown):
        image = picture(pdf, number, scale(*size, widths[0]))
        for width in widths:
            small = min(width, image.width)
            image = image.resize((small, max(1, round(image.height * small / image.width))), reducing_gap=2.0)
            file = Path(f"{number + 1}-{width}.webp")
            image.save(file, "WEBP", quality=82, method=2)
            written += file.stat().st_size
        file = Path(f"{number + 1}.txt")
        file.write_text(texts.of(number), "utf-8")
        written += file.stat().st_size
        if written > ALL:
            raise Rejected("page_size")
        say(page=number + 1)
    return len(shown)


# ── Their text ───────────────────────────────────────────────────────────────────────────────────────────────────────


class TooLong(BaseException):
    """Not an Exception, as parsers catch those themselves."""


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """TooLong is raised within, once the time is over."""

    def ring(_signal: int, _frame: object) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


SHAPES = re.compile("[\ufb00-\ufb06\ufb50-\ufdef\ufe70-\ufefc]")  # letters as they are drawn


class Texts:
    """The text of pages by pypdf: PDFium has lam and alef in the wrong order. A text that fails is empty."""

    def __init__(self, path: Path) -> None:
        self.slow = 0
        self.reader: Any = self.tried(lambda: PdfReader(path.open("rb")))

    def count(self) -> int | None:
        """How many pages the file says it has; to PDFium, one without any is no PDF."""
        count: int | None = self.tried(lambda: len(self.reader.pages)) if self.reader else None
        return count

    def of(self, number: int) -> str:
        found = self.tried(lambda: self.reader.pages[number].extract_text()) if self.reader else None
        text = str(found or "").encode("utf-8", "replace").decode()[: 64 * 1024].replace("\0", "")
        return SHAPES.sub(lambda shape: unicodedata.normalize("NFKC", shape[0]), text)

    def tried(self, work: Callable[[], Any]) -> Any:
        if self.slow >= SLOW:
            return None
        try:
            with alarm(TEXT):
                return work()
        except TooLong:
            self.slow += 1
        except Exception:  # a stranger's file can break a parser in every way there is
            logging.debug("a text failed", exc_info=True)
        return None


def main(words: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    cut = lock_in()
    if words == ["--check"]:
        say(version=pypdfium2.PYPDFIUM_INFO.version, cut=cut)
        return
    try:
        file, most, *widths = words
        say(done=render(Path(file), int(most), [int(width) for width in widths]))
    except Rejected as rejected:
        say(reason=str(rejected))
    except OSError as error:
        if error.errno not in FULL:
            raise
        say(reason="disk_full")  # which is nobody's fault and passes
    sys.stdout.flush()
    os._exit(0)  # PDFium's own end has nothing to tidy that the kernel does not


if __name__ == "__main__":
    main(sys.argv[1:])
