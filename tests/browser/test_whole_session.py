"""One whole session with six people at once, from the opening of the room to the archive that anybody reads."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import wait_for_slides
from tests.browser.people import Line, free_port, person
from tests.hosting import decks
from tests.served import Server, start

QUESTION = "من يدفع ثمن الماء لمن لا يستطيع الدفع؟"
LINES = ("Good morning from Amman.", "We kept all taps open.", "Thank you, and goodbye.")
LONG = 60_000.0  # ms that a machine under load may take to draw a short deck


@pytest.fixture
def house(tmp_path: Path, weak_port: int) -> Iterator[Server]:
    """A demo of its own: its rooms are opened and closed here."""
    port = free_port()
    origins = f"http://127.0.0.1:{port},http://127.0.0.1:{weak_port}"
    server = start(tmp_path / "data", "--demo", port=port, origins=origins)
    wait_for_slides(tmp_path / "data")  # else the expert's would be drawn after all of them
    yield server
    assert server.stop() == 0


async def planned_room(page: Page, base: str) -> tuple[str, str]:
    """A room that is not open yet and has an Arabic channel, and its first contribution."""
    await page.goto(base)
    for link in await page.locator(".next h3 a").all():
        room = str(await link.get_attribute("href"))
        found = json.loads(await (await page.request.get(f"{base}/api{room}")).text())["all"]
        slots = sorted(found["contributions"], key=lambda id: int(found["contributions"][id]["order"]))
        if "ar" in found["channels"] and slots:
            return room, slots[0]
    raise AssertionError("no planned session is interpreted into Arabic")


async def test_session_from_the_opening_to_the_archive(
    browser: Browser, house: Server, weak_port: int, tmp_path: Path
) -> None:
    base, weak = house.url, f"http://127.0.0.1:{weak_port}"
    line = Line(int(base.rsplit(":", 1)[1]))
    await line.open(weak_port)
    deck = tmp_path / "taps.pdf"
    deck.write_bytes(decks.deck(3))
    async with (
        person(browser, base, "organiser", "Lena Aschenbrenner") as lena,
        person(browser, base, "expert", "Rania Haddad") as rania,
        person(browser, base, "moderator", "Samira Kassem") as samira,
        person(browser, weak, "participant", "Agnes Nabirye") as agnes,
        person(browser, base, "interpreter", "Leila Amrani") as leila,
        person(browser, base, "captioner", "Jonas Wedekind") as jonas,
    ):
        room, slot = await planned_room(lena, base)
        await asyncio.gather(
            lena.goto(f"{base}{room}/moderate"),
            rania.goto(f"{base}/desk/{slot}"),
            samira.goto(f"{base}{room}/moderate"),
            agnes.goto(weak + room),
            leila.goto(f"{base}{room}/booth/ar"),
            jonas.goto(f"{base}{room}/captions"),
        )
        title = await rania.locator("h1").inner_text()
        entry = samira.locator("slot-list .slot", has_text=title)

        # The expert comes, sends slides, and hands them in; the moderator accepts them before anybody else sees them.
        await rania.get_by_role("button", name="I come").click()
        await rania.set_input_files("#file", deck)
        await rania.get_by_role("button", name="Hand these slides in").click(timeout=LONG)
        await entry.get_by_role("button", name="Look at the slides").click()
        await expect(samira.locator("dialog .pages img")).to_have_count(3)
        await samira.get_by_role("button", name="Accept").click()
        await expect(rania.locator("#current")).to_contain_text("Slides accepted")

        # The organiser opens the room, for everybody at once. What is said is recorded, and everybody reads that.
        await lena.get_by_role("button", name="Open the room").click()
        await expect(agnes.locator("room-headline")).not_to_contain_text("opens shortly")
        await samira.locator("recording-control summary").click()
        await samira.locator("recording-control input[value=on]").check()
        await expect(agnes.locator(".recorded")).to_have_text("Recorded: what is heard and the captions are kept.")

        # The interpreter enters the booth and goes on air; the participant chooses Arabic, and hears so in words.
        await leila.get_by_role("button", name="Enter the booth").click()
        await expect(leila.locator("button.switch")).to_be_visible()
        await leila.keyboard.press("Space")
        await expect(leila.locator(".switch .word")).to_have_text("On air")
        await agnes.locator("sound-choice summary").click()
        await agnes.locator("sound-choice label:has(:text-is('العربية'))").click()
        await expect(agnes.locator("sound-choice strong")).to_have_text("Arabic, interpreted")
        await expect(leila.locator(".switch")).to_contain_text("Nobody hears you.")

        # The expert checks in, is ready, goes on air and turns the page for everybody; the captioner types along.
        await rania.get_by_role("button", name="Check in", exact=True).click()
        await rania.get_by_role("button", name="I am ready").click()
        await expect(entry).to_contain_text("Ready")
        await rania.get_by_role("link", name="Open the presenter's view").click()
        await entry.get_by_role("button", name="Put on air").click()
        await expect(rania.locator("air-state")).to_contain_text("Everybody sees what you show.")
        await expect(agnes.locator("page-text")).to_contain_text("Page 1 of 3")
        await rania.keyboard.press("PageDown")
        await expect(agnes.locator("page-text")).to_contain_text("Page 2 of 3")
        await jonas.select_option("#language", "en")
        for text in LINES[:2]:
            await jonas.fill("#text", text)
            await jonas.keyboard.press("Enter")
        await agnes.locator("caption-choice summary").click()
        await agnes.locator("caption-choice label", has_text="English").click()
        await expect(agnes.locator("caption-lines p")).to_have_text(list(LINES[:2]))

        # The participant asks, the moderator takes the question to the answer. Meanwhile the participant's line breaks.
        await agnes.fill("#text", QUESTION)
        await agnes.click("ask-form button.first")
        await samira.locator("question-inbox .item", has_text=QUESTION).locator(".pick").click()
        await samira.keyboard.press("p")
        await expect(agnes.locator("my-questions")).to_contain_text("is published")
        line.cut()
        await expect(agnes.locator("connection-status")).to_contain_text("Nothing is lost")
        await samira.locator("published-list .item", has_text=QUESTION).locator(".pick").click()
        await samira.keyboard.press("a")
        await expect(leila.locator(".asked")).to_contain_text(QUESTION)
        await rania.keyboard.press("PageDown")
        await jonas.fill("#text", LINES[2])
        await jonas.keyboard.press("Enter")
        await expect(jonas.locator("caption-log")).to_contain_text(LINES[2])
        line.mend()
        await expect(agnes.locator("connection-status")).to_be_empty(timeout=15_000)
        await expect(agnes.locator("page-text")).to_contain_text("Page 3 of 3")
        await expect(agnes.locator("caption-lines p").last).to_have_text(LINES[2])
        await expect(agnes.locator("sound-choice strong")).to_have_text("Arabic, interpreted")
        await samira.keyboard.press("x")
        await expect(agnes.locator("my-questions")).to_contain_text("was answered")

        # The room closes. The archive is the organiser's alone until it is released; then anybody reads all of it.
        await lena.get_by_role("button", name="Close the room").click()
        await expect(agnes.locator("room-headline")).to_contain_text("The session has ended.")
        await expect(agnes.locator(".recorded")).to_be_empty()
        await expect(lena.locator("running-item")).to_contain_text("The session has ended.")
        for refused in ("Put on air", "On air again", "Start", "Start again", "Add an item", "Next page"):
            await expect(lena.get_by_role("button", name=refused)).to_have_count(0)
        await expect(leila.locator("button.switch")).to_have_count(0)
        await expect(leila).not_to_have_title("● ON AIR: Arabic")
        address = f"{base}/archive/{room.rpartition('/')[2]}"
        assert (await agnes.request.get(address)).status == 404
        await lena.locator("running-item a").click()
        await lena.wait_for_url(address)
        await lena.get_by_role("button", name="Release").click()
        async with person(browser, base) as stranger:
            await stranger.goto(f"{address}?lang=en")
            document = stranger.locator("main")
            for words in (title, QUESTION, *LINES, "Leila Amrani", "Agnes Nabirye"):
                await expect(document).to_contain_text(words)
            await expect(document.locator('img[src*="/presentations/"][src*="/pages/"]')).to_have_count(3)
            for picture in await document.locator('img[src*="/presentations/"]').all():
                await picture.scroll_into_view_if_needed()
                await expect(picture).to_have_js_property("complete", True)
                assert await picture.evaluate("image => image.naturalWidth") > 0
            written = await stranger.request.get(f"{address}/transcript.vtt?lang=en")
            assert [LINES[n] in await written.text() for n in range(3)] == [True] * 3
    await line.close()
