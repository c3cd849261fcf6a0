"""A programme file of the wrong shape: every problem is said with its place. References: test_broken_references."""

import pytest

from hosting import importing
from hosting.database import Database
from hosting.importing import BrokenFile
from tests.hosting.programmes import PROGRAMME, changed, rows, take_in

SERIES = "series"
BEFORE = 'session[1] "before-spring"'
ACROSS = 'session[2] "across-spring"'
SLOT = 'contribution[1] "dry-cellars"'


ONE: dict[str, tuple[str, list[str]]] = {
    "not TOML": ("[series\n", ["not TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"]),
    "empty": ("", ["series: is missing", "exchange: is missing"]),
    "only comments": ("# nothing yet\n", ["series: is missing", "exchange: is missing"]),
    "brackets a thousand deep": ("a = " + "[" * 9_000, ["not TOML: maximum recursion depth exceeded"]),
    "no such day": (
        changed(("2027-03-28\nends", "2027-02-30\nends")),
        ["not TOML: Invalid date or datetime (at line 24, column 10)"],
    ),
    "the same key twice": (
        changed(('slug = "rivers"', 'slug = "rivers"\nslug = "x"')),
        ["not TOML: Cannot overwrite a value (at line 4, column 11)"],
    ),
    "unknown part": (changed(("[[topic]]", "[[topics]]")), ["topics: nobody knows this part"]),
    "part not in double brackets": (
        "[exchange]\n[series]",
        [
            f"{SERIES}: `slug` is missing",
            "exchange: must be written [[exchange]]",
        ],
    ),
    "unknown key": (
        changed(("public = false", "publick = false")),
        ['exchange[3] "circle": there is no `publick` here'],
    ),
    "public is no boolean": (
        changed(("public = false", 'public = "no"')),
        ['exchange[3] "circle".public: expected true or false, got a text'],
    ),
    "missing field": (changed(('topic = "floods"\n', "")), [f"{BEFORE}: `topic` is missing"]),
    "entry without an id": (
        changed(('id = "across-spring"\n', "")),
        ["session[2]: `id` is missing"],
    ),
    "wrong type": (
        changed(("minutes = 5,", 'minutes = "5",')),
        [f"{BEFORE}.agenda[1].minutes: expected a whole number, got a text"],
    ),
    "minutes below one": (
        changed(("minutes = 5,", "minutes = 0,")),
        [f"{BEFORE}.agenda[1].minutes: expected a whole number >= 1"],
    ),
    "unknown kind": (
        changed(('kind = "closing"', 'kind = "party"')),
        ["exchange[3] \"circle\".kind: invalid enum value 'party'"],
    ),
    "slug with a space": (
        changed(('"autumn"', '"late autumn"')),
        [
            'exchange[2] "late autumn".slug: small letters, digits and single dashes are expected',
        ],
    ),
    "bad language tag": (
        changed(('languages = ["es"]', 'languages = ["español"]')),
        [
            f"{ACROSS}.languages[1]: a language tag is expected, such as en or pt-BR",
        ],
    ),
    "control characters": (changed(('"Amman"', '"Am\\u001bman"')), [f"{SLOT}.expert.city: has control characters"]),
}


def problems(raw: bytes) -> list[str]:
    with pytest.raises(BrokenFile) as broken:
        importing.read(raw)
    assert str(broken.value) == "\n".join(broken.value.problems)
    return broken.value.problems


@pytest.mark.parametrize("text, said", ONE.values(), ids=ONE)
def test_problem_is_named_with_its_place(text: str, said: list[str]) -> None:
    assert problems(text.encode()) == said


@pytest.mark.parametrize(
    "raw, said",
    [
        (PROGRAMME.encode("utf-16"), ["not UTF-8: byte 0"]),
        (PROGRAMME.encode("latin-1", "replace"), [f"not UTF-8: byte {PROGRAMME.index('ü')}"]),
        (b"\x89PNG\r\n\x1a\n\x00", ["not UTF-8: byte 0"]),
        (b"\x00" * 100, ["not TOML: Invalid statement (at line 1, column 1)"]),
    ],
)
def test_what_is_no_text_is_said(raw: bytes, said: list[str]) -> None:
    assert problems(raw) == said


def test_problems_of_shape_in_many_entries_are_all_said() -> None:
    text = changed(
        ('id = "across-spring"\n', ""), ("public = false", "public = 0"), ('language = "fr"', "language = 1")
    )
    assert problems(text.encode()) == [
        'exchange[3] "circle".public: expected true or false, got a whole number',
        "session[2]: `id` is missing",
        f"{SLOT}.language: expected a text, got a whole number",
    ]


def test_nothing_of_a_broken_file_is_written(database: Database) -> None:
    take_in(database)
    before = rows(database)
    for text, _said in ONE.values():
        with pytest.raises(BrokenFile):
            take_in(database, text)
    assert rows(database) == before
