"""Machines that translate: the contract of every one, LibreTranslate's API, and what a bad server cannot do to us."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hosting import translators
from hosting.config import Config
from hosting.translators import AT_ONCE, LENGTH, WAITING, LibreTranslate, NoTranslation, Spoken, Translator
from tests.hosting import machines
from tests.hosting.machines import Handler, Machine, saying

SHORT = 1.0  # seconds of patience with a bad server
SOON = 5.0  # seconds in which a machine under load has given up
QUESTION = "Who pays for the cellar that was flooded?"


@pytest.fixture
def machine() -> Iterator[Machine]:
    with machines.running() as machine:
        yield machine


@pytest.fixture
def translator(machine: Machine) -> Translator:
    return LibreTranslate(machine.url)


@pytest.fixture
def hasty(machine: Machine) -> LibreTranslate:
    return LibreTranslate(machine.url, limit=SHORT)


async def reason(translator: Translator, text: str = QUESTION, source: str = "en", target: str = "de") -> str:
    """Why there is no translation."""
    with pytest.raises(NoTranslation) as refused:
        await translator.translate(text, source, target)
    return refused.value.reason


async def until(found: Callable[[], bool]) -> bool:
    """Whether something holds soon."""
    end = time.monotonic() + SOON
    while not found() and time.monotonic() < end:  # noqa: ASYNC110  # threads tell no event of the loop
        await asyncio.sleep(0.01)
    return found()


async def threads_gone() -> bool:
    """Whether soon no thread is left that speaks with a server."""
    return await until(lambda: not any(thread.name == "translator" for thread in threading.enumerate()))


# ── The contract ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_text_comes_back_in_the_other_language(translator: Translator) -> None:
    assert await translator.translate(QUESTION, "en", "de") == f"[de] {QUESTION}"


@pytest.mark.parametrize("text", ["a", "من يدفع؟", "<b>5 > 4 & 3</b>", 'q"\\\n\t€ 𝕏', "x" * 2_000])
async def test_every_text_goes_as_it_is(machine: Machine, translator: Translator, text: str) -> None:
    assert await translator.translate(text, "en", "de") == f"[de] {text}"
    assert machine.texts == [text]


async def test_host_is_what_people_are_told(machine: Machine, translator: Translator) -> None:
    assert translator.host == f"127.0.0.1:{machine.server_port}"


@pytest.mark.parametrize("pair", [("en", "xx"), ("xx", "de"), ("ar", "fr"), ("en", "en-GB"), ("de", "zh-TW")])
async def test_languages_it_does_not_have_are_refused_and_nothing_is_sent(
    machine: Machine, translator: Translator, pair: tuple[str, str]
) -> None:
    if pair == ("de", "zh-TW"):
        machine.answers["/languages"] = saying(200, b'[{"code": "de", "targets": ["zh"]}, {"code": "zh"}]')
    assert (await reason(translator, QUESTION, *pair), machine.paths) == ("language", ["/languages"])


def test_settings_choose_the_translator() -> None:
    assert translators.chosen(Config()) is None
    made = translators.chosen(Config(translator="libretranslate:https://a.example/lt/", translator_key="k"))
    assert isinstance(made, LibreTranslate)
    assert (made.secure, made.host, made.path, made.key) == (True, "a.example", "/lt", "k")


# ── LibreTranslate's API ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_request_is_as_documented(machine: Machine) -> None:
    machine.key = "of-the-house"
    assert await LibreTranslate(machine.url, "of-the-house").translate("Why?", "en-GB", "ar-EG") == "[ar] Why?"
    asked = {"q": "Why?", "source": "en", "target": "ar", "format": "text", "api_key": "of-the-house"}
    assert machine.requests == [("/languages", {}), ("/translate", asked)]


async def test_without_a_key_none_is_sent(machine: Machine, translator: Translator) -> None:
    await translator.translate("Why?", "en", "de")
    assert machine.requests[1][1] == {"q": "Why?", "source": "en", "target": "de", "format": "text"}


async def test_server_may_lie_below_a_path(machine: Machine) -> None:
    machine.answers["/lt/languages"] = saying(200, b'[{"code": "en", "name": "English"}, {"code": "de"}]')
    machine.answers["/lt/translate"] = saying(200, b'{"translatedText": "Warum?", "alternatives": []}')
    assert await LibreTranslate(f"{machine.url}lt/").translate("Why?", "en", "de") == "Warum?"


async def test_languages_are_asked_once(machine: Machine, translator: Translator) -> None:
    for text in ("one", "two", "three"):
        await translator.translate(text, "en", "de")
    assert machine.paths == ["/languages", "/translate", "/translate", "/translate"]


async def test_languages_are_asked_anew_when_they_are_old(
    machine: Machine, translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translators, "KNOWN", 0.0)
    await translator.translate("one", "en", "de")
    await translator.translate("two", "en", "de")
    assert machine.paths == ["/languages", "/translate"] * 2


@pytest.mark.parametrize(
    "status, body, why",
    [
        (400, b'{"error": "de is not supported"}', "failed"),
        (400, b'{"error": "Invalid request: request (9000) exceeds text limit (5000)"}', "failed"),
        (403, b'{"error": "Invalid API key"}', "failed"),
        (429, b'{"error": "Slowdown: 20 per 1 minute"}', "busy"),
        (500, b'{"error": "Cannot translate text: out of memory"}', "failed"),
        (502, b"<html>Bad gateway</html>", "failed"),
        (204, b"", "failed"),
    ],
)
async def test_its_errors_have_a_reason_and_nothing_is_tried_twice(
    machine: Machine, translator: Translator, status: int, body: bytes, why: str
) -> None:
    machine.answers["/translate"] = saying(status, body)
    assert (await reason(translator), machine.paths) == (why, ["/languages", "/translate"])


async def test_log_says_what_it_complains_of_and_no_key(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.key = "another"
    with caplog.at_level(logging.WARNING):
        assert await reason(LibreTranslate(machine.url, "of-the-house")) == "failed"
    assert caplog.messages == [
        f"translator 127.0.0.1:{machine.server_port}: POST /translate answers 403 'Invalid API key'"
    ]


# ── Bad servers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/languages", "/translate"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(machine: Machine, translator: Translator, path: str, status: int) -> None:
    machine.answers[path] = saying(status, b"", Location=f"{machine.url}elsewhere")
    assert await reason(translator) == "failed"
    assert "/elsewhere" not in machine.paths


async def test_no_proxy_is_asked(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with machines.running() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await LibreTranslate(machine.url).translate("Why?", "en", "de") == "[de] Why?"
        assert proxy.paths == []


GARBAGE = [
    b"",
    b"garbage",
    b"null",
    b"[]",
    b"{}",
    b'{"translatedText": null}',
    b'{"translatedText": ["Warum?"]}',
    b'{"translatedText": ""}',
    b'{"translatedText": " \\u200b\\n"}',
    b'{"translatedText": "\\ud800"}',
    b'{"translatedText": "\xff"}',
    b'{"translatedText": "cut',
    b"[" * 100_000,
    b'{"translatedText": "' + b"x" * (LENGTH + 1) + b'"}',
]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("path", ["/languages", "/translate"])
async def test_garbage_is_no_translation(machine: Machine, translator: Translator, path: str, body: bytes) -> None:
    machine.answers[path] = saying(200, body)
    assert await reason(translator) == ("language" if (path, body) == ("/languages", b"[]") else "failed")


@pytest.mark.parametrize("misbehave", [Handler.hang_up, Handler.stop_short, Handler.no_http])
async def test_broken_line_is_no_translation(
    machine: Machine, translator: Translator, misbehave: Callable[[Handler], None]
) -> None:
    machine.answers["/translate"] = misbehave
    assert await reason(translator) == "failed"


async def test_nobody_there_is_no_translation() -> None:
    with machines.running() as gone:
        url = gone.url
    assert await reason(LibreTranslate(url)) == "failed"


@pytest.mark.parametrize("misbehave", [Handler.flood, Handler.flood_endlessly])
async def test_answer_of_50_megabytes_is_not_read(
    machine: Machine, translator: Translator, misbehave: Callable[[Handler], None]
) -> None:
    machine.answers["/translate"] = misbehave
    assert await reason(translator) == "failed"
    assert await threads_gone()


@pytest.mark.parametrize("misbehave", [Handler.hold, Handler.drip, Handler.drip_head])
@pytest.mark.parametrize("path", ["/languages", "/translate"])
async def test_slow_server_is_given_up_and_holds_no_thread(
    machine: Machine, hasty: LibreTranslate, path: str, misbehave: Callable[[Handler], None]
) -> None:
    machine.answers[path] = misbehave
    begun = time.monotonic()
    assert await reason(hasty) == "slow"
    assert SHORT <= time.monotonic() - begun < SOON
    assert await threads_gone()
    machine.answers.clear()
    assert await hasty.translate("Why?", "en", "de") == "[de] Why?"


async def test_few_are_translated_at_once_few_wait_and_the_rest_is_told(machine: Machine) -> None:
    translator = LibreTranslate(machine.url)
    await translator.translate("first", "en", "de")  # its languages are known from here on
    machine.answers["/translate"] = Handler.hold
    many = AT_ONCE + WAITING
    asked = [asyncio.create_task(translator.translate(f"text {number}", "en", "de")) for number in range(many)]
    assert await until(lambda: len(machine.texts) == 1 + AT_ONCE)
    assert await reason(translator) == "busy"
    machine.going.set()
    assert await asyncio.gather(*asked) == [f"[de] text {number}" for number in range(many)]
    assert (machine.most, len(machine.texts)) == (AT_ONCE, 1 + many)
    assert await translator.translate("last", "en", "de") == "[de] last"


async def test_who_waits_too_long_is_told_and_never_sent(machine: Machine) -> None:
    translator = LibreTranslate(machine.url)
    await translator.translate("first", "en", "de")
    machine.answers["/translate"] = Handler.hold
    held = [asyncio.create_task(translator.translate(f"text {number}", "en", "de")) for number in range(AT_ONCE)]
    assert await until(lambda: len(machine.texts) == 1 + AT_ONCE)
    translator.limit = 0.2
    assert await asyncio.gather(*(reason(translator, "late") for _ in range(3))) == ["slow"] * 3
    machine.going.set()
    assert await asyncio.gather(*held) == [f"[de] text {number}" for number in range(AT_ONCE)]
    assert "late" not in machine.texts


async def test_who_goes_away_leaves_no_place_taken(machine: Machine) -> None:
    translator = LibreTranslate(machine.url)
    await translator.translate("first", "en", "de")
    machine.answers["/translate"] = Handler.hold
    asked = [asyncio.create_task(translator.translate(f"text {number}", "en", "de")) for number in range(4)]
    assert await until(lambda: len(machine.texts) == 1 + AT_ONCE)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert await threads_gone()
    machine.answers.clear()
    assert await translator.translate("last", "en", "de") == "[de] last"


async def test_who_waits_at_the_end_of_the_server_is_told_at_once(machine: Machine, translator: Translator) -> None:
    machine.answers["/translate"] = Handler.hold
    asked = [asyncio.create_task(reason(translator, f"text {number}")) for number in range(5)]
    assert await until(lambda: len(machine.texts) == AT_ONCE)
    begun = time.monotonic()
    translator.stop()
    assert await asyncio.gather(*asked) == ["slow"] * 5
    assert time.monotonic() - begun < SOON
    assert await reason(translator) == "busy"
    assert await threads_gone()


# ── Languages ────────────────────────────────────────────────────────────────────────────────────────────────────────

OLD = ("ar", "de", "en", "nb", "pb", "pt", "zh", "zt", "he", "tl", "sr")
NEW = ("ar", "de", "en", "nb", "pt", "pt-BR", "zh-Hans", "zh-Hant", "sr-Latn")


@pytest.mark.parametrize(
    "tag, old, new",
    [
        ("ar", "ar", "ar"),
        ("ar-EG", "ar", "ar"),
        ("AR-eg", "ar", "ar"),
        ("de-AT", "de", "de"),
        ("pt", "pt", "pt"),
        ("pt-PT", "pt", "pt"),
        ("pt-BR", "pb", "pt-BR"),
        ("zh", "zh", "zh-Hans"),
        ("zh-CN", "zh", "zh-Hans"),
        ("zh-Hans", "zh", "zh-Hans"),
        ("zh-Hans-SG", "zh", "zh-Hans"),
        ("zh-Hant", "zt", "zh-Hant"),
        ("zh-TW", "zt", "zh-Hant"),
        ("zh-Hant-HK", "zt", "zh-Hant"),
        ("no", "nb", "nb"),
        ("nb-NO", "nb", "nb"),
        ("iw", "he", None),
        ("fil", "tl", None),
        ("sr-Latn", "sr", "sr-Latn"),
        ("xx", None, None),
    ],
)
def test_tags_become_the_server_s_codes(tag: str, old: str | None, new: str | None) -> None:
    assert (translators.code_of(tag, OLD), translators.code_of(tag, NEW)) == (old, new)


def test_traditional_chinese_is_never_the_other_script() -> None:
    assert translators.code_of("zh-TW", ("zh", "en")) is None


def test_brazilian_falls_back_to_portuguese() -> None:
    assert translators.code_of("pt-BR", ("pt", "en")) == "pt"


@pytest.mark.parametrize(
    "spoken, pair",
    [
        ((Spoken("en", ("de",)), Spoken("de", ("en",))), ("en", "de")),
        ((Spoken("en", ("fr",)), Spoken("de", ("en",))), None),
        ((Spoken("en"), Spoken("de")), ("en", "de")),
        ((Spoken("en"),), None),
        ((), None),
    ],
)
def test_pair_is_one_that_the_server_names(spoken: tuple[Spoken, ...], pair: tuple[str, str] | None) -> None:
    assert translators.pair_of(spoken, "en-GB", "de") == pair
