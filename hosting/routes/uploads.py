"""Uploads by tus 1.0 (https://tus.io/protocols/resumable-upload): creation, checksum, expiration, termination.

Only the experts of a contribution may begin one, and only its sender can see it, go on with it or end it.
"""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import format_datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from hosting import texts
from hosting.files import CHUNK
from hosting.presentations import Presentation
from hosting.routes import api
from hosting.site import site, visitor
from hosting.uploads import ALGORITHMS, LIMIT, MEGABYTE, clean_filename
from rooms.core import Refused

VERSION = "1.0.0"
TYPE = "application/offset+octet-stream"
DIGITS = 15  # of a number in a header
METADATA = 4096  # characters of a header
STATUS = {
    **api.STATUS,
    "upload.busy": 423,
    "upload.checksum": 460,
    "upload.expired": 410,
    "upload.full": 507,
    "upload.handed_in": 403,
    "upload.invalid": 400,
    "upload.longer": 413,
    "upload.offset": 409,
    "upload.role": 403,
    "upload.size": 413,
    "upload.too_many": 429,
    "upload.type": 415,
    "upload.unknown": 404,
    "upload.unused": 429,
    "upload.version": 412,
}
Action = Callable[[Request], Awaitable[Response]]


def answer(status: int, deck: Presentation | None = None, **headers: str) -> Response:
    """Without a body; with the headers that every answer about an upload has."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if deck and deck.expires_at and int(headers.get("Upload_Offset", "0")) < deck.size:
        given["Upload-Expires"] = format_datetime(deck.expires_at, usegmt=True)
    return Response(status_code=status, headers={"Tus-Resumable": VERSION, "Cache-Control": "no-store", **given})


# ── What headers say ─────────────────────────────────────────────────────────────────────────────────────────────────


def number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise Refused("upload.invalid", field=name)
    return int(text)


def decoded(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # not of this alphabet, or not even ASCII
        raise Refused("upload.invalid", field=field) from None


def metadata(request: Request) -> dict[str, str]:
    """Names and texts: `filename d29ybGQ=,contribution YWJj`."""
    header = request.headers.get("upload-metadata", "")
    found: dict[str, str] = {}
    for pair in header.split(",") if len(header) <= METADATA else [header]:
        name, _, value = pair.strip().partition(" ")
        try:
            text = decoded(value.strip(), "Upload-Metadata").decode()
        except UnicodeDecodeError:
            raise Refused("upload.invalid", field="Upload-Metadata") from None
        if not name or name in found or len(header) > METADATA:
            raise Refused("upload.invalid", field="Upload-Metadata")
        found[name] = text
    return found


def checksum(request: Request) -> tuple[str, bytes] | None:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise Refused("upload.invalid", field="Upload-Checksum")
    return algorithm, decoded(value, "Upload-Checksum")


async def blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces worth a write of their own. A line that breaks or stalls ends it early, as the server does."""
    parts, waiting = request.stream(), bytearray()
    going = True
    while going:
        try:
            async with site(request).uploads.patience():
                part = await anext(parts, None)
        except (ClientDisconnect, TimeoutError):
            part = None
        waiting += part or b""
        going = part is not None
        if len(waiting) >= CHUNK or (waiting and not going):
            yield bytes(waiting)
            waiting.clear()


# ── What is done ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def options(_request: Request) -> Response:
    return answer(
        204,
        Tus_Version=VERSION,
        Tus_Max_Size=str(LIMIT * MEGABYTE),
        Tus_Extension="creation,checksum,expiration,termination",
        Tus_Checksum_Algorithm=",".join(ALGORITHMS),
    )


async def create(request: Request) -> Response:
    size, said = number(request, "Upload-Length"), metadata(request)
    if not said.get("contribution"):
        raise Refused("upload.invalid", field="Upload-Metadata")
    filename = clean_filename(said.get("filename", ""))
    deck = await site(request).uploads.create(visitor(request), said["contribution"], filename, size)
    return answer(201, deck, Location=f"/files/{deck.id}", Upload_Offset="0")


async def look(request: Request) -> Response:
    here = site(request)
    deck = await here.uploads.find(visitor(request), request.path_params["id"])
    offset = await here.media.received(deck)
    return answer(200, deck, Upload_Offset=str(offset), Upload_Length=str(deck.size))


async def patch(request: Request) -> Response:
    here = site(request)
    if request.headers.get("content-type") != TYPE:
        raise Refused("upload.type", type=TYPE)
    offset, proof = number(request, "Upload-Offset"), checksum(request)
    deck = await here.uploads.find(visitor(request), request.path_params["id"])
    length = number(request, "Content-Length") if "content-length" in request.headers else None
    offset = await here.uploads.receive(deck, offset, length, blocks(request), proof)
    return answer(204, deck, Upload_Offset=str(offset))


async def terminate(request: Request) -> Response:
    """The sender may take a deck back until it is handed in."""
    here = site(request)
    deck = await here.uploads.find(visitor(request), request.path_params["id"])
    async with here.live.handing:
        if deck.state == "ready" and await here.live.may_see_pages(deck.room, deck.id, "booth"):
            raise Refused("upload.handed_in")
        await here.uploads.terminate(deck)
    return answer(204)


async def one(request: Request) -> Response:
    """The method as sent, or as a POST names it for those who can send nothing else (Core, X-HTTP-Method-Override)."""
    method = request.headers.get("x-http-method-override", "") if request.method == "POST" else request.method
    action = {"HEAD": look, "PATCH": patch, "DELETE": terminate}.get(method)
    return await action(request) if action else answer(405, Allow="OPTIONS, HEAD, PATCH, DELETE")


def resumable(action: Action) -> Action:
    """Refuse other versions of tus, and say refusals in the sender's language."""

    async def guarded(request: Request) -> Response:
        try:
            if request.method != "OPTIONS" and request.headers.get("tus-resumable") != VERSION:
                raise Refused("upload.version", version=VERSION)
            return await (options if request.method == "OPTIONS" else action)(request)
        except Refused as refused:
            text = texts.refusal(refused.code, refused.facts, texts.negotiate(request, visitor(request)))
            headers = {"Tus-Resumable": VERSION, "Tus-Version": VERSION}
            return PlainTextResponse(text, STATUS.get(refused.code, 400), headers)

    return guarded


routes: list[BaseRoute] = [
    Route("/files", resumable(create), methods=["OPTIONS", "POST"]),
    Route("/files/{id}", resumable(one), methods=["OPTIONS", "HEAD", "POST", "PATCH", "DELETE"]),
]
