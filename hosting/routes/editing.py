"""For organisers: one session's programme, edited in place.

Every button sends the whole form. `save` and `fit` write it; the others change what the form shows and write nothing.
"""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import drafts, editing, glances, labels, moments, planning, programme, proofs, streams, texts
from hosting.checking import Problem
from hosting.drafts import Draft
from hosting.editing import Edited
from hosting.programme import Session
from hosting.routes.organise import is_https, organised, own_session
from hosting.site import site, visitor
from hosting.texts import _
from rooms.core import Refused
from rooms.interpretation import LinkSet
from rooms.lifecycle import DELAY, StreamSet

BODY = 2 * 1024 * 1024  # bytes of a form: some times the longest programme
FIELDS = 10_000
LINK = "channel-link."  # with the language: where a channel's sound is; with -was behind, as it was in the page


async def page(request: Request) -> Response:
    exchanges = await organised(request)
    session = await own_session(request, exchanges)
    series = {exchange.series for exchange in exchanges if exchange.slug == session.exchange}
    every = await site(request).database.read(programme.series)
    tongues = [tag for one in every if one.slug in series for tag in one.title]
    draft = drafts.of(await stored(request, session), tongues)
    return await show(request, session, draft, await linked(request, session))


async def linked(request: Request, session: Session) -> dict[str, str]:
    """The links as they are, by the names of their fields: the stream's with its delay, and one for each channel."""
    known = await glances.links(site(request).live, session.id)
    links = {"stream": session.stream or "", "delay": f"{session.delay:g}"}
    links |= {f"{LINK}{tag}": known.get(tag, "") for tag in session.heard}
    return links | {f"{name}-was": link for name, link in links.items()}


async def stored(request: Request, session: Session) -> Edited:
    return await site(request).database.read(lambda sql: editing.stored(sql, session.id))


async def change(request: Request) -> Response:
    """What a button of the form does."""
    session = await own_session(request, await organised(request))
    given = await typed(request)
    draft = drafts.read({name: [text for text in given.getlist(name) if isinstance(text, str)] for name in given})
    button = str(given.get("do", "save"))
    links = {name: str(given.get(name, old)).strip() for name, old in (await linked(request, session)).items()}
    before = await stored(request, session)
    if draft.made_from == before.made_from and draft.strangers(before):
        raise HTTPException(400)
    if button in ("save", "fit"):
        if button == "fit":
            draft.ends = proofs.fitting_end(draft, session.zone) or draft.ends
        return await save(request, session, draft, before, links)
    verb, _dot, handle = button.partition(".")
    own = {handle} & set(before.slots.values())
    held = await site(request).database.read(lambda sql: planning.needed(sql, session.id, own))
    if verb == "remove-slot" and held:
        return await show(request, session, draft, links, must_stay(draft, before, held))
    focus = drafts.change(draft, button, str(given.get("new-tongue", "")))
    if focus is None:
        raise HTTPException(400)
    return await show(request, session, draft, links, focus=focus)


async def typed(request: Request) -> FormData:
    """The form; 413 if it is longer than any programme."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > BODY:
        raise HTTPException(413)
    async with request.form(max_fields=FIELDS, max_files=0) as given:
        return given


def must_stay(draft: Draft, before: Edited, held: dict[str, str]) -> list[Problem]:
    """Why contributions stay, beside each; one that was removed in the form is back in it."""
    there = {slot.handle for slot in draft.slots}
    draft.slots += [drafts.slot_of(before, key) for key, id in before.slots.items() if id in held and id not in there]
    return [Problem(f"slot.{id}", labels.HELD[why]) for id, why in held.items()]


async def save(request: Request, session: Session, draft: Draft, before: Edited, links: dict[str, str]) -> Response:
    """Write it, and show it in the room at once. Whatever is in the way is said, and what was typed is kept."""
    here = site(request)
    stale = draft.made_from != before.made_from
    if stale:
        drafts.rebase(draft, before)
    edited, problems = proofs.check(draft, before)
    new = {name: link for name, link in links.items() if f"{name}-was" in links and link != links[f"{name}-was"]}
    # somebody else's, set meanwhile, stays
    problems += [wrong for name, link in new.items() for wrong in wrongs(name, link)]
    by, events = visitor(request).person, () if problems else links_set(new, session)

    def write(sql: Connection) -> None:
        now = moments.now()
        editing.edit(sql, session.id, edited, now)
        editing.set_links(sql, session.id, events, now, by)

    if not problems and not stale:
        try:
            await here.database.write(write)
        except Refused as refused:
            stale = refused.code == "state.changed"  # between reading and writing
            if stale:
                drafts.rebase(draft, await stored(request, session))
            else:
                problems += must_stay(draft, before, refused.facts["held"])  # type: ignore[arg-type]  # as edit says
    if problems or stale:
        return await show(request, session, draft, links, problems, stale=stale)
    await here.live.catch_up(session.id)
    return RedirectResponse(f"/organise/rooms/{session.id}?saved=yes", 303)


def wrongs(name: str, typed: str) -> list[Problem]:
    """What is wrong with a link as typed, or with the delay."""
    if name == "delay":
        return [] if seconds(typed) is not None else [Problem(name, _("The delay is 0 to 30 seconds."))]
    right = not typed or is_https(typed)
    return [] if right else [Problem(name, _("The link must begin with https:// and name a host."))]


def seconds(typed: str) -> float | None:
    """A delay as typed, with a comma or a point, in tenths; None if it is none, or too long. Nothing is 0."""
    if not re.fullmatch(r"\d{0,3}([.,]\d{1,9})?", typed, re.ASCII):
        return None
    delay = round(float(typed.replace(",", ".") or 0), 1)
    return delay if delay <= DELAY else None


def links_set(new: dict[str, str], session: Session) -> tuple[StreamSet | LinkSet, ...]:
    """What happens in the room when the fields of links are changed."""
    sound = (LinkSet(name.removeprefix(LINK), link or None) for name, link in new.items() if name.startswith(LINK))
    if not {"stream", "delay"} & new.keys():
        return tuple(sound)
    stream, delay = new.get("stream", session.stream), seconds(new.get("delay", f"{session.delay:g}"))
    return (StreamSet(stream or None, delay or 0.0), *sound)


async def show(
    request: Request,
    session: Session,
    draft: Draft,
    links: dict[str, str],
    problems: Sequence[Problem] = (),
    *,
    stale: bool = False,
    focus: str = "",
) -> Response:
    here, language = site(request), texts.negotiate(request, visitor(request))
    beside = await here.database.read(lambda sql: programme.sessions(sql, session.exchange))
    heard = {tag for one in beside for tag in (*one.languages, *one.channels)} | {"en"}
    said: dict[str, list[str]] = {}
    for problem in problems:
        said.setdefault(problem.where, []).append(labels.said(problem, session, language))
    wrong = {where: "; ".join(sentences) for where, sentences in said.items()}
    fit = proofs.fitting_end(draft, session.zone)
    return here.render.page(
        request,
        "organise-room.html",
        409 if stale else 422 if problems else 200,
        session=session,
        draft=draft,
        links=links,
        picture=streams.picture(links["stream"], here.config.embeds),
        wanting=streams.wanting(links["stream"], here.config.embeds),
        stale=stale,
        wrong=wrong,
        problems=[(where, labels.label(where, draft, language), sentence) for where, sentence in wrong.items()],
        focus="problems" if stale or problems else focus,
        unsaved=request.method == "POST",
        saved=request.method == "GET" and "saved" in request.query_params,
        spoken=choices(draft.languages, heard, language),
        interpreted=choices(draft.channels, heard, language),
        kinds={kind: texts.word(labels.KINDS, kind, language) for kind in labels.KINDS},
        written=by_name(set(labels.WRITTEN) - set(draft.tongues), language),
        begins=proofs.begins(draft, session.zone),
        added=proofs.added(draft),
        length=proofs.length(draft, session.zone),
        fit=fit if fit != draft.ends else None,
    )


def choices(chosen: list[str], heard: set[str], language: str) -> list[str]:
    """Languages to tick: those that are, in their order, then those heard elsewhere in the exchange."""
    return [*chosen, *by_name(heard - set(chosen), language)]


def by_name(tags: Iterable[str], language: str) -> list[str]:
    return sorted(tags, key=lambda tag: texts.language_name(tag, language))


routes: list[BaseRoute] = [
    Route("/organise/rooms/{room}", page),
    Route("/organise/rooms/{room}", change, methods=["POST"]),
]
