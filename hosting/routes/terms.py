"""The word list of a session: a page that works without a script, a file, and the same as JSON for the booth.

Booths and crew read it; interpreters and organisers change it, what is of the whole exchange only those who are that
for all of it. To everybody else it is not there.
"""

from functools import partial

import msgspec
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import grants, terms, texts, wordlist
from hosting.programme import Exchange, Session
from hosting.routes.api import json as json_of
from hosting.routes.organise import number
from hosting.routes.rooms import session_of
from hosting.routes.transcripts import TYPES, disposition
from hosting.site import site, visitor
from hosting.terms import LENGTH, MOST, Full, Term, Words, alike
from hosting.wordlist import Unreadable
from rooms.core import canonical
from rooms.room import CREW

READ = frozenset({"interpreter", "captioner", *CREW})
CHANGE = frozenset({"interpreter", "organiser"})
SHOWN = 500  # rows of the page; of more one searches
COLUMNS = 20
DONE = ("new", "changed")  # terms, as the address says after a change
BODY = 1024 * 1024  # bytes of a form: a long list


class Bench(msgspec.Struct, frozen=True):
    """A word list before somebody: the languages of its columns, and what of it they may change."""

    session: Session
    exchange: Exchange
    terms: list[Term]
    languages: list[str]
    changes: bool
    everywhere: bool

    def may_change(self, term: Term) -> bool:
        return self.changes and (self.everywhere or term.room is not None)


async def look(request: Request) -> Bench:
    """The list of the room in the address; 401 or 403 for whoever is not to read it, 404 without a room. Refused."""
    here, who = site(request), visitor(request)
    session, exchange = await session_of(here, request.path_params["room"])
    roles = set(await here.live.roles_of(who, session.id))
    if not roles & READ:
        raise HTTPException(403 if who.signed_in else 401)
    await here.live.expect(who, session.id)

    def read(sql: Connection) -> tuple[list[Term], set[str]]:
        return terms.of(sql, session.id), grants.throughout(sql, who.person, exchange.slug)

    every, throughout = await here.database.read(read)
    spoken = (canonical(tag) for tag in (*session.languages, *session.channels))
    languages = list(dict.fromkeys((*spoken, *(tag for term in every for tag in term.words))))[:COLUMNS]
    everywhere = who.kind == "service" or bool(throughout & CHANGE)
    return Bench(session, exchange, every, languages, bool(roles & CHANGE), everywhere)


async def page(request: Request) -> Response:
    return await show(request, await look(request))


async def show(request: Request, bench: Bench, status: int = 200, **more: object) -> Response:
    """The list, or what of it has a word; what was typed and is not kept is in the form again."""
    query = request.query_params
    asked = alike(query.get("q", ""))
    found = [term for term in bench.terms if any(asked in alike(word) for word in term.words.values())]
    context: dict[str, object] = {
        "problem": None,
        "given": {},
        "text": "",
        "line": 0,
        "edit": query.get("edit"),
        "taken": None,
        **more,
    }
    return site(request).render.page(
        request,
        "words.html",
        status,
        bench=bench,
        session=bench.session,
        found=found[:SHOWN],
        hidden=max(0, len(found) - SHOWN),
        q=query.get("q", ""),
        done={name: number(query.get(name, "")) for name in DONE} if set(DONE) & set(query) else None,
        limits={"most": MOST, "length": LENGTH},
        **context,
    )


async def typed(request: Request) -> FormData:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > BODY:
        raise HTTPException(413)
    async with request.form(max_fields=60, max_files=0) as given:
        return given


def words_of(given: FormData, languages: list[str]) -> Words:
    found = {tag: wordlist.tidy(str(given.get(f"word.{tag}", ""))) for tag in languages}
    return {tag: word for tag, word in found.items() if word}


def wrong(words: Words) -> str | None:
    """What is wrong with a term as it was typed."""
    if not words:
        return "empty"
    return "long" if any(len(word) > LENGTH for word in words.values()) else None


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def changing(request: Request) -> tuple[Bench, FormData]:
    """For those who may change the list; 403 for others."""
    bench = await look(request)
    if not bench.changes:
        raise HTTPException(403)
    return bench, await typed(request)


def for_all(bench: Bench, given: FormData) -> bool:
    """Whether what is added is for the whole exchange; 403 where that is not for its sender."""
    if given.get("for") != "exchange":
        return False
    if not bench.everywhere:
        raise HTTPException(403)
    return True


async def add(request: Request) -> Response:
    """One term, or a pasted list of them."""
    bench, given = await changing(request)
    everywhere, here, room = for_all(bench, given), site(request), bench.session.id
    text = str(given.get("list", ""))
    if given.get("do") == "list":
        try:
            lines = wordlist.read(text, bench.languages)
            take = partial(terms.take_in, room=room, lines=lines, everywhere=everywhere)
            new, changed = await here.database.write(lambda sql: take(sql))
        except Unreadable as broken:
            return await show(request, bench, 422, problem=f"list {broken.why}", line=broken.line, text=text)
        except Full:
            return await show(request, bench, 422, problem="full", text=text)
        return RedirectResponse(f"/rooms/{room}/words?new={new}&changed={changed}", 303)
    words = words_of(given, bench.languages)
    problem = wrong(words)
    if problem is None:
        try:
            one = partial(terms.take_in, room=room, lines=[words], everywhere=everywhere)
            new, changed = await here.database.write(lambda sql: one(sql))
        except Full:
            problem = "full"
    if problem:
        return await show(request, bench, 422, problem=problem, given={**words, "for": str(given.get("for", ""))})
    return RedirectResponse(f"/rooms/{room}/words?new={new}&changed={changed}", 303)


async def change(request: Request) -> Response:
    """Other words for a term, or none of it; whoever looked at an older one is told and keeps what they typed."""
    bench, given = await changing(request)
    here, room = site(request), bench.session.id
    term = next((term for term in bench.terms if term.id == request.path_params["term"]), None)
    if term is None:
        return await show(request, bench, 422, problem="gone")
    if not bench.may_change(term):
        raise HTTPException(403)
    if given.get("do") == "remove":
        await here.database.write(lambda sql: terms.remove(sql, term.id))
        return await show(request, await look(request), taken=term)
    words = words_of(given, bench.languages)
    problem, version = wrong(words), str(given.get("version", ""))
    seen = msgspec.structs.replace(term, version=int(version) if version.isdecimal() and len(version) < 10 else 0)
    if problem is None and not await here.database.write(lambda sql: terms.change(sql, seen, words)):
        problem = "stale"
    if problem:
        return await show(request, bench, 422, problem=problem, edit=term.id, given=words)
    return RedirectResponse(f"/rooms/{room}/words?changed=1#term-{term.id}", 303)


# ── For programs ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def file(request: Request) -> Response:
    """The list as CSV: what is of the session first asked for."""
    bench = await look(request)
    name = f"{texts.pick(bench.session.title, texts.negotiate(request, visitor(request)))[0]}.csv"
    body = wordlist.write(bench.terms, bench.languages)
    headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": "no-store"}
    return Response(body, media_type=TYPES["csv"], headers=headers)


async def listed(request: Request) -> Response:
    bench = await look(request)
    every = [
        {"id": term.id, "for": "session" if term.room else "exchange", "words": term.words} for term in bench.terms
    ]
    return json_of({"languages": bench.languages, "terms": every, "changes": bench.changes})


routes: list[BaseRoute] = [
    Route("/rooms/{room}/words", page),
    Route("/rooms/{room}/words", add, methods=["POST"]),
    Route("/rooms/{room}/words.csv", file),
    Route("/rooms/{room}/words/{term}", change, methods=["POST"]),
    Route("/api/rooms/{room}/words", listed),
]
