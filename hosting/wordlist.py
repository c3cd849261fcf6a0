"""A word list as lines of text: read from what somebody pastes out of a spreadsheet, written as a file for one.

The first line may name the languages of the columns, by tag; else they are those that are given.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from hosting.terms import LENGTH, Term, Words
from rooms.core import TAG, blank, canonical

LINES = 3_000  # of one list
SIGNS = ("\t", ";", ",")  # between columns: what a spreadsheet copies comes first
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class Unreadable(Exception):
    """A line that cannot be taken: its number, and why: `columns`, `long`, `lines`."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


def read(text: str, languages: Sequence[str]) -> list[Words]:
    """The terms of a list; a line with nothing in it is none. Unreadable."""
    lines = [line for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    if len(lines) > LINES:
        raise Unreadable(LINES + 1, "lines")
    sign = next((sign for sign in SIGNS if lines and sign in lines[0]), ",")
    try:
        rows = [[tidy(cell) for cell in row] for row in csv.reader(lines, delimiter=sign)]
    except csv.Error:
        raise Unreadable(len(lines), "columns") from None
    columns, start = languages, 1
    if rows and names_languages(rows[0], languages):
        columns, start = [canonical(cell) for cell in rows.pop(0)], 2
    found = [term(row, columns, number) for number, row in enumerate(rows, start)]
    return [words for words in found if words]


def names_languages(cells: list[str], expected: Sequence[str]) -> bool:
    """Whether a first line is tags, one of them expected: a short word may look like a tag."""
    tags = {canonical(cell) for cell in cells if re.match(TAG, cell)}
    return len(tags) == len(cells) and bool(tags & {canonical(tag) for tag in expected})


def tidy(cell: str) -> str:
    """A word without what cannot be seen, and as it was before it was written for a spreadsheet."""
    word = " ".join(cell.split())
    word = word[1:] if word.startswith("'") and word[1:].startswith(FORMULA) else word
    return "" if blank(word) else word


def term(row: list[str], columns: Sequence[str], number: int) -> Words:
    if any(row[len(columns) :]):
        raise Unreadable(number, "columns")
    if any(len(cell) > LENGTH for cell in row):
        raise Unreadable(number, "long")
    return {language: word for language, word in zip(columns, row, strict=False) if word}


def write(terms: Iterable[Term], languages: Sequence[str]) -> bytes:
    """RFC 4180 in UTF-8, marked for spreadsheets: a column for each language, and nothing that they would run."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(languages)
    for each in terms:
        words = [each.words.get(language, "") for language in languages]
        rows.writerow(f"'{word}" if word.startswith(FORMULA) else word for word in words)
    return file.getvalue().encode("utf-8-sig")
