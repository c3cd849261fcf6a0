"""An answer that comes late takes nothing from whoever has gone on: not the focus, not a form, not what was typed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.at_once import Deaf
from tests.browser.people import do, person
from tests.browser.test_overruns import items, sign_in
from tests.flows.today import Day
from tests.served import Server

LETTER = "s"  # at the desk the key for Screened


@dataclass
class Desk:
    """A moderator's desk that can be kept from hearing what the server says, and others who do something meanwhile."""

    server: Server
    room: str
    page: Page
    ear: Deaf
    other: Page
    asker: Page

    async def ask(self, *texts: str) -> list[Locator]:
        for text in texts:
            await do(self.asker, self.server.url, self.room, "question.ask", text=text, language="en")
        found = [self.page.locator("[data-question]", has_text=text) for text in texts]
        await expect(found[-1]).to_be_visible()
        return found

    async def moderate(self, command: str, **facts: object) -> None:
        await do(self.other, self.server.url, self.room, command, **facts)

    async def chats(self, done: Locator) -> None:
        """Whoever writes in the chat by the time the answer comes goes on writing there."""
        box = self.page.locator("room-chat textarea")
        await box.click()
        await self.page.keyboard.type("a")
        self.ear.hear()
        await expect(done).to_be_visible()
        await self.page.keyboard.type(LETTER)
        await expect(box).to_have_value(f"a{LETTER}")
        await box.fill("")


@pytest.fixture
async def desk(browser: Browser, server: Server, today: Day) -> AsyncIterator[Desk]:
    room, ear = f"/rooms/{today.here}", Deaf()
    async with (
        person(browser, server.url, viewport={"width": 1280, "height": 2000}) as page,
        person(browser, server.url) as other,
        person(browser, server.url) as asker,
    ):
        for each in (page, other):
            await sign_in(each, server, today.cookies["moderator"])
        await sign_in(asker, server, today.cookies["participant"])
        await ear.stand(page)
        await page.goto(f"{server.url}{room}/moderate")
        await page.locator("room-chat summary").click()
        page.set_default_timeout(4000)
        desk = Desk(server, room, page, ear, other, asker)
        await desk.moderate("room.open")
        yield desk


async def test_who_writes_in_the_chat_keeps_the_focus(desk: Desk) -> None:
    page, said = desk.page, desk.page.locator("undo-line")
    one, two = await desk.ask("Who opens the sluice?", "Which pumps are ours?")
    await one.locator(".pick").click()
    desk.ear.stopped = True
    await page.keyboard.press("p")
    await desk.chats(said.get_by_text("Published"))
    await expect(two).to_have_attribute("aria-current", "true")
    await expect(page.locator("question-inbox .stages button", has_text="To screen")).to_have_count(0)

    desk.ear.stopped = True  # to undo it
    await two.locator(".pick").click()
    await page.keyboard.press("z")
    await desk.chats(said.get_by_text("Undone."))

    await page.keyboard.press("Escape")
    await page.locator("agenda-control li").first.get_by_role("button", name="Start").click()
    await page.locator("extend-form button").click()
    desk.ear.stopped = True
    await page.locator("extend-form .choices button").first.click()
    await desk.chats(said.get_by_text("minutes more"))

    await page.locator("poll-control summary").click()
    await page.get_by_role("button", name="Draft a poll").click()
    await page.get_by_label("What is asked").fill("When?")
    await page.get_by_label("Choices, one on each line").fill("Now\nLater")
    desk.ear.stopped = True
    await page.get_by_role("button", name="Save the draft").click()
    await desk.chats(page.get_by_role("button", name="Draft a poll"))


async def test_answer_of_one_form_closes_no_other(desk: Desk) -> None:
    page = desk.page
    one, two = await desk.ask("Who opens the sluice?", "Which pumps are ours?")
    await one.locator(".pick").click()
    await page.keyboard.press("p")
    published = page.locator("published-list .item", has_text="sluice")
    await published.locator(".pick").click()
    await page.keyboard.press("w")
    await page.get_by_label("Answer, which everybody reads").fill("The guard.")
    desk.ear.stopped = True
    await page.keyboard.press("Control+Enter")
    await two.locator(".pick").click()
    await page.keyboard.press("d")
    await page.keyboard.type("So")
    desk.ear.hear()
    await expect(page.locator("undo-line")).to_contain_text("Answered in writing")
    await page.keyboard.type(" it is")
    await expect(two.locator("#reason")).to_have_value("So it is")
    await page.keyboard.press("Escape")

    rows = page.locator("agenda-control li")
    first, second, title = rows.nth(0), rows.nth(1), page.locator("agenda-control [name=title]")
    await first.get_by_role("button", name="Edit").click()
    await title.fill("Welcome all")
    desk.ear.stopped = True
    await page.keyboard.press("Enter")
    await second.get_by_role("button", name="Edit").click()
    await title.fill("The tal")
    desk.ear.hear()
    await expect(first).to_contain_text("Welcome all")
    await expect(second.locator("[name=title]")).to_have_value("The tal")

    await page.locator("poll-control summary").click()
    for name in ("First?", "Second?"):
        await desk.moderate(
            "poll.draft", title=name, choices=["Yes", "No"], multiple=False, secret=False, item=None, results="end"
        )
    edits = [page.locator("[data-poll]", has_text=name).get_by_role("button", name="Edit") for name in ("First", "Sec")]
    await edits[0].click()
    await page.get_by_label("What is asked").fill("First, changed?")
    desk.ear.stopped = True
    await page.keyboard.press("Enter")
    await edits[1].click()
    await page.get_by_label("What is asked").fill("Second, chang")
    desk.ear.hear()
    await expect(page.locator("poll-control")).to_contain_text("First, changed?")
    await expect(page.get_by_label("What is asked")).to_have_value("Second, chang")

    await page.locator("announce-form summary").click()
    await page.fill("#announcement", "We begin soon.")
    desk.ear.stopped = True
    await page.get_by_role("button", name="Announce", exact=True).click()
    await page.fill("#announcement", "We begin")
    desk.ear.hear()
    await expect(page.locator("announce-form summary")).to_contain_text("We begin soon.")
    await expect(page.locator("#announcement")).to_have_value("We begin")


async def test_what_another_changes_meanwhile_overwrites_nothing_and_stays(desk: Desk, today: Day) -> None:
    page, row = desk.page, desk.page.locator("agenda-control li").first
    item = (await items(desk.other, desk.server, today.here))[0]
    await row.get_by_role("button", name="Edit").click()
    await row.locator("[name=title]").fill("Hello t")
    await desk.moderate("agenda.edit", item=item, title="Good morning", minutes=7)
    await expect(page.locator("agenda-control li").nth(1)).to_be_visible()
    await expect(page.locator("agenda-control li").first.locator(".facts")).to_contain_text("7 minutes")
    await row.locator("[name=title]").press_sequentially("here")
    await expect(row.locator("[name=title]")).to_have_value("Hello there")
    await page.keyboard.press("Enter")
    await expect(row.locator("p[dir=auto]")).to_have_text("Hello there")
    await expect(row.locator(".facts")).to_contain_text("7 minutes")

    poll = {"choices": ["Yes", "No"], "multiple": False, "secret": False, "item": None, "results": "end"}
    await desk.moderate("poll.draft", title="When?", **poll)
    await page.locator("poll-control summary").click()
    await page.locator("[data-poll]").get_by_role("button", name="Edit").click()
    await page.get_by_label("What is asked").fill("When, th")
    polls = (await (await desk.other.request.get(f"{desk.server.url}/api{desk.room}")).json())["all"]["polls"]
    await desk.moderate("poll.edit", poll=next(iter(polls)), title="Where?", **poll)
    await desk.moderate("room.announce", text="All there")  # comes after it
    await expect(page.locator("announce-form summary")).to_contain_text("All there")
    await expect(page.get_by_label("What is asked")).to_have_value("When, th")


async def test_correction_is_left_alone(browser: Browser, server: Server, today: Day) -> None:
    ear, database = Deaf(), today.database()
    cookie = today.person(database, "captioner")
    database.stop()
    room = f"/rooms/{today.here}"
    async with person(browser, server.url) as page, person(browser, server.url) as crew:
        await sign_in(page, server, cookie)
        await sign_in(crew, server, today.cookies["moderator"])
        await do(crew, server.url, room, "room.open")
        await do(crew, server.url, room, "room.record", state="on")
        await ear.stand(page)
        await page.goto(f"{server.url}{room}/captions")
        for text in ("First line", "Second line"):
            await page.fill("#text", text)
            await page.keyboard.press("Enter")
            await expect(page.locator("caption-log li:has(time)").first).to_contain_text(text)
        second, first = (page.locator("caption-log li[data-caption]").nth(place) for place in (0, 1))
        await first.get_by_role("button", name="Correct").click()
        await page.fill("#correction", "First line, corrected")
        ear.stopped = True
        await page.keyboard.press("Enter")
        await second.get_by_role("button", name="Correct").click()
        await page.fill("#correction", "Second li")
        ear.hear()
        await expect(first).to_contain_text("First line, corrected")
        await expect(second.locator("#correction")).to_have_value("Second li")

        line = str(await second.get_attribute("data-caption"))
        await do(crew, server.url, room, "caption.correct", caption=line, text="Another second line")
        await do(
            crew, server.url, room, "caption.correct", caption=str(await first.get_attribute("data-caption")), text="1"
        )
        await expect(first.locator("p[dir]")).to_have_text("1")
        await expect(second.locator("#correction")).to_have_value("Second li")
        await expect(page.locator("#correction")).to_be_focused()
