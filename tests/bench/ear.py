"""How late a voice is: mouth to ear between two browsers through the real server, without anybody's sound card.

Run it by hand: .venv/bin/python -m tests.bench.ear; three takes of a minute, and one on a line with stalls of 200 ms.
"""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from tests.browser.conftest import wait_for_slides
from tests.browser.ears import Take, chromium, floor, spoken, take
from tests.browser.people import Stalling, free_port, reached
from tests.served import Server, start

STALLS = 5  # of 200 ms each, a second apart
BACK = 200.0  # ms below which a voice is in time again


async def measure(server: Server, weak: int, seconds: float, times: int, folder: Path) -> None:
    """Print each take as it is done."""
    async with (
        chromium(spoken(folder)) as speaker,
        chromium() as listener,
        reached(Stalling(int(server.url.rsplit(":", 1)[1])), weak) as line,
    ):
        for number in range(times):
            async with floor(speaker, listener, server) as (mouth, ear, _):
                await asyncio.sleep(2)
                print(
                    f"take {number + 1}: {await take(mouth, ear, seconds)}; load {os.getloadavg()[0]:.1f}", flush=True
                )
        async with floor(speaker, listener, server, ears=f"http://127.0.0.1:{weak}") as (mouth, ear, _):
            await asyncio.sleep(2)
            print(f"before stalls: {await take(mouth, ear, 5)}", flush=True)
            for _ in range(STALLS):
                await line.stall(0.2)
                await asyncio.sleep(0.8)
            ended = asyncio.get_running_loop().time()
            late: list[Take] = []
            while not late or late[-1].median >= BACK:
                late.append(await take(mouth, ear, 2))
            seconds = asyncio.get_running_loop().time() - ended
            print(f"after {STALLS} stalls of 200 ms: {late[0]}")
            print(f"below {BACK:.0f} ms again within {seconds:.0f} s: {late[-1]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of a take")
    parser.add_argument("--times", type=int, default=3, help="takes")
    asked = parser.parse_args()
    port, weak = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        origins = f"http://127.0.0.1:{port},http://127.0.0.1:{weak}"
        server = start(Path(folder) / "data", "--demo", port=port, origins=origins)
        try:
            wait_for_slides(Path(folder) / "data")
            asyncio.run(measure(server, weak, asked.seconds, asked.times, Path(folder)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
