"""A server that speaks LibreTranslate's API as its documentation and source say, on loopback; it can also misbehave."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

CODES = ("ar", "de", "en", "es", "fr", "pb", "pt", "zh", "zt")
LANGUAGES = [
    {"code": code, "name": code.upper(), "targets": [one for one in CODES if (code, one) != ("ar", "fr")]}
    for code in CODES
]


class Machine(ThreadingHTTPServer):
    """`requests` are path and body of each that came; `answers` replace what a path is answered with."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[Handler], None]] = {}
        self.key = ""
        self.most = self.now = 0  # translations at once
        self.lock = threading.Lock()
        self.going = threading.Event()  # whoever is held waits for it

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that has hung up is no fault."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def texts(self) -> list[str]:
        return [body["q"] for path, body in self.requests if path == "/translate"]

    @property
    def paths(self) -> list[str]:
        return [path for path, _body in self.requests]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def machine(self) -> Machine:
        return cast(Machine, self.server)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.handle_it({})

    def do_POST(self) -> None:
        self.handle_it(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def handle_it(self, body: dict[str, Any]) -> None:
        machine, self.body = self.machine, body
        with machine.lock:
            machine.requests.append((self.path, body))
            machine.now += 1
            machine.most = max(machine.most, machine.now)
        try:
            machine.answers.get(self.path, Handler.documented)(self)
        finally:
            with machine.lock:
                machine.now -= 1

    def documented(self) -> None:
        body = self.body
        if self.path == "/languages":
            self.say(200, LANGUAGES)
        elif self.machine.key and body.get("api_key") != self.machine.key:
            self.say(403, {"error": "Invalid API key"})
        elif wrong := [body[one] for one in ("source", "target") if body[one] not in CODES]:
            self.say(400, {"error": f"{wrong[0]} is not supported"})
        else:
            self.say(200, {"translatedText": f"[{body['target']}] {body['q']}"})

    def say(self, status: int, answer: object) -> None:
        self.send(status, json.dumps(answer).encode())

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # ── How it can misbehave ─────────────────────────────────────────────────────────────────────────────────────

    def hold(self) -> None:
        """Answer as documented, but only when the test says so."""
        self.machine.going.wait(20)
        self.documented()

    def drip(self) -> None:
        """A byte now and then, for ever as far as anybody can wait."""
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
            for _ in range(200):
                self.wfile.write(b" ")
                time.sleep(0.1)

    def drip_head(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(200):
                self.wfile.write(b"x")
                time.sleep(0.1)

    def flood(self) -> None:
        """50 MB of a translation."""
        with contextlib.suppress(OSError):
            self.send(200, b'{"translatedText": "' + b"x" * 50_000_000 + b'"}')

    def flood_endlessly(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"translatedText": "')
            for _ in range(500):
                self.wfile.write(b"x" * 100_000)

    def hang_up(self) -> None:
        self.close_connection = True

    def stop_short(self) -> None:
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"translatedText": "half')
        self.close_connection = True

    def no_http(self) -> None:
        self.wfile.write(b"220 mail.example.org ESMTP\r\n")
        self.close_connection = True


def saying(status: int, body: bytes, **headers: str) -> Callable[[Handler], None]:
    """This, whatever is asked."""
    return lambda handler: handler.send(status, body, **headers)


@contextlib.contextmanager
def running() -> Iterator[Machine]:
    machine = Machine()
    serving = threading.Thread(target=machine.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield machine
    finally:
        machine.going.set()
        machine.shutdown()
        machine.server_close()
        serving.join(10)
