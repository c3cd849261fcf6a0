"""Whoever comes says in which languages they can follow: a plain form on the exchange's page and on one's own."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import labels, moments, needs, people, programme, texts
from hosting.needs import Need
from hosting.people import Visitor
from hosting.programme import Exchange, Session, day_of
from hosting.sheet import Tag
from hosting.site import site, visitor
from rooms.core import canonical

FIELDS = 500  # of a form: a tick for every session and language


class Asking(msgspec.Struct, frozen=True):
    """The form of an exchange: the sessions to come, the languages to tick and to choose from, what was said before."""

    exchange: Exchange
    sessions: list[Session]
    offered: list[str]
    further: list[str]
    said: Need


def named(who: Visitor) -> bool:
    """Whether what somebody says can be kept with a person."""
    return bool(who.person and who.name) and who.kind in ("person", "guest", "token")


def asking(exchange: Exchange, sessions: Iterable[Session], said: Need, language: str) -> Asking:
    """The languages heard in an exchange, and those said before, to be ticked; all others to be chosen."""
    every = list(sessions)
    heard = {tag for session in every for tag in (*session.languages, *session.channels)}
    offered = heard | {*exchange.languages, *said.languages}

    def by_name(tags: Iterable[str]) -> list[str]:
        return sorted(tags, key=lambda tag: texts.language_name(tag, language))

    open = [session for session in every if session.state != "closed"]
    return Asking(exchange, open, by_name(offered), by_name(set(labels.WRITTEN) - offered), said)


def to_come(exchange: Exchange) -> bool:
    return exchange.last_day >= day_of(moments.now(), exchange.zone)


def may_say(connection: Connection, who: Visitor, exchange: Exchange) -> bool:
    """Whether somebody may come to an exchange at all."""
    return exchange.public or exchange.slug in people.exchanges_of(connection, who.person)


async def form_of(request: Request, exchange: Exchange, sessions: list[Session]) -> Asking | None:
    """The visitor's form for an exchange; None where it is over, or nobody would know whose it is."""
    who, language = visitor(request), texts.negotiate(request, visitor(request))
    if not named(who) or not to_come(exchange):
        return None

    def read(sql: Connection) -> Need | None:
        return needs.said(sql, who.person).get(exchange.slug, Need(())) if may_say(sql, who, exchange) else None

    said = await site(request).database.read(read)
    return None if said is None else asking(exchange, sessions, said, language)


async def forms(request: Request) -> list[Asking]:
    """The visitor's forms for all exchanges to come that have sessions, or of which something was said."""
    who, language = visitor(request), texts.negotiate(request, visitor(request))
    if not named(who):
        return []

    def read(sql: Connection) -> list[Asking]:
        said, every = needs.said(sql, who.person), programme.sessions(sql)
        found = []
        for exchange in programme.exchanges(sql):
            own = [session for session in every if session.exchange == exchange.slug]
            wanted = exchange.slug in said or (own and to_come(exchange) and may_say(sql, who, exchange))
            if wanted:
                found.append(asking(exchange, own, said.get(exchange.slug, Need(())), language))
        return found

    return await site(request).database.read(read)


async def say(request: Request) -> Response:
    """Take what was ticked in place of what was said before; nothing ticked: nothing is kept."""
    here, who, slug = site(request), visitor(request), request.path_params["slug"]
    if not named(who):
        raise HTTPException(401)
    async with request.form(max_fields=FIELDS, max_files=0) as given:
        typed = {name: [text for text in given.getlist(name) if isinstance(text, str)] for name in given}
    try:
        read = msgspec.convert([*typed.get("language", []), *filter(None, typed.get("further", []))], list[Tag])
    except msgspec.ValidationError:
        raise HTTPException(400) from None
    tags = tuple(dict.fromkeys(canonical(tag) for tag in read))
    rooms = tuple(dict.fromkeys(typed.get("room", [])))

    def write(sql: Connection) -> int:
        exchange = programme.exchange(sql, slug)
        if exchange is None:
            return 404
        if not may_say(sql, who, exchange):
            return 403
        before = needs.said(sql, who.person).get(slug, Need(())).languages
        if {*tags} - {*before} and not to_come(exchange):  # what was said before may stay, or be taken back
            return 404
        if {*rooms} - {session.id for session in programme.sessions(sql, slug)} or len(tags) > needs.LANGUAGES:
            return 400
        needs.say(sql, who.person, slug, Need(tags, rooms), moments.now())
        return 303

    status = await here.database.write(write)
    if status != 303:
        raise HTTPException(status)
    page = "/me" if typed.get("page") == ["me"] else f"/exchanges/{slug}"
    return RedirectResponse(f"{page}?needs={slug}#needs-{slug}", 303)


routes: list[BaseRoute] = [Route("/exchanges/{slug}/needs", say, methods=["POST"])]
