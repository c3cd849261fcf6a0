"""Every sentence is there in every language, with the words to be filled in, and in the right number."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from hosting import texts

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = [language for language in texts.LANGUAGES if language != "en"]
FORMS = {"de": ("one", "other"), "ar": ("zero", "one", "two", "few", "many", "other")}
WITHOUT_NUMBER = {"zero", "one", "two"}  # forms that may say it in words
CALL = re.compile(r"(?<![\w.])(?:_|ngettext)\(\s*")
LITERAL = re.compile(r"""(?:"([^"\\]+)"|'([^'\\]+)')\s*[,)]""")


def messages(language: str) -> list[Message]:
    with (texts.LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return [message for message in read_po(source, locale=language) if message.id]


def words(sentence: str) -> set[str]:
    """What is filled in: {name} and %(name)s."""
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", sentence))


def said(file: Path) -> set[str]:
    """The sentences a page or script says, read without scripts/translate; fails where one is not a plain literal."""
    text = file.read_text("utf-8")
    sentences = set()
    for call in CALL.finditer(text):
        literal = LITERAL.match(text, call.end())
        assert literal, f"{file.name}: {text[call.start() : call.end() + 60]!r} cannot be translated"
        sentences.add(literal[1] or literal[2])
    return sentences


def scripts() -> list[Path]:
    """All but texts.js, which defines the functions that the others call."""
    return [file for file in sorted((ROOT / "static" / "js").rglob("*.js")) if file.name != "texts.js"]


def test_catalogs_are_complete_and_as_the_sources_say() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "translate"), "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count(" 0 sentences") == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translation_keeps_what_is_filled_in(language: str) -> None:
    for message in messages(language):
        if isinstance(message.id, str):
            assert words(str(message.string)) == words(message.id), message.id
        else:
            assert len(message.string or ()) == len(FORMS[language]), message.id
            for name, form in zip(FORMS[language], message.string or (), strict=True):
                filled, needed = words(form), words(message.id[1])
                assert filled <= needed if name in WITHOUT_NUMBER else filled == needed, (name, message.id)


def test_pages_and_scripts_say_only_what_the_catalogs_can_have() -> None:
    listed: dict[str, set[str]] = {}
    for message in messages("ar"):
        for place, _line in message.locations:
            listed.setdefault(place, set()).add(message.id if isinstance(message.id, str) else message.id[0])
    files = [*scripts(), *sorted((ROOT / "templates").rglob("*.html"))]
    assert len(files) > 20
    for file in files:
        name = file.relative_to(ROOT).as_posix()
        assert listed.get(name, set()) == said(file), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_count_as_browsers_do(language: str) -> None:
    one, many = "{num} vote", "{num} votes"
    forms = next(tuple(message.string or ()) for message in messages(language) if message.id == (one, many))
    for count in range(1000):  # browsers go by the names of CLDR, pages by the catalog's formula
        form = forms[FORMS[language].index(Locale.parse(language).plural_form(count))]
        assert texts.catalog(language).ngettext(one, many, count) == form, count


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "لا جلسات"), (1, "جلسة واحدة"), (2, "جلستان"), (5, "5 جلسات"), (18, "18 جلسة"), (100, "100 جلسة")],
)
def test_arabic_counts_in_six_forms(count: int, said: str) -> None:
    form = texts.catalog("ar").ngettext("%(num)s session", "%(num)s sessions", count)
    assert form % {"num": count} == said


def test_scripts_get_their_sentences_and_no_others() -> None:
    given = texts.browser_catalog("ar")
    assert set(given) == set().union(*map(said, scripts()))
    assert {"Ask a question", "On air"} <= set(given)  # one that pages say too
    assert "Who would you like to be?" not in given
    assert given["{num} vote"] == ("بلا أصوات", "صوت واحد", "صوتان", "{num} أصوات", "{num} صوتًا", "{num} صوت")
    assert texts.browser_catalog("en") == {}


def test_every_refusal_is_a_sentence_in_every_language() -> None:
    facts = {
        "limit": 5,
        "least": 2,
        "most": 9,
        "reason": "x",
        "field": "text",
        "command": "x",
        "pages": 3,
        "type": "x",
        "version": "1",
        "language": "ar",
        "after": 7,
    }
    for code in texts.REFUSALS:
        said = {texts.refusal(code, facts, language) for language in texts.LANGUAGES}
        assert len(said) == len(texts.LANGUAGES), code
