"""What nobody is to hear is never heard, whatever comes first: key or microphone, reload, a line that breaks."""

import asyncio

from playwright.async_api import Browser, Page, WebSocketRoute, expect

from tests.browser.hall import Hall, Held, enter, is_heard
from tests.flows.clients import joined

MUTED = "Muted. Nobody hears you."
SLOW = """{
    const Real = AudioEncoder;
    window.AudioEncoder = class extends Real {
        constructor({ output, error }) { super({ output: (...made) => setTimeout(output, 400, ...made), error }); }
    };
    const send = WebSocket.prototype.send;
    window.sent = [];
    WebSocket.prototype.send = function (data) {
        if (data.byteLength > 17) sent.push(new DataView(data.buffer).getUint32(12) / 48); // ms of the sound's own time
        return send.call(this, data);
    };
}"""
STALL = """async () => {
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    const key = () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true }));
    key();
    const from = performance.now(), before = sent.length;
    await pause(600); // all that was encoded before has come
    while (performance.now() < from + 1200); // the page stands still, the microphone does not
    const left = sent.length - before;
    key();
    const muted = performance.now() - from;
    while (sent.length < before + 5) await pause(20);
    return { left, muted, passed: sent[before] - sent[before - 1] };
}"""
LATE = """{
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((done) => { window.allow = done; });
        return ask(wanted);
    };
}"""
HELD = """{
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (window.hold && String(data).includes("redeem")) window.held = true; else send.call(this, data);
    };
}"""
TWICE = """async () => {
    const base = document.querySelector("script[type=module]").src.replace(/js\\/.*/, "js/room/");
    const { open, close } = await import(`${base}microphone.js`);
    await import(`${base}elements/mic-control.js`);
    open("floor");
    await new Promise((done) => setTimeout(done, 1000)); // its ticket is there, the line is not
    close();
    open("floor");
}"""


async def open_microphone(page: Page) -> None:
    await page.get_by_role("button", name="Open the microphone").click()


async def test_microphone_that_was_muted_is_muted_after_a_reload(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "moderator", "/rooms/{room}/moderate") as page:
        control = page.locator("mic-control")
        await open_microphone(page)
        await is_heard(page)
        await hall.heard("floor")
        await page.get_by_role("button", name="Mute the microphone", exact=True).click()
        await hall.silent("floor")
        before = hall.sounds("floor")
        await page.reload()
        await expect(control).to_contain_text(MUTED)
        await hall.silent("floor")
        assert hall.sounds("floor") == before
        await page.get_by_role("button", name="Unmute the microphone").click()
        await hall.heard("floor")
        await page.reload()
        await is_heard(page)


async def test_mute_that_is_pressed_while_the_microphone_opens_holds(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page:
        await page.add_init_script(LATE)
        await page.reload()
        await enter(page)
        before = hall.sounds("fr")
        await page.keyboard.press("Space")
        await page.wait_for_function("() => window.allow")
        await page.keyboard.press("m")
        await page.evaluate("allow()")
        await expect(page.locator("mic-control")).to_contain_text("Unmute")
        await expect(page.locator("mic-control")).to_contain_text(MUTED)
        await expect(page).to_have_title("● ON AIR, NOT HEARD: French")
        await hall.silent("fr")
        assert hall.sounds("fr") == before
        await page.keyboard.press("m")
        await hall.heard("fr")


async def test_click_while_a_reloaded_page_opens_its_microphone_does_not_close_it(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "moderator", "/rooms/{room}/moderate") as page:
        await open_microphone(page)
        await is_heard(page)
        await page.add_init_script(LATE)
        await page.route("**/elements/mic-control.js", held := Held())
        await page.reload()
        await page.locator("mic-control > button").click()
        held.go()
        await page.wait_for_function("() => window.allow")
        await page.evaluate("allow()")
        await is_heard(page)


async def test_what_is_said_while_muted_never_leaves_the_page_though_it_comes_late(
    hall: Hall, speaker: Browser
) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page:
        await page.add_init_script(SLOW)
        await page.reload()
        await enter(page)
        await page.keyboard.press("Space")
        await is_heard(page)
        await page.wait_for_function("() => sent.length > 50")
        found = await page.evaluate(STALL)
        assert found["left"] == 0
        assert found["passed"] > found["muted"] - 200  # ms; what was said in between is in no packet


async def test_call_to_the_floor_does_not_open_the_microphone_of_an_earlier_one(hall: Hall, speaker: Browser) -> None:
    person, cookie = hall.town.people["participant"], hall.town.cookies["participant"]
    async with (
        hall.page(speaker, "participant", "/rooms/{room}") as guest,
        joined(hall.server, hall.room, cookie) as other,
    ):
        await other.do("hand.raise")
        assert "ok" in await hall.crew.do("hand.call", person=person)
        await open_microphone(guest)
        await is_heard(guest)
        await guest.goto(f"{hall.server.url}/")
        assert "ok" in await hall.crew.do("hand.done", person=person)
        await guest.goto(f"{hall.server.url}/rooms/{hall.room}")
        await expect(guest.locator("raise-hand")).to_contain_text("Raise your hand")
        await hall.silent("floor")
        before = hall.sounds("floor")
        await other.do("hand.raise")
        assert "ok" in await hall.crew.do("hand.call", person=person)
        await expect(guest.locator("mic-control")).to_contain_text("The microphone is off. Nobody hears you.")
        await hall.silent("floor")
        assert hall.sounds("floor") == before
        assert "ok" in await hall.crew.do("hand.done", person=person)


async def test_microphone_that_was_closed_while_the_line_came_back_opens_again(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "moderator", "/rooms/{room}/moderate") as page:
        await page.add_init_script(HELD)
        await page.reload()
        await open_microphone(page)
        await is_heard(page)
        await page.evaluate("window.hold = true")
        await page.context.set_offline(True)
        await expect(page.locator("mic-control")).to_contain_text("The line of sound is down.")
        await page.context.set_offline(False)
        await page.wait_for_function("() => window.held")
        await page.get_by_role("button", name="Close the microphone").click()
        await page.evaluate("window.hold = false")
        await open_microphone(page)
        await is_heard(page)
        await hall.heard("floor")


async def test_microphone_that_is_opened_anew_before_the_line_is_there_is_heard(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "moderator", "/rooms/{room}/moderate") as page:

        async def later(line: WebSocketRoute) -> None:
            await asyncio.sleep(2)
            line.connect_to_server()

        await page.route_web_socket("**/sound", later)
        await page.evaluate(TWICE)
        await is_heard(page)
        await hall.heard("floor")


async def test_mute_that_is_pressed_before_the_first_sound_leaves_the_page_silent(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "participant", "/rooms/{room}") as guest:
        asked: list[str] = []
        guest.on("request", lambda request: asked.append(request.url) if request.url.endswith("/sound") else None)
        await guest.route("**/room/listening.js", held := Held())
        await guest.get_by_role("button", name="Listen").click()
        await guest.get_by_role("button", name="Mute").click()
        await expect(guest.get_by_role("button", name="Listen")).to_be_visible()
        async with guest.expect_response("**/elements/levels.js"):  # the last that comes with it
            held.go()
        await asyncio.sleep(0.5)
        assert asked == []


async def test_booth_that_cannot_listen_says_so_and_goes_on(hall: Hall, speaker: Browser) -> None:
    async with hall.page(speaker, "interpreter", "/rooms/{room}/booth/fr") as page, asyncio.timeout(30):
        await enter(page)
        await page.route("**/api/rooms/*/sound", lambda route: route.abort())
        await page.get_by_role("button", name="Listen").click()
        ears = page.locator("booth-ears")
        await expect(ears.locator("[role=alert]")).to_have_text("The line is lost. Please try again.")
        await page.unroute_all()
        await page.get_by_role("button", name="Listen").click()
        await expect(ears).to_contain_text("Floor")
        await expect(ears.locator("[role=alert]")).to_have_count(0)
