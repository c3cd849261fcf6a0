"""A session from beside: time that is given moves a break, the end and the calendar; a question in Arabic goes all the
way into the archive, in both languages; two moderators press at once and one thing happens.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest
from icalendar import Calendar
from playwright.async_api import Browser, Page, expect

from hosting import moments, programme
from tests.browser.people import do, person
from tests.flows.today import Day
from tests.served import Server, serving

ARABIC, ENGLISH = "من يدفع ثمن القفازات؟", "Who pays for the gloves?"
ANSWER = "The association of the waste pickers, since May."


@pytest.fixture
def today(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("day") / "data")


@pytest.fixture
def server(today: Day) -> Iterator[Server]:
    with serving(today.folder, rate=0) as server:
        yield server


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
    async with person(browser, server.url) as crew, person(browser, server.url) as reader:
        await sign_in(crew, server, today.cookies["moderator"])
        agenda = await seen(crew, server, today.here, "agenda")
        first = next(id for id, item in agenda.items() if item["order"] == 0)
        await do(crew, server.url, here, "agenda.add", title="Coffee", kind="break", minutes=15, after=first)
        await do(crew, server.url, here, "room.open")
        await reader.goto(f"{server.url}{here}#agenda")
        await crew.goto(f"{server.url}{here}/moderate")
        await expect(crew.locator("next-item")).to_contain_text("Welcome")
        await crew.keyboard.press("n")
        await expect(crew.locator("running-item")).to_contain_text("Welcome")
        number, end = await entry(crew, server)

        # From the break: what comes after it stays, and so does the calendar.
        await more(crew, 10, "Take it from the next break")
        pause = next(
            item for item in (await seen(crew, server, today.here, "agenda")).values() if item["kind"] == "break"
        )
        assert pause["minutes"] == 5
        assert await entry(crew, server) == (number, end)

        # From nobody: all that follows is later, on every screen and in calendars.
        await more(crew, 15, "Move what follows")
        await expect(reader.locator("agenda-list")).to_contain_text("Planned for")
        later, ends = await entry(crew, server)
        assert later > number
        assert 15 * 60 <= (ends - end).total_seconds() <= 20 * 60
        await reader.goto(f"{server.url}/exchanges/day")
        await expect(reader.locator("main")).to_contain_text("minutes late")

        # Taken back: the calendar has the old end, under a number that is higher again.
        await crew.keyboard.press("z")
        await expect(crew.locator("undo-line")).to_contain_text("Undone.")
        again, ended = await entry(crew, server)
        assert again > later
        assert ended == end


async def test_two_moderators_at_once_do_one_thing(browser: Browser, server: Server, today: Day) -> None:
    here = f"/rooms/{today.here}"
    async with person(browser, server.url) as one, person(browser, server.url) as other:
        await sign_in(one, server, today.cookies["moderator"])
        await sign_in(other, server, today.cookies["organiser"])
        await do(one, server.url, here, "room.open")
        for page in (one, other):
            await page.goto(f"{server.url}{here}/moderate")
            await expect(page.locator("next-item")).to_contain_text("Welcome")
        await asyncio.gather(*(page.keyboard.press("n") for page in (one, other)))
        for page in (one, other):
            await expect(page.locator("running-item")).to_contain_text("Welcome")
            await expect(page.locator("undo-line")).not_to_be_empty()
        said = [await page.locator("undo-line").inner_text() for page in (one, other)]
        assert sorted("Somebody else was first." in each for each in said) == [False, True]
        agenda = await seen(one, server, today.here, "agenda")
        assert sorted(str(item["state"]) for item in agenda.values()) == ["running", "waiting", "waiting"]


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
        await other.locator("published-list .pick", has_text=ARABIC).click()
        await other.keyboard.press("a")
        await expect(reader.locator("room-headline h2")).to_have_text(ENGLISH)
        await expect(hall.locator("screen-question .asked")).to_have_text(ENGLISH)
        await expect(hall.locator("screen-question .original")).to_have_text(ARABIC)
        await expect(asker.locator("my-questions")).to_contain_text("على الهواء")

        # The session ends; the answer is written afterwards, and all of it is in the archive, in both languages.
        [question] = await seen(crew, server, today.here, "questions")
        await do(crew, server.url, here, "room.close")
        await do(crew, server.url, here, "question.write", question=question, text=ANSWER, language="en")
        await expect(asker.locator("my-questions")).to_contain_text(ANSWER)
        database = today.database()
        database.write_now(partial(programme.release, room=today.here, now=moments.now()))
        database.stop()
        for language, first in (("en", ENGLISH), ("ar", ARABIC)):
            await reader.context.add_cookies([{"name": "language", "value": language, "url": server.url}])
            await reader.goto(f"{server.url}/archive/{today.here}")
            asked = reader.locator(".asked")
            await expect(asked.locator("blockquote")).to_have_text(first)
            for text in (ARABIC, ENGLISH, ANSWER):
                await expect(asked.get_by_text(text, exact=True)).to_have_count(1)
