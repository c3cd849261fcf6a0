"""Every refusal that the code can make has a sentence, and every sentence a refusal; codes are area.reason."""

import re
from pathlib import Path
from typing import get_args

from hosting import texts
from rooms.people import State

ROOT = Path(__file__).parent.parent.parent
IN_THE_FORM = {"contribution.needed"}  # said beside the field, with what is held
CODE = re.compile(r"^[a-z]+\.[a-z_]+$")
FILES = [path for part in ("rooms", "hosting") for path in sorted((ROOT / part).rglob("*.py"))]
SOURCES = [path.read_text("utf-8") for path in FILES if path.name != "texts.py"]


def made() -> set[str]:
    """Codes as they stand in the source; those of people have their state in them."""
    refused = {code for text in SOURCES for code in re.findall(r'Refused\(\s*"([^"]+)"', text)}
    return refused | {f"person.{state}" for state in get_args(State)}


def test_every_refusal_has_a_sentence_and_every_sentence_a_refusal() -> None:
    assert made() - texts.REFUSALS.keys() == IN_THE_FORM
    in_source = {code for code in texts.REFUSALS if any(f'"{code}"' in text for text in SOURCES)}
    assert texts.REFUSALS.keys() - in_source == set()


def test_codes_are_area_and_reason() -> None:
    assert [code for code in made() if not CODE.match(code)] == []
