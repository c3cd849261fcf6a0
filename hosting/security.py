"""The edge: who is asking, whether a browser was tricked into asking, and what a page may do. Pure ASGI.

Of a socket it only reads what was shown at the door; who that is, hosting.entrance looks up for many at once.
Never trusts a missing Origin on a socket; never takes somebody for a stranger because the database is away.
"""

import hmac
import unicodedata
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hosting import moments, people
from hosting.admission import Shown, Ticket
from hosting.config import Config
from hosting.database import Database
from hosting.errors import Unavailable
from hosting.people import NOBODY, SERVICE, UNKNOWN, Visitor

NAME = 80  # characters of a person's name
COOKIE_AGE = int(people.SIGN_IN.total_seconds())
JOINERS = "\u200c\u200d"  # Persian and Indic scripts need them within words
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # categories: controls, formats, surrogates, private, none, ends
FILLERS = "\u115f\u1160\u3164\uffa0"  # letters to Unicode, nothing to the eye

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a form's Origin would be null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
SOUNDING = ("/rooms/", "/desk/")  # pages where people listen, and speak if they allow it
SOUND_HEADERS = HEADERS | {
    # WebAssembly, and no other code from text: browsers without a decoder of Opus are given one
    "Content-Security-Policy": CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=()",
}


def policy(base: str, **changed: str) -> str:
    """The policy of one page: another with other sources for some directives; `frame_src` is frame-src."""
    directives = dict(part.split(" ", 1) for part in base.split("; "))
    directives |= {name.replace("_", "-"): sources for name, sources in changed.items()}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def cookie_name(config: Config) -> str:
    """__Host- binds the cookie to this host over https; plain http on localhost cannot have it."""
    return "__Host-austausch" if config.secure else "austausch"


def set_cookie(response: Response, config: Config, token: str) -> None:
    response.set_cookie(
        cookie_name(config), token, max_age=COOKIE_AGE, httponly=True, samesite="lax", secure=config.secure, path="/"
    )


def drop_cookie(response: Response, config: Config) -> None:
    response.delete_cookie(cookie_name(config), httponly=True, samesite="lax", secure=config.secure, path="/")


def origin_allowed(origins: Sequence[str], config: Config) -> bool:
    """Exactly one Origin header, equal to one of ours to the letter."""
    return len(origins) == 1 and origins[0] in config.allowed_origins


def same_site(headers: Headers, config: Config) -> bool:
    """Whether a request that changes something was not made by a page of another site.

    Every browser says with such a request where it comes from; what says nothing is a program, which nobody can trick
    into sending somebody else's cookie. Source: Go's http.CrossOriginProtection.
    """
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in ("same-origin", "none")
    origins = headers.getlist("origin")
    return not origins or origin_allowed(origins, config)


def clean_name(text: str) -> str:
    """A name as it is shown: composed, without control, bidi and zero-width characters; ValueError if none is left."""
    composed = unicodedata.normalize("NFC", text)
    kept = [
        character
        for place, character in enumerate(composed)
        if (unicodedata.category(character) not in UNSEEN and character not in FILLERS)
        or (character in JOINERS and joins(composed[place - 1 : place], composed[place + 1 : place + 2]))
        or character in "\n\t"
    ]
    name = " ".join("".join(kept).split())
    if not 1 <= len(name) <= NAME or not any(character.isalnum() for character in name):
        raise ValueError("a name has 1 to 80 characters")
    return name


def joins(before: str, after: str) -> bool:
    """Whether a joiner between these can be seen: after Arabic letters and Indic viramas (as in RFC 5892, A.1)."""
    if not before or not unicodedata.category(after or " ").startswith("L"):
        return False
    return unicodedata.bidirectional(before) == "AL" or unicodedata.combining(before) == 9


def local_path(path: str | None) -> str:
    """A path of ours to go to next; the front page for anything else."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(c) < 33 for c in path):
        return "/"
    return path


class Edge:
    """Middleware: finds the visitor, refuses forged requests, sets the headers of every page.

    `away` answers where the visitor cannot be looked up.
    """

    def __init__(self, app: ASGIApp, config: Config, database: Database, away: Callable[[Request], Response]) -> None:
        self.app, self.config, self.database, self.away = app, config, database, away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if scope["type"] == "websocket":
            state["shown"] = self.shown(HTTPConnection(scope))
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")
        headers = Headers(scope=scope)
        try:
            state["visitor"] = NOBODY if static else await self.find(HTTPConnection(scope))
        except Unavailable:
            state["visitor"] = UNKNOWN

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in (SOUND_HEADERS if scope["path"].startswith(SOUNDING) else HEADERS).items():
                    found.setdefault(name, value)
                if self.config.secure:
                    found.setdefault("Strict-Transport-Security", "max-age=31536000")
                if not static:
                    found.setdefault("Cache-Control", "no-store")
            await send(message)

        bearer = "authorization" in headers
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and not bearer and not same_site(headers, self.config):
            refusal = PlainTextResponse("This request did not come from a page of this site.", 403)
            await refusal(scope, receive, send_safely)
            return
        await (self.away(Request(scope)) if state["visitor"] is UNKNOWN else self.app)(scope, receive, send_safely)

    async def find(self, connection: HTTPConnection) -> Visitor:
        match self.token(connection):
            case Visitor() as known:
                return known
            case token, True:
                return await self.database.read(lambda sql: people.find_token(sql, token, moments.now()))
            case token, _:
                return await self.database.read(lambda sql: people.find_sign_in(sql, token, moments.now()))

    def shown(self, connection: HTTPConnection) -> Shown:
        match self.token(connection):
            case Visitor() as known:
                return known
            case token, bearer:
                return Ticket(people.digest(token), bearer)

    def token(self, connection: HTTPConnection) -> tuple[str, bool] | Visitor:
        """A token, and whether it is a bearer's and not a browser's; or who that is, where nothing need be read."""
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            kind, _, token = authorization.partition(" ")
            token = token.strip()
            if kind.lower() != "bearer" or not token:
                return NOBODY
            service = self.config.service_token
            if service and hmac.compare_digest(token.encode(), service.encode()):
                return SERVICE
            return token, True
        cookie = connection.cookies.get(cookie_name(self.config))
        return (cookie, False) if cookie else NOBODY


async def ensure_guest(visitor: Visitor, database: Database) -> tuple[Visitor, str | None]:
    """Whoever comes without a sign-in becomes a guest; the token is for the cookie, None if none is needed."""
    if visitor.kind != "nobody":
        return visitor, None
    token, guest = await database.write(lambda sql: people.open_guest(sql, moments.now()))
    return guest, token
