"""One press on the moderator's page does what was meant, once: held keys, double clicks, late answers, refusals."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, WebSocketRoute, expect

from tests.browser.at_once import Deaf
from tests.browser.people import do, person
from tests.browser.test_two_moderators import SECOND
from tests.flows.today import Day
from tests.served import Server

NO = {"code": "not.now", "text": "Not now."}


async def refuse(page: Page, *commands: str) -> None:
    """Have these refused on the way, whatever the server would say."""

    def join(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def answer(frame: str | bytes) -> None:
            asked = json.loads(frame)
            if asked.get("do") in commands:
                line.send(json.dumps({"re": asked["id"], "no": NO}))
            else:
                server.send(frame)

        line.on_message(answer)

    await page.route_web_socket("**/live*", join)


async def hold_answers(page: Page) -> asyncio.Event:
    """Hold back what is answered to this page's commands, and nothing else, until this is set."""
    free = asyncio.Event()

    def join(line: WebSocketRoute) -> None:
        server, answers = line.connect_to_server(), list[asyncio.Task[None]]()

        async def later(frame: str | bytes) -> None:
            await free.wait()
            line.send(frame)

        def come(frame: str | bytes) -> None:
            if "re" in json.loads(frame):
                answers.append(asyncio.create_task(later(frame)))
            else:
                line.send(frame)

        server.on_message(come)

    await page.route_web_socket("**/live*", join)
    return free


class Desk:
    """A moderator's page, and another person of the crew who has none."""

    def __init__(self, server: Server, room: str, page: Page, other: Page) -> None:
        self.server, self.room, self.page, self.other = server, room, page, other
        self.ear, self.line = Deaf(), page.locator("undo-line")

    async def come(self) -> None:
        await self.page.goto(f"{self.server.url}{self.room}/moderate")
        await expect(self.page.locator("room-state")).to_contain_text("Room open")

    async def ask(self, *texts: str) -> None:
        for text in texts:
            await self.do("question.ask", text=text, language="en")
        if texts:
            await expect(self.pick(texts[-1])).to_be_visible()

    def pick(self, text: str, of: str = "question-inbox") -> Locator:
        return self.page.locator(f"{of} .item:not(.held) .pick", has_text=text)

    async def do(self, command: str, **facts: object) -> None:
        await do(self.other, self.server.url, self.room, command, **facts)

    async def states(self) -> dict[str, str]:
        answer = await (await self.page.request.get(f"{self.server.url}/api{self.room}")).json()
        return {question["text"]: question["state"] for question in answer["all"]["questions"].values()}

    async def id(self, text: str) -> str:
        answer = await (await self.page.request.get(f"{self.server.url}/api{self.room}")).json()
        return next(str(id) for id, question in answer["all"]["questions"].items() if question["text"] == text)


@asynccontextmanager
async def desk(browser: Browser, server: Server, today: Day, room: str = "") -> AsyncIterator[Desk]:
    async with person(browser, server.url) as page, person(browser, server.url) as other:
        for each, role in ((page, "moderator"), (other, "organiser")):
            cookie = {"name": "austausch", "value": today.cookies[role], "url": server.url}
            await each.context.add_cookies([cookie])  # type: ignore[list-item]  # as Playwright takes them
        here = Desk(server, f"/rooms/{room or today.here}", page, other)
        await here.do("room.open")
        yield here


async def test_key_that_is_held_acts_once_and_goes_through_questions(
    browser: Browser, server: Server, today: Day
) -> None:
    async with desk(browser, server, today) as here:
        await here.come()
        await here.ask("Held 1?", "Held 2?", "Held 3?", "Held 4?")
        keyboard = here.page.keyboard
        current = here.page.locator("[data-question][aria-current] .pick")
        await here.pick("Held 1?").click()
        for key, text in (("j", "Held 3?"), ("k", "Held 1?")):
            await keyboard.down(key)
            await keyboard.down(key)  # as a keyboard repeats it
            await keyboard.up(key)
            await expect(current).to_have_text(text)
        for key, text in (("p", "Held 1?"), ("Enter", "Held 2?")):
            await keyboard.down(key)
            await expect(here.line).to_contain_text(f"Published: “{text}”")
            await keyboard.down(key)
            await keyboard.up(key)
        await expect(current).to_have_text("Held 3?")
        await keyboard.press("s")
        await expect(here.line).to_contain_text("Screened: “Held 3?”")
        assert (await here.states()) == {
            "Held 1?": "published",
            "Held 2?": "published",
            "Held 3?": "screened",
            "Held 4?": "submitted",
        }


async def test_no_key_is_swallowed_where_nothing_is_to_be_typed(browser: Browser, server: Server, today: Day) -> None:
    async with desk(browser, server, today, today.next) as here:  # the last session: nothing can be put off
        await here.page.route("**/merging.js*", lambda route: route.abort())
        await here.come()
        await here.ask("Trapped 1?", "Trapped 2?")
        current = here.page.locator("question-inbox [aria-current]")
        await here.pick("Trapped 1?").click()
        await here.page.keyboard.press("t")
        await expect(current).to_contain_text("No later session and no follow-up is planned")
        await expect(current.locator(".pick")).to_be_focused()
        await here.page.keyboard.press("Tab")
        await expect(current.locator(".pick")).not_to_be_focused()
        await current.get_by_role("button", name="Cancel").focus()
        await here.page.keyboard.press("Enter")
        await expect(current).not_to_contain_text("No later session")

        # A form that does not come is said, and closed again.
        await here.page.keyboard.press("m")
        await expect(here.line).to_contain_text("The line is lost. Please try again.")
        await here.page.unroute_all()
        await here.page.keyboard.press("m")
        await expect(current.locator("merge-choice input")).to_be_focused()
        await here.page.keyboard.press("Escape")
        await here.page.keyboard.press("j")
        await expect(current.locator(".pick")).to_have_text("Trapped 2?")


async def test_question_published_meanwhile_is_not_declined_with_others(
    browser: Browser, server: Server, today: Day
) -> None:
    async with desk(browser, server, today) as here:
        await here.ear.stand(here.page)
        await here.come()
        await here.ask("Many 1?", "Many 2?")
        for text in ("Many 1?", "Many 2?"):
            await here.page.locator("question-inbox .item", has_text=text).locator("input").check()
        await here.page.locator(".bulk").get_by_role("button", name="Decline").click()
        await here.page.fill(".bulk #reason", "Twice")
        here.ear.stopped = True
        await here.page.keyboard.press("Enter")
        second = await here.id("Many 2?")
        await here.do("question.publish", question=second, was="submitted")
        async with asyncio.timeout(10):
            while not all(part in str(here.ear.kept) for part in ('"re"', second)):  # noqa: ASYNC110  # told late
                await asyncio.sleep(0.05)
        here.ear.kept.sort(key=lambda each: '"re"' in str(each[1]))  # what the other did is seen before the answer
        here.ear.hear()
        await expect(here.line).to_contain_text(f"1 question declined. 1 was not: {SECOND}")
        assert await here.states() == {"Many 1?": "declined", "Many 2?": "published"}


async def test_translation_that_nobody_has_seen_is_not_approved(browser: Browser, server: Server, today: Day) -> None:
    async with desk(browser, server, today) as here:
        await here.ear.stand(here.page)
        await here.come()
        await here.do("question.ask", text="À qui est la digue ?", language="fr")
        await here.pick("À qui est la digue ?").click()
        dam = await here.id("À qui est la digue ?")
        await here.do("question.translate", question=dam, language="en", text="Whose is the dam?")
        await here.page.keyboard.press("l")
        await expect(here.page.locator("question-translation textarea")).to_have_value("Whose is the dam?")
        here.ear.stopped = True
        await here.do("question.translate", question=dam, language="en", text="Who has the dam?")
        await here.page.get_by_role("button", name="Approve and show").click()
        here.ear.hear()
        await expect(here.line).to_contain_text(SECOND)
        answer = await (await here.page.request.get(f"{server.url}/api{here.room}")).json()
        [translation] = answer["all"]["questions"][dam]["translations"].values()
        assert (translation["text"], translation["state"]) == ("Who has the dam?", "proposed")


async def test_z_in_the_midst_of_a_step_takes_back_all_of_it(browser: Browser, server: Server, today: Day) -> None:
    async with desk(browser, server, today) as here:
        await here.ear.stand(here.page)
        await here.come()
        await here.ask("Midst 1?", "Midst 2?")
        await here.pick("Midst 1?").click()
        await here.page.keyboard.press("p")
        await expect(here.line).to_contain_text("Published: “Midst 1?”")
        await here.pick("Midst 2?").click()
        here.ear.stopped = True
        await here.page.keyboard.press("q")  # published, then lined up
        await here.page.keyboard.press("z")
        here.ear.hear()
        await expect(here.line.locator("[role=status]")).to_have_text("Undone.")
        await expect(here.pick("Midst 2?")).to_be_visible()
        assert await here.states() == {"Midst 1?": "published", "Midst 2?": "submitted"}

        # The same with many at once.
        await here.ask("Midst 3?")
        for text in ("Midst 2?", "Midst 3?"):
            await here.page.locator("question-inbox .item", has_text=text).locator("input").check()
        await here.page.keyboard.press("m")
        await expect(here.line).to_contain_text("That cannot be done with all that are chosen.")
        here.ear.stopped = True
        await here.page.keyboard.press("p")
        await here.page.keyboard.press("z")
        here.ear.hear()
        await expect(here.line.locator("[role=status]")).to_have_text("Undone.")
        await expect(here.page.locator("question-inbox .item:not(.held) .pick")).to_have_text(["Midst 2?", "Midst 3?"])
        assert await here.states() == {"Midst 1?": "published", "Midst 2?": "submitted", "Midst 3?": "submitted"}


async def test_step_that_is_seen_can_be_followed_by_the_next_before_its_answer_is_here(
    browser: Browser, server: Server, today: Day
) -> None:
    async with desk(browser, server, today) as here:
        held = await hold_answers(here.page)
        await here.come()
        await here.ask("Asked soon?", "Asked later?")
        await here.pick("Asked soon?").click()
        await here.page.keyboard.press("p")
        await expect(here.pick("Asked soon?", "published-list")).to_be_visible()
        await here.pick("Asked soon?", "published-list").click()
        await here.page.keyboard.press("a")
        await expect(here.page.locator("running-item")).to_contain_text("Asked soon?")
        await here.page.keyboard.press("x")
        await expect(here.page.locator("running-item")).not_to_contain_text("Asked soon?")
        held.set()
        await expect(here.line).to_contain_text("Answered: “Asked soon?”")
        assert (await here.states())["Asked soon?"] == "answered"


async def test_answer_that_comes_late_leaves_whoever_has_gone_on_with_the_question_where_they_are(
    browser: Browser, server: Server, today: Day
) -> None:
    async with desk(browser, server, today) as here:
        held = await hold_answers(here.page)
        await here.come()
        await here.ask("Gone on with?", "The next one?")
        current, keyboard = here.page.locator("[data-question][aria-current]"), here.page.keyboard
        await here.pick("Gone on with?").click()
        await keyboard.press("p")
        await here.pick("Gone on with?", "published-list").click()
        await keyboard.press("w")
        await expect(current.locator("textarea")).to_be_focused()
        await keyboard.type("Half of ")
        held.set()
        await expect(here.line).to_contain_text("Published: “Gone on with?”")
        await keyboard.type("an answer")
        await expect(current.locator("textarea")).to_have_value("Half of an answer")
        await keyboard.press("Escape")

        # Without a form, too; and a key that is held types nothing into what it has opened.
        held.clear()
        await here.pick("The next one?").click()
        await keyboard.press("p")
        await here.pick("The next one?", "published-list").click()
        held.set()
        await expect(here.line).to_contain_text("Published: “The next one?”")
        await expect(current.locator(".pick")).to_have_text("The next one?")
        for _ in range(3):
            await keyboard.down("m")
        await expect(current.locator("merge-choice input")).to_be_focused()
        await keyboard.down("m")
        await keyboard.up("m")
        await expect(current.locator("merge-choice input")).to_have_value("")
        await keyboard.type("m")
        await expect(current.locator("merge-choice input")).to_have_value("m")


async def test_double_click_pauses_and_does_not_go_on(browser: Browser, server: Server, today: Day) -> None:
    async with desk(browser, server, today) as here:
        await here.come()
        state, mouse = here.page.locator("room-state"), here.page.mouse
        await here.page.get_by_role("button", name="Pause").hover()
        await mouse.down(click_count=1)
        await mouse.up(click_count=1)
        await expect(state).to_contain_text("Paused")
        await expect(here.page.get_by_role("button", name="Go on")).to_be_visible()
        await mouse.down(click_count=2)
        await mouse.up(click_count=2)
        await here.ask("After the double click?")
        await expect(state).to_contain_text("Paused")
        await here.page.get_by_role("button", name="Go on").click()
        await expect(state).to_contain_text("Room open")


async def test_choice_that_was_refused_is_not_shown_as_made(browser: Browser, server: Server, today: Day) -> None:
    async with desk(browser, server, today) as here:
        await here.do("channel.floor", language="en")
        await refuse(here.page, "room.record", "channel.floor", "chat.set")
        await here.come()
        writes = here.page.get_by_label("Who writes to the room")
        await here.page.locator("room-chat summary").click()
        was = await writes.input_value()
        mode = await writes.locator("option:not(:checked)").first.get_attribute("value")
        await writes.select_option(value=mode)
        await expect(here.page.locator("room-chat [role=status]")).to_have_text("Not now.")
        await expect(writes).to_have_value(was)
        for part in ("recording-control", "channel-control"):
            await here.page.locator(f"{part} summary").first.click()
        await here.page.locator("recording-control [value=on]").click()
        await expect(here.line).to_have_text("Not now.")
        await expect(here.page.locator("recording-control input:checked")).to_have_value("off")
        spoken = here.page.get_by_label("What is spoken now")
        other = await spoken.locator("option:not(:checked)").first.get_attribute("value")
        await spoken.select_option(value=other)
        await expect(spoken).to_have_value("en")
