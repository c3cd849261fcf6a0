"""The house rules of DESIGN.md that a machine can keep: who imports whom, where SQL lives, how long a file may be,
and what templates and style sheets never contain. Every rule is a function from text to complaints, and each is shown
here to complain about a bad text.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES = 400  # the end of a file; 250 is a lot

IMPURE = frozenset(
    {"os", "pathlib", "random", "secrets", "socket", "sqlite3", "subprocess", "threading", "time", "uuid"}
)
HUB = ("fanout", "hub", "presence", "rows", "tallies", "turns")  # the hub and its parts
LOOPS = frozenset(f"rooms.{name}" for name in (*HUB, "memory"))
FEATURES = frozenset(
    f"rooms.{name}"
    for name in (
        *("agenda", "questions", "hands", "polls", "interpretation", "contributions", "slides", "captions"),
        *("chat", "booths", "people", "reactions", "timetable", "asked", "sight", "translations"),
    )
)
PARTS = {  # features in several files, which are theirs alone
    "rooms.interpretation": ("rooms.booths",),
    "rooms.agenda": ("rooms.timetable",),
    "rooms.questions": ("rooms.asked", "rooms.translations"),
    "rooms.asked": ("rooms.translations",),
    "rooms.sight": ("rooms.asked", "rooms.translations"),
}

# Lowest first; a module imports from its own layer and those below.
LAYERS: dict[str, tuple[str, ...]] = {
    "ground": ("config", "errors", "moments", "rendering", "sheet", "streams"),
    "database": (
        "alone",
        "database",
        "files",
        "migrations",
        "schema",
        "tables",
        "tables_languages",
        "tables_sound",
        "writer",
    ),
    "stores": (
        *(
            "admission",
            "ballots",
            "boxes",
            "conflicts",
            "editing",
            "grants",
            "listeners",
            "log",
            "needs",
            "people",
            "planning",
            "presentations",
            "programme",
        ),
        *("receipts", "recordings", "terms"),
    ),
    "services": (
        *("channels", "engine", "packets", "relay", "tickets"),
        *("archive", "calendars", "checking", "chores", "connections", "demo", "demo_files", "demo_sessions"),
        *("demand", "demo_languages"),
        *("document", "drafts", "entrance", "errands", "facts", "fastlane", "importing", "labels", "lanes", "live"),
        "attendance",
        *("directory", "glances", "lookout", "media", "proofs", "publishing", "render"),
        *(
            "following",
            "publication",
            "seats",
            "security",
            "talk",
            "texts",
            "transcripts",
            "translators",
            "uploads",
            "wordlist",
        ),
        "speaking",
        *("ogg", "recording", "tapes", "tracks"),
    ),
    "site": ("site",),
    "routes": ("routes",),
    "app": ("app",),
    "commands": ("server", "cli", "__main__"),
}
HEIGHT = {f"hosting.{name}": height for height, names in enumerate(LAYERS.values()) for name in names}
SQL = frozenset(f"hosting.{name}" for name in (*LAYERS["database"], *LAYERS["stores"]))
HANDLES = frozenset({"sqlalchemy", "sqlalchemy.Connection", "sqlalchemy.Engine"})  # what others may name, to pass it on


# ── The rules ────────────────────────────────────────────────────────────────────────────────────────────────────────


def imports(source: str) -> Iterator[str]:
    """Every dotted name that is imported, wherever it stands; `from a import b` gives a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms_rules(module: str, source: str) -> Iterator[str]:
    """Rules 1 and 2: `rooms` is pure, and its features know the core but not each other."""
    for name in imports(source):
        top = name.split(".")[0]
        if top not in {"msgspec", "rooms"} and (top not in sys.stdlib_module_names or top in IMPURE):
            yield f"{module} imports {name}"
        if top == "asyncio" and module not in LOOPS:
            yield f"{module} imports {name}; asyncio belongs to the hub and memory"
        known = f"{name}.".startswith(tuple(f"{part}." for part in ("rooms.core", *PARTS.get(module, ()))))
        if module in FEATURES and top == "rooms" and name != "rooms" and not known:
            yield f"{module} imports {name}; a feature knows only the core"
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(
                value=ast.Name(id="datetime" | "date" | "dt") | ast.Attribute(attr="datetime" | "date"),
                attr="now" | "utcnow" | "today" as attr,
            ):
                yield f"{module} reads the clock by {attr}"
            case ast.Call(func=ast.Name(id="open" | "print" | "input" as name)):
                yield f"{module} calls {name}"


def speaks_sql(module: str) -> bool:
    return ".".join(module.split(".")[:2]) in SQL


def layer(module: str) -> int | None:
    return HEIGHT.get(".".join(module.split(".")[:2]))


def hosting_rules(module: str, source: str) -> Iterator[str]:
    """Rule 3: `hosting` imports downward, and only the database and the stores speak SQL."""
    if module == "hosting":
        return
    own = layer(module)
    if own is None:
        yield f"{module} has no layer; give it one in {Path(__file__).name}"
        return
    for name in imports(source):
        if name.startswith("."):
            yield f"{module} imports {name}; imports are absolute"
        if name.startswith("tests"):
            yield f"{module} imports {name}"
        above = layer(name)
        if name.startswith("hosting.") and above is not None and above > own:
            yield f"{module} imports {name}, which lies above it"
        if not speaks_sql(module) and name.startswith("sqlalchemy") and name not in HANDLES:
            yield f"{module} imports {name}; SQL belongs to the stores"
        if not speaks_sql(module) and name.startswith("hosting.tables"):
            yield f"{module} imports the tables; SQL belongs to the stores"
    for node in ast.walk(ast.parse(source)):
        if not speaks_sql(module) and isinstance(node, ast.Attribute) and node.attr == "execute":
            yield f"{module} executes SQL; it belongs to the stores"


def length_rule(module: str, source: str) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > LINES:
        yield f"{module} has {lines} lines; split it by meaning"


def page_rules(module: str, source: str) -> Iterator[str]:
    """What the CSP would refuse, and what would pass by autoescape."""
    for script, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, re.S | re.I):
        data = re.search(r"""\btype=["']application/json["']""", script)
        if not data and (body.strip() or "src=" not in script):
            yield f"{module} has an inline script"
    if re.search(r"<style\b", source, re.I) or re.search(r"""\sstyle\s*=\s*["'{$]""", source, re.I):
        yield f"{module} has an inline style"
    if handler := re.search(r"""<[a-z][^<>]*\s(on[a-z]+)\s*=""", source, re.I):
        yield f"{module} has the inline handler {handler[1]}"
    if re.search(r"\|\s*safe\b|\bautoescape\s+false\b", source):
        yield f"{module} goes around autoescape"
    if "javascript:" in source:
        yield f"{module} has a javascript: address"


IMPORTED = re.compile(r"""^\s*(?:import|export)\b(?:[^;"']*?\bfrom\b)?\s*\(?\s*["']([^"']+)["']""", re.M)


def script_rules(module: str, source: str) -> Iterator[str]:
    """What Trusted Types would refuse, and what would not run in a browser as it is."""
    for danger in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "unsafeHTML",
    ):
        if danger in source:
            yield f"{module} uses {danger}"
    if re.search(r"""\sstyle=["'$]""", source):
        yield f"{module} has an inline style"
    for address in IMPORTED.findall(source):
        if not address.startswith(("./", "../")) or not address.endswith(".js"):
            yield f"{module} imports {address}; only relative paths of files, there is no build"


SIDE = r"(?:left|right|top|bottom)"
PHYSICAL = re.compile(
    rf"""(?<![-\w])(?:
        (?:(?:scroll-)?(?:margin|padding)|border)-{SIDE}(?:-[a-z-]+)?\s*: |
        {SIDE}\s*: |
        (?:text-align|float|clear)\s*:\s*(?:left|right)\b
    )""",
    re.X,
)


def style_rules(module: str, source: str) -> Iterator[str]:
    """Logical directions only, so that a page from right to left needs no rule of its own."""
    plain = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    for found in PHYSICAL.finditer(plain):
        yield f"{module} has the physical direction {found[0].strip()!r}"
    if re.search(r"https?://|@import", plain):
        yield f"{module} loads from elsewhere"


# ── The house keeps them ─────────────────────────────────────────────────────────────────────────────────────────────

Rule = Callable[[str, str], Iterator[str]]
HOUSE: list[tuple[Rule, str, str]] = [
    (rooms_rules, "rooms", "py"),
    (hosting_rules, "hosting", "py"),
    (page_rules, "templates", "html"),
    (script_rules, "static", "js"),
    (style_rules, "static", "css"),
    *((length_rule, folder, ending) for folder in ("rooms", "hosting", "tests") for ending in ("py",)),
    (length_rule, "templates", "html"),
    (length_rule, "static", "js"),
    (length_rule, "static", "css"),
]


def files(folder: str, ending: str) -> list[Path]:
    return [file for file in sorted((ROOT / folder).rglob(f"*.{ending}")) if "vendor" not in file.parts]


def named(file: Path) -> str:
    """A module by its dotted name, any other file by its path."""
    path = file.relative_to(ROOT)
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__") if path.suffix == ".py" else path.as_posix()


@pytest.mark.parametrize(("rule", "folder", "ending"), HOUSE)
def test_house_keeps_the_rule(rule: Rule, folder: str, ending: str) -> None:
    found = files(folder, ending)
    assert found, f"no *.{ending} in {folder}: the rule would hold for nothing"
    assert [complaint for file in found for complaint in rule(named(file), file.read_text("utf-8"))] == []


# ── Each rule can fail ───────────────────────────────────────────────────────────────────────────────────────────────

BAD: list[tuple[Rule, str, str]] = [
    (rooms_rules, "rooms.room", "import hosting.log"),
    (rooms_rules, "rooms.room", "def f():\n    from hosting import log"),
    (rooms_rules, "rooms.core", "import sqlalchemy"),
    (rooms_rules, "rooms.core", "from . import room"),
    *((rooms_rules, "rooms.core", f"import {name}") for name in sorted(IMPURE)),
    (rooms_rules, "rooms.core", "from os import path"),
    (rooms_rules, "rooms.core", "import asyncio"),
    (rooms_rules, "rooms.core", "from datetime import datetime\nmoment = datetime.now"),
    (rooms_rules, "rooms.core", "import datetime\nmoment = datetime.datetime.utcnow()"),
    (rooms_rules, "rooms.core", "from datetime import date\nday = date.today()"),
    (rooms_rules, "rooms.core", "open('file')"),
    (rooms_rules, "rooms.questions", "from rooms import agenda"),
    (rooms_rules, "rooms.questions", "import rooms.room"),
    (rooms_rules, "rooms.captions", "from rooms.booths import Channel"),
    (rooms_rules, "rooms.agenda", "from rooms.core_of_another import x"),
    (hosting_rules, "hosting.unheard_of", ""),
    (hosting_rules, "hosting.config", "from hosting import database"),
    (hosting_rules, "hosting.people", "from hosting.live import Live"),
    (hosting_rules, "hosting.live", "from hosting.site import site"),
    (hosting_rules, "hosting.render", "from hosting.routes import pages"),
    (hosting_rules, "hosting.routes.pages", "from hosting.app import create_app"),
    (hosting_rules, "hosting.app", "import hosting.cli"),
    (hosting_rules, "hosting.routes.pages", "from sqlalchemy import select"),
    (hosting_rules, "hosting.routes.pages", "from hosting import tables"),
    (hosting_rules, "hosting.demand", "from hosting.tables_languages import needs"),
    (hosting_rules, "hosting.live", "def f(c): c.execute('DELETE FROM people')"),
    (hosting_rules, "hosting.live", "from . import log"),
    (hosting_rules, "hosting.live", "from tests import conftest"),
    (length_rule, "rooms.core", "\n" * (LINES + 1)),
    (page_rules, "bad.html", "<script>alert(1)</script>"),
    (page_rules, "bad.html", '<script type="module" src="x.js">alert(1)</script>'),
    (page_rules, "bad.html", "<style>p { color: red }</style>"),
    (page_rules, "bad.html", '<p class="a" style="color: red">'),
    (page_rules, "bad.html", '<button type="button" onclick="go()">'),
    (page_rules, "bad.html", "{{ text|safe }}"),
    (page_rules, "bad.html", "{% autoescape false %}"),
    (page_rules, "bad.html", '<a href="javascript:go()">'),
    (script_rules, "bad.js", "this.innerHTML = text"),
    (script_rules, "bad.js", 'html`<p style="color: ${c}">`'),
    (script_rules, "bad.js", 'import { html } from "lit-html";'),
    (script_rules, "bad.js", 'import "./room";'),
    (script_rules, "bad.js", 'export {\n  html,\n} from "lit";'),
    (style_rules, "bad.css", "p { margin-left: 1em }"),
    (style_rules, "bad.css", "p { border-top-right-radius: 1em }"),
    (style_rules, "bad.css", "p {left:0}"),
    (style_rules, "bad.css", "p { text-align: right; }"),
    (style_rules, "bad.css", '@import "other.css";'),
]


@pytest.mark.parametrize(("rule", "name", "text"), BAD)
def test_rule_complains_about_a_bad_text(rule: Rule, name: str, text: str) -> None:
    assert len(list(rule(name, text))) >= 1


GOOD: list[tuple[Rule, str, str]] = [
    (rooms_rules, "rooms.hub", "import asyncio\nimport msgspec\nfrom rooms import agenda, room\nnow = clock.now()"),
    (rooms_rules, "rooms.questions", "from rooms.core import Event\nfrom datetime import datetime"),
    (hosting_rules, "hosting.people", "from sqlalchemy import select\nfrom hosting import tables"),
    (
        hosting_rules,
        "hosting.routes.organise",
        "from sqlalchemy import Connection\nfrom hosting.routes.sign_in import form",
    ),
    (hosting_rules, "hosting.cli", "from hosting.app import create_app"),
    (
        page_rules,
        "good.html",
        '<script type="application/json" id="texts">{{ texts }}</script><p class="on">once=1</p>',
    ),
    (script_rules, "good.js", 'import { html } from "../vendor/lit-html/lit-html.js";'),
    (script_rules, "good.js", 'const text = _("A question from") + " (" + name + ")";'),
    (style_rules, "good.css", "/* left: 1 */ p { margin-inline-start: 1em; inset-block-start: 0; text-align: start }"),
]


@pytest.mark.parametrize(("rule", "name", "text"), GOOD)
def test_rule_lets_a_good_text_pass(rule: Rule, name: str, text: str) -> None:
    assert list(rule(name, text)) == []
