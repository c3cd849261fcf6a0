"""The sound of an archive as people hear it: a channel is chosen, two who spoke at once are heard together, a moment of
the text is that of the sound; and without a script there are players.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from hosting.database import Database
from tests.browser.people import person
from tests.hosting.clicks import opus
from tests.hosting.programmes import NOW, room, take_in
from tests.hosting.sessions import held, release
from tests.hosting.sounding import recorded
from tests.served import Server, serving

SLIDES = ("status of 404",)  # the pages of the slides are not in this house
BEGAN = 100.0  # seconds after the opening
LENGTH = 600  # seconds
APART = 0.3  # seconds, at most, between two recordings that run together
TALK = opus(*(0.1 + second / 2 for second in range(8)), seconds=4)
SOUND = """[...document.querySelectorAll("audio")].map((one) => ({
  name: one.closest("[data-channel]").dataset.channel, playing: !one.paused, at: one.currentTime,
}))"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A released session, of which the floor and a channel were recorded, ten minutes of each."""
    data: Path = tmp_path_factory.mktemp("sound") / "data"
    database = Database(f"sqlite:///{data / 'austausch.sqlite3'}")
    database.start()
    take_in(database)
    id = held(database, room(database, "before-spring"), lines=60, asked=4)
    release(database, id)
    spoken = {at * 200 + place: packet for at in range(LENGTH // 4) for place, packet in enumerate(TALK[:200])}
    said = {("floor", 1): spoken, ("floor", 2): spoken, ("fr", 1): spoken}
    recorded(database, data / "files", id, NOW + timedelta(seconds=BEGAN), said, LENGTH * 50)
    database.stop()
    with serving(data) as server:
        yield server, f"{server.url}/archive/{id}"


async def heard(page: Page, name: str) -> dict[str, list[float]]:
    """Where the recordings are that play, by channel, once those of one do."""
    await page.wait_for_function(
        f"(name) => {SOUND}.every((one) => one.playing === (one.name === name) && (!one.playing || one.at > 0))",
        arg=name,
    )
    found: dict[str, list[float]] = {}
    for one in await page.evaluate(SOUND):
        if one["playing"]:
            found.setdefault(one["name"], []).append(one["at"])
    return found


async def together(page: Page, name: str) -> list[float]:
    """Where the two recordings of a channel are, once they run together, which at their first moment they need not."""
    await heard(page, name)
    found = await page.wait_for_function(
        f"""([name, apart]) => {{
          const at = {SOUND}.filter((one) => one.name === name && one.playing).map((one) => one.at);
          return at.length === 2 && Math.abs(at[0] - at[1]) < apart && at;
        }}""",
        arg=[name, APART],
    )
    return list(await found.json_value())


async def test_channel_is_chosen_and_a_moment_of_the_text_is_that_of_the_sound(
    browser: Browser, archive: tuple[Server, str]
) -> None:
    server, address = archive
    async with person(browser, server.url, expected=SLIDES) as page:
        await page.goto(address)
        bar = page.locator("#sound")
        assert await bar.locator("audio[controls]:visible").count() == 1
        await bar.locator("label", has_text="français").click()
        await bar.locator("label", has_text="Floor").click()
        await bar.locator("audio:visible").evaluate("(one) => one.play()")
        floor = await together(page, "floor")
        assert len(floor) == 2
        assert abs(floor[0] - floor[1]) < APART
        await page.locator(".document a.at").filter(has_text=re.compile("^7:")).first.click()
        await page.wait_for_function(f"{SOUND}[0].at > 200")
        at = (await heard(page, "floor"))["floor"][0]
        second = int((await page.evaluate("location.hash")).removeprefix("#t-").split("-")[0])
        assert 420 <= second < 480
        assert second - BEGAN <= at < second - BEGAN + 10
        await bar.locator("label", has_text="français").click()
        french = (await heard(page, "fr"))["fr"][0]
        assert at <= french < at + 10  # the same moment goes on
        assert await bar.bounding_box() is not None
        assert await bar.evaluate("(one) => one.getBoundingClientRect().top") == 0  # still in sight
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        await page.set_viewport_size({"width": 390, "height": 800})
        assert await bar.locator(".about").inner_text() == "The sound begins at 1:40 of the contents."


async def test_without_a_script_every_channel_has_its_players(browser: Browser, archive: tuple[Server, str]) -> None:
    _server, address = archive
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await page.goto(address)
    assert await page.locator("#sound h3").all_inner_texts() == ["Floor", "français"]
    assert await page.locator("#sound audio[controls]:visible").count() == 3
    assert (
        await page.locator("#sound audio").nth(2).get_attribute("src")
        == f"/archive/{address.rsplit('/', 1)[1]}/sound/fr.opus?lane=1"
    )
    await context.close()
