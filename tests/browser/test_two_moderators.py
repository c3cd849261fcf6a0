"""Two moderators of one room press at once: one thing happens, each is told which, and both pages show the same."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.at_once import Deaf, press_at_once
from tests.browser.people import do, person
from tests.flows.today import Day
from tests.served import Server

SLUICE, PUMPS = "Who opens the sluice at night?", "Which pumps are ours?"
LISTS = {
    "submitted": "question-inbox .item:not(.held) .pick",
    "queued": "question-queue .item:not(.held) .pick",
    "published": "published-list .item:not(.held) .pick",
    "on_air": "running-item .asked .name[dir=auto]",
}
SECOND = "Somebody else was first."


class Two:
    """Two moderators of the room of now, and whom it is asked by."""

    def __init__(self, server: Server, room: str, pages: tuple[Page, Page], asker: Page) -> None:
        self.server, self.room, self.pages, self.asker = server, room, pages, asker
        self.ears = (Deaf(), Deaf())

    async def come(self) -> None:
        for page, ear in zip(self.pages, self.ears, strict=True):
            await ear.stand(page)
            await page.goto(f"{self.server.url}{self.room}/moderate")
            await expect(page.locator("room-state")).to_contain_text("Room open")
        await self.asker.goto(self.server.url + self.room)

    async def ask(self, text: str) -> None:
        await self.asker.fill("#text", text)
        await self.asker.click("ask-form button.first")
        for page in self.pages:
            await expect(page.locator("question-inbox .pick", has_text=text)).to_be_visible()

    async def press(self, *keys: str) -> None:
        await press_at_once(*zip(self.pages, self.ears, keys, strict=True))

    async def told(self, done: str, stands: str) -> Page:
        """One was told that it is done, the other how it stands; the page of the first."""
        lines = [page.locator("undo-line") for page in self.pages]
        for line in lines:
            await expect(line).to_have_text(re.compile(f"{re.escape(done)}|{SECOND}"))
        first = [SECOND not in await line.inner_text() for line in lines]
        assert sorted(first) == [False, True]
        await expect(lines[first.index(False)].locator("[role=alert]")).to_have_text(f"{SECOND} {stands}")
        return self.pages[first.index(True)]

    async def show_what_is(self) -> None:
        """Both pages show what the API says of questions and agenda; what was taken from a list in its place aside."""
        states, agenda = await self.states(), await self.seen("agenda")
        running = [item["titles"]["en"] for item in agenda.values() if item["state"] == "running"]
        for page in self.pages:
            for state, part in LISTS.items():
                there = [text for text, reached in states.items() if reached == state]
                await expect(page.locator(part)).to_have_text(there)
            await expect(page.locator("agenda-control li.running [dir=auto]")).to_have_text(running)

    async def seen(self, collection: str) -> dict[str, Any]:
        answer = await (await self.pages[0].request.get(f"{self.server.url}/api{self.room}")).json()
        return dict(answer["all"][collection])

    async def states(self) -> dict[str, str]:
        """Where the questions stand, by their texts."""
        return {question["text"]: question["state"] for question in (await self.seen("questions")).values()}


@asynccontextmanager
async def two(browser: Browser, server: Server, today: Day) -> AsyncIterator[Two]:
    async with (
        person(browser, server.url) as one,
        person(browser, server.url) as other,
        person(browser, server.url) as asker,
    ):
        for page, role in ((one, "moderator"), (other, "organiser"), (asker, "participant")):
            cookie = {"name": "austausch", "value": today.cookies[role], "url": server.url}
            await page.context.add_cookies([cookie])  # type: ignore[list-item]  # as Playwright takes it
        here = Two(server, f"/rooms/{today.here}", (one, other), asker)
        await do(one, server.url, here.room, "room.open")
        await here.come()
        yield here


async def select(page: Page, text: str) -> None:
    """Go to a question by key: up to the first, then down."""
    rows = page.locator("[data-question]")
    for _ in range(await rows.count()):
        await page.keyboard.press("k")
    current = page.locator("[data-question][aria-current]")
    while text not in await current.inner_text():
        before = await current.inner_text()
        await page.keyboard.press("j")
        assert await current.inner_text() != before, text


async def test_two_who_start_the_next_item_start_it_once(browser: Browser, server: Server, today: Day) -> None:
    async with two(browser, server, today) as here:
        for page in here.pages:
            await expect(page.locator("next-item")).to_contain_text("Welcome")
        await here.press("n", "n")
        await here.told("Started: “Welcome”", "“Welcome”: It runs now.")
        agenda = sorted((await here.seen("agenda")).values(), key=lambda item: item["order"])
        assert [item["state"] for item in agenda] == ["running", "waiting", "waiting"]
        await here.show_what_is()

        # What was started is taken back by who started it; the other has nothing to take back.
        first = await here.told("Started: “Welcome”", "“Welcome”: It runs now.")
        [second] = [page for page in here.pages if page is not first]
        await second.keyboard.press("z")
        await expect(second.locator("undo-line")).to_contain_text("There is nothing to undo.")
        await first.keyboard.press("z")
        await expect(first.locator("undo-line")).to_contain_text("Undone.")
        assert {item["state"] for item in (await here.seen("agenda")).values()} == {"waiting"}
        await here.show_what_is()


async def test_two_who_publish_a_question_publish_it_once(browser: Browser, server: Server, today: Day) -> None:
    async with two(browser, server, today) as here:
        await here.ask(SLUICE)
        await here.ask(PUMPS)
        for page in here.pages:
            await select(page, SLUICE)
        await here.press("p", "p")
        await here.told(f"Published: “{SLUICE}”", "It is published.")
        await expect(here.asker.locator("question-list .question")).to_have_count(1)
        assert await here.states() == {SLUICE: "published", PUMPS: "submitted"}
        await here.show_what_is()


async def test_of_two_questions_put_on_air_at_once_one_is_and_the_other_waits(
    browser: Browser, server: Server, today: Day
) -> None:
    async with two(browser, server, today) as here:
        for text in (SLUICE, PUMPS):
            await here.ask(text)
            await select(here.pages[0], text)
            await here.pages[0].keyboard.press("q")
            for page in here.pages:
                await expect(page.locator(LISTS["queued"], has_text=text)).to_be_visible()
        for page, text in zip(here.pages, (SLUICE, PUMPS), strict=True):
            await select(page, text)
        await here.press("a", "a")
        lines = [page.locator("undo-line") for page in here.pages]
        for line in lines:
            await expect(line).to_contain_text(re.compile("On air:|Somebody"))
        place = [SECOND in await line.inner_text() for line in lines].index(False)
        on_air, other = (SLUICE, PUMPS)[place], (PUMPS, SLUICE)[place]
        await here.told(f"On air: “{on_air}”", f"“{on_air}”: It is on air.")
        assert await here.states() == {on_air: "on_air", other: "queued"}
        await expect(here.asker.locator("room-headline")).to_contain_text(on_air)
        await here.show_what_is()

        # Who came second sees now what is on air, and puts theirs in its place when they mean to.
        await here.pages[1 - place].keyboard.press("a")
        await expect(lines[1 - place]).to_contain_text(f"On air: “{other}”")
        assert await here.states() == {on_air: "answered", other: "on_air"}
        await here.show_what_is()


async def test_question_that_one_declines_and_another_merges_has_one_fate(
    browser: Browser, server: Server, today: Day
) -> None:
    async with two(browser, server, today) as here:
        await here.ask(SLUICE)
        await here.ask(PUMPS)
        declining, merging = here.pages
        await select(merging, SLUICE)
        await merging.keyboard.press("p")
        await expect(declining.locator(LISTS["published"], has_text=SLUICE)).to_be_visible()
        for page in here.pages:
            await select(page, PUMPS)
        await declining.keyboard.press("d")
        await expect(declining.locator("#reason")).to_be_focused()
        await declining.keyboard.type("We look after no pumps.")
        await merging.keyboard.press("m")
        await expect(merging.locator("merge-choice input")).to_be_focused()
        await merging.keyboard.type("sluice")
        await expect(merging.locator("merge-choice .choices button")).to_have_count(1)
        await here.press("Enter", "Enter")
        for page in here.pages:
            await expect(page.locator("undo-line")).to_contain_text(re.compile("Declined:|Merged:|Somebody"))
        fate = (await here.states())[PUMPS]
        done, stands = {
            "declined": (f"Declined: “{PUMPS}”", "It is declined."),
            "merged": (f"Merged: “{PUMPS}”", "It is merged with another question."),
        }[fate]
        assert await here.told(done, stands) is {"declined": declining, "merged": merging}[fate]
        assert await here.states() == {SLUICE: "published", PUMPS: fate}
        words = {"declined": "We look after no pumps.", "merged": SLUICE}[fate]
        await here.asker.locator("my-questions summary").click()
        await expect(here.asker.locator("my-questions li", has_text=PUMPS)).to_contain_text(words)
        await here.show_what_is()
