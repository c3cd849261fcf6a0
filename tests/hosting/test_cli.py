"""The command line as people type it, what goes well in a process of its own. The server is in test_serve."""

import contextlib
import os
import resource
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from hosting import demo, moments, people, programme
from hosting.cli import main
from hosting.database import Database
from tests.hosting.programmes import PROGRAMME, changed, counts

OURS = ("AUSTAUSCH_", "WEB_")  # what a developer may have set
SAMPLE = demo.SAMPLE / "programme-2020.toml"


class Shell:
    """A folder to type commands in; the data lies in its `data`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """Exit code, what was printed, what was complained of."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        done = subprocess.run(
            [sys.executable, "-m", "hosting", *words],
            cwd=self.folder,
            env={**inherited, **settings},
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.returncode, done.stdout, done.stderr

    def here(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """The same within this process, which is quicker; what should not rise, rises."""
        none = {name: None for name in os.environ if name.startswith(OURS)}
        with contextlib.chdir(self.folder):
            done = CliRunner(catch_exceptions=False).invoke(main, words, env={**none, **settings})
        return done.exit_code, done.stdout, done.stderr

    def good(self, *words: str) -> str:
        """What a command printed that did what it should, in this process."""
        code, said, complained = self.here(*words)
        assert (code, complained) == (0, "")
        return said

    def opened(self) -> Database:
        database = Database(f"sqlite:///{self.folder / 'data' / 'austausch.sqlite3'}")
        database.start()
        return database


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with the small programme; the tests of this file only add people to it."""
    shell = Shell(tmp_path_factory.mktemp("town"))
    (shell.folder / "programme.toml").write_text(PROGRAMME, "utf-8")
    shell.good("import", "programme.toml")
    return shell


# ── import ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_import_says_what_became_of_every_part(shell: Shell) -> None:
    code, first, complained = shell.run("import", str(SAMPLE))
    second = shell.good("import", str(SAMPLE))
    assert (code, complained) == (0, "")
    assert first.splitlines() == [
        "contributions      30 new",
        "exchanges          18 new",
        "follow ups          5 new",
        "good practices     12 new",
        "series              1 new",
        "sessions           18 new",
        "topics              8 new",
    ]
    assert second == first.replace("new", "as before")


def test_import_says_what_it_overwrote(shell: Shell) -> None:
    (shell.folder / "one.toml").write_text(PROGRAMME, "utf-8")
    (shell.folder / "two.toml").write_text(changed(("Dry cellars", "Cellars, dry")), "utf-8")
    shell.good("import", "one.toml")
    assert shell.good("import", "two.toml").splitlines()[-2:] == [
        'changed         session "Before the clocks go forward": agenda',
        'changed         contribution "Dry cellars": title.en (was "Dry cellars")',
    ]


def test_import_says_every_problem_and_writes_nothing(shell: Shell) -> None:
    text = changed(("minutes = 5,", "minutes = 6,"), ('"Europe/Berlin"', '"Europe/Bonn"'))
    (shell.folder / "broken.toml").write_text(text, "utf-8")
    assert shell.run("import", "broken.toml") == (
        1,
        "",
        'series.zone: there is no time zone "Europe/Bonn"\n'
        'session[1] "before-spring".agenda: its minutes add up to 46, the session has 45\n',
    )
    assert not (shell.folder / "data").exists()


@pytest.mark.parametrize("file", ["missing.toml", "."])
def test_import_needs_a_file(shell: Shell, file: str) -> None:
    code, said, complained = shell.here("import", file)
    assert (code, said) == (2, "")
    assert file in complained


# ── person, token ────────────────────────────────────────────────────────────────────────────────────────────────────

ADD = ("person", "add", "--name", "Ada Lovelace", "--role", "organiser", "--exchange", "spring")


def test_person_is_added_with_a_link_that_signs_in_once(town: Shell) -> None:
    settings = {"AUSTAUSCH_BASE_URL": "https://exchange.example.org/"}
    code, said, complained = town.run(*ADD, "--email", "ada@example.org", **settings)
    assert (code, complained) == (0, "")
    first, second = said.splitlines()
    id, token = first.removeprefix("person "), second.removeprefix("https://exchange.example.org/sign-in/")
    database = town.opened()
    holder = database.read_now(lambda sql: people.link_holder(sql, token, moments.now()))
    redeemed = database.write_now(lambda sql: people.redeem(sql, token, moments.now()))
    given = [g.role for g in database.read_now(lambda sql: people.grants(sql, "spring")) if g.person == id]
    database.stop()
    assert (holder, redeemed and redeemed[1], given) == ("Ada Lovelace", "/exchanges/spring", ["organiser"])


def test_person_may_be_added_for_one_room(town: Shell) -> None:
    database = town.opened()
    room = database.read_now(programme.sessions)[0].id
    database.stop()
    id = town.good(*ADD, "--room", room).splitlines()[0].removeprefix("person ")
    database = town.opened()
    given = [g.room for g in database.read_now(lambda sql: people.grants(sql, "spring")) if g.person == id]
    database.stop()
    assert given == [room]


def test_expert_is_led_to_the_desk(town: Shell) -> None:
    said = town.good("person", "add", "--name", "Rania Haddad", "--role", "expert", "--exchange", "spring")
    token = said.splitlines()[1].rpartition("/")[2]
    database = town.opened()
    redeemed = database.write_now(lambda sql: people.redeem(sql, token, moments.now()))
    database.stop()
    assert redeemed
    assert redeemed[1] == "/desk"


def test_token_acts_as_the_person(town: Shell) -> None:
    id = town.good(*ADD).splitlines()[0].removeprefix("person ")
    code, said, complained = town.run("token", "--person", id, "--days", "2")
    assert (code, complained) == (0, "")
    token = said.strip()
    database = town.opened()
    found = database.read_now(lambda sql: people.find_token(sql, token, moments.now()))
    database.stop()
    assert (found.person, found.name, found.kind) == (id, "Ada Lovelace", "token")


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "exchange": ((*ADD[:-1], "winter"), 'there is no exchange "winter"'),
    "room": ((*ADD, "--room", "none"), 'there is no room "none" in "spring"'),
    "name": ((*ADD[:2], "--name", " \u202e", *ADD[4:]), "a name has 1 to 80 characters"),
    "person": (("token", "--person", "nobody"), 'there is no person "nobody"'),
}


def test_error_is_a_sentence_in_a_process_of_its_own_too(town: Shell) -> None:
    words, said = WRONG["exchange"]
    assert town.run(*words) == (1, "", f"{said}\n")


@pytest.mark.parametrize("words, said", WRONG.values(), ids=WRONG)
def test_what_is_not_there_is_said_in_one_sentence(town: Shell, words: tuple[str, ...], said: str) -> None:
    database = town.opened()
    before = counts(database)
    assert town.here(*words) == (1, "", f"{said}\n")
    assert counts(database) == before
    database.stop()


def test_room_of_another_exchange_is_not_there(town: Shell) -> None:
    database = town.opened()
    room = database.read_now(lambda sql: programme.sessions(sql, "autumn"))[0].id
    database.stop()
    assert town.here(*ADD, "--room", room) == (1, "", f'there is no room "{room}" in "spring"\n')


@pytest.mark.parametrize(
    "words",
    [
        (*ADD[:5], "mayor", *ADD[6:]),
        ADD[:4],
        ("token", "--person", "x", "--days", "0"),
        ("serve", "--port", "65536"),
        ("nothing",),
    ],
)
def test_words_it_does_not_know_are_named(town: Shell, words: tuple[str, ...]) -> None:
    code, said, complained = town.here(*words)
    assert (code, said, "Error: " in complained) == (2, "", True)


# ── migrate, doctor, settings ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [("--data", "here", "migrate"), ("migrate", "--data", "here")])
def test_data_folder_may_be_named_before_or_after_the_command(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.here(*words) == (0, "The database is at this version.\n", "")
    assert [path.name for path in shell.folder.iterdir()] == ["here"]
    assert (shell.folder / "here" / "austausch.sqlite3").is_file()


def test_doctor_says_what_is_there(town: Shell) -> None:
    said = dict(line.split(maxsplit=1) for line in town.good("doctor").splitlines())
    assert set(said) == {"Python", "SQLite", "database", "sockets", "slides", "translator", "Chromium"}
    assert said["Python"] == sys.version.split()[0]
    assert said["database"].endswith("austausch.sqlite3: WAL, synchronous FULL")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert said["sockets"].partition(";")[0] == f"{limit - 100} at once, as a process may have {limit} files open"
    assert said["translator"] == "off; set translator to propose translations of questions"
    assert said["slides"].startswith(f"pypdfium2 {version('pypdfium2')}, ")


def test_doctor_says_which_machine_translates_and_keeps_its_key(town: Shell) -> None:
    address = "libretranslate:https://translate.example.org/"
    _code, said, _complained = town.here(
        "doctor", AUSTAUSCH_TRANSLATOR=address, AUSTAUSCH_TRANSLATOR_KEY="of-the-house"
    )
    assert f"translator {address}\n" in said
    assert "of-the-house" not in said


@pytest.mark.parametrize(
    "words, settings, said",
    [
        (("serve",), {"WEB_CONCURRENCY": "2"}, "several workers need PostgreSQL and a bus between them; SQLite is one"),
        (("serve",), {"AUSTAUSCH_BUS": "redis://localhost"}, "settings: bus 'redis://localhost' is not known"),
        (("doctor",), {"AUSTAUSCH_PORT": "many"}, "settings: Expected `int`, got `str` - at `$.port`"),
        (("serve",), {"AUSTAUSCH_TRANSLATOR": "deepl:"}, "settings: translator must be libretranslate:https://HOST/"),
        (("migrate",), {"AUSTAUSCH_DATABASE": "postgresql://a/b"}, "settings: database must be sqlite:///FILE"),
        (("migrate",), {"AUSTAUSCH_DATABASE": "sqlite:///:memory:"}, "sqlite:///:memory:: journal_mode is memory"),
        (("migrate", "--data", "taken"), {}, "sqlite:///"),
        (("migrate",), {"AUSTAUSCH_DATABASE": "sqlite:///taken"}, "sqlite:///taken: file is not a database"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_sentence(
    shell: Shell, words: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    (shell.folder / "taken").write_text("a file that is no folder and no database " * 50)
    code, printed, complained = shell.here(*words, **settings)
    assert (code, printed, complained.count("\n")) == (1, "", 1)
    assert complained.startswith(said)
