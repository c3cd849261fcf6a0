"""Firefox as Debian has it, driven by WebDriver BiDi over its socket, with a sound card that is none.

Only what a test of sound needs: pages, and functions to run in them. Without a sound card its sound never begins.
"""

import asyncio
import contextlib
import itertools
import json
import os
import secrets
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

START = 60.0  # seconds a machine under load may take
PREFERENCES = {
    "media.autoplay.default": 0,  # sound without a click
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,  # a microphone that hears a tone
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
}


class Firefox:
    """One page of a running Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.ids = socket, itertools.count(1)
        self.page = ""

    async def do(self, method: str, **params: Any) -> dict[str, Any]:
        """Give one command and wait for its answer; AssertionError with what it says, if it is none."""
        id = next(self.ids)
        await self.socket.send(json.dumps({"id": id, "method": method, "params": params}))
        async with asyncio.timeout(START):
            while (answer := json.loads(await self.socket.recv())).get("id") != id:
                pass
        assert answer["type"] == "success", answer
        found: dict[str, Any] = answer["result"]
        return found

    async def goto(self, address: str) -> None:
        await self.do("browsingContext.navigate", context=self.page, url=address, wait="complete")

    async def sign_in(self, base: str, role: str, name: str) -> None:
        """Be somebody in the demo."""
        await self.goto(f"{base}/demo")
        with_form = """async ([role, name]) => {
          const body = new URLSearchParams({ role, name });
          return (await fetch("/demo/sign-in", { method: "POST", body })).ok;
        }"""
        assert await self.evaluate(with_form, [role, name])

    async def command(self, room: str, command: str, **facts: object) -> None:
        """Give a command as whoever has signed in."""
        giving = """async ([room, body]) => {
          const headers = { "content-type": "application/json" };
          return (await fetch(`/api${room}/commands`, { method: "POST", headers, body: JSON.stringify(body) })).json();
        }"""
        body = {"id": secrets.token_urlsafe(6), "do": command, "with": facts}
        answer = await self.evaluate(giving, [room, body])
        assert "ok" in answer, answer

    async def evaluate(self, expression: str, given: Any = None) -> Any:
        """What an expression is, or a function gives, as Playwright has it."""
        text = f"""async (given) => {{
          const found = {expression};
          return JSON.stringify(await (typeof found === "function" ? found(JSON.parse(given)) : found) ?? null);
        }}"""
        argument = {"type": "string", "value": json.dumps(given)}
        target = {"context": self.page}
        answer = await self.do(
            "script.callFunction", functionDeclaration=text, arguments=[argument], target=target, awaitPromise=True
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])


async def said(process: Process, words: str) -> str:
    """The line of a program's complaints with these words."""
    assert process.stderr
    async with asyncio.timeout(START):
        while line := (await process.stderr.readline()).decode():
            if words in line:
                return line
    raise AssertionError(f"it ended without saying {words!r}")


@contextlib.asynccontextmanager
async def running(*command: str, **variables: str) -> AsyncIterator[Process]:
    """A program, ended at the end."""
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=PIPE, env=os.environ | variables)
    assert process.stderr
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.stderr.read()
        await process.wait()


@contextlib.asynccontextmanager
async def silent_card(folder: Path) -> AsyncIterator[str]:
    """PulseAudio with a sound card that plays into nothing; where programs find it."""
    place = folder / "card"
    modules = ("module-null-sink rate=48000", f"module-native-protocol-unix socket={place} auth-anonymous=1")
    loaded = [f"--load={module}" for module in modules]
    quiet = ("--daemonize=no", "--exit-idle-time=-1", "--disable-shm", "--log-level=notice")
    async with running("pulseaudio", "-n", *quiet, *loaded, XDG_RUNTIME_DIR=str(folder), HOME=str(folder)):
        async with asyncio.timeout(START):
            while not place.is_socket():  # noqa: ASYNC110  # it does not say when it is ready
                await asyncio.sleep(0.05)
        yield f"unix:{place}"


@contextlib.asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    """A Firefox with one page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lines = [f'user_pref("{key}", {json.dumps(value)});' for key, value in PREFERENCES.items()]
        (folder / "user.js").write_text("\n".join(lines))
        flags = ("--headless", "--no-remote", "--remote-debugging-port=0", "--profile", name)
        async with (
            silent_card(folder) as card,
            running("firefox-esr", *flags, PULSE_SERVER=card, HOME=name, MOZ_CRASHREPORTER_DISABLE="1") as process,
        ):
            address = (await said(process, "WebDriver BiDi listening on")).split()[-1]
            reading = asyncio.create_task(drained(process))
            try:
                async with connect(f"{address}/session", compression=None, proxy=None, max_size=None) as socket:
                    browser = Firefox(socket)
                    await browser.do("session.new", capabilities={})
                    browser.page = (await browser.do("browsingContext.getTree"))["contexts"][0]["context"]
                    yield browser
                    await browser.do("browser.close")
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


async def drained(process: Process) -> None:
    """Take what a program complains of, for it waits until somebody does."""
    assert process.stderr
    while await process.stderr.read(4096):
        pass
