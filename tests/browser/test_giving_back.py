"""What is refused, withdrawn or overtaken is in its box again: whole, as what it was, with the reason."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.at_once import Mute
from tests.browser.people import do, person
from tests.browser.test_overruns import sign_in
from tests.flows.today import Day
from tests.served import Server

PAUSED, FIRST = "The session is paused.", "Somebody else was first."
TEXT = "Who was paid for it?"


@dataclass
class Asking:
    """Somebody in a room, whose words can be kept back, and its moderator."""

    server: Server
    room: str
    page: Page
    crew: Page
    way: Mute

    async def moderate(self, command: str, **facts: object) -> None:
        await do(self.crew, self.server.url, self.room, command, **facts)

    async def ask(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.click("ask-form button.first")

    async def asked(self, text: str) -> dict[str, object]:
        """The newest question of one's own with this text, as it stands, with its id."""
        await expect(self.page.locator("ask-form .said-here")).to_contain_text("Sent.")
        found = await (await self.page.request.get(f"{self.server.url}/api{self.room}")).json()
        own = found["all"]["mine"]["questions"].items()
        return [{"id": id, **question} for id, question in own if question["text"] == text][-1]


@pytest.fixture
async def asking(browser: Browser, server: Server, today: Day) -> AsyncIterator[Asking]:
    room, way = f"/rooms/{today.here}", Mute()
    async with person(browser, server.url) as page, person(browser, server.url) as crew:
        await sign_in(page, server, today.cookies["participant"])
        await sign_in(crew, server, today.cookies["moderator"])
        await way.stand(page)
        await page.goto(server.url + room)
        await page.locator("#text").wait_for()
        page.set_default_timeout(4000)
        asking = Asking(server, room, page, crew, way)
        await asking.moderate("room.open")
        yield asking


async def test_question_without_a_name_comes_back_as_one(asking: Asking) -> None:
    page, box = asking.page, asking.page.locator("ask-form")
    text, unnamed = box.locator("#text"), box.locator("[name=anonymous]")
    await page.fill("#text", TEXT)
    await unnamed.check()
    await box.locator("[name=language]").select_option("fr")
    asking.way.stopped = True
    await box.locator("button.first").click()
    await expect(unnamed).not_to_be_checked()  # the next question has a name again
    await asking.moderate("room.pause")
    asking.way.hear()
    await expect(box.locator(".said-here")).to_have_text(PAUSED)
    await expect(text).to_have_value(TEXT)
    await expect(unnamed).to_be_checked()
    await expect(box.locator("[name=language]")).to_have_value("fr")
    await asking.moderate("room.open")
    await box.locator("button.first").click()
    asked = await asking.asked(TEXT)
    assert (asked["anonymous"], asked["language"]) == (True, "fr")

    # Withdrawn, too; beside what is in the box already, all of it goes without a name.
    await page.fill("#text", "Half a draft")
    await page.locator("my-questions summary").click()
    await page.locator("my-questions").get_by_role("button", name="Withdraw").click()
    await expect(box.locator(".said-here")).to_have_text("Withdrawn. Your text is in the box below.")
    await expect(text).to_have_value(f"{TEXT}\nHalf a draft")
    await expect(unnamed).to_be_checked()
    await box.locator("button.first").click()
    assert (await asking.asked(f"{TEXT}\nHalf a draft"))["anonymous"] is True

    # Where there is no box any more it is there to be read.
    asking.way.stopped = True
    await asking.ask("Too late?")
    await asking.moderate("room.close")
    asking.way.hear()
    await expect(box).to_contain_text("Not sent: Too late?")


async def test_all_that_was_on_its_way_comes_back_in_order_before_what_was_typed_since(asking: Asking) -> None:
    page = asking.page
    asking.way.stopped = True
    for text in ("First one?", "Second one?"):
        await asking.ask(text)
    await page.fill("#text", "Third")
    await page.goto(f"{asking.server.url}{asking.room}#chat")
    for text in ("First line", "Second line"):
        await page.fill("#chat textarea", text)
        await page.press("#chat textarea", "Enter")
    await page.fill("#chat textarea", "Third")
    await asking.moderate("room.pause")
    asking.way.hear()
    await expect(page.locator("#text")).to_have_value("First one?\nSecond one?\nThird")
    await expect(page.locator("#chat .said-here")).to_have_text(PAUSED)
    await asking.moderate("room.open")
    await expect(page.locator("#chat textarea")).to_have_value("First line\nSecond line\nThird")


async def test_what_the_last_page_had_sent_comes_back_when_it_is_refused(asking: Asking) -> None:
    page, way = asking.page, asking.way
    way.stopped = True
    await page.fill("#text", TEXT)
    await page.locator("ask-form [name=anonymous]").check()
    await asking.ask(TEXT)
    await page.goto(f"{asking.server.url}{asking.room}#chat")
    await page.fill("#chat textarea", "Half past nine?")
    await page.press("#chat textarea", "Enter")
    await asking.moderate("room.pause")
    way.stopped = False
    way.kept.clear()
    await page.reload()
    await expect(page.locator("ask-form .said-here")).to_have_text(PAUSED)
    await expect(page.locator("#text")).to_have_value(TEXT)
    await expect(page.locator("ask-form [name=anonymous]")).to_be_checked()
    await asking.moderate("room.open")
    await expect(page.locator("#chat .said-here")).to_have_text(PAUSED)
    await expect(page.locator("#chat textarea")).to_have_value("Half past nine?")


async def test_change_that_comes_too_late_goes_on_in_the_box_to_ask_in(asking: Asking) -> None:
    page, own, box = asking.page, asking.page.locator("my-questions"), asking.page.locator("ask-form")
    await asking.ask(TEXT)
    one = await asking.asked(TEXT)
    await own.locator("summary").click()
    await own.get_by_role("button", name="Change").click()
    await page.fill("#change", "Who is paid")
    await asking.moderate("question.publish", question=one["id"])
    await expect(box.locator("#text")).to_be_focused()
    await page.keyboard.type(" now?")
    await expect(box.locator("#text")).to_have_value("Who is paid now?")
    await expect(box.locator(".said-here")).to_have_text("Your question is published, place 1 by votes")
    await page.fill("#text", "")

    # Of two changes the answer to the first, refused or not, leaves the second alone.
    for text in ("A?", "B?", "C?"):
        await asking.ask(text)
    await expect(own.locator("[data-own]")).to_have_count(4)
    ids = {text: (await asking.asked(text))["id"] for text in ("A?", "B?", "C?")}
    if await own.locator("details[open]").count() == 0:
        await own.locator("summary").click()
    asking.way.stopped = True
    for text in ("A?", "B?"):
        await own.locator(f"[data-own='{ids[text]}']").get_by_role("button", name="Change").click()
        await page.fill("#change", f"{text} Changed")
        await own.get_by_role("button", name="Save").click()
    await own.locator(f"[data-own='{ids['C?']}']").get_by_role("button", name="Change").click()
    await page.fill("#change", "C? Chang")
    await asking.moderate("question.publish", question=ids["B?"])
    asking.way.hear()
    await expect(own.locator(f"[data-own='{ids['A?']}']")).to_contain_text("A? Changed")
    await expect(box.locator(".said-here")).to_have_text(FIRST)
    await expect(box.locator("#text")).to_have_value("B? Changed")
    await expect(own.locator(f"[data-own='{ids['C?']}'] #change")).to_have_value("C? Chang")
    await expect(page.locator("#change")).to_be_focused()
    await expect(own.locator(".warn")).to_have_count(0)
