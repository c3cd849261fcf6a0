"""Every sentence is there in every language, with the words to be filled in, and in the right number."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from hosting import texts

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = [language for language in texts.LANGUAGES if language != "en"]
FORMS = {"de": 2, "ar": 6}


def messages(language: str) -> list[Message]:
    with (texts.LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return [message for message in read_po(source, locale=language) if message.id]


def words(sentence: str) -> set[str]:
    """What is filled in: {name} and %(name)s."""
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", sentence))


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
            forms = tuple(message.string or ())
            assert len(forms) == FORMS[language], message.id
            for form in forms:  # a form for one thing may say "one"
                assert words(form) <= words(message.id[1]), message.id
            assert words(forms[-1]) == words(message.id[1]), message.id


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "لا جلسات"), (1, "جلسة واحدة"), (2, "جلستان"), (5, "5 جلسات"), (18, "18 جلسة"), (100, "100 جلسة")],
)
def test_arabic_counts_in_six_forms(count: int, said: str) -> None:
    form = texts.catalog("ar").ngettext("%(num)s session", "%(num)s sessions", count)
    assert form % {"num": count} == said


def test_scripts_get_their_sentences_and_no_others() -> None:
    given = texts.browser_catalog("ar")
    assert given["Ask a question"] == "اطرح سؤالًا"
    assert given["{num} vote"] == ("بلا أصوات", "صوت واحد", "صوتان", "{num} أصوات", "{num} صوتًا", "{num} صوت")
    assert "Who would you like to be?" not in given
    assert texts.browser_catalog("en") == {}


def test_every_refusal_is_a_sentence_in_every_language() -> None:
    facts = {"limit": 5, "field": "text", "command": "x"}
    for code in texts.REFUSALS:
        said = {texts.refusal(code, facts, language) for language in texts.LANGUAGES}
        assert len(said) == len(texts.LANGUAGES), code
