"""The expert's desk: one's contributions, the way of each from invitation to done, and the presenter's view.

Only for the experts of a contribution; to everybody else, moderators too, it does not exist. What an expert does here
is a command of the room, by form or by socket, so that the rules stay there.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import glances, grants, media, moments, presentations, programme, texts, uploads
from hosting.directory import new_id
from hosting.presentations import Presentation
from hosting.programme import Contribution, Exchange, Session
from hosting.routes.pages import zone_of
from hosting.routes.rooms import context, session_of
from hosting.routes.sign_in import form
from hosting.site import Site, site, visitor
from rooms import wire
from rooms.contributions import TO_COME, Material, Slot, State
from rooms.core import Refused

CHECK_IN = timedelta(hours=12)  # before the session, from which one can say that one is there
SOON = timedelta(hours=1)  # before it, from which that comes before anything else
NOTE = 2_000  # characters of a note to a page
STEPS = ("invited", "confirmed", "handed_in", "accepted", "checked_in", "ready", "on_air", "done")
HERE: tuple[State, ...] = ("checked_in", "ready", "on_air", "done")
COMING = {
    "receiving": "receiving",
    "checking": "drawing",
    "converting": "drawing",
    "ready": "hand_in",
    "rejected": "rejected",
}
AT = {  # the step that each next thing leads to
    "confirm": "confirmed",
    **dict.fromkeys(("none", "receiving", "drawing", "hand_in", "rejected"), "handed_in"),
    **dict.fromkeys(("needs_changes", "submitted"), "accepted"),
    **dict.fromkeys(("accepted", "check_in"), "checked_in"),
    "get_ready": "ready",
    **dict.fromkeys(("ready", "on_air"), "on_air"),
}
FORMS = ("confirm", "decline", "submit", "check_in", "ready")


class Desk(msgspec.Struct, frozen=True):
    """One contribution as its experts see it; `decks` are all that was ever sent for it, the newest first."""

    session: Session
    exchange: Exchange
    part: Contribution
    slot: Slot
    decks: list[Presentation]

    @property
    def current(self) -> Presentation | None:
        """What is handed in."""
        return next((deck for deck in self.decks if deck.id == self.slot.presentation), None)

    @property
    def coming(self) -> Presentation | None:
        """What was sent since, and is not handed in."""
        newest = self.decks[0] if self.decks else None
        return newest if newest and newest.id not in (self.slot.presentation, *self.slot.earlier) else None

    @property
    def earlier(self) -> list[Presentation]:
        shown = (self.coming, self.current)
        return [deck for deck in self.decks if deck not in shown and deck.state == "ready"]

    @property
    def open(self) -> bool:
        """Whether anything can still be handed in."""
        return self.slot.state in (*TO_COME, "no_show") and self.session.state != "closed"


def steps(state: State, material: Material) -> list[str]:
    """What of the way is behind a contribution; not always in order, for missing slides stop nobody."""
    over = {"on_air": state == "done", "done": state == "done", "ready": state in HERE[1:]}
    over |= {"invited": True, "confirmed": state in ("confirmed", *HERE), "checked_in": state in HERE}
    over |= {"handed_in": material != "none", "accepted": material == "accepted"}
    return [step for step in STEPS if over[step]]


def following(desk: Desk, now: datetime) -> str:
    """The next step: the one thing that the desk shows large."""
    slot, session, coming = desk.slot, desk.session, desk.coming
    soon = session.live or now >= session.starts - SOON
    if slot.state in ("done", "on_air", "declined"):
        return slot.state
    if session.state == "closed":
        return "over"
    if (
        coming and coming.state == "ready" and (soon or slot.state != "invited")
    ):  # else it would be thought to be handed in
        return "hand_in"
    if slot.state == "ready":
        return slot.state
    if slot.state == "checked_in":
        return "get_ready"
    if soon or slot.state == "no_show":
        return "check_in"
    if slot.state == "invited":
        return "confirm"
    if coming:
        return COMING[coming.state]
    if slot.material in ("none", "needs_changes"):
        return slot.material
    return "check_in" if now >= session.starts - CHECK_IN else slot.material


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def every(request: Request) -> Response:
    """All contributions of an expert, the next one first."""
    here, who = site(request), visitor(request)
    if not who.signed_in:
        raise HTTPException(401)
    own = await here.database.read(lambda sql: grants.expert_contributions(sql, who.person))
    sessions = await here.database.read(programme.sessions)
    found = {part.id: (part, session) for session in sessions for part in session.contributions}
    mine = sorted((found[id] for id in own if id in found), key=lambda pair: pair[1].state == "closed")
    times = {room: await turns(here, room) for room in dict.fromkeys(session.id for _part, session in mine)}
    parts = [(part, session, times[session.id].get(part.id, session.starts)) for part, session in mine]
    zone = zone_of(request, parts[0][1].zone if parts else "UTC")
    return here.render.page(request, "desk.html", parts=parts, zone=zone, moment=moments.now())


async def turns(here: Site, room: str) -> dict[str, datetime]:
    """When each contribution on a room's agenda is expected to begin, or began. NoSuchRoom, Away."""
    hub = await here.live.hub(room)
    async with hub.held():
        agenda = hub.room.agenda
        times = agenda.times()
        return {entry.contribution: times[entry.id][0] for entry in agenda.entries.values() if entry.contribution}


async def own(request: Request) -> Desk:
    """The contribution in the address, for those who are its experts; 401, else 404."""
    here, who, id = site(request), visitor(request), request.path_params["contribution"]
    if not who.signed_in:
        raise HTTPException(401)
    room = await here.database.read(lambda sql: presentations.room_of(sql, id))
    if room is None or id not in await here.database.read(lambda sql: grants.expert_slots(sql, who.person, room)):
        raise HTTPException(404)
    session, exchange = await session_of(here, room)
    slot = await glances.slot(here.live, room, id)
    part = next((part for part in session.contributions if part.id == id), None)
    if slot is None or part is None:
        raise HTTPException(404)
    decks = await here.database.read(lambda sql: presentations.of_contribution(sql, id))
    return Desk(session, exchange, part, slot, decks)


async def desk(request: Request) -> Response:
    if request.method == "POST":
        return await act(request)
    return await show(request, await own(request))


async def show(request: Request, desk: Desk, status: int = 200, problem: str | None = None) -> Response:
    here, now = site(request), moments.now()
    who = visitor(request)
    next_step = following(desk, now)
    reason = (desk.coming and desk.coming.reason) or "failed"
    roles = await here.live.roles_of(who, desk.session.id)
    found = await context(here, desk.session, desk.exchange, who, roles)
    return here.render.page(
        request,
        "desk-contribution.html",
        status,
        **found,
        desk=desk,
        part=desk.part,
        slot=desk.slot,
        item=next((item for item in found["agenda"] if item["contribution"] == desk.part.id), None),  # type: ignore[attr-defined]  # a list of items
        steps=STEPS,
        behind=steps(desk.slot.state, desk.slot.material),
        next=next_step,
        at=AT.get(next_step),
        check_in_from=desk.session.starts - CHECK_IN,
        may_check_in=desk.slot.state in ("invited", "confirmed", "no_show") and now >= desk.session.starts - CHECK_IN,
        received=await here.media.received(desk.coming) if desk.coming else 0,
        drawn=here.media.progress_of(desk.coming) if desk.coming else None,
        reason=texts.word(texts.REJECTIONS, reason, texts.negotiate(request, who)),
        megabytes=uploads.LIMIT,
        most_pages=media.PAGES,
        zone=zone_of(request, desk.session.zone),
        problem=problem,
    )


async def act(request: Request) -> Response:
    """A step by form, carried out as a command of the room; refused, the page says why and how it stands."""
    here, who, desk = site(request), visitor(request), await own(request)
    given = await form(request)
    if given.get("do") not in FORMS:
        raise HTTPException(400)
    body = {"contribution": desk.part.id} | {key: given[key] for key in ("was", "presentation") if given.get(key)}
    asked: dict[str, object] = {"id": new_id(), "do": f"contribution.{given['do']}", "with": body}
    try:
        after = here.live.bucket(who.person).take(asyncio.get_running_loop().time())
        if after:
            raise Refused("rate.limited", after=after)
        work = here.live.do(desk.session.id, who, wire.command(asked))
        await here.live.finish(asyncio.create_task(work))
    except Refused as refused:
        words = texts.refusal(refused.code, refused.facts, texts.negotiate(request, who))
        return await show(request, await own(request), 409, words)
    return RedirectResponse(f"/desk/{desk.part.id}", 303)


# ── The presenter's view ─────────────────────────────────────────────────────────────────────────────────────────────


async def present(request: Request) -> Response:
    """One's slides with notes and clock; `deck` names one that is not handed in, to rehearse it."""
    here, found = site(request), await own(request)
    asked = request.query_params.get("deck")
    ready = [deck for deck in found.decks if deck.state == "ready"]
    chosen = next((deck for deck in ready if deck.id == asked), None) if asked else found.current
    return here.render.page(
        request,
        "desk-present.html",
        session=found.session,
        part=found.part,
        slot=found.slot,
        deck=chosen or next(iter(ready), None),
        room={"state": found.session.state},
        note_length=NOTE,
    )


async def note(request: Request) -> Response:
    """Keep the note to a page of one's deck; an empty one takes it away."""
    here, found, given = site(request), await own(request), await form(request)
    page, text = given.get("page", ""), given.get("text", "").replace("\r\n", "\n").strip()
    deck = next((deck for deck in found.decks if deck.id == given.get("presentation")), None)
    if deck is None or page not in map(str, range(1, (deck.pages or 0) + 1)):
        raise HTTPException(404)
    if len(text) > NOTE:
        raise HTTPException(400)
    await here.database.write(partial(presentations.set_note, id=deck.id, page=int(page), text=text))
    return Response(status_code=204)


routes: list[BaseRoute] = [
    Route("/desk", every),
    Route("/desk/{contribution}", desk, methods=["GET", "POST"]),
    Route("/desk/{contribution}/present", present),
    Route("/desk/{contribution}/notes", note, methods=["POST"]),
]
