"""What an archive gives to other programs: transcripts and questions as files, and the whole log to organisers.

The same permission as the archive's page; what is withheld is a line of text and not a page.
"""

import asyncio
import csv
import io
import re
import unicodedata
from functools import partial
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hosting import log, texts
from hosting.document import parts
from hosting.publication import Publication, Question
from hosting.routes.archive import Found, chosen, look
from hosting.site import site, visitor
from hosting.transcripts import items, srt, txt, vtt
from rooms.wire import encoder

TYPES = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what makes a cell a formula to a spreadsheet (OWASP, CSV injection)
COLUMNS = (
    *("id", "text", "language", "by", "to", "expert", "state", "votes", "asked_at", "on_air_at", "answered_at"),
    *("outcome", "answer", "translations", "link"),
)


async def transcript(request: Request) -> Response:
    """One language, in the form that is asked for; a language that there is not, is 404."""
    here, found, form = site(request), await look(request), request.path_params["form"]
    if form not in ("vtt", "srt", "txt", "json", "html"):
        raise HTTPException(404)
    if found.withheld:
        return refused(request, found.withheld)
    published = await here.archive.publication(found.position)
    asked = request.query_params.get("lang")
    tag = texts.nearest(asked, published.lines) if asked else chosen(request, published)
    if tag is None:
        return refused(request, "transcript")
    if form == "html":
        return await asyncio.to_thread(html, request, found, published, tag)
    body = await asyncio.to_thread(written, form, published, tag, texts.negotiate(request, visitor(request)))
    name = f"{texts.pick(published.titles, tag)[0]} ({tag}).{form}"
    headers = {"Content-Disposition": disposition("attachment", name), "Content-Language": tag}
    return Response(body, media_type=TYPES[form], headers=headers)


def written(form: str, published: Publication, tag: str, language: str) -> bytes:
    lines = published.lines[tag]
    match form:
        case "vtt":
            return vtt(lines).encode()
        case "srt":
            return srt(lines).encode()
        case "txt":
            heads = [(chapter.start * 1_000, texts.pick(chapter.titles, language)[0]) for chapter in published.chapters]
            return txt(lines, heads).encode()
    return encoder.encode(
        {
            "room": published.room,
            "titles": published.titles,
            "language": tag,
            "languages": list(published.lines),
            "opened_at": published.opened_at,
            "lines": items(lines),
        }
    )


def html(request: Request, found: Found, published: Publication, tag: str) -> Response:
    """The transcript alone, as a page without anything around it."""
    response = site(request).render.page(
        request,
        "archive-transcript.html",
        session=found.session,
        publication=published,
        transcript=tag,
        parts=parts(published, tag),
    )
    name = f"{texts.pick(published.titles, tag)[0]} ({tag}).html"
    response.headers["Content-Disposition"] = disposition("inline", name)
    return response


async def questions(request: Request) -> Response:
    """The questions that are public, in the order in which they were asked."""
    here, found, form = site(request), await look(request), request.path_params["form"]
    if form not in ("json", "csv"):
        raise HTTPException(404)
    if found.withheld:
        return refused(request, found.withheld)
    published = await here.archive.publication(found.position)
    body = await asyncio.to_thread(json_of if form == "json" else csv_of, published)
    name = f"{texts.pick(published.titles, texts.negotiate(request, visitor(request)))[0]}.{form}"
    return Response(body, media_type=TYPES[form], headers={"Content-Disposition": disposition("attachment", name)})


def item(published: Publication, question: Question) -> dict[str, object]:
    experts = {expert.contribution: expert.name for expert in published.experts}
    return {
        "id": question.id,
        "text": question.text,
        "language": question.language,
        "by": question.by,
        "to": question.to,
        "expert": experts.get(question.to or ""),
        "state": question.state,
        "votes": question.votes,
        "asked_at": question.asked_at,
        "on_air_at": question.when("on_air"),
        "answered_at": question.when("answered"),
        "outcome": question.outcome,
        "answer": question.answer.text if question.answer else None,
        "translations": " | ".join(f"{tag}: {one.text}" for tag, one in question.translations.items() if one.text),
        "link": f"/archive/{published.room}#{question.anchor}",
    }


def json_of(published: Publication) -> bytes:
    every = [
        {
            **item(published, question),
            "path": question.path,
            "answer": question.answer,
            "translations": question.translations,
            "also_asked": question.also,
            "put_off": question.put_off,
            "came_from": question.came_from,
            "seconds": question.start,
        }
        for question in published.questions
    ]
    of_all = {"room": published.room, "titles": published.titles, "record": published.record}
    return encoder.encode({**of_all, "questions": every})


def csv_of(published: Publication) -> bytes:
    """RFC 4180, with a mark at the front by which spreadsheets know that it is UTF-8."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    for question in published.questions:
        rows.writerow(cell(value) for value in item(published, question).values())
    return file.getvalue().encode("utf-8-sig")


def cell(value: object) -> str:
    """A value as text that no spreadsheet runs as a formula."""
    text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


async def ndjson(request: Request) -> Response:
    """The log as it is stored: what was never public, too, and who it was; for organisers alone, at any time."""
    here, found = site(request), await look(request)
    if not found.organises:
        if found.withheld:
            return refused(request, found.withheld)
        raise HTTPException(403 if visitor(request).signed_in else 401)
    body = await here.database.read(partial(log.ndjson, room=found.session.id))
    headers = {"Content-Disposition": disposition("attachment", f"{found.session.id}.ndjson")}
    return Response(body, media_type=TYPES["ndjson"], headers=headers)


def refused(request: Request, why: str) -> Response:
    language = texts.negotiate(request, visitor(request))
    response = site(request).render.plain(texts.word(texts.WITHHELD, why, language) + "\n", 404)
    response.headers["Content-Language"] = language
    return response


def disposition(kind: str, name: str) -> str:
    """Content-Disposition with a name in any script (RFC 6266, RFC 8187): plain letters for old programs beside it."""
    name = " ".join(re.sub(r"[\\/:*?\"<>|\x00-\x1f\x7f]", " ", name).split())
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, ending = re.sub("[%;]", "", plain).rpartition(".")
    stem, ending = (stem, f".{ending}") if dot else (ending, "")
    plain = f"{' '.join(stem.split()) or 'session'}{ending}"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


routes: list[BaseRoute] = [
    Route("/archive/{room}/transcript.{form}", transcript),
    Route("/archive/{room}/questions.{form}", questions),
    Route("/archive/{room}/log.ndjson", ndjson),
]
