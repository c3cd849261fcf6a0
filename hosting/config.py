"""The settings: flags win, then AUSTAUSCH_* variables, then austausch.toml. README.md's table lists every key."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from hosting.errors import HostingError
from hosting.streams import is_embed

LIBRETRANSLATE = "libretranslate:"
LISTS = ("origins", "embeds")  # in variables with commas between


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings with their defaults; the environment's names are AUSTAUSCH_ and the field in capitals."""

    data: str = "data"
    host: str = "127.0.0.1"
    port: int = 8000
    database: str = ""
    files: str = ""
    bus: str = "memory:"
    base_url: str = ""
    origins: tuple[str, ...] = ()
    rate: float = 2.0
    service_token: str = ""
    demo: bool = False
    translator: str = ""
    translator_key: str = ""
    embeds: tuple[str, ...] = ()

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{Path(self.data).absolute() / 'austausch.sqlite3'}"

    @property
    def files_folder(self) -> Path:
        """Where uploads, slides and recordings lie."""
        return Path(self.files or Path(self.data) / "files").absolute()

    @property
    def translator_url(self) -> str:
        """Where the translator is; empty without one."""
        return self.translator.removeprefix(LIBRETRANSLATE)

    @property
    def secure(self) -> bool:
        """Whether people reach the server by https, so that cookies are bound to it."""
        return self.base_url.startswith("https://")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The exact values of `Origin` that a signed-in browser may send."""
        if self.origins:
            return frozenset(origin.rstrip("/") for origin in self.origins)
        if self.base_url:
            return frozenset({"/".join(self.base_url.split("/")[:3])})
        return frozenset(f"http://{host}:{self.port}" for host in ("localhost", "127.0.0.1", "[::1]"))


def load(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path = Path("austausch.toml"),
) -> Config:
    """Read the settings; HostingError names the key that cannot be understood."""
    values: dict[str, object] = {}
    if file.is_file():
        try:
            values.update(tomllib.loads(file.read_text("utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise HostingError(f"{file}: {broken}") from broken
    for key, text in (os.environ if environment is None else environment).items():
        name = key.removeprefix("AUSTAUSCH_").lower()
        if key.startswith("AUSTAUSCH_") and name in Config.__struct_fields__:
            values[name] = [part.strip() for part in text.split(",") if part.strip()] if name in LISTS else text
    values.update({key: value for key, value in (flags or {}).items() if value is not None})
    try:
        config = msgspec.convert(values, Config, strict=False)
    except msgspec.ValidationError as broken:
        raise HostingError(f"settings: {broken}") from broken
    if not 0 <= config.port <= 65_535:
        raise HostingError("settings: port must be 0 to 65535")
    if not 0 <= config.rate < float("inf"):  # nor NaN
        raise HostingError("settings: rate must not be negative; 0 is off")
    if config.base_url and not config.base_url.startswith(("http://", "https://")):
        raise HostingError("settings: base_url must begin with https:// or http://")
    if config.bus != "memory:":
        raise HostingError(f"settings: bus {config.bus!r} is not known; this version has memory:")
    if not config.database_url.startswith("sqlite:///"):
        raise HostingError("settings: database must be sqlite:///FILE in this version")
    if config.translator and not is_translator(config.translator):
        raise HostingError("settings: translator must be libretranslate:https://HOST/ or libretranslate:http://HOST/")
    for entry in config.embeds:
        if not is_embed(entry) or entry.removeprefix("jitsi:") == urlsplit(config.base_url).netloc:
            raise HostingError(f"settings: embeds: {entry!r} is not the host of another site, such as player.vimeo.com")
    if not config.translator_key.isprintable():
        raise HostingError("settings: translator_key must be printable, in one line")
    return config


def is_translator(text: str) -> bool:
    """Whether a translator can be asked there: a kind that we know, and an address without a person or a question."""
    if not text.startswith(LIBRETRANSLATE) or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text.removeprefix(LIBRETRANSLATE))
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and bool(host)
    return known and not (set("@\\") & set(text) or set("?#") & set(text))
