"""Captions from the captioner's box to the screens, kept or not, and a page on the stage that cannot be had."""

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from rooms import slides
from tests.browser.people import do, person, room_of, tell
from tests.served import Server

WAIT = 20_000  # ms in which what was limited is sent
# Faster than the limit on any machine: all in one turn.
TYPED = """(lines) => {
  const box = document.querySelector("#text"), enter = { key: "Enter", bubbles: true, cancelable: true };
  for (const line of lines) {
    box.value = line;
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent("keydown", enter));
  }
}"""
TITLE = "The town hall without a counter"
FIRST, SECOND, THIRD = "The counter was closed in March.", "Nobody knew for how long.", "So we answered letters."


async def read_along(page: Page, name: str) -> None:
    await page.locator("caption-choice summary").click()
    await page.locator("caption-choice label", has_text=name).click()


async def write(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.keyboard.press("Enter")
    await expect(page.locator("caption-log li:has(time)").first).to_contain_text(text)
    await expect(page.locator("caption-log li", has_text="Sending")).to_have_count(0)  # its answer is there, too


async def open_writing(page: Page, base: str, room: str, language: str) -> None:
    await page.goto(f"{base}{room}/captions")
    await page.select_option("#language", language)


async def test_lines_that_are_kept_arrive_and_are_corrected(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "captioner", "Ute Brandt") as ute,
        person(browser, demo.url) as guest,
        person(browser, demo.url, "moderator", "Records") as crew,
    ):
        room = await room_of(guest, demo.url, TITLE)
        await do(crew, demo.url, room, "room.record", state="on")
        await guest.goto(f"{demo.url}{room}#transcript")
        await expect(guest.locator(".recorded")).to_have_text("Recorded: what is heard and the captions are kept.")
        await read_along(guest, "Deutsch")
        lines, tab = guest.locator("caption-lines p"), guest.locator("caption-list li:nth-child(-n + 3)")

        # What is being typed is seen; what is sent takes its place; two lines stay, all are in the tab.
        await open_writing(ute, demo.url, room, "de")
        await ute.locator("#text").press_sequentially("The counter was", delay=5)
        await expect(guest.locator("caption-lines .interim")).to_have_text("The counter was")
        await ute.fill("#speaker", "Moderator")
        await write(ute, FIRST)
        await expect(lines.last).to_have_text(FIRST)
        await ute.fill("#speaker", "Hadeel Shawaqfeh-Nimri")
        await write(ute, SECOND)
        await write(ute, THIRD)
        await expect(lines).to_have_text([SECOND, THIRD])
        await expect(tab.locator("p[dir]")).to_have_text([THIRD, SECOND, FIRST])
        await expect(tab.locator("bdi")).to_have_text(["Hadeel Shawaqfeh-Nimri"] * 2 + ["Moderator"])
        assert await guest.locator("caption-lines").get_attribute("lang") == "de"

        # The last line is corrected from the box, an earlier one where it stands.
        await ute.keyboard.press("ArrowUp")
        await ute.fill("#correction", "So we answered 300 letters.")
        await ute.keyboard.press("Enter")
        await expect(ute.locator("#text")).to_be_focused()
        await ute.locator("caption-log li", has_text=FIRST).get_by_role("button", name="Correct").click()
        await ute.fill("#correction", "The counter was closed in April.")
        await ute.keyboard.press("Enter")
        corrected = ["So we answered 300 letters.", SECOND, "The counter was closed in April."]
        await expect(tab.locator("p[dir]")).to_have_text(corrected)
        await expect(lines).to_have_text([SECOND, corrected[0]])

        # The choice is this device's; the lines are there again.
        await guest.reload()
        await expect(guest.locator("caption-choice strong")).to_have_text("German")
        await expect(lines).to_have_text([SECOND, corrected[0]])


async def test_lines_that_are_not_recorded_are_shown_and_gone(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "captioner", "Not Kept") as ute,
        person(browser, demo.url) as guest,
        person(browser, demo.url, "moderator", "Records Not") as crew,
    ):
        room = await room_of(guest, demo.url, TITLE)
        await do(crew, demo.url, room, "room.record", state="off")
        await guest.goto(demo.url + room)
        await expect(guest.locator(".recorded")).to_have_text("Not recorded: captions are shown and not kept.")
        await read_along(guest, "العربية")
        await open_writing(ute, demo.url, room, "ar")
        await write(ute, "أُغلق الشبّاك في آذار.")
        await expect(ute.locator("caption-log li").first).to_contain_text("not kept")
        await expect(guest.locator("caption-lines p").last).to_have_text("أُغلق الشبّاك في آذار.")
        await guest.reload()
        await expect(guest.locator("caption-lines")).to_be_visible()
        await expect(guest.locator("caption-lines")).not_to_contain_text("أُغلق")
        await read_along(guest, "Off")
        await expect(guest.locator("caption-lines")).to_be_hidden()


async def test_interpreter_writes_in_the_language_of_the_booth(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Writes Arabic") as leila,
        person(browser, demo.url) as guest,
    ):
        room = await room_of(guest, demo.url, TITLE)
        await guest.goto(demo.url + room)
        await leila.goto(f"{demo.url}{room}/booth/ar")
        await leila.get_by_role("button", name="Enter the booth").click()
        await expect(leila.locator("button.switch")).to_be_visible()
        await leila.goto(f"{demo.url}{room}/captions")
        await expect(leila.locator("#language")).to_have_value("ar")
        await write(leila, "من الكابينة.")
        await guest.locator("caption-choice summary").click()
        await expect(guest.locator("caption-choice label:has([value=ar]) .meta")).to_have_text("from the booth")
        await do(leila, demo.url, room, "booth.leave", language="ar")


async def test_line_refused_comes_back_into_the_box_with_the_reason(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "captioner", "Writes Much") as ute:
        room = await room_of(ute, demo.url, TITLE)
        await open_writing(ute, demo.url, room, "en")
        await ute.fill("#text", "x" * 1001)
        await ute.keyboard.press("Enter")
        await expect(ute.locator("caption-box [role=status]")).to_have_text(
            "A line has 1 to 1000 characters. Yours is kept; please divide it."
        )
        assert await ute.input_value("#text") == "x" * 1001
        await ute.keyboard.press("Shift+Enter")
        assert await ute.input_value("#text") == "x" * 1001


async def test_many_lines_at_once_arrive_in_the_order_they_were_typed(browser: Browser, demo: Server) -> None:
    typed = [f"Line {number} of twenty." for number in range(1, 21)]
    async with (
        person(browser, demo.url, "captioner", "Types Fast") as ute,
        person(browser, demo.url) as guest,
        person(browser, demo.url, "moderator", "Keeps Lines") as crew,
    ):
        room = await room_of(guest, demo.url, TITLE)
        await do(crew, demo.url, room, "room.record", state="on")
        await open_writing(ute, demo.url, room, "de")
        await expect(ute.locator("connection-status")).to_be_empty()
        await ute.evaluate(TYPED, typed)
        await expect(ute.locator("caption-log li", has_text="Sending")).not_to_have_count(0)
        await ute.reload()  # what waits is sent all the same
        await expect(ute.locator("caption-log li", has_text="of twenty")).to_have_count(20)
        await expect(ute.locator("caption-log")).not_to_contain_text("Sending", timeout=WAIT)
        shown = await ute.locator("caption-log p[dir]").all_inner_texts()
        assert shown[:20] == typed[::-1]
        await guest.goto(f"{demo.url}{room}#transcript")
        await read_along(guest, "Deutsch")
        await expect(guest.locator("caption-list p[dir]").first).to_have_text(typed[-1])
        assert (await guest.locator("caption-list p[dir]").all_inner_texts())[:20] == typed[::-1]


async def test_box_knows_who_speaks_and_says_what_cannot_be(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "captioner", "Types Well") as ute,
        person(browser, demo.url, "moderator", "Records Some") as crew,
    ):
        room = await room_of(ute, demo.url, "Contact tracing")
        await do(crew, demo.url, room, "room.record", state="on")
        await ute.goto(f"{demo.url}{room}/captions")
        await expect(ute.locator("#text")).to_be_focused()
        speaker = ute.locator("#speaker")
        await expect(ute.locator("floor-speaker bdi")).to_have_text(["Tamta Burdiladze", "Kutaisi"])
        await expect(speaker).to_have_value("Tamta Burdiladze")
        await speaker.fill("Moderator")
        await ute.keyboard.press("Enter")
        await expect(ute.locator("#text")).to_be_focused()
        await expect(ute.locator(".long")).to_be_empty()
        await ute.fill("#text", "x" * 161)
        await expect(ute.locator(".long")).to_have_text(
            "161 characters, longer than two lines: readers see only its end"
        )
        await write(ute, "A line that is kept.")
        await expect(speaker).to_have_value("Moderator")

        # A line is not emptied; where the last one is not kept, no older one is opened in its place.
        await ute.keyboard.press("ArrowUp")
        await ute.fill("#correction", " ")
        await ute.keyboard.press("Enter")
        await expect(ute.locator(".correct [role=status]")).to_have_text("A line cannot be empty.")
        await ute.keyboard.press("Escape")
        await do(crew, demo.url, room, "room.record", state="off")
        await expect(ute.locator("caption-box")).to_contain_text("shown and not kept")
        await write(ute, "A line that is not kept.")
        await ute.keyboard.press("ArrowUp")
        await expect(ute.locator("caption-box [role=status]")).to_have_text(
            "The last line is not kept and cannot be corrected."
        )
        await expect(ute.locator("#correction")).to_have_count(0)
        await do(crew, demo.url, room, "room.record", state="on")


async def test_line_sent_without_a_line_is_on_its_way_and_arrives_once(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "captioner", "Weak Line") as ute,
        person(browser, demo.url) as guest,
    ):
        room = await room_of(ute, demo.url, TITLE)
        await guest.goto(demo.url + room)
        await read_along(guest, "English")
        await open_writing(ute, demo.url, room, "en")
        await expect(ute.locator("connection-status")).to_be_empty()
        await ute.locator("#text").press_sequentially("Half a l")
        await expect(guest.locator("caption-lines .interim")).to_have_text("Half a l")
        await ute.context.set_offline(True)
        await guest.context.set_offline(True)
        await ute.fill("#text", "Half a line, then all of it.")
        await ute.keyboard.press("Enter")
        await expect(ute.locator("caption-log li").first).to_contain_text("Sending")
        await ute.context.set_offline(False)
        await expect(ute.locator("caption-log li", has_text="all of it")).to_have_count(1)
        await expect(ute.locator("caption-log")).not_to_contain_text("Sending")

        # Whoever was away meanwhile does not see what was typed then.
        await guest.context.set_offline(False)
        await expect(guest.locator("connection-status")).to_be_empty()
        await expect(guest.locator("caption-lines .interim")).to_have_count(0)


async def test_page_that_cannot_be_had_is_said_and_the_lobby_comes_back(
    browser: Browser, demo: Server, folder: Path
) -> None:
    missing = ("status of 404",)
    async with person(browser, demo.url, "participant", "No Page", expected=missing) as page:
        room = await room_of(page, demo.url, TITLE)
        await page.goto(demo.url + room)
        await expect(page.locator("room-stage")).to_be_attached()
        tell(folder, room, slides.Shown("gone", "", 2, 3))
        await expect(page.locator("slide-page .instead")).to_have_text("This page cannot be shown here.")
        await expect(page.locator("page-text")).to_contain_text("Page 2 of 3")
        await expect(page.locator("room-stage")).to_be_hidden()
        tell(folder, room, slides.Hidden())
        await expect(page.locator("slide-page")).to_be_hidden()
        await expect(page.locator("page-text")).to_be_empty()
