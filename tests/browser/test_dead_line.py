"""A line that is dead and not noticed yet: what was pressed at a booth's switch does not happen by surprise later."""

from collections.abc import Callable

from playwright.async_api import Browser, Page, WebSocketRoute, expect

from tests.browser.people import do, person, room_of
from tests.browser.test_interpretation import TITLE, enter
from tests.served import Server

SEEN = """() => {
  const word = document.querySelector("booth-switch"), look = () => {
    const on = word.textContent.includes("Turned Away"); // who is on air
    if (on !== (was.at(-1) === "on")) was.push(on ? "on" : "off");
  };
  window.was = [];
  new MutationObserver(look).observe(word, { childList: true, subtree: true, characterData: true });
}"""
NOTICED = 20_000  # ms in which a page notices that nothing answers


class Dying:
    """A page's sockets, on which nothing moves from some moment on; no new one opens until the line is mended."""

    def __init__(self) -> None:
        self.number, self.dead, self.up = 0, 0, True  # sockets so far, and how many of them are dead
        self.said: list[str] = []  # what came from the page and was passed on
        self.slow: list[Callable[[], None]] = []  # what the network has taken and not brought yet

    async def stand(self, page: Page) -> None:
        await page.route_web_socket("**/live*", self.join)

    async def join(self, page: WebSocketRoute) -> None:
        if not self.up:
            await page.close()
            return
        self.number += 1
        mine, server = self.number, page.connect_to_server()

        def say(frame: str | bytes) -> None:
            if mine > self.dead:
                self.said.append(str(frame))
                server.send(frame)
            else:
                self.slow.append(lambda: server.send(frame))

        page.on_message(say)
        page.on_close(lambda _code, _reason: None if mine <= self.dead else server.close())
        server.on_message(lambda frame: page.send(frame) if mine > self.dead else None)

    def die(self) -> None:
        self.dead, self.up = self.number, False
        self.said.clear()

    def asked(self, command: str) -> bool:
        return any(f'"booth.{command}"' in frame for frame in self.said)


async def answered(page: Page, key: str, wish: str) -> None:
    """Until what was said before has been answered."""
    await page.keyboard.press(key)
    await expect(page.locator("booth-slower [role=status]")).to_contain_text(f"{wish}: asked")


async def test_switch_that_was_pressed_on_a_dead_line_airs_nobody_when_the_line_is_back(
    browser: Browser, demo: Server
) -> None:
    async with person(browser, demo.url, "interpreter", "Turns Away") as nadia:
        line = Dying()
        await line.stand(nadia)
        room = await room_of(nadia, demo.url, TITLE)
        await enter(nadia, demo.url, room, "de")
        word, said = nadia.locator(".switch .word"), nadia.locator("booth-switch [role=status]")
        line.die()
        await nadia.keyboard.press("Space")
        await expect(said).to_have_text("The line is down: nothing can be switched now.", timeout=NOTICED)
        line.up = True
        await expect(word).to_have_text("Off air", timeout=NOTICED)
        await answered(nadia, "n", "No sound")
        assert not line.asked("on_air")
        await expect(word).to_have_text("Off air")

        # Nor does the page after a reload do it.
        line.die()
        await nadia.keyboard.press("Space")
        line.up = True
        await nadia.reload()
        await expect(word).to_have_text("Off air")
        await answered(nadia, "l", "Slower please")
        assert not line.asked("on_air")

        # What takes somebody off air happens late rather than never.
        await nadia.keyboard.press("Space")
        await expect(word).to_have_text("On air")
        line.die()
        await nadia.keyboard.press("Space")
        await expect(word).to_have_text("The line is down", timeout=NOTICED)
        line.up = True
        await expect(word).to_have_text("Off air", timeout=NOTICED)
        assert line.asked("off_air")
        await do(nadia, demo.url, room, "booth.leave", language="de")


async def test_switch_that_the_network_brings_late_after_all_is_taken_back(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "interpreter", "Turned Away") as nadia,
        person(browser, demo.url, "interpreter", "Looks On") as omar,
    ):
        line = Dying()
        await line.stand(nadia)
        room = await room_of(nadia, demo.url, TITLE)
        await enter(nadia, demo.url, room, "de")
        await omar.goto(f"{demo.url}{room}/booth/de")
        word, said = nadia.locator(".switch .word"), nadia.locator("booth-switch [role=status]")
        await omar.evaluate(SEEN)
        line.die()
        await nadia.keyboard.press("Space")
        await expect(said).to_have_text("The line is down: nothing can be switched now.", timeout=NOTICED)
        line.up = True
        await expect(word).to_have_text("Off air", timeout=NOTICED)
        for bring in line.slow:
            bring()
        await omar.wait_for_function("() => window.was?.includes('on') && window.was.at(-1) === 'off'")
        await expect(word).to_have_text("Off air")
        await nadia.keyboard.press("Space")  # pressed again it is meant
        await expect(word).to_have_text("On air")
        await nadia.keyboard.press("Space")
        await do(nadia, demo.url, room, "booth.leave", language="de")
