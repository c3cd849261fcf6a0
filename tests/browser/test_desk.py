"""An expert with slides, from the file to the page that everybody sees, over good lines and bad ones."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Request, Route, WebSocket, expect

from tests.browser.people import Line, person
from tests.hosting import decks
from tests.served import Server

SLOW = 400_000  # bytes a second of a poor line
LONG = 60_000.0  # ms that a machine under load may take to draw a short deck


async def snapshot(page: Page, base: str, room: str) -> dict[str, Any]:
    answer = await page.request.get(f"{base}/api{room}")
    found: dict[str, Any] = (await answer.json())["all"]
    return found


async def slot_of(page: Page, base: str, section: str, place: int, number: int) -> tuple[str, str]:
    """A room of the front page by its place in a section, and the number-th contribution of it."""
    await page.goto(base)
    room = await page.locator(f"{section} h3 a").nth(place).get_attribute("href")
    slots = (await snapshot(page, base, str(room)))["contributions"]
    return str(room), sorted(slots, key=lambda id: int(slots[id]["order"]))[number]


async def act(page: Page, base: str, slot: str, *steps: str) -> None:
    for do in steps:
        assert (await page.request.post(f"{base}/desk/{slot}", form={"do": do})).status == 200


async def slow_down(page: Page, upload: int) -> None:
    """Let at most so many bytes a second leave this page; -1: as many as can."""
    tools = await page.context.new_cdp_session(page)
    await tools.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
    await tools.send("Network.emulateNetworkConditions", limits)


def file(folder: Path, content: bytes, name: str = "Straßen für alle.pdf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


async def hand_in(page: Page, path: Path) -> None:
    """Send a file from the desk that is open, and hand it in."""
    box = page.locator("#sending")
    if await box.get_attribute("open") is None:
        await box.locator("summary").first.click()
    await page.set_input_files("#file", path)
    button = page.get_by_role("button", name="Hand these slides in")
    await expect(button).to_be_visible(timeout=LONG)
    await button.click()
    await expect(button).to_have_count(0)


async def sent(page: Page, least: int) -> float:
    """Wait until so many bytes are said to be sent; how many are."""
    bar = page.locator("deck-upload progress")
    for _ in range(200):
        now = float(await bar.evaluate("bar => bar.value"))
        if now >= least:
            return now
        await page.wait_for_timeout(50)
    raise AssertionError(now)


class Stage:
    """What a room shows on its stage, as the frames of a page's own socket say."""

    def __init__(self, page: Page) -> None:
        self.page, self.now = page, {}  # type: ignore[var-annotated]  # a slides item
        page.on("websocket", self.listen)

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda text: self.take(json.loads(text)))

    def take(self, frame: dict[str, Any]) -> None:
        changed = (frame.get("all") or frame.get("put") or {}).get("slides", {})
        self.now = changed.get("slides", self.now)

    async def until(self, found: Callable[[dict[str, Any]], bool]) -> None:
        for _ in range(100):
            if found(self.now):
                return
            await self.page.wait_for_timeout(50)
        raise AssertionError(self.now)


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_upload_goes_on_after_a_lost_line_and_arrives_whole(
    browser: Browser, demo: Server, weak_line: Line, weak_port: int, tmp_path: Path
) -> None:
    content, weak = decks.padded(decks.deck(3), 3_000_000), f"http://127.0.0.1:{weak_port}"
    async with person(browser, weak, "expert", "Line Cut") as page:
        _room, slot = await slot_of(page, weak, ".next", 0, 0)
        await act(page, weak, slot, "confirm")
        await page.goto(f"{weak}/desk/{slot}")
        await slow_down(page, SLOW)
        await page.set_input_files("#file", file(tmp_path, content))
        await sent(page, 300_000)
        weak_line.cut()
        await expect(page.locator("deck-upload")).to_contain_text("What was sent is kept")
        assert await sent(page, 300_000) < 3_000_000
        weak_line.mend()
        await slow_down(page, -1)
        await expect(page.locator("#coming .pages li")).to_have_count(3, timeout=LONG)
        deck = await page.locator("#coming").get_attribute("data-deck")
        original = await page.request.get(f"{weak}/presentations/{deck}/original")
        assert await original.body() == content


async def test_upload_goes_on_after_a_reload(browser: Browser, demo: Server, tmp_path: Path) -> None:
    path = file(tmp_path, decks.padded(decks.deck(2), 8_000_000))
    async with person(browser, demo.url, "expert", "Page Reloaded") as page:
        _room, slot = await slot_of(page, demo.url, ".next", 0, 1)
        await act(page, demo.url, slot, "confirm")
        await page.goto(f"{demo.url}/desk/{slot}")
        await slow_down(page, SLOW)
        await page.set_input_files("#file", path)
        await sent(page, 300_000)
        await page.get_by_role("button", name="Pause").click()
        await expect(page.locator("deck-upload")).to_contain_text("Paused")
        await page.reload()
        await slow_down(page, -1)
        here = re.compile(r"[1-9]\d? % of “Straßen für alle.pdf” are here")
        await expect(page.locator("#next")).to_contain_text(here)
        offsets: list[int] = []

        def note(asked: Request) -> None:
            if asked.method == "PATCH":
                offsets.append(int(asked.headers["upload-offset"]))

        page.on("request", note)
        await page.set_input_files("#file", path)
        await expect(page.locator("#coming .pages li")).to_have_count(2, timeout=LONG)
        assert min(offsets) >= 300_000


async def test_file_that_is_no_pdf_is_refused_in_words(browser: Browser, demo: Server, tmp_path: Path) -> None:
    async with person(browser, demo.url, "expert", "No Pdf") as page:
        _room, slot = await slot_of(page, demo.url, ".next", 1, 0)
        await act(page, demo.url, slot, "confirm")
        await page.goto(f"{demo.url}/desk/{slot}")
        await page.set_input_files("#file", file(tmp_path, b"\xff\xd8\xff" + b"x" * 1000, "photo.jpg"))
        await expect(page.locator("#next")).to_contain_text("The file is no PDF.", timeout=LONG)
        await expect(page.locator("#next")).to_contain_text("photo.jpg")
        await expect(page.get_by_text("Choose a PDF file")).to_be_visible()


async def test_file_that_is_too_large_is_refused_before_it_is_sent(
    browser: Browser, demo: Server, tmp_path: Path
) -> None:
    path = tmp_path / "film.pdf"
    with path.open("wb") as large:
        large.truncate(101 * 1024**2)
    async with person(browser, demo.url, "expert", "Too Large", expected=("status of 413",)) as page:
        _room, slot = await slot_of(page, demo.url, ".next", 1, 0)
        await page.goto(f"{demo.url}/desk/{slot}")
        await page.locator("#sending summary").first.click()
        await page.set_input_files("#file", path)
        await expect(page.locator("deck-upload [role=alert]")).to_have_text("The file is larger than 100 MB.")


# ── Review ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_moderator_returns_slides_and_accepts_the_next_version(
    browser: Browser, demo: Server, tmp_path: Path
) -> None:
    async with (
        person(browser, demo.url, "expert", "Twice Sent") as expert,
        person(browser, demo.url, "moderator", "Looks Closely") as crew,
    ):
        room, slot = await slot_of(expert, demo.url, ".next", 2, 0)
        await act(expert, demo.url, slot, "confirm")
        await expert.goto(f"{demo.url}/desk/{slot}")
        await hand_in(expert, file(tmp_path, decks.deck(3)))
        title = await expert.locator("h1").inner_text()
        await crew.goto(f"{demo.url}{room}/moderate")
        entry = crew.locator("slot-list .slot", has_text=title)
        await entry.get_by_role("button", name="Look at the slides").click()
        await expect(crew.locator("dialog .pages img")).to_have_count(3)
        await crew.get_by_role("button", name="Return with a note").click()
        await crew.get_by_label("What should change?").fill("Larger figures on page 2.")
        await crew.get_by_role("button", name="Return", exact=True).click()
        await expect(expert.locator("#next")).to_contain_text("Larger figures on page 2.")
        await expect(expert.locator("#news")).to_have_text("Your slides need changes")
        await hand_in(expert, file(tmp_path, decks.deck(4), "second.pdf"))
        await entry.get_by_role("button", name="Look at the slides").click()
        await expect(crew.locator("dialog .pages img")).to_have_count(4)
        await crew.get_by_role("button", name="Accept").click()
        await expect(expert.locator("#current")).to_contain_text("Slides accepted")
        await expect(expert.locator("#earlier")).to_contain_text("Straßen für alle.pdf")
        await expect(entry).to_contain_text("Slides accepted")


# ── On air ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_expert_checks_in_goes_on_air_and_turns_everybody_s_page(
    browser: Browser, demo: Server, tmp_path: Path
) -> None:
    async with (
        person(browser, demo.url, "expert", "On Air") as expert,
        person(browser, demo.url, "moderator", "Puts On Air") as crew,
        person(browser, demo.url, "participant", "Looks On") as listener,
        person(browser, demo.url, "interpreter", "Too Fast") as booth,
    ):
        room, slot = await slot_of(expert, demo.url, ".live", 2, 1)
        await expert.goto(f"{demo.url}/desk/{slot}")
        await hand_in(expert, file(tmp_path, decks.deck(5)))
        await expert.get_by_role("button", name="Check in", exact=True).click()
        await expert.get_by_role("button", name="I am ready").click()
        await expect(expert.locator("#next")).to_contain_text("You are ready")
        title = await expert.locator("h1").inner_text()
        await expert.get_by_role("link", name="Open the presenter's view").click()
        state, number = expert.locator("air-state"), expert.locator("#go")
        await expect(state).to_contain_text("Nobody sees this yet.")
        await expert.keyboard.press("End")
        await expect(number).to_have_value("5")
        await expert.keyboard.press("Home")
        stage = Stage(listener)
        await listener.goto(demo.url + room)
        await stage.until(lambda shown: shown.get("presentation", "") is None or bool(shown))
        await crew.goto(f"{demo.url}{room}/moderate")
        await crew.locator("slot-list .slot", has_text=title).get_by_role("button", name="Put on air").click()
        await expect(state).to_contain_text("Everybody sees what you show.")
        await stage.until(lambda shown: (shown["page"], shown["pages"]) == (1, 5))
        for key, page in (("PageDown", 2), ("ArrowRight", 3), (" ", 4), ("ArrowLeft", 3), ("End", 5), ("PageUp", 4)):
            await expert.keyboard.press(key)
            await stage.until(lambda shown, page=page: shown["page"] == page)  # type: ignore[misc]  # bound now
            await expect(number).to_have_value(str(page))
        await expert.keyboard.press("b")
        await stage.until(lambda shown: shown["presentation"] is None)
        await expect(expert.locator("page-now")).to_contain_text("Hidden: nobody sees this page.")
        await expert.keyboard.press("b")
        await stage.until(lambda shown: shown["page"] == 4)
        await crew.locator("slide-control").get_by_role("button", name="Back").click()
        await expect(number).to_have_value("3")
        await expert.keyboard.press("g")
        await expert.keyboard.type("2")
        await expert.keyboard.press("Enter")
        await stage.until(lambda shown: shown["page"] == 2)
        channels = (await snapshot(booth, demo.url, room))["channels"]
        for do in ("booth.enter", "booth.on_air", "booth.slower"):
            command = {"id": do, "do": do, "with": {"language": next(iter(channels))}}
            assert (await booth.request.post(f"{demo.url}/api{room}/commands", data=command)).status == 200
        await expect(expert.locator("slower-please")).to_contain_text("Slower, please:")
        await crew.locator("slot-list .slot", has_text=title).get_by_role("button", name="Finish").click()
        await expect(state).to_contain_text("Page 2 stays on the stage")
        await (
            crew.locator("agenda-control").get_by_role("button", name="Start").first.click()
        )  # for those who come after


async def test_note_is_kept_for_its_page(browser: Browser, demo: Server, tmp_path: Path) -> None:
    async with person(browser, demo.url, "expert", "With Notes") as page:
        _room, slot = await slot_of(page, demo.url, ".next", 1, 1)
        await act(page, demo.url, slot, "confirm")
        await page.goto(f"{demo.url}/desk/{slot}")
        await hand_in(page, file(tmp_path, decks.deck(2)))
        await page.goto(f"{demo.url}/desk/{slot}/present")
        await page.get_by_label("My note to page 1").fill("Greet the hosts, then wait")
        await page.get_by_role("button", name="Next").click()
        await expect(page.get_by_label("My note to page 2")).to_have_value("")  # nothing is taken along
        async with page.expect_response(lambda answer: "&page=2&" in (answer.request.post_data or "")):
            await page.get_by_label("My note to page 2").fill("بهدوء")
        await expect(page.locator("page-note")).to_contain_text("Kept.")
        await page.reload()
        await expect(page.locator("#note")).to_have_value("Greet the hosts, then wait")
        await page.locator("h1").click()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#note")).to_have_value("بهدوء")

        # Written on while it is being kept: the older text, on its way still, is not the last to arrive.
        kept: list[str] = []

        async def slowly(route: Route) -> None:
            kept.append(str(route.request.post_data))
            if len(kept) == 1:
                await asyncio.sleep(2)  # in which another would be on its way
            await route.continue_()

        await page.route("**/notes", slowly)
        async with page.expect_request("**/notes"):
            await page.fill("#note", "Calm")
        async with page.expect_response(lambda answer: "down" in str(answer.request.post_data)):
            await page.fill("#note", "Calm down")
        await page.wait_for_timeout(2_500)
        await page.reload()
        await page.locator("h1").click()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#note")).to_have_value("Calm down")


async def test_phone_turns_pages_by_swipe_and_thumb(browser: Browser, demo: Server, tmp_path: Path) -> None:
    small = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    async with person(browser, demo.url, "expert", "By Thumb", **small) as page:  # type: ignore[arg-type]  # as Playwright takes them
        _room, slot = await slot_of(page, demo.url, ".next", 2, 1)
        await act(page, demo.url, slot, "confirm")
        await page.goto(f"{demo.url}/desk/{slot}")
        await hand_in(page, file(tmp_path, decks.deck(3)))
        await page.goto(f"{demo.url}/desk/{slot}/present")
        await page.get_by_role("button", name="Next").tap()
        await expect(page.locator("#go")).to_have_value("2")
        tools = await page.context.new_cdp_session(page)
        for kind, x in (("touchStart", 300), ("touchMove", 200), ("touchMove", 90), ("touchEnd", 0)):
            points = [{"x": x, "y": 200}] if kind != "touchEnd" else []
            await tools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        await expect(page.locator("#go")).to_have_value("3")
        height = "all => all.map(each => each.getBoundingClientRect().height)"
        sizes = await page.locator("button:visible").evaluate_all(height)
        assert min(sizes) >= 44
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


# ── For everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_desk_works_without_a_script(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "expert", "No Script") as page:
        _room, slot = await slot_of(page, demo.url, ".next", 2, 1)
        await act(page, demo.url, slot, "decline")
        cookies = await page.context.cookies()
    plain = await browser.new_context(java_script_enabled=False)
    await plain.add_cookies(cookies)  # type: ignore[arg-type]  # what cookies() gave
    page = await plain.new_page()
    await page.goto(f"{demo.url}/desk/{slot}")
    await page.get_by_role("button", name="Confirm after all").click()
    await page.get_by_text("I cannot come").click()
    await page.get_by_role("button", name="Decline").click()
    await expect(page.locator("#next")).to_contain_text("You have declined")
    await page.get_by_role("button", name="Confirm after all").click()
    await expect(page.locator("#next")).not_to_contain_text("You have declined")
    await expect(page.locator("#send")).to_contain_text("please allow this site's script")
    await plain.close()


@pytest.mark.parametrize("name", ["desk", "present", "moderate", "review"])
async def test_page_is_accessible_in_both_directions_and_themes(browser: Browser, demo: Server, name: str) -> None:
    async with (
        person(browser, demo.url, "expert", "Seen By All") as expert,
        person(browser, demo.url, "moderator", "Sees All") as crew,
    ):
        room, slot = await slot_of(expert, demo.url, ".live", 1, 2)
        await expert.goto(f"{demo.url}/desk/{slot}")
        await expect(expert.locator("#current .pages")).to_be_visible(timeout=LONG)
        page = expert if name in ("desk", "present") else crew
        path = {"desk": f"/desk/{slot}", "present": f"/desk/{slot}/present"}.get(name, f"{room}/moderate")
        for language, direction in (("ar", "rtl"), ("en", "ltr")):
            await page.context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
            await page.goto(demo.url + path)
            await page.wait_for_timeout(500)  # the first frame of a room
            assert await page.locator("html").get_attribute("dir") == direction
            if name == "moderate":
                await page.evaluate("for (const each of document.querySelectorAll('.now details')) each.open = true")
            if name == "review":
                await page.locator("slot-list .slot button.first").first.click()
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                found = await Axe().run(page)
                assert found.violations_count == 0, f"{name} {language} {theme}\n{found.generate_report()}"
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
