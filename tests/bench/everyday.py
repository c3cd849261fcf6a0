"""What people feel on an ordinary day, through an ordinary client: a start, a reply, many questions, pages turned."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.contenders import AUSTAUSCH
from tests.bench.figures import Book
from tests.flows.clients import Client, dial, joined
from tests.flows.sending import Sender
from tests.flows.town import Town
from tests.hosting import decks
from tests.served import Server, start

REPLIES = 300
TOGETHER = 100  # people who ask at the same time
EACH = 20  # questions of one person that may wait
SCREENS = 50  # that follow the pages
PAGES = 20  # of the deck
TURNS = 100


async def replies(server: Server, room: str, town: Town) -> list[float]:
    """Milliseconds from a command to its reply, one at a time on an idle server."""
    async with joined(server, room, town.cookies["moderator"]) as crew:
        item = (await crew.do("agenda.add", title="More", kind="other", minutes=5))["ok"]["item"]
        took = []
        for number in range(REPLIES):
            before = time.perf_counter()
            await crew.do("agenda.edit", item=item, title=f"More {number}")
            took.append((time.perf_counter() - before) * 1000)
            await asyncio.sleep(0.005)
        return took


async def throughput(server: Server, room: str, town: Town) -> float:
    """Acknowledged commands a second in one room: questions asked by many at once, each durable before its reply."""

    async def connect(number: int) -> Client:
        return Client(await dial(server, room, town.cookies[f"asker{number}"]), {"all": {}})

    async def ask(client: Client, number: int) -> None:
        for count in range(EACH):
            frame = {"id": f"{number}-{count}", "do": "question.ask", "with": {"text": "How deep?", "language": "en"}}
            await client.send(frame)
        await client.until(lambda: len(client.replies) == EACH)
        assert all("ok" in reply for reply in client.replies.values())

    clients = [await connect(number) for number in range(TOGETHER)]
    await asyncio.sleep(1)
    before = time.perf_counter()
    await asyncio.gather(*(ask(client, number) for number, client in enumerate(clients)))
    took = time.perf_counter() - before
    for client in clients:
        client.reading.cancel()
        await client.socket.close()
    return TOGETHER * EACH / took


def hand_in(server: Server, town: Town) -> tuple[str, float]:
    """Send a deck; its presentation, and how many milliseconds a page took to be drawn in both widths."""
    with Sender(server, town) as sender:
        content = decks.deck(PAGES)
        id = sender.begin(len(content))
        before = time.perf_counter()
        sender.patch(id, 0, content)
        sender.converted(id)
        return id, (time.perf_counter() - before) * 1000 / PAGES


async def shown(screen: Client, page: int) -> None:
    await screen.until(lambda: screen.screen.get("slides", {}).get("slides", {}).get("page") == page)


async def page_turns(server: Server, room: str, town: Town, presentation: str) -> list[float]:
    """Milliseconds from turning a page until the last of all screens has been told."""
    async with (
        joined(server, room, town.cookies["expert"]) as expert,
        joined(server, room, town.cookies["moderator"]) as crew,
    ):
        (slot,) = crew.screen["contributions"]
        await expert.do("contribution.submit", contribution=slot, presentation=presentation)
        await crew.do("room.open")
        assert "ok" in await crew.do("contribution.air", contribution=slot)
        screens = [Client(await dial(server, room, town.cookies[f"asker{n}"]), {"all": {}}) for n in range(SCREENS)]
        took = []
        for turn in range(TURNS):
            page = 2 + turn % (PAGES - 1)
            facts = {"presentation": presentation, "page": page}
            before = time.perf_counter()
            await expert.send({"id": f"t{turn}", "do": "slides.show", "with": facts})
            await asyncio.gather(*(shown(screen, page) for screen in screens))
            took.append((time.perf_counter() - before) * 1000)
        for screen in screens:
            screen.reading.cancel()
            await screen.socket.close()
        return took


def everyday(book: Book) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "data")
        for number in range(TOGETHER):
            town.add(f"asker{number}", "participant")
        start(town.folder).stop()
        starts = []
        for _ in range(3):
            before = time.perf_counter()
            server = start(town.folder)
            starts.append(time.perf_counter() - before)
            server.stop()
        server = start(town.folder, rate=0)
        try:
            room = town.rooms["before-spring"]
            took = sorted(asyncio.run(replies(server, room, town)))
            asked = asyncio.run(throughput(server, room, town))
            presentation, drawn = hand_in(server, town)
            turned = sorted(asyncio.run(page_turns(server, room, town, presentation)))
        finally:
            server.stop()
        book.note(
            "everyday",
            AUSTAUSCH,
            start=statistics.median(starts),
            reply50=statistics.median(took),
            reply99=took[int(REPLIES * 0.99)],
            asked=asked,
            page=drawn,
            turn50=statistics.median(turned),
            turn95=turned[int(TURNS * 0.95)],
        )
