"""`austausch serve` in a process of its own: ready, used while other commands write, and ended in order."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from hosting.alone import alone
from hosting.errors import HostingError
from tests.hosting.programmes import PROGRAMME

DRAIN = 10  # seconds (PROTOCOL, Operations)
PYTHON = [sys.executable, "-m", "hosting"]
SETTINGS = {name: value for name, value in os.environ.items() if not name.startswith(("AUSTAUSCH_", "WEB_"))}


def run(folder: Path, *words: str) -> str:
    """What another command printed meanwhile."""
    return subprocess.run(
        [*PYTHON, *words], cwd=folder, env=SETTINGS, capture_output=True, text=True, timeout=30, check=True
    ).stdout


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, its address, and what it said before it was ready."""
    with (
        (folder / "errors").open("w") as errors,
        subprocess.Popen(
            [*PYTHON, "serve", "--port", "0", *words],
            cwd=folder,
            env=SETTINGS,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout
            said = []
            for line in process.stdout:
                said.append(line.strip())
                if "ready" in line:
                    break
            ready = re.fullmatch(r"Austausch is ready at (http://127\.0\.0\.1:\d+)", said[-1] if said else "")
            assert ready, (folder / "errors").read_text()
            yield process, ready[1], said[:-1]
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], sign: signal.Signals) -> tuple[int, bool]:
    """The exit code, and whether it came within the drain time."""
    begun = time.monotonic()
    process.send_signal(sign)
    code = process.wait(2 * DRAIN)
    return code, time.monotonic() - begun < DRAIN


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_server_says_when_it_is_ready_and_ends_when_asked(tmp_path: Path, sign: signal.Signals) -> None:
    with serving(tmp_path) as (process, url, _said):
        assert httpx2.get(f"{url}/healthz").text == "ok"
        code, in_time = ended(process, sign)
    assert (code, in_time, (tmp_path / "errors").read_text()) == (0, True, "")


def test_server_ends_in_time_though_somebody_holds_a_line(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url, _said):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")  # and never the rest
            time.sleep(0.2)
            assert ended(process, signal.SIGTERM) == (0, True)


def test_person_added_while_the_server_runs_can_sign_in_at_once(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text(PROGRAMME, "utf-8")
    with serving(tmp_path) as (process, url, _said), httpx2.Client(base_url=url, headers={"origin": url}) as browser:
        run(tmp_path, "import", "programme.toml")
        links = []
        for name in ("Ada", "Bea"):
            said = run(tmp_path, "person", "add", "--name", name, "--role", "organiser", "--exchange", "spring")
            links.append(re.sub(r"http://127\.0\.0\.1:8000", "", said.splitlines()[1]))
        answers = [browser.post(link).status_code for link in links]
        assert (answers, browser.post(links[0]).status_code) == ([303, 303], 410)
        assert browser.get("/organise").status_code == 200
        assert ended(process, signal.SIGTERM) == (0, True)
    assert (tmp_path / "errors").read_text() == ""


def test_sign_in_outlives_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as (process, url, _said):
        answer = httpx2.post(f"{url}/demo/sign-in", data={"role": "organiser"}, headers={"origin": url})
        cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
        ended(process, signal.SIGTERM)
    with serving(tmp_path, "--demo") as (_process, url, said):
        assert httpx2.get(f"{url}/organise", headers=cookie).status_code == 200
        assert said == []  # three rooms are live: the folder stays


def test_second_server_of_one_folder_waits_for_the_first_to_end(tmp_path: Path) -> None:
    with serving(tmp_path) as (first, _url, _said), ThreadPoolExecutor(1) as other:
        taking_over = other.submit(lambda: answers(tmp_path))
        time.sleep(1.5)  # more than a start takes
        assert not taking_over.done()
        run(tmp_path, "token", "--help")  # and the command line waits for nobody
        first.kill()
        assert taking_over.result(20) == "ok"


def answers(folder: Path) -> str:
    with serving(folder) as (_process, url, _said):
        return httpx2.get(f"{url}/healthz").text


def test_second_server_of_one_folder_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'austausch.sqlite3'}"
    with alone(url), pytest.raises(HostingError, match=r"another server runs on .*austausch\.sqlite3"), alone(url, 0.2):
        pass
    with alone(url, 0), alone(url.replace("data", "other"), 0):
        pass


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(HostingError, match="data"), alone(f"sqlite:///{tmp_path / 'data' / 'austausch.sqlite3'}"):
        pass


def test_demo_moves_a_folder_aside_in_which_nothing_is_live(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text(PROGRAMME, "utf-8")
    run(tmp_path, "import", "programme.toml")
    with serving(tmp_path, "--demo") as (_process, url, said):
        assert httpx2.get(f"{url}/exchanges/global-exchange-2020").status_code == 200
        assert httpx2.get(f"{url}/exchanges/spring").status_code == 404
    [aside] = tmp_path.glob("data-*")
    assert said == [f"Nothing was live any more: the old data is in {aside.name}"]
    assert (aside / "austausch.sqlite3").is_file()


def test_port_that_is_taken_is_said_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*PYTHON, "serve", "--port", port],
            cwd=tmp_path,
            env=SETTINGS,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode != 0
    assert (done.stdout, done.stderr.count("\n"), port in done.stderr) == ("", 1, True)
