"""The archive's pages: the list of what is released, one session as a publication, and its release.

Whoever is of a room's crew sees its archive before; everybody else is told why there is nothing to see yet.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import listeners, log, moments, people, programme, recordings, talk, texts
from hosting.connections import Roles
from hosting.programme import Contribution, Exchange, Session
from hosting.publication import Publication
from hosting.recordings import Channel
from hosting.routes.exports import base
from hosting.routes.organise import organised
from hosting.routes.sign_in import form
from hosting.security import CSP, local_path, policy
from hosting.site import Site, site, visitor
from rooms.room import CREW

Topics = dict[tuple[str, str], dict[str, str]]  # short titles by exchange and topic
FILTERS = ("exchange", "topic", "language", "region")


class Found(msgspec.Struct, frozen=True):
    """A session as one visitor may see its archive; `withheld` says why not, as in texts.WITHHELD."""

    session: Session
    exchange: Exchange
    position: tuple[str, str, int]
    roles: Roles
    withheld: str | None

    @property
    def organises(self) -> bool:
        return "organiser" in self.roles


async def look(request: Request) -> Found:
    """404 for what is not there; 401 or 403 where the visitor may not enter the exchange at all."""
    here, who, room = site(request), visitor(request), request.path_params["room"]

    def read(sql: Connection) -> tuple[Session, Exchange, tuple[str, int]] | None:
        session, position = programme.session(sql, room), log.position(sql, room)
        exchange = programme.exchange(sql, session.exchange) if session else None
        return (session, exchange, position) if session and exchange and position else None

    found = await here.database.read(read)
    if found is None:
        raise HTTPException(404)
    session, exchange, position = found
    roles = await here.live.roles_of(who, room)
    if not roles and not exchange.public:
        raise HTTPException(403 if who.signed_in else 401)
    withheld = None if set(roles) & set(CREW) else reason(session)
    return Found(session, exchange, (room, *position), roles, withheld)


def reason(session: Session) -> str | None:
    """Why a session's archive is not everybody's; None: it is."""
    if session.state == "planned":
        return "planned"
    if session.state != "closed":
        return "running"
    return None if session.released else "unreleased"


def withhold(request: Request, found: Found, why: str | None = None, status: int = 404) -> Response:
    return site(request).render.page(
        request, "archive-withheld.html", status, why=why or found.withheld, session=found.session
    )


# ── One session ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def publication(request: Request) -> Response:
    """A session in the reader's language; the address may ask for another transcript."""
    here, found = site(request), await look(request)
    if found.withheld:
        return withhold(request, found)
    published = await here.archive.publication(found.position)
    transcript = chosen(request, published)
    language = texts.negotiate(request, visitor(request))
    document = await here.archive.document(found.position, language, transcript)
    mine = await may_release(here, request)
    crew = bool(set(found.roles) & set(CREW))
    kept = crew and found.session.state == "closed"
    recorded = await here.database.read(partial(recordings.channels, room=found.session.id))
    heard = [channel for channel in recorded if crew or not channel.withheld]
    page = await asyncio.to_thread(
        partial(
            here.render.page,
            request,
            "archive.html",
            session=found.session,
            exchange=found.exchange,
            publication=published,
            transcript=transcript,
            document=document,
            length=published.length,
            roles_of_experts={slot.id: slot.expert for slot in found.session.contributions},
            crew=crew,
            sound=heard,
            sound_from=seconds_between(published.opened_at, heard),
            talk=await here.database.read(partial(talk.kept, room=found.session.id)) if kept else (),
            listened=await here.database.read(partial(listeners.courses, room=found.session.id)) if crew else (),
            organises=found.organises,
            may_release=mine is None or found.exchange.slug in mine,
            going_out=await going_out(request, [found.session]) if crew else {},
            missing=missing(published),
            sources=Counter(line.source for line in published.lines.get(transcript or "", ())),
            url=f"{base(request)}/archive/{found.session.id}",
        )
    )
    if heard:
        page.headers["Content-Security-Policy"] = policy(CSP, media_src="'self'")
    return page


def chosen(request: Request, published: Publication) -> str | None:
    """The transcript asked for, else in a language of the reader's, else in that of the floor, else any."""
    asked = [request.query_params.get("lang", ""), *texts.wanted(request, visitor(request))]
    asked += [published.floor or "", *published.spoken, *published.lines]
    return next((tag for one in asked if one and (tag := texts.nearest(one, published.lines))), None)


def seconds_between(opened: datetime | None, heard: list[Channel]) -> float:
    """How long after the opening recordings begin: times in the text are counted from there."""
    return (heard[0].tapes[0].zero - opened).total_seconds() if opened and heard else 0.0


def missing(published: Publication) -> dict[str, list[str]]:
    """What an archive lacks: languages that were spoken or interpreted and not written down, experts without slides."""
    heard = dict.fromkeys((*published.spoken, *published.interpreted))
    return {
        "transcripts": [tag for tag in heard if texts.nearest(tag, published.lines) is None],
        "slides": [expert.name for expert in published.experts if not expert.slides],
    }


# ── All of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def index(request: Request) -> Response:
    """What is released, newest first; organisers also see what is theirs to release."""
    here = site(request)
    every = await here.database.read(programme.exchanges)
    exchanges = {exchange.slug: exchange for exchange in every}
    mine = await may_release(here, request)
    sessions = [
        session
        for session in reversed(await here.database.read(programme.sessions))
        if session.state == "closed" and await listed(request, session, exchanges[session.exchange], mine)
    ]
    every_topic = await here.database.read(programme.short_topics)
    topics = {
        (slug, id): short
        for held in dict.fromkeys(session.exchange for session in sessions)
        for (slug, id), short in every_topic.items()
        if slug == held
    }
    chosen = {name: request.query_params.get(name, "") for name in FILTERS}
    shown = [session for session in sessions if fits(session, chosen)]
    releases = {session.id for session in shown if mine is None or session.exchange in mine}
    return here.render.page(
        request,
        "archive-list.html",
        sessions=shown,
        speakers={session.id: speakers(session) for session in shown},
        total=len(sessions),
        exchanges=exchanges,
        topics=topics,
        chosen=chosen,
        choices=choices(sessions, exchanges, topics, texts.negotiate(request, visitor(request))),
        may_release=releases,
        going_out=await going_out(request, [session for session in shown if session.id in releases]),
        link=address(chosen),
    )


def fits(session: Session, chosen: dict[str, str]) -> bool:
    """Whether a session is among those asked for; by languages only those that were spoken, as the list says."""
    topic, language, region = chosen["topic"], chosen["language"], chosen["region"]
    about = chosen["exchange"] in ("", session.exchange) and topic in ("", session.topic)
    return about and language in ("", *session.languages) and region in ("", *session.regions)


def speakers(session: Session) -> list[Contribution]:
    """Whose contribution was on air; where the room knows of none, who was announced and did not stay away."""
    states = {part.id: session.slots.get(part.id, ("invited", "none"))[0] for part in session.contributions}
    spoke = [part for part in session.contributions if states[part.id] in ("on_air", "done")]
    return spoke or [part for part in session.contributions if states[part.id] not in ("declined", "no_show")]


async def listed(request: Request, session: Session, exchange: Exchange, mine: set[str] | None) -> bool:
    """Whether an ended session is in somebody's list."""
    if mine is None or session.exchange in mine:
        return True
    if not session.released or exchange.public:
        return session.released
    return bool(await site(request).live.roles_of(visitor(request), session.id))


async def may_release(here: Site, request: Request) -> set[str] | None:
    """The exchanges whose archives the visitor may release; None: all."""
    who = visitor(request)
    if who.kind == "service":
        return None
    return set(await here.database.read(lambda sql: people.organises(sql, who.person))) if who.organises else set()


async def going_out(request: Request, sessions: list[Session]) -> dict[str, list[str]]:
    """What is recorded of sessions and would go out with their archives, as the reader calls it; by session."""
    rooms, language = (
        [session.id for session in sessions if not session.released],
        texts.negotiate(request, visitor(request)),
    )
    found = await site(request).database.read(lambda sql: recordings.going_out(sql, rooms))
    return {room: [texts.channel_title(name, language) for name in names] for room, names in found.items()}


def choices(
    sessions: list[Session], exchanges: dict[str, Exchange], topics: Topics, language: str
) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in each filter, with its words: what there is."""
    held = dict.fromkeys(session.exchange for session in sessions)
    about = {id: short for (_slug, id), short in topics.items() if any(s.topic == id for s in sessions)}
    heard = sorted({tag for session in sessions for tag in session.languages})
    regions = sorted({region for session in sessions for region in session.regions})
    return {
        "exchange": [(slug, texts.pick(exchanges[slug].title, language)[0]) for slug in held],
        "topic": [(id, texts.pick(short, language)[0]) for id, short in about.items()],
        "language": [(tag, texts.language_name(tag, language)) for tag in heard],
        "region": [(region, texts.word(texts.REGIONS, region, language)) for region in regions],
    }


def address(chosen: dict[str, str]) -> Callable[[str, str], str]:
    """The address of the list with one filter changed."""

    def link(name: str, value: str) -> str:
        query = urlencode({key: kept for key, kept in {**chosen, name: value}.items() if kept})
        return "/archive" + (f"?{query}" if query else "")

    return link


# ── Release ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def release(request: Request) -> Response:
    """Release an ended session's archive to everybody who may enter, or withdraw it. 409 while the room is open."""
    here, exchanges = site(request), await organised(request)
    room, given = request.path_params["room"], await form(request)
    session = await here.database.read(lambda sql: programme.session(sql, room))
    if session is None or session.exchange not in {exchange.slug for exchange in exchanges}:
        raise HTTPException(404)
    if given.get("release") not in ("yes", "no"):
        raise HTTPException(400)
    since = moments.now() if given["release"] == "yes" else None
    if not await here.database.write(lambda sql: programme.release(sql, room, since)):
        return here.render.page(request, "archive-withheld.html", 409, why=reason(session), session=session)
    return RedirectResponse(local_path(given.get("next") or f"/archive/{room}"), 303)


routes: list[BaseRoute] = [
    Route("/archive", index),
    Route("/archive/{room}", publication),
    Route("/organise/rooms/{room}/release", release, methods=["POST"]),
]
