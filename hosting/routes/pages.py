"""The pages people meet first, what is on now and an exchange's programme, and what a monitor asks."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import grants, moments, programme
from hosting.errors import Unavailable
from hosting.programme import Exchange, Session
from hosting.routes import needs
from hosting.schema import current
from hosting.site import site, visitor

REGIONS = 12  # at most, in the filters
NEXT = timedelta(hours=12)  # from the next session on


async def now(request: Request) -> Response:
    """What is live, what is next, and the calendar of every series."""
    here, moment = site(request), moments.now()
    series = await here.database.read(programme.series)
    exchanges = await here.database.read(programme.exchanges)
    sessions = await here.database.read(programme.sessions)
    live = [session for session in sessions if session.live]
    coming = [session for session in sessions if session.state == "planned" and session.ends > moment]
    first = coming[0].starts if coming else moment
    next = [session for session in coming[:3] if session.starts - first < NEXT]
    return here.render.page(
        request,
        "now.html",
        moment=moment,
        series=series,
        exchanges=exchanges,
        live=live,
        next=next,
        doors=await doors(request, [*live, *next]),
        past=[session for session in reversed(sessions) if session.state == "closed"][:3],
        present={session.id: here.live.present(session.id) for session in live},
        sample=any(session.sample for session in sessions),
        zone=zone_of(request, exchanges[0].zone if exchanges else "UTC"),
        minutes=lambda session: max(0, int((session.starts - moment).total_seconds() // 60)),
    )


def zone_of(request: Request, event: str) -> str:
    """The reader's zone: chosen, else told by the browser, else the event's."""
    for zone in (visitor(request).zone, request.cookies.get("zone")):
        if zone in available_timezones():
            return str(zone)
    return event


async def exchange(request: Request) -> Response:
    """A programme by day, with filters and times that stay in the address."""
    here, slug = site(request), request.path_params["slug"]
    found = await here.database.read(lambda sql: programme.exchange(sql, slug))
    if found is None:
        raise HTTPException(404)
    topics = await here.database.read(lambda sql: programme.topics(sql, slug))
    sessions = await here.database.read(lambda sql: programme.sessions(sql, slug))
    later = await here.database.read(lambda sql: programme.put_off(sql, slug))
    chosen = {key: request.query_params.get(key, "") for key in ("topic", "language", "region", "time")}
    zone = zone_of(request, found.zone) if chosen["time"] == "mine" else found.zone
    shown = [session for session in sessions if fits(session, chosen)]
    return here.render.page(
        request,
        "programme.html",
        exchange=found,
        topics=topics,
        titles={topic.id: topic.short for topic in topics},
        days=by_day(shown, zone),
        count=len(shown),
        total=len(sessions),
        sample=any(session.sample for session in sessions),
        doors=await doors(request, shown),
        later=later,
        asking=await needs.form_of(request, found, sessions),
        needs_saved="needs" in request.query_params,
        to_come=needs.to_come(found),
        chosen=chosen,
        zone=zone,
        languages_heard=sorted({tag for session in sessions for tag in (*session.languages, *session.channels)}),
        regions_named=sorted({region for session in sessions for region in session.regions})[:REGIONS],
        moment=moments.now(),
        link=lambda **change: address(found, {**chosen, **change}),
    )


async def doors(request: Request, sessions: list[Session]) -> dict[str, list[grants.Door]]:
    """The visitor's pages of work, by session."""
    here, who = site(request), visitor(request)
    if not who.signed_in:
        return {}
    return await here.database.read(lambda sql: grants.doors(sql, who.person, sessions))


def fits(session: Session, chosen: dict[str, str]) -> bool:
    language, topic, region = chosen["language"], chosen["topic"], chosen["region"]
    heard = not language or language in session.languages or language in session.channels
    return heard and (not topic or topic == session.topic) and (not region or region in session.regions)


def by_day(sessions: Iterable[Session], zone: str) -> list[tuple[date, list[Session]]]:
    """Sessions by the day on which they start in a zone."""

    def day(session: Session) -> date:
        return session.starts.astimezone(ZoneInfo(zone)).date()

    return [(when, list(of_day)) for when, of_day in groupby(sessions, day)]


def address(exchange: Exchange, chosen: dict[str, str]) -> str:
    query = urlencode({key: value for key, value in chosen.items() if value})
    return f"/exchanges/{exchange.slug}" + (f"?{query}" if query else "")


# ── Operations ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    try:
        version = await site(request).database.read(current)
    except Unavailable as away:
        return JSONResponse({"database": str(away)}, 503)
    return JSONResponse({"database": "ok", "migration": version, "bus": "ok"})


async def favicon(request: Request) -> Response:
    return RedirectResponse(site(request).render.static("icon.svg"), 301)


routes: list[BaseRoute] = [
    Route("/", now),
    Route("/exchanges/{slug}", exchange),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/favicon.ico", favicon),
]
