"""docs/reliability.md says what is so: what it names is there, and no promise stands in it without a test and a figure.

Every rule is a function from text to complaints, and each is shown here to complain about a bad text.
"""

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.__main__ import PARTS
from tests.faults.broken import BROKEN
from tests.faults.storm import KINDS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
PROMISES = ("R1", "R2", "R3", "R4", "R6", "R7", "R8", "R9", "R11", "R12", "R18", "R20")
SAID = ("Proof", "Figures", "Control", "Not promised")  # of each promise, in this order
CHECKER = "The checker"
FIGURE = re.compile(r"\b\d[\d,]* of \d[\d,]*\b")  # a number with its denominator
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)")  # the ids of its parameters may follow
SCRIPTS = {"scripts/faults": "tests/faults/__main__.py", "scripts/bench": "scripts/bench"}  # where options are read


# ── The rules ────────────────────────────────────────────────────────────────────────────────────────────────────────


def sections(text: str) -> dict[str, str]:
    """What stands under each heading, by the heading or the promise that it begins with."""
    found = {}
    for part in text.split("\n## ")[1:]:
        title, _, rest = part.partition("\n")
        promise = re.match(r"R\d+\b", title)
        found[promise[0] if promise else title] = rest
    return found


def collected(file: Path) -> set[str]:
    """The names of a file's tests, read and not run."""
    tree = ast.parse(file.read_text("utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def rule_of_tests(text: str) -> Iterator[str]:
    for file, test in TEST.findall(text):
        if not (ROOT / file).is_file():
            yield f"{file} is not there"
        elif test not in collected(ROOT / file):
            yield f"{file} has no test {test}"


def rule_of_files(text: str) -> Iterator[str]:
    """Paths stand in backticks, from the root, or are links, from `docs/`."""
    named = {ROOT / path for path in re.findall(r"`([a-z]+/[\w./-]*)", text)}
    named |= {ROOT / "docs" / path for path in re.findall(r"\]\(([^)#:]+)\)", text)}
    for path in sorted(named):
        if not path.exists():
            yield f"{path} is not there"


def rule_of_promises(text: str) -> Iterator[str]:
    """Each says of itself the same things, and has a test and a figure among them."""
    found = {name: rest for name, rest in sections(text).items() if re.fullmatch(r"R\d+", name)}
    if list(found) != list(PROMISES):
        yield f"the promises are {list(found)}"
    for name, rest in found.items():
        said = re.findall(r"^- \*\*([\w ]+)\.\*\*", rest, re.M)
        if said != list(SAID):
            yield f"{name} says {said}"
        if not TEST.search(rest):
            yield f"{name} has no test"
        figures = rest.partition("- **Figures.**")[2].partition("\n- **")[0]
        if not FIGURE.search(figures):
            yield f"{name} has no figure with a denominator"


def rule_of_broken_servers(text: str) -> Iterator[str]:
    named = set(re.findall(r"`([a-z-]+)`", sections(text).get(CHECKER, "")))
    for name in BROKEN.keys() - named:
        yield f"the broken server {name} is not named"
    if f"{len(BROKEN)} of {len(BROKEN)}" not in text:
        yield f"there are {len(BROKEN)} broken servers"


def options(file: Path) -> set[str]:
    """The options of a command line, as its parser is told them."""
    calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
    told = (call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument")
    return {first.value for first in told if isinstance(first, ast.Constant) and isinstance(first.value, str)}


def scenes(file: Path) -> set[str]:
    """The scenes of `scripts/bench`, which cannot be imported."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.AnnAssign(target=ast.Name(id="SCENES"), value=ast.Dict(keys=keys)):
                return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return set()


def rule_of_scripts(text: str) -> Iterator[str]:
    """A command is named as it is typed: `scripts/faults --only crashes`."""
    parts = {"scripts/faults": {*PARTS, *KINDS}, "scripts/bench": scenes(ROOT / "scripts" / "bench")}
    for command in re.findall(r"`(scripts/[^`]+)`", text):
        script, *words = shlex.split(command)
        if script not in SCRIPTS:
            if words:
                yield f"{script} is not known here"
            continue
        known = options(ROOT / SCRIPTS[script])
        for before, word in zip((script, *words), words, strict=False):
            if word.startswith("--") and word not in known:
                yield f"{script} has no {word}"
            if before == "--only" and word not in parts[script]:
                yield f"{script} has no part {word}"
    everywhere = set[str]().union(*(options(ROOT / file) for file in SCRIPTS.values()))
    for alone in re.findall(r"`(--[a-z-]+)`", text):
        if alone not in everywhere:
            yield f"no script has {alone}"


# ── The page keeps them ──────────────────────────────────────────────────────────────────────────────────────────────

Rule = Callable[[str], Iterator[str]]
RULES: tuple[Rule, ...] = (rule_of_tests, rule_of_files, rule_of_promises, rule_of_broken_servers, rule_of_scripts)


@pytest.mark.parametrize("rule", RULES)
def test_page_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(PAGE)) == []


def test_page_names_enough_for_the_rules_to_hold_for_something() -> None:
    assert len(set(TEST.findall(PAGE))) > 2 * len(PROMISES)
    assert len(re.findall(r"`scripts/faults --only ", PAGE)) > len(PARTS)


# ── Each rule can fail ───────────────────────────────────────────────────────────────────────────────────────────────


def without(text: str) -> str:
    """The page without this."""
    assert text in PAGE
    return PAGE.replace(text, "")


FIRST = "- **Figures.** 0 of 9\n- **Control.** none\n- **Not promised.** more"
BAD: list[tuple[Rule, str, str]] = [
    (rule_of_tests, "`tests/faults/test_gone.py::test_it`", "tests/faults/test_gone.py is not there"),
    (rule_of_tests, "`tests/test_docs.py::test_gone[a b]`", "tests/test_docs.py has no test test_gone"),
    (rule_of_tests, "`tests/test_docs.py::section`", "tests/test_docs.py has no test section"),
    (rule_of_files, "`hosting/gone.py`", f"{ROOT}/hosting/gone.py is not there"),
    (rule_of_files, "see [it](gone.md)", f"{ROOT}/docs/gone.md is not there"),
    (rule_of_promises, without("\n## R6 "), f"the promises are {[each for each in PROMISES if each != 'R6']}"),
    (rule_of_promises, f"\n## R1 x\n- **Proof.** by hand\n{FIRST}", "R1 has no test"),
    (rule_of_promises, "\n## R1 x\n- **Proof.** `tests/a.py::test_a`", "R1 says ['Proof']"),
    (
        rule_of_promises,
        f"\n## R1 x\n- **Proof.** 1 of 2\n{FIRST.replace('0 of 9', '0 lost')}",
        "R1 has no figure with a denominator",
    ),
    (rule_of_broken_servers, without("`wrong-room`"), "the broken server wrong-room is not named"),
    (rule_of_broken_servers, PAGE.replace("11 of 11", "9 of 9"), f"there are {len(BROKEN)} broken servers"),
    (rule_of_scripts, "`scripts/faults --all`", "scripts/faults has no --all"),
    (rule_of_scripts, "`scripts/faults --seed 1 --only weather`", "scripts/faults has no part weather"),
    (rule_of_scripts, "`scripts/bench --only storm`", "scripts/bench has no part storm"),
    (rule_of_scripts, "`--all` is gone", "no script has --all"),
    (rule_of_scripts, "`scripts/gone --all`", "scripts/gone is not known here"),
]


@pytest.mark.parametrize(("rule", "text", "complaint"), BAD)
def test_rule_complains_about_a_bad_text(rule: Rule, text: str, complaint: str) -> None:
    assert [said for said in rule(text) if said == complaint] == [complaint]


GOOD: list[tuple[Rule, str]] = [
    (rule_of_tests, "`tests/test_docs.py::test_readme_lists_every_command[any]` and `tests/test_docs.py`"),
    (rule_of_files, "`docs/decisions.md`, [it](decisions.md), [elsewhere](https://example.org/a)"),
    (rule_of_scripts, '`scripts/faults --only "slow readers" --json FILE`, `scripts/bench --only crowd --rounds 3`'),
    (rule_of_scripts, "`scripts/faults --only SIGKILL`, `scripts/test`"),
]


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_rule_lets_a_good_text_pass(rule: Rule, text: str) -> None:
    assert list(rule(text)) == []
