"""The README says what is so: every setting, command, path and example in it is held against the program."""

import re
from pathlib import Path

import click
import msgspec
import pytest

from hosting import importing
from hosting.cli import main
from hosting.config import Config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """The text under a heading, up to the next of its kind."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a Markdown table's rows, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def commands(group: click.Group, before: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{before}{name} ")
        else:
            found[f"{before}{name}"] = command
    return found


def test_readme_begins_with_the_two_commands() -> None:
    first = README.split("```")[1]
    assert [line.split("#")[0].strip() for line in first.splitlines()[1:]] == ["scripts/run", "scripts/test"]


def test_readme_lists_every_setting_with_its_variable_and_default() -> None:
    said = {row[0].strip("`"): (row[1].strip("`"), row[2].strip("`")) for row in rows(section("Settings"))}
    shown: dict[str, tuple[str, str]] = {}
    for field in msgspec.structs.fields(Config):
        match field.default:
            case "" | ():
                default = "–"
            case bool() as answer:
                default = str(answer).lower()
            case float() as number:
                default = f"{number:g}"
            case other:
                default = str(other)
        shown[field.name] = (f"AUSTAUSCH_{field.name.upper()}", default)
    assert said == shown


def test_readme_lists_every_command() -> None:
    said = {re.split(r" [<\[A-Z-]", row[0].strip("`"))[0] for row in rows(section("Command line"))}
    assert said == set(commands(main))


@pytest.mark.parametrize("name", commands(main))
def test_readme_names_only_options_that_exist(name: str) -> None:
    row = next(row for row in rows(section("Command line")) if re.split(r" [<\[A-Z-]", row[0].strip("`"))[0] == name)
    there = {option for parameter in commands(main)[name].params for option in parameter.opts}
    assert set(re.findall(r"--[a-z]+", row[0])) <= there


def test_readme_names_only_paths_that_exist() -> None:
    named = {path for path in re.findall(r"[`(]([\w./-]+/[\w./-]*)[`)]", README) if not path.startswith(("/", "data/"))}
    assert len(named) > 10
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_example_programme_can_be_imported() -> None:
    sheet = importing.read((ROOT / "docs" / "programme-example.toml").read_bytes())
    assert [session.id for session in sheet.session] == ["water-in-dry-summers"]
