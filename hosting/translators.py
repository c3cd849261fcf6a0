"""Machines that translate a question when somebody presses for it: what one must do, and one for LibreTranslate.

Where it stands comes from the settings only. Whoever asks waits LIMIT at most, for everything; nothing is tried twice.
"""

import asyncio
import contextlib
import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec

from hosting.config import Config
from rooms.core import blank

T = TypeVar("T")
Reason = Literal["busy", "slow", "language", "failed"]

LIMIT = 10.0  # seconds for one text, from the press to the answer
AT_ONCE = 2  # texts that are being translated
WAITING = 8  # texts that may wait for that
LENGTH = 4_000  # characters of a translation, as of one that somebody writes
ANSWER = 256 * 1024  # bytes of an answer that are read
KNOWN = 600.0  # seconds for which its languages are believed
SAME = (("zh-hant", "zt"), ("zh-hans", "zh"), ("pt-br", "pb"), ("nb", "no"), ("he", "iw"), ("fil", "tl"))
TRADITIONAL = ("hant", "tw", "hk", "mo")  # by these a Chinese tag means the script that a plain zh does not

logger = logging.getLogger("austausch.translators")


class NoTranslation(Exception):
    """`reason`: too many at once, no answer in time, languages it does not have, or whatever else went wrong."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Translator(Protocol):
    """`host` is what people are told: where their text goes."""

    host: str

    async def translate(self, text: str, source: str, target: str) -> str:
        """A text in another language; both are named by their tags. NoTranslation, and nothing else, within LIMIT."""

    def stop(self) -> None:
        """The server ends: whoever waits is told at once that there is no translation."""


def chosen(config: Config) -> Translator | None:
    """The translator of the settings; None: there is none."""
    return LibreTranslate(config.translator_url, config.translator_key) if config.translator else None


# ── LibreTranslate ───────────────────────────────────────────────────────────────────────────────────────────────────


class Spoken(msgspec.Struct, frozen=True):
    """One of GET /languages. Servers before 1.3.9 do not say into which, and then it is any."""

    code: str
    targets: tuple[str, ...] | None = None


class Translated(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to POST /translate."""

    translated_text: str


class Trouble(msgspec.Struct, frozen=True):
    """Its answer with any status but 200."""

    error: str = ""


class LibreTranslate:
    """`url`: where its /translate and /languages are; `key`: where it wants one."""

    def __init__(self, url: str, key: str = "", limit: float = LIMIT) -> None:
        self.key, self.limit = key, limit
        parts = urlsplit(url)
        self.secure, self.host, self.path = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")
        self.places = asyncio.Semaphore(AT_ONCE)
        self.patience: set[asyncio.Timeout] = set()  # of each text that waits or is being translated
        self.stopped = False
        self.spoken: tuple[Spoken, ...] = ()
        self.until = float("-inf")  # when that is to be asked anew, on the monotonic clock

    async def translate(self, text: str, source: str, target: str) -> str:
        if self.stopped or len(self.patience) >= AT_ONCE + WAITING:
            raise NoTranslation("busy")
        patience = asyncio.timeout(self.limit)
        self.patience.add(patience)
        try:
            async with patience:
                spoken = await self.languages()
                pair = pair_of(spoken, source, target)
                if pair is None:
                    raise NoTranslation("language")
                asked = {"q": text, "source": pair[0], "target": pair[1], "format": "text"}
                answer = await self.call("POST", "/translate", asked | ({"api_key": self.key} if self.key else {}))
                made = decoded(answer, Translated).translated_text.strip()
        except TimeoutError:
            raise NoTranslation("slow") from None
        finally:
            self.patience.discard(patience)
        if blank(made) or len(made) > LENGTH:
            raise NoTranslation("failed")
        return made

    def stop(self) -> None:
        self.stopped = True
        for patience in self.patience:
            patience.reschedule(asyncio.get_running_loop().time())

    async def languages(self) -> tuple[Spoken, ...]:
        if time.monotonic() > self.until:
            self.spoken = decoded(await self.call("GET", "/languages"), tuple[Spoken, ...])
            self.until = time.monotonic() + KNOWN
        return self.spoken

    async def call(self, method: str, path: str, asked: Mapping[str, str] | None = None) -> bytes:
        """The body of a good answer. NoTranslation. Its place is free again when nothing of the call is left."""
        await self.places.acquire()
        call = Call(self.secure, self.host, self.limit)
        body = None if asked is None else msgspec.json.encode(asked)
        try:
            done = in_thread(lambda: call.run(method, f"{self.path}{path}", body))
        except RuntimeError:  # no thread could be started
            self.places.release()
            raise NoTranslation("failed") from None
        done.add_done_callback(self.free)
        try:
            status, answer = await asyncio.shield(done)
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as broken:
            logger.warning("translator %s: %s", self.host, type(broken).__name__)
            raise NoTranslation("failed") from broken
        finally:
            if not done.done():
                call.cut()
        if status == 200 and len(answer) <= ANSWER:
            return answer
        logger.warning("translator %s: %s %s answers %s %r", self.host, method, path, status, trouble(answer))
        raise NoTranslation("busy" if status == 429 else "failed")

    def free(self, over: asyncio.Future[tuple[int, bytes]]) -> None:
        self.places.release()
        over.exception()  # nobody may be waiting for it any more


class Call:
    """One request on a connection of its own: no redirect is followed, no proxy asked."""

    def __init__(self, secure: bool, host: str, limit: float) -> None:
        connection = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self.connection = connection(host, timeout=limit)
        self.socket: socket.socket | None = None
        self.over = False

    def run(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """The status and the body, one byte further than it may be long. In a thread; OSError, HTTPException."""
        try:
            self.connection.connect()
            self.socket = self.connection.sock
            if self.over:
                raise TimeoutError
            headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read(ANSWER + 1)
        finally:
            self.connection.close()

    def cut(self) -> None:
        """End it, wherever it is: a server that sends a byte now and then would hold the thread for ever."""
        self.over = True
        if self.socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run what blocks in a thread of its own, for which the end of the process does not wait."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, broken: BaseException | None) -> None:
        if broken is not None:
            done.set_exception(broken)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # None only where T is

    def run() -> None:
        result: T | None = None
        broken: BaseException | None = None
        try:
            result = work()
        except BaseException as raised:
            broken = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, broken)

    threading.Thread(target=run, name="translator", daemon=True).start()
    return done


def decoded(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NoTranslation("failed") from None


def trouble(answer: bytes) -> str:
    """What a server says went wrong, for the log."""
    try:
        return decoded(answer, Trouble).error[:200]
    except NoTranslation:
        return ""


# ── Languages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def pair_of(spoken: Iterable[Spoken], source: str, target: str) -> tuple[str, str] | None:
    """The server's codes for two tags; None where it does not translate from the one into the other."""
    by_code = {each.code: each for each in spoken}
    known = code_of(source, by_code)
    if known is None:
        return None
    targets = by_code[known].targets
    into = code_of(target, by_code if targets is None else targets)
    return None if into in (None, known) else (known, into)


def code_of(tag: str, codes: Iterable[str]) -> str | None:
    """The code that means a tag, or the nearest one above it: `ar-EG` is `ar`, `zh-TW` is `zt` and never `zh`."""
    there = {code.lower(): code for code in codes}
    parts = tag.lower().split("-")
    if parts[0] == "zh":
        parts = ["zh", "hant" if set(parts) & set(TRADITIONAL) else "hans"]
    while parts:
        name = "-".join(parts)
        for each in (name, *(one for same in SAME if name in same for one in same)):
            if each in there:
                return there[each]
        if name == "zh-hant":
            return None
        parts.pop()
    return None
