"""For organisers: people, their roles and their sign-in links."""

import re
from functools import partial

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import grants, log, moments, people, programme
from hosting.programme import Contribution, Exchange
from hosting.routes.organise import organised
from hosting.routes.sign_in import form
from hosting.security import clean_name
from hosting.site import Site, site
from rooms.core import TAG


async def people_page(request: Request) -> Response:
    return await show_people(request, await organised(request))


async def show_people(request: Request, exchanges: list[Exchange], status: int = 200, **more: object) -> Response:
    here = site(request)
    asked = more.pop("slug", None) or request.query_params.get("exchange")
    slugs = [exchange.slug for exchange in exchanges]
    if not slugs:  # the service, before the first import
        raise HTTPException(404)
    default = next((e.slug for e in exchanges if e.kind == "global-exchange"), slugs[0])
    slug = asked if asked in slugs else default
    context: dict[str, object] = {"given": {}, "problem": None, "link": None, "taken": None, **more}
    return here.render.page(
        request,
        "organise-people.html",
        status,
        exchanges=exchanges,
        slug=slug,
        grants=await here.database.read(lambda sql: people.grants(sql, slug)),
        sessions=await here.database.read(lambda sql: programme.sessions(sql, slug)),
        roles=people.ROLES,
        **context,
    )


async def add_person(request: Request) -> Response:
    """Create a person with a role; the page shows the sign-in link once."""
    here, exchanges = site(request), await organised(request)
    given = await form(request)
    slug, room, role = given.get("exchange", ""), given.get("room") or None, given.get("role", "")
    part = given.get("contribution") or None
    if slug not in {exchange.slug for exchange in exchanges} or role not in people.ROLES:
        raise HTTPException(400)
    if room and not await belongs(here, room, slug):
        raise HTTPException(400)
    if part:  # its announced expert, if nobody else is named
        announced = await announced_contributions(here, slug)
        if role != "expert" or part not in announced:
            raise HTTPException(400)
        if room not in (None, announced[part].session):
            return await show_people(request, exchanges, 422, given=given, problem="contribution", slug=slug)
        room = announced[part].session
        given = {**given, "name": given.get("name", "").strip() or announced[part].expert.name}
    try:
        name = clean_name(given.get("name", ""))
    except ValueError:
        return await show_people(request, exchanges, 422, given=given, problem="name", slug=slug)
    now = moments.now()

    email = given.get("email", "").strip()
    allowed = {exchange.slug for exchange in exchanges}

    def write(sql: Connection) -> tuple[str, str, str]:
        known = people.by_email(sql, email) if email else None
        if known and not only_in(sql, known, allowed):
            known = None
        person = known or people.create_person(sql, name, now, email or None)
        people.grant(sql, person, people.as_role(role), slug, room, now, contribution=part)
        token = people.sign_in_link(sql, person, now, grants.landing(role, slug, room, part))
        return person, people.names(sql, [person])[person], token

    person, called, token = await here.database.write(write)
    await here.live.grants_changed(person)
    link = {"name": called, "role": role, "room": room, "contribution": part, "language": None}
    link |= {"url": url(request, token)}
    return await show_people(request, exchanges, link={**link, "again": False}, slug=slug)


async def announced_contributions(here: Site, slug: str) -> dict[str, Contribution]:
    """The contributions that an exchange has announced, by id."""
    sessions = await here.database.read(lambda sql: programme.sessions(sql, slug))
    return {part.id: part for session in sessions for part in session.contributions}


async def belongs(here: Site, room: str, slug: str) -> bool:
    session = await here.database.read(lambda sql: programme.session(sql, room))
    return session is not None and session.exchange == slug


def only_in(sql: Connection, person: str, slugs: set[str]) -> bool:
    """Whether a person has roles and has acted in these exchanges alone.

    A link signs in whoever holds it, its maker too: it must not open what is not the maker's to give or to see.
    """
    rooms = [programme.session(sql, room) for room in log.rooms_of(sql, person)]
    return people.exchanges_of(sql, person) | {session.exchange for session in rooms if session} <= slugs


def url(request: Request, token: str) -> str:
    base = site(request).config.base_url.rstrip("/") or str(request.base_url).rstrip("/")
    return f"{base}/sign-in/{token}"


async def own_grant(request: Request) -> tuple[list[Exchange], people.Grant]:
    """The grant named in the address, if it is for an exchange that the visitor organises; 404 otherwise."""
    here, exchanges = site(request), await organised(request)
    for exchange in exchanges:
        for grant in await here.database.read(partial(people.grants, exchange=exchange.slug)):
            if grant.id == request.path_params["grant"]:
                return exchanges, grant
    raise HTTPException(404)


async def revoke(request: Request) -> Response:
    """Take a role back; the page offers to give it again. Not the last organiser's: nobody could give it back."""
    here = site(request)
    exchanges, grant = await own_grant(request)

    def write(sql: Connection) -> bool:
        if people.last_organiser(sql, grant):
            return False
        people.revoke(sql, grant.id)
        return True

    if not await here.database.write(write):
        return await show_people(request, exchanges, 422, problem="last", slug=grant.exchange)
    await here.live.grants_changed(grant.person)
    return await show_people(request, exchanges, taken=grant, slug=grant.exchange)


async def give_back(request: Request) -> Response:
    """The role that was just taken back, to the same person."""
    here, exchanges = site(request), await organised(request)
    given = await form(request)
    person, role, slug, room = (given.get(key, "") for key in ("person", "role", "exchange", "room"))
    known = await here.database.read(lambda sql: people.names(sql, [person]))
    if slug not in {exchange.slug for exchange in exchanges} or role not in people.ROLES or not known:
        raise HTTPException(400)
    if room and not await belongs(here, room, slug):
        raise HTTPException(400)
    part, tongue = given.get("contribution") or None, given.get("language") or None
    if part and part not in await announced_contributions(here, slug):
        raise HTTPException(400)
    if tongue and not (role == "interpreter" and room and re.fullmatch(TAG, tongue)):
        raise HTTPException(400)
    now = moments.now()

    def write(sql: Connection) -> None:
        people.grant(sql, person, people.as_role(role), slug, room or None, now, contribution=part, language=tongue)

    await here.database.write(write)
    await here.live.grants_changed(person)
    return RedirectResponse(f"/organise/people?exchange={slug}", 303)


async def new_link(request: Request) -> Response:
    here = site(request)
    exchanges, grant = await own_grant(request)
    allowed = {exchange.slug for exchange in exchanges}
    if not await here.database.read(lambda sql: only_in(sql, grant.person, allowed)):
        raise HTTPException(403)
    goal = grants.landing(grant.role, grant.exchange, grant.room, grant.contribution, grant.language)

    def write(sql: Connection) -> str:
        people.drop_links(sql, grant.person)
        return people.sign_in_link(sql, grant.person, moments.now(), goal)

    token = await here.database.write(write)
    link = {"name": grant.name, "role": grant.role, "room": grant.room, "contribution": grant.contribution}
    link |= {"language": grant.language, "url": url(request, token)}
    return await show_people(request, exchanges, link={**link, "again": True}, slug=grant.exchange)


routes: list[BaseRoute] = [
    Route("/organise/people", people_page),
    Route("/organise/people", add_person, methods=["POST"]),
    Route("/organise/grants", give_back, methods=["POST"]),
    Route("/organise/grants/{grant}/revoke", revoke, methods=["POST"]),
    Route("/organise/grants/{grant}/link", new_link, methods=["POST"]),
]
