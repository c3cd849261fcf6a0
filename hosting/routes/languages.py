"""For organisers: the languages of an exchange, what people need in each session, and who interprets.

What is planned here is written as by a session's form: in the programme, in the room and in calendars at once.
"""

import re
from datetime import datetime
from functools import partial

import msgspec
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import conflicts, demand, editing, grants, labels, moments, needs, people, programme, texts
from hosting.demand import Wanted
from hosting.grants import Known
from hosting.programme import Exchange, Session
from hosting.routes.editing import by_name
from hosting.routes.organise import organised, own_session
from hosting.routes.pages import zone_of
from hosting.routes.roles import only_in, url
from hosting.routes.sign_in import form
from hosting.security import clean_name
from hosting.site import site, visitor
from hosting.texts import _
from rooms.booths import SEATS
from rooms.core import TAG, canonical, spelled
from rooms.interpretation import CHANNELS

FIELDS = 200  # of the exchange's form: a tick for each language
WRONG = {
    "choose": _("a language must be chosen"),
    "none": _("a working language is needed"),
    "tag": _("a language tag is expected, such as en or pt-BR"),
    "number": _("a whole number from 1 to 999 is expected"),
    "name": _("Please give a name of 1 to 80 characters."),
    "there": _("An interpreter of this name is there already: choose them from the list, or add another e-mail."),
    "gone": _("This person is no longer an interpreter here."),
    "full": _("This booth has its people already."),
}


class Given(msgspec.Struct, frozen=True):
    """The exchange's form as it is filled in."""

    languages: list[str]
    more: str
    threshold: str


class Board(msgspec.Struct, frozen=True):
    """All that the page says: the sessions to come with their languages, and the interpreters to choose from."""

    exchange: Exchange
    sessions: list[tuple[Session, list[Wanted]]]
    people: int  # who said what they need
    known: list[Known]
    clashes: dict[str, list[conflicts.Item]]
    heard: set[str]

    @property
    def due(self) -> int:
        """How many languages are to be decided on."""
        return sum(each.due(self.exchange.threshold) for _, wanted in self.sessions for each in wanted)

    @property
    def lacking(self) -> int:
        """How many interpreters are still to be found."""
        return sum(each.lacking for _, wanted in self.sessions for each in wanted)


def read(sql: Connection, exchange: Exchange) -> Board:
    slug, every = exchange.slug, programme.sessions(sql, exchange.slug)
    said, declined, booked = needs.of_exchange(sql, slug), needs.declinations(sql, slug), grants.booked(sql, slug)
    coming = [session for session in every if session.state != "closed"]
    clashes: dict[str, list[conflicts.Item]] = {}
    for clash in conflicts.find(sql, moments.now(), exchanges=[slug]):
        for room in clash.rooms if clash.kind == "interpreter" else ():
            clashes.setdefault(room, []).append(conflicts.item(clash, room))
    return Board(
        exchange,
        [(session, demand.wanted(session, said, declined, booked)) for session in coming],
        len(said),
        grants.interpreters(sql, slug),
        clashes,
        {tag for session in every for tag in (*session.languages, *session.channels)} | {"en"},
    )


async def own_exchange(request: Request) -> tuple[Exchange, list[Exchange]]:
    """The exchange named in the address, and all that the visitor organises; 404 for another."""
    exchanges = await organised(request)
    found = next((one for one in exchanges if one.slug == request.path_params["slug"]), None)
    if found is None:
        raise HTTPException(404)
    return found, exchanges


async def page(request: Request) -> Response:
    return await show(request, (await own_exchange(request))[0])


async def show(
    request: Request,
    exchange: Exchange,
    status: int = 200,
    given: Given | None = None,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    link: dict[str, str] | None = None,
) -> Response:
    """The page; `given` and `typed` are what was sent and is wrong, `link` a sign-in link that is shown once."""
    here, language = site(request), texts.negotiate(request, visitor(request))
    board = await here.database.read(partial(read, exchange=exchange))
    given = given or Given(exchange.languages, "", str(exchange.threshold))
    query = request.query_params if request.method == "GET" else {}
    return here.render.page(
        request,
        "organise-languages.html",
        status,
        board=board,
        in_order=demand.in_order,
        exchange=exchange,
        given=given,
        further={session.id: by_name(further(session, board), language) for session, _wanted in board.sessions},
        offered=[*given.languages, *by_name(board.heard - {*given.languages}, language)],
        wrong={name: texts.word(WRONG, code, language) for name, code in (wrong or {}).items()},
        typed=typed or {},
        link=link,
        saved=query.get("saved", ""),
        at=query.get("at", ""),
        focus=next(iter(wrong or ()), ""),
        zone=zone_of(request, exchange.zone),
    )


def further(session: Session, board: Board) -> set[str]:
    """Languages for which a channel may be planned though nobody asked: not those planned, nor all that is spoken."""
    every = {*labels.WRITTEN} | board.heard | {*board.exchange.languages}
    return {tag for tag in every - {*session.channels} if not demand.throughout(session, [tag])}


# ── Of the exchange ──────────────────────────────────────────────────────────────────────────────────────────────────


async def save(request: Request) -> Response:
    """Set the working languages, and the number of people from whom on a language is worth a decision."""
    here, (exchange, _exchanges) = site(request), await own_exchange(request)
    async with request.form(max_fields=FIELDS, max_files=0) as fields:
        ticked = [tag for tag in fields.getlist("languages") if isinstance(tag, str)]
        more, number = (str(fields.get(name, "")).strip() for name in ("more-languages", "threshold"))
    if not all(re.fullmatch(TAG, tag) for tag in ticked):
        raise HTTPException(400)
    tags = list(dict.fromkeys(canonical(tag) for tag in (*ticked, *([more] if more else []))))
    wrong = {} if tags else {"languages": "none"}
    wrong |= {} if not more or re.fullmatch(TAG, more) else {"more-languages": "tag"}
    wrong |= {} if re.fullmatch(r"[1-9]\d{0,2}", number, re.ASCII) else {"threshold": "number"}
    if wrong:
        return await show(request, exchange, 422, Given(ticked, more, number), wrong=wrong)
    settle = partial(needs.settle, exchange=exchange.slug, languages=tags, threshold=int(number), now=moments.now())
    await here.database.write(settle)
    return RedirectResponse(f"{address(exchange.slug)}?saved=languages", 303)


def address(slug: str) -> str:
    return f"/organise/exchanges/{slug}/languages"


# ── Of a session ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def decide(request: Request) -> Response:
    """Plan a channel, or no longer; decline a language, or no longer. 409 once the session is over."""
    here, session, given = site(request), await coming(request), await form(request)
    language, do, by = given.get("language", ""), given.get("do", ""), visitor(request).person
    if "code" in given:  # typed, not pressed beside a language
        language = given["code"].strip() or language
        if not re.fullmatch(TAG, language):
            exchange = next(one for one in await organised(request) if one.slug == session.exchange)
            wrong = {"code": "tag" if language else "choose"}
            return await show(request, exchange, 422, typed={**given, "at": session.id}, wrong=wrong)
    if not re.fullmatch(TAG, language) or do not in ("plan", "withdraw", "decline", "reconsider"):
        raise HTTPException(400)
    tag, now = spelled(canonical(language), session.channels), moments.now()

    def write(sql: Connection) -> None:
        needs.reconsider(sql, session.id, tag)
        if do == "decline":
            needs.decline(sql, session.id, tag, by, now)
        if do in ("plan", "withdraw"):
            plan(sql, session.id, tag, now, there=do == "plan")

    await here.database.write(write)
    await here.live.catch_up(session.id)
    return RedirectResponse(f"{address(session.exchange)}?saved={do}&at={session.id}#{session.id}", 303)


def plan(sql: Connection, room: str, tag: str, now: datetime, *, there: bool) -> None:
    """Have a session planned with a channel, or without it, as its form would write it. 409 if there are too many."""
    before = editing.stored(sql, room)
    others = tuple(one for one in before.session.channels if one != tag)
    if there == (tag in before.session.channels):
        return
    if len(others) >= CHANNELS:
        raise HTTPException(409)
    session = msgspec.structs.replace(before.session, channels=(*others, tag) if there else others)
    editing.edit(sql, room, msgspec.structs.replace(before, session=session), now)


async def coming(request: Request) -> Session:
    """The session named in the address, which must not be over."""
    session = await own_session(request, await organised(request))
    if session.state == "closed":
        raise HTTPException(409)
    return session


async def book(request: Request) -> Response:
    """Book an interpreter for a channel: one of the exchange's, or somebody new by name, who needs a link."""
    here, exchanges, session = site(request), await organised(request), await coming(request)
    given, slug, now = await form(request), session.exchange, moments.now()
    exchange = next(one for one in exchanges if one.slug == slug)
    language, chosen, email = (given.get(field, "").strip() for field in ("language", "person", "email"))
    if language not in session.channels:
        raise HTTPException(400)
    typed = {**given, "at": f"{session.id}.{language}"}
    try:
        name = "" if chosen else clean_name(given.get("name", ""))
    except ValueError:
        return await show(request, exchange, 422, typed=typed, wrong={"name": "name"})
    allowed = {one.slug for one in exchanges}

    def write(sql: Connection) -> str | tuple[str, str | None]:
        """What is in the way; or the person, and a token for somebody new."""
        known = {one.person: one.name.casefold() for one in grants.interpreters(sql, slug)}
        if chosen and chosen not in known:
            return "gone"
        by_email = people.by_email(sql, email) if email and not chosen else None
        found = chosen or (by_email if by_email and only_in(sql, by_email, allowed) else None)
        if not found and not email and name.casefold() in known.values():
            return "there"
        if len(grants.booked(sql, slug).get((session.id, language), ())) >= SEATS:
            return "full"
        person = found or people.create_person(sql, name, now, email or None)
        grants.book(sql, person, slug, session.id, language, now)
        goal = grants.landing("interpreter", slug, session.id, language=language)
        return person, None if found else people.sign_in_link(sql, person, now, goal)

    done = await here.database.write(write)
    if isinstance(done, str):
        field = "person" if chosen else "name"
        return await show(request, exchange, 422, typed=typed, wrong={field: done})
    person, token = done
    await here.live.grants_changed(person)
    if token is None:
        return RedirectResponse(f"{address(slug)}?saved=booked&at={session.id}#{session.id}", 303)
    return await show(request, exchange, link={"name": name, "at": typed["at"], "url": url(request, token)})


async def release(request: Request) -> Response:
    """Take a booking back."""
    here, session = site(request), await coming(request)
    booked = await here.database.read(lambda sql: grants.booked(sql, session.exchange))
    grant = request.path_params["booking"]
    person = {each.grant: each.person for (room, _tag), all in booked.items() if room == session.id for each in all}
    if grant not in person:
        raise HTTPException(404)
    await here.database.write(lambda sql: people.revoke(sql, grant))
    await here.live.grants_changed(person[grant])
    return RedirectResponse(f"{address(session.exchange)}?saved=released&at={session.id}#{session.id}", 303)


routes: list[BaseRoute] = [
    Route("/organise/exchanges/{slug}/languages", page),
    Route("/organise/exchanges/{slug}/languages", save, methods=["POST"]),
    Route("/organise/rooms/{room}/languages", decide, methods=["POST"]),
    Route("/organise/rooms/{room}/interpreters", book, methods=["POST"]),
    Route("/organise/rooms/{room}/interpreters/{booking}/release", release, methods=["POST"]),
]
