"""Settings: who wins, what is refused by name, and what follows from them."""

from pathlib import Path

import pytest

from hosting.config import Config, load
from hosting.errors import HostingError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "austausch.toml"


# ── Who wins ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "flags, environment, written, port",
    [
        ({}, {}, "", 8000),
        ({}, {}, "port = 1", 1),
        ({}, {"AUSTAUSCH_PORT": "2"}, "port = 1", 2),
        ({"port": 3}, {"AUSTAUSCH_PORT": "2"}, "port = 1", 3),
        ({"port": None}, {"AUSTAUSCH_PORT": "2"}, "port = 1", 2),  # a flag that was not given
        ({"port": 0}, {"AUSTAUSCH_PORT": "2"}, "port = 1", 0),
    ],
)
def test_flag_wins_over_variable_over_file(
    file: Path, flags: dict[str, object], environment: dict[str, str], written: str, port: int
) -> None:
    file.write_text(written)
    assert load(flags, environment, file).port == port


def test_every_setting_can_be_a_variable(file: Path) -> None:
    environment = {
        "AUSTAUSCH_DATA": "/srv/data",
        "AUSTAUSCH_HOST": "::1",
        "AUSTAUSCH_PORT": "80",
        "AUSTAUSCH_DATABASE": "sqlite:////srv/a.sqlite3",
        "AUSTAUSCH_FILES": "/srv/files",
        "AUSTAUSCH_BUS": "memory:",
        "AUSTAUSCH_BASE_URL": "https://exchange.example.org",
        "AUSTAUSCH_ORIGINS": "https://a.example, https://b.example,",
        "AUSTAUSCH_RATE": "0.5",
        "AUSTAUSCH_SERVICE_TOKEN": "12345",
        "AUSTAUSCH_TRANSLATOR": "libretranslate:https://t.example",
        "AUSTAUSCH_TRANSLATOR_KEY": "6789",
        "AUSTAUSCH_EMBEDS": "player.vimeo.com, jitsi:meet.example.org,",
        "AUSTAUSCH_DEMO": "1",
    }
    assert {f"AUSTAUSCH_{name.upper()}" for name in Config.__struct_fields__} == set(environment)
    assert load({}, environment, file) == Config(
        data="/srv/data",
        host="::1",
        port=80,
        database="sqlite:////srv/a.sqlite3",
        files="/srv/files",
        base_url="https://exchange.example.org",
        origins=("https://a.example", "https://b.example"),
        rate=0.5,
        service_token="12345",
        translator="libretranslate:https://t.example",
        translator_key="6789",
        embeds=("player.vimeo.com", "jitsi:meet.example.org"),
        demo=True,
    )


def test_other_variables_are_not_ours(file: Path) -> None:
    assert (
        load({}, {"PORT": "1", "AUSTAUSCHPORT": "2", "AUSTAUSCH_LATER": "3", "austausch_port": "4"}, file) == Config()
    )


def test_file_may_be_missing(tmp_path: Path) -> None:
    assert load({}, {}, tmp_path / "none.toml") == Config()


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "written, said",
    [
        ("prot = 1", "settings: Object contains unknown field `prot`"),
        ("PORT = 1", "settings: Object contains unknown field `PORT`"),
        ("[server]\nport = 1", "settings: Object contains unknown field `server`"),
        ("port = 'many'", "settings: Expected `int`, got `str` - at `$.port`"),
        ("port = 65536", "settings: port must be 0 to 65535"),
        ("port = -1", "settings: port must be 0 to 65535"),
        ("demo = 'perhaps'", "settings: Expected `bool`, got `str` - at `$.demo`"),
        ("host = 1", "settings: Expected `str`, got `int` - at `$.host`"),
        ("origins = 'https://a.example'", "settings: Expected `array`, got `str` - at `$.origins`"),
        ("origins = [1]", "settings: Expected `str`, got `int` - at `$.origins[0]`"),
        ("rate = -1", "settings: rate must not be negative; 0 is off"),
        ("rate = nan", "settings: rate must not be negative; 0 is off"),
        ("rate = inf", "settings: rate must not be negative; 0 is off"),
        ("bus = 'redis://localhost'", "settings: bus 'redis://localhost' is not known; this version has memory:"),
        ("database = 'postgresql://a/b'", "settings: database must be sqlite:///FILE in this version"),
        ("database = 'sqlite:file'", "settings: database must be sqlite:///FILE in this version"),
        ("base_url = 'exchange.example.org'", "settings: base_url must begin with https:// or http://"),
        ("embeds = 'player.vimeo.com'", "settings: Expected `array`, got `str` - at `$.embeds`"),
        *(
            (
                f"base_url = 'https://own.example'\nembeds = ['player.vimeo.com', '{entry}']",
                f"settings: embeds: '{entry}' is not the host of another site, such as player.vimeo.com",
            )
            for entry in (
                "https://a.example",
                "*.example.org",
                "a.example/room",
                "",
                "own.example",
                "jitsi:own.example",
            )
        ),
        *(
            (
                f"translator = '{text}'",
                "settings: translator must be libretranslate:https://HOST/ or libretranslate:http://HOST/",
            )
            for text in (
                "https://translate.example.org/",
                "deepl:https://translate.example.org/",
                "libretranslate:",
                "libretranslate:translate.example.org",
                "libretranslate:https:///path",
                "libretranslate:ftp://translate.example.org/",
                "libretranslate:file:///etc/passwd",
                "libretranslate:https://somebody:secret@translate.example.org/",
                "libretranslate:https://translate.example.org:many/",
                "libretranslate:https://translate.example.org/?key=1",
                "libretranslate:https://translate.example.org/#top",
                "libretranslate:https://translate.example.org/a b",
                "libretranslate:https://übersetzen.example.org/",
            )
        ),
        ('translator_key = "a\\nb"', "settings: translator_key must be printable, in one line"),
        ("base_url = 'HTTPS://EXCHANGE.example.org'", "settings: base_url must begin with https:// or http://"),
    ],
)
def test_what_cannot_be_is_refused_by_name(file: Path, written: str, said: str) -> None:
    file.write_text(written)
    with pytest.raises(HostingError) as refused:
        load({}, {}, file)
    assert str(refused.value) == said


@pytest.mark.parametrize("written", [b"port = ", b"\xff\xfe", b"port = 1\nport = 2"])
def test_broken_file_is_named(file: Path, written: bytes) -> None:
    file.write_bytes(written)
    with pytest.raises(HostingError, match=str(file)):
        load({}, {}, file)


@pytest.mark.parametrize("value", ["", "many", "8000.5"])
def test_variable_that_is_no_number_is_refused(file: Path, value: str) -> None:
    with pytest.raises(HostingError, match=r"\$\.port"):
        load({}, {"AUSTAUSCH_PORT": value}, file)


# ── What follows ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "config, origins",
    [
        (Config(port=9), {"http://localhost:9", "http://127.0.0.1:9", "http://[::1]:9"}),
        (Config(base_url="https://a.example"), {"https://a.example"}),
        (Config(base_url="https://a.example:8443/"), {"https://a.example:8443"}),
        (Config(base_url="https://a.example/exchange/"), {"https://a.example"}),
        (Config(origins=("https://b.example/",), base_url="https://a.example"), {"https://b.example"}),
    ],
)
def test_origins_follow_from_the_address(config: Config, origins: set[str]) -> None:
    assert config.allowed_origins == origins


@pytest.mark.parametrize("base_url, secure", [("", False), ("http://a.example", False), ("https://a.example", True)])
def test_cookies_are_bound_where_people_use_https(base_url: str, secure: bool) -> None:
    assert Config(base_url=base_url).secure is secure


@pytest.mark.parametrize(
    "address",
    ["https://translate.example.org/", "http://127.0.0.1:5000", "https://a.example/lt/", "http://[::1]:5000/"],
)
def test_translator_is_a_kind_and_an_address(file: Path, address: str) -> None:
    assert load({}, {"AUSTAUSCH_TRANSLATOR": f"libretranslate:{address}"}, file).translator_url == address


def test_database_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert Config(data=str(tmp_path)).database_url == f"sqlite:///{tmp_path}/austausch.sqlite3"
    assert Config(data=str(tmp_path), database="sqlite:////srv/a").database_url == "sqlite:////srv/a"


def test_files_lie_in_the_data_folder_unless_they_have_one_of_their_own(tmp_path: Path) -> None:
    assert Config(data=str(tmp_path)).files_folder == tmp_path / "files"
    assert Config(data=str(tmp_path), files=str(tmp_path / "disk")).files_folder == tmp_path / "disk"
