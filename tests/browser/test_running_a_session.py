"""A session from beside: time that is given moves a break, the end and the calendar, and whoever is due twice is named;
a question in Arabic goes all the way into the archive, in both languages.
"""

import re
from datetime import datetime

from icalendar import Calendar
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person
from tests.flows.today import Day
from tests.hosting.days import RANIA
from tests.served import Server

ARABIC, ENGLISH = "من يدفع ثمن القفازات؟", "Who pays for the gloves?"
SOON = 2_000  # ms within which everybody must know
ANSWER = "The association of the waste pickers, since May."
LATE = re.compile(r"1[789] minutes late, until about")
WAITS = re.compile(f"May begin later: {RANIA} is still in Session now")
TWICE = re.compile(rf"Due twice: {RANIA} is due here at \d\d:\d\d and still in Session now")


async def sign_in(page: Page, server: Server, cookie: str, language: str = "en") -> None:
    cookies = {"austausch": cookie, "language": language}
    await page.context.add_cookies([{"name": key, "value": value, "url": server.url} for key, value in cookies.items()])


async def seen(page: Page, server: Server, room: str, collection: str) -> dict[str, dict[str, object]]:
    """What the person of a page is shown of a room, through the API."""
    answer = await (await page.request.get(f"{server.url}/api/rooms/{room}")).json()
    return dict(answer["all"][collection])


async def entry(page: Page, server: Server) -> tuple[int, datetime]:
    """The calendar's SEQUENCE and end of the session of now."""
    text = await (await page.request.get(f"{server.url}/exchanges/day/schedule.ics")).text()
    [event] = [event for event in Calendar.from_ical(text).walk("VEVENT") if "Session now" in str(event["SUMMARY"])]
    return int(event.get("SEQUENCE", 0)), event.decoded("DTEND")


async def more(page: Page, minutes: int, how: str) -> None:
    """Give what runs more time by one of the rules, by key and button."""
    await page.keyboard.press("e")
    form = page.locator("extend-form")
    await form.get_by_role("button", name=f"{minutes} minutes").click()
    await form.get_by_role("button", name=how).click()
    await expect(page.locator("undo-line")).to_contain_text(f"{minutes} minutes more")


async def test_time_that_is_given_moves_a_break_then_the_end_and_the_calendar(
    browser: Browser, server: Server, today: Day
) -> None:
    here = f"/rooms/{today.here}"
    elsewhere: dict[str, re.Pattern[str]] = {"/exchanges/day": LATE, "/": LATE, f"/rooms/{today.next}": WAITS}
    async with (
        person(browser, server.url) as crew,
        person(browser, server.url) as other,
        person(browser, server.url) as reader,
        person(browser, server.url) as programme_page,
        person(browser, server.url) as front,
        person(browser, server.url) as lobby,
    ):
        beside = dict(zip((programme_page, front, lobby), elsewhere.items(), strict=True))
        await sign_in(crew, server, today.cookies["moderator"])
        await sign_in(other, server, today.cookies["organiser"])
        agenda = await seen(crew, server, today.here, "agenda")
        first, _talk, last = sorted(agenda, key=lambda id: int(str(agenda[id]["order"])))
        await do(crew, server.url, here, "agenda.add", title="Coffee", kind="break", minutes=15, after=first)
        await do(crew, server.url, here, "agenda.edit", item=last, minutes=20)
        await do(crew, server.url, here, "room.open")
        await reader.goto(f"{server.url}{here}#agenda")
        await crew.goto(f"{server.url}{here}/moderate")
        await expect(crew.locator("next-item")).to_contain_text("Welcome")
        await crew.keyboard.press("n")
        await expect(crew.locator("running-item")).to_contain_text("Welcome")
        await expect(crew.locator("late-notice")).to_contain_text(re.compile(r"^\s*[234] minutes late:"))
        await other.goto(f"{server.url}/rooms/{today.next}/moderate")
        await expect(other.locator("room-state")).to_contain_text("Not open yet")
        for page, (path, _words) in beside.items():
            await page.clock.install()
            await page.goto(server.url + path)
        number, end = await entry(crew, server)

        # From the break: what comes after it stays, and so does the calendar.
        await more(crew, 10, "Take it from the next break")
        pause = next(
            item for item in (await seen(crew, server, today.here, "agenda")).values() if item["kind"] == "break"
        )
        assert pause["minutes"] == 5
        assert await entry(crew, server) == (number, end)
        await expect(reader.locator("agenda-list li", has_text="Coffee")).to_contain_text("Planned for")
        await expect(other.locator("conflict-list p")).to_have_count(0)
        for page, (_path, words) in beside.items():
            await expect(page.locator("main")).not_to_contain_text(words)

        # From nobody: all that follows is later, on every screen and in calendars.
        await more(crew, 15, "Move what follows")
        last_row = reader.locator("agenda-list li", has_text="Questions")
        await expect(last_row).to_contain_text("Planned for", timeout=SOON)
        await expect(other.locator("conflict-list p")).to_have_text(TWICE, timeout=SOON)
        for page, (_path, words) in beside.items():
            await page.clock.fast_forward(23_000)  # open pages ask every twenty seconds
            await expect(page.locator("main")).to_contain_text(words, timeout=SOON)
        later, ends = await entry(crew, server)
        assert later > number
        assert 15 * 60 <= (ends - end).total_seconds() <= 20 * 60

        # Taken back: nobody is due twice, nothing is later; the calendar has the old end, under a number higher again.
        await crew.keyboard.press("z")
        await expect(crew.locator("undo-line")).to_contain_text("Undone.")
        await expect(other.locator("conflict-list p")).to_have_count(0, timeout=SOON)
        for page, (_path, words) in beside.items():
            await page.clock.fast_forward(23_000)
            await expect(page.locator("main")).not_to_contain_text(words, timeout=SOON)
        again, ended = await entry(crew, server)
        assert again > later
        assert ended == end


async def test_question_in_arabic_is_translated_answered_and_found_in_the_archive_in_both(
    browser: Browser, server: Server, today: Day
) -> None:
    here = f"/rooms/{today.here}"
    async with (
        person(browser, server.url) as asker,
        person(browser, server.url) as crew,
        person(browser, server.url) as other,
        person(browser, server.url) as reader,
        person(browser, server.url) as hall,
    ):
        await sign_in(asker, server, today.cookies["participant"], "ar")
        await sign_in(crew, server, today.cookies["moderator"])
        await sign_in(other, server, today.cookies["organiser"])
        await do(crew, server.url, here, "room.open")

        # Asked on an Arabic page; it waits, and only the crew sees it.
        await asker.goto(server.url + here)
        assert await asker.evaluate("document.documentElement.dir") == "rtl"
        await asker.fill("ask-form textarea", ARABIC)
        await asker.click("ask-form button.first")
        await expect(asker.locator("my-questions")).to_contain_text(ARABIC)
        await reader.goto(server.url + here)
        await hall.goto(f"{server.url}{here}/screen")
        await expect(reader.locator("question-list .empty")).to_be_visible()

        # One proposes a translation, another approves it, then it is published.
        for page in (crew, other):
            await page.goto(f"{server.url}{here}/moderate")
            await page.locator("question-inbox .pick", has_text=ARABIC).click()
            await page.keyboard.press("l")
        field = crew.locator("question-translation textarea")
        await field.fill(ENGLISH)
        await crew.get_by_role("button", name="Propose", exact=True).click()
        await expect(crew.locator("undo-line")).to_contain_text("The translation is proposed.")
        await expect(other.locator("question-translation")).to_contain_text("Proposed")
        assert ENGLISH not in await reader.content()
        await expect(other.locator("question-translation textarea")).to_have_value(ENGLISH)
        await other.get_by_role("button", name="Approve and show").click()
        await expect(other.locator("undo-line")).to_contain_text("The translation is approved.")
        await other.locator("question-inbox .pick", has_text=ARABIC).click()
        await other.keyboard.press("p")

        # Read in one's own language with its origin, the original one tap away; then on air, in the hall too.
        row = reader.locator("question-list .question")
        await expect(row.locator("p > .text").first).to_have_text(ENGLISH)
        await expect(row.locator(".facts")).to_contain_text("Moderator Person")
        await row.get_by_text("Original, Arabic").click()
        await expect(row.locator(".original .text")).to_have_text(ARABIC)
        original = row.locator(".original .text")
        assert await original.evaluate("text => [text.lang, getComputedStyle(text).direction]") == ["ar", "rtl"]
        await row.locator(".vote").click()
        await reader.fill("#guest", "Reader in English")
        await reader.keyboard.press("Tab")
        await expect(row.locator(".vote")).to_have_attribute("aria-pressed", "true")
        await expect(asker.locator("question-list .question .vote")).to_contain_text("1")
        await expect(other.locator("undo-line")).to_contain_text(f"Published: “{ARABIC}”")
        await other.locator("published-list .pick", has_text=ARABIC).click()
        await other.keyboard.press("q")
        await expect(other.locator("undo-line")).to_contain_text(f"Queued: “{ARABIC}”")
        await other.locator("question-queue .pick", has_text=ARABIC).click()
        await other.keyboard.press("a")
        await expect(reader.locator("room-headline h2")).to_have_text(ENGLISH)
        await expect(hall.locator("screen-question .asked")).to_have_text(ENGLISH)
        await expect(hall.locator("screen-question .original")).to_have_text(ARABIC)
        await expect(asker.locator("my-questions")).to_contain_text("على الهواء")

        # The session ends; the answer is written afterwards, and all of it is in the archive, in both languages.
        await other.get_by_role("button", name="Close the room").click()
        await expect(other.locator("room-state")).to_contain_text("Ended")
        await expect(asker.locator("room-headline")).not_to_contain_text(ARABIC)
        await crew.locator("[data-question]", has_text=ARABIC).get_by_role("button", name="Answer in writing").click()
        await expect(crew.locator("question-answer textarea")).to_be_focused()
        await crew.keyboard.type(ANSWER)
        await crew.get_by_role("button", name="Publish the answer").click()
        await expect(asker.locator("my-questions")).to_contain_text(ANSWER)
        await other.goto(f"{server.url}/archive/{today.here}")
        await other.get_by_role("button", name="Release the archive").click()
        await expect(other.locator(".state-of")).to_contain_text("Released")
        await reader.goto(f"{server.url}/archive/{today.here}")
        for language, first in (("en", ENGLISH), ("ar", ARABIC)):
            if language == "ar":
                await reader.locator("button[name=language][value=ar]").click()
                await expect(reader.locator("html")).to_have_attribute("dir", "rtl")
            asked = reader.locator(".asked")
            await expect(asked.locator("blockquote")).to_have_text(first)
            for text in (ARABIC, ENGLISH, ANSWER):
                await expect(asked.get_by_text(text, exact=True)).to_have_count(1)
            await expect(asked).to_contain_text("Moderator Person")
            await reader.goto(f"{server.url}/archive/{today.here}#{await asked.get_attribute('id')}")
            await expect(reader.locator(".asked:target blockquote")).to_be_in_viewport()
