"""Machine translation of a question, where the operator has set up a server for it. Off by default, never needed.

What comes back is a proposal that a person must approve. A text leaves this server only when somebody of the room's
crew or an interpreter has pressed for it. The server's address comes from the settings alone, never from outside.
"""

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Protocol

PATIENCE = 10.0  # seconds for an answer
LONGEST = 100_000  # bytes of an answer: a question has 2,000 characters
AT_ONCE = 2  # texts at the machine
WAITING = 20  # texts that may wait for it; more are refused
# Where LibreTranslate has another code than the tag's language, or one of its own for a script.
CODES = {"zh-hant": "zh-Hant", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh": "zh-Hans", "pt-br": "pt-BR", "no": "nb"}


class NoTranslation(Exception):
    """There is none; the text says why, in English, for whoever runs the server."""


class Translator(Protocol):
    """Something that translates. `host` is told to whoever presses."""

    host: str

    async def translate(self, text: str, source: str, target: str) -> str:
        """A text in another language (BCP 47). NoTranslation."""


class LibreTranslate:
    """A LibreTranslate server (POST /translate, GET /languages), reached by the standard library in threads."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url, self.key = url.rstrip("/"), key
        self.host = urllib.parse.urlsplit(url).netloc
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0
        self.known: dict[str, str] = {}  # the server's codes by themselves in small letters

    async def translate(self, text: str, source: str, target: str) -> str:
        if self.waiting >= WAITING:
            raise NoTranslation("too many texts wait")
        self.waiting += 1
        try:
            async with self.turns:
                if not self.known:
                    self.known = codes(await asyncio.to_thread(self.ask, "/languages", None))
                asked = {"q": text, "source": self.code(source), "target": self.code(target), "format": "text"}
                answer = await asyncio.to_thread(self.ask, "/translate", asked)
        finally:
            self.waiting -= 1
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, str) or not found.strip():
            raise NoTranslation("no translation in the answer")
        return found

    def code(self, tag: str) -> str:
        """The server's code for a language. NoTranslation where it has none."""
        parts = tag.lower().split("-")
        for length in range(len(parts), 0, -1):  # the whole tag first, the language alone last
            whole = "-".join(parts[:length])
            for one in (whole, CODES.get(whole, "").lower()):
                if one in self.known:
                    return self.known[one]
        raise NoTranslation(f"no language {tag}")

    def ask(self, path: str, body: dict[str, str] | None) -> object:
        """One request, in a thread: no redirect is followed, no proxy asked, no long answer read. NoTranslation."""
        data = json.dumps({**body, **({"api_key": self.key} if self.key else {})}).encode() if body else None
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})  # noqa: S310  # from the settings, http or https
        try:
            with OPENER.open(request, timeout=PATIENCE) as answer:
                read = answer.read(LONGEST + 1)
        except urllib.error.HTTPError as refused:
            with refused:
                raise NoTranslation(f"{refused.code} {refused.reason}") from refused
        except (OSError, HTTPException) as away:
            raise NoTranslation(str(away) or type(away).__name__) from away
        if len(read) > LONGEST:
            raise NoTranslation("the answer is too long")
        try:
            return json.loads(read)
        except ValueError as broken:
            raise NoTranslation("the answer is no JSON") from broken


class Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Nowhere: the answer is an error."""


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), Still)


def codes(languages: object) -> dict[str, str]:
    """What a server says it knows. NoTranslation."""
    if not isinstance(languages, list):
        raise NoTranslation("no list of languages in the answer")
    found = [each.get("code") for each in languages if isinstance(each, dict)]
    return {code.lower(): code for code in found if isinstance(code, str)}


KINDS: dict[str, Callable[[str, str], Translator]] = {"libretranslate": LibreTranslate}


def translator(setting: str, key: str) -> Translator | None:
    """The one that is set up, as KIND:URL; None without a setting. The setting was checked as it was read."""
    kind, _, url = setting.partition(":")
    return KINDS[kind](url, key) if setting else None
