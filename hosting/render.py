"""Pages from templates, in the reader's language; static files under a hash of all of them, so that none changes."""

import hashlib
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hosting import listeners, moments, security, texts
from hosting.config import Config
from hosting.people import Visitor

HERE = Path(__file__).parent


def bundled(name: str) -> Path:
    """A folder that lies beside the packages in a checkout and inside this one in a wheel."""
    beside = HERE.parent / name
    return beside if beside.is_dir() else HERE / f"_{name}"


class Immutable(StaticFiles):
    """Files under a hash of them all: kept by browsers for a year; under an older hash, asked for anew each time."""

    def __init__(self, tree: str) -> None:
        super().__init__(directory=bundled("static"))
        self.tree = tree

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            current = scope["path_params"]["tree"] == self.tree
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        return response


class Renderer:
    """Renders templates/; `static` gives addresses of static/."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.environments = {language: self.environment(language) for language in texts.LANGUAGES}

    @cached_property
    def tree(self) -> str:
        """A hash over all static files and their names."""
        digest = hashlib.sha256()
        root = bundled("static")
        for file in sorted(root.rglob("*")):
            if file.is_file():
                digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()[:16]

    def static(self, path: str) -> str:
        return f"/static/{self.tree}/{path}"

    def environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(bundled("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_translations(texts.catalog(language), newstyle=True)  # type: ignore[attr-defined]  # by the extension
        environment.globals |= {
            "static": self.static,
            "lang": language,
            "dir": texts.direction(language),
            "languages": texts.LANGUAGES,
            "demo": self.config.demo,
            "browser_texts": texts.browser_catalog(language),
            "pick": lambda found: texts.pick(found, language),
            "text": lambda found: texts.pick(found, language)[0],
            "language_name": lambda tag: texts.language_name(tag, language),
            "direction": texts.direction,
            "clock": lambda moment, zone: texts.time(moment, zone, language),
            "day": lambda when, **more: texts.day(when, language, **more),
            "short_day": lambda when: texts.day(when, language, short=True, year=when.year != moments.now().year),
            "date_in": lambda moment, zone: moment.astimezone(ZoneInfo(zone)).date(),
            "zone_name": lambda zone: texts.zone_name(zone, language),
            "role_name": lambda role: texts.word(texts.ROLES, role, language),
            "state_name": lambda state: texts.word(texts.STATES, state, language),
            "slot_name": lambda state: texts.word(texts.SLOTS, state, language),
            "material_name": lambda state: texts.word(texts.MATERIALS, state, language),
            "fate": lambda state: texts.word(texts.FATES, state, language),
            "reason": lambda code: texts.word(texts.REASONS, code, language),
            "channel_name": lambda state: texts.word(texts.CHANNELS, state, language),
            "elapsed": moments.elapsed,
            "autonym": texts.language_name,
            "channel_title": lambda tag: texts.channel_title(tag, language),
            "decimal": lambda number: texts.decimal(number, language),
            "frame_of": listeners.frame,
            "thinned": listeners.thinned,
            "withheld_words": lambda why: texts.word(texts.WITHHELD, why, language),
            "region_name": lambda region: texts.word(texts.REGIONS, region, language),
            "listed": lambda words: texts.listed(list(words), language),
        }
        environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
        environment.filters["extract"] = lambda key, values: values[key]
        environment.filters["own_name_of"] = lambda tag: texts.language_name(tag, language)
        return environment

    def page(self, request: Request, name: str, status: int = 200, **context: object) -> HTMLResponse:
        """A page of templates/ for whoever asks."""
        visitor: Visitor = request.state.visitor
        language = texts.negotiate(request, visitor)
        template = self.environments[language].get_template(name)
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        html = template.render({"visitor": visitor, "address": security.local_path(address), **context})
        return HTMLResponse(html, status, headers={"Content-Language": language, "Vary": "Accept-Language, Cookie"})

    def part(self, language: str, name: str, **context: object) -> Markup:
        """A part of a page, for pages that are too long to be made for each reader."""
        return Markup(self.environments[language].get_template(name).render(context))  # noqa: S704  # autoescaped by its template

    def plain(self, text: str, status: int) -> PlainTextResponse:
        return PlainTextResponse(text, status)
