"""Signing in and out, one's own name, language and zone, and the demo's one-click sign-in."""

from functools import partial
from zoneinfo import available_timezones

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import moments, people, programme, texts
from hosting.demo import DEMO_NAMES, EXCHANGE
from hosting.routes import needs
from hosting.security import clean_name, drop_cookie, local_path, set_cookie
from hosting.site import site, visitor


async def form(request: Request) -> dict[str, str]:
    """The fields of a form as text; files are not expected and left out."""
    async with request.form(max_fields=20, max_files=0) as fields:
        return {key: value for key, value in fields.items() if isinstance(value, str)}


async def sign_in(request: Request) -> Response:
    return site(request).render.page(request, "sign-in.html", holder=None, token=None)


async def link(request: Request) -> Response:
    """Looking at a link uses nothing: mail scanners do that."""
    token = request.path_params["token"]
    holder = await site(request).database.read(lambda sql: people.link_holder(sql, token, moments.now()))
    status = 200 if holder else 410
    return site(request).render.page(request, "sign-in.html", status, holder=holder, token=token)


async def confirm(request: Request) -> Response:
    here, token = site(request), request.path_params["token"]
    redeemed = await here.database.write(lambda sql: people.redeem(sql, token, moments.now()))
    if redeemed is None:
        return here.render.page(request, "sign-in.html", 410, holder=None, token=token)
    cookie, goal = redeemed
    response = RedirectResponse(local_path(goal), 303)
    set_cookie(response, here.config, cookie)
    return response


async def sign_out(request: Request) -> Response:
    """This browser alone; with `everywhere` all browsers, links and tokens of the person."""
    here, who = site(request), visitor(request)
    if (await form(request)).get("everywhere") and who.kind == "person" and not here.config.demo:
        await here.database.write(lambda sql: people.close_all_sign_ins(sql, who.person))
        await here.live.check_tickets()
    elif who.sign_in:
        await here.database.write(lambda sql: people.close_sign_in(sql, who.sign_in))
        here.live.end_ticket(who.sign_in)
    response = RedirectResponse("/", 303)
    drop_cookie(response, here.config)
    return response


async def me(request: Request) -> Response:
    here, who = site(request), visitor(request)
    if who.kind not in ("person", "guest"):
        return here.render.page(request, "sign-in.html", holder=None, token=None)
    if request.method != "POST":
        return await show_me(request, own(who), saved="saved" in request.query_params)
    given = await form(request)
    try:
        name = clean_name(given.get("name", ""))
    except ValueError:
        return await show_me(request, given, "name")
    zone = given.get("zone", "").strip()
    if zone and zone not in available_timezones():
        return await show_me(request, given, "zone")
    language = given.get("language") if given.get("language") in texts.LANGUAGES else None
    if who.name is None:
        await here.database.write(
            partial(people.name_guest, person=who.person, name=name, language=language, now=moments.now())
        )
    await here.database.write(partial(people.change, person=who.person, name=name, language=language, zone=zone))
    await here.live.renamed(who.person)
    response = RedirectResponse("/me?saved", 303)
    if language:
        response.set_cookie(texts.COOKIE, language, max_age=31_536_000, samesite="lax", secure=here.config.secure)
    return response


async def show_me(request: Request, given: dict[str, str], problem: str = "", *, saved: bool = False) -> Response:
    return site(request).render.page(
        request,
        "me.html",
        422 if problem else 200,
        given={**given, "zone": given.get("zone") or request.cookies.get("zone", "")},
        problem=problem,
        saved=saved,
        zones=sorted(available_timezones()),
        askings=await needs.forms(request),
        needs_saved=request.query_params.get("needs", ""),
    )


def own(who: people.Visitor) -> dict[str, str]:
    return {"name": who.name or "", "language": who.language or "", "zone": who.zone or ""}


async def demo(request: Request) -> Response:
    if not site(request).config.demo:
        raise HTTPException(404)
    here, goal = site(request), local_path(request.query_params.get("next"))
    sessions = await here.database.read(lambda sql: programme.sessions(sql, EXCHANGE))
    live = next((session for session in sessions if session.live), None)
    released = next((session for session in sessions if session.released_at), None)
    return here.render.page(request, "demo.html", names=DEMO_NAMES, next=goal, live=live, released=released)


async def demo_sign_in(request: Request) -> Response:
    here = site(request)
    if not here.config.demo:
        raise HTTPException(404)
    given = await form(request)
    role = given.get("role", "")
    if role not in DEMO_NAMES:
        raise HTTPException(400)
    if await here.database.read(lambda sql: programme.exchange(sql, EXCHANGE)) is None:
        raise HTTPException(404)  # a programme of one's own, served with --demo
    try:
        name = clean_name(given.get("name") or DEMO_NAMES[role])
    except ValueError:
        raise HTTPException(400) from None

    def write(sql: Connection) -> str:
        now = moments.now()
        person = people.demo_person(sql, name, people.as_role(role), EXCHANGE, now)
        return people.open_sign_in(sql, person, now)

    cookie = await here.database.write(write)
    response = RedirectResponse(local_path(given.get("next")), 303)
    set_cookie(response, here.config, cookie)
    return response


async def language(request: Request) -> Response:
    """Remember a language: for a person with the person, for everybody in a cookie."""
    here, who = site(request), visitor(request)
    given = await form(request)
    chosen = given.get("language", "")
    if chosen not in texts.LANGUAGES:
        raise HTTPException(400)
    if who.kind in ("person", "guest") and who.name:
        await here.database.write(partial(people.change, person=who.person, name=who.name, language=chosen, zone=None))
    response = RedirectResponse(local_path(given.get("next")), 303)
    response.set_cookie(texts.COOKIE, chosen, max_age=31_536_000, samesite="lax", secure=here.config.secure)
    return response


routes: list[BaseRoute] = [
    Route("/sign-in", sign_in),
    Route("/sign-in/{token}", link),
    Route("/sign-in/{token}", confirm, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/me", me, methods=["GET", "POST"]),
    Route("/demo", demo),
    Route("/demo/sign-in", demo_sign_in, methods=["POST"]),
    Route("/language", language, methods=["POST"]),
]
