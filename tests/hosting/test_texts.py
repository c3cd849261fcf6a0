"""Languages by their names, in the reader's language and in their own; the text that is meant."""

import pytest

from hosting import texts


@pytest.mark.parametrize(
    ("tag", "english", "arabic", "own"),
    [
        ("fr", "French", "الفرنسية", "français"),
        ("ar-EG", "Arabic (Egypt)", "العربية (مصر)", "العربية (مصر)"),
        ("zh-Hant", "Chinese (Traditional)", "الصينية (التقليدية)", "中文 (繁體)"),
        ("pt-BR", "Portuguese (Brazil)", "البرتغالية (البرازيل)", "português (Brasil)"),
        ("es-419", "Spanish (Latin America)", "الإسبانية (أمريكا اللاتينية)", "español (Latinoamérica)"),
        ("PT-br", "Portuguese (Brazil)", "البرتغالية (البرازيل)", "português (Brasil)"),  # as it was stored once
        ("kmr", "Kurdish", "الكردية", "kurdî (kurmancî)"),
        ("rom", "Romany", "الغجرية", "Romany"),  # it has a name, but nobody has told us its own
        ("de-1996", "German (1996)", "الألمانية (1996)", "Deutsch (1996)"),
        ("xx", "xx", "xx", "xx"),
        ("floor", "floor", "floor", "floor"),
        ("", "", "", ""),
    ],
)
def test_language_has_a_name_in_others_and_in_its_own(tag: str, english: str, arabic: str, own: str) -> None:
    assert (texts.language_name(tag, "en"), texts.language_name(tag, "ar"), texts.language_name(tag)) == (
        english,
        arabic,
        own,
    )


@pytest.mark.parametrize(("tag", "way"), [("ar-EG", "rtl"), ("zh-Hant", "ltr"), ("ckb", "rtl"), ("xx", "ltr")])
def test_direction_is_of_the_language(tag: str, way: str) -> None:
    assert texts.direction(tag) == way


@pytest.mark.parametrize(
    ("found", "language", "picked"),
    [
        ({"en": "Water", "de": "Wasser"}, "de", ("Wasser", "de")),
        ({"en": "Water", "de-CH": "Wasser"}, "de", ("Wasser", "de-CH")),
        ({"de": "Wasser", "de-CH": "Wasser (CH)"}, "de-CH", ("Wasser (CH)", "de-CH")),
        ({"fr": "Eau", "en": "Water"}, "de", ("Water", "en")),
        ({"fr": "Eau"}, "de", ("Eau", "fr")),
        ({"de": "", "fr": "Eau"}, "de", ("Eau", "fr")),
        ({}, "de", ("", "")),
    ],
)
def test_text_is_the_nearest_there_is(found: dict[str, str], language: str, picked: tuple[str, str]) -> None:
    assert texts.pick(found, language) == picked
