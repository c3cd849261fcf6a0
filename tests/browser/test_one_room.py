"""Four people in one room: two moderators, a participant on a weak line, a guest."""

import asyncio
import re

from playwright.async_api import Browser, Page, expect

from tests.browser.at_once import Deaf, press_at_once
from tests.browser.people import Line, do, person
from tests.served import Server

QUESTION = "Qui décide la nuit, quand la cellule de crise est incomplète ?"
AWAY = "Wer bezahlt die Nachtschicht?"
CAPS_K = {"key": "K", "code": "KeyK", "bubbles": True}  # Caps Lock without Shift
ARABIC_Q = {"key": "ض", "code": "KeyQ", "bubbles": True}  # the same key on an Arabic keyboard


async def live_room(page: Page, base: str, which: int) -> str:
    await page.goto(base)
    link = await page.locator(".live h3 a").nth(which).get_attribute("href")
    assert link
    return link


async def ask(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click("ask-form button.first")


async def take(moderator: Page, text: str) -> None:
    await moderator.locator(".item", has_text=text).locator(".pick").click()


async def test_question_goes_from_asking_to_answered(
    browser: Browser, demo: Server, weak_line: Line, weak_port: int
) -> None:
    weak = f"http://127.0.0.1:{weak_port}"
    async with (
        person(browser, weak, "participant", "Agnes Nabirye") as agnes,
        person(browser, demo.url) as guest,
        person(browser, demo.url, "moderator", "Samira Kassem") as samira,
        person(browser, demo.url, "moderator", "Jonas Wedekind") as jonas,
    ):
        room = await live_room(guest, demo.url, 0)
        ears = (Deaf(), Deaf())
        for page, ear in zip((samira, jonas), ears, strict=True):
            await ear.stand(page)
        await asyncio.gather(
            agnes.goto(weak + room),
            guest.goto(demo.url + room),
            samira.goto(f"{demo.url}{room}/moderate"),
            jonas.goto(f"{demo.url}{room}/moderate"),
        )

        # Asked: the asker sees that it waits, the crew sees it, nobody else does.
        await ask(agnes, QUESTION)
        await expect(agnes.locator("my-questions")).to_contain_text("waits for a moderator")
        await expect(samira.locator("question-inbox")).to_contain_text(QUESTION)
        await expect(jonas.locator("question-inbox")).to_contain_text(QUESTION)
        await expect(guest.locator("question-list .question").first).to_be_visible()
        assert QUESTION not in await guest.content()

        # Two moderators press the same key: one publishes, the other is told so, it is published once.
        await asyncio.gather(take(samira, QUESTION), take(jonas, QUESTION))
        await press_at_once((samira, ears[0], "p"), (jonas, ears[1], "p"))
        await expect(samira.locator("published-list")).to_contain_text(QUESTION)
        notes = [page.locator("undo-line") for page in (samira, jonas)]
        for note in notes:
            await expect(note).not_to_be_empty()
        first = [QUESTION in await note.inner_text() for note in notes]
        assert sorted(first) == [False, True]
        await expect(notes[first.index(False)]).to_have_text("Somebody else was first. It is published.")

        # A guest votes: a name is asked first, then the vote counts on every screen, once.
        row = guest.locator("question-list .question", has_text=QUESTION)
        await row.locator(".vote").click()
        await guest.fill("#guest", "Ольга Литвин")
        await guest.keyboard.press("Tab")
        await expect(row.locator(".vote")).to_have_attribute("aria-pressed", "true")
        await expect(samira.locator(".item", has_text=QUESTION).locator(".count")).to_have_text("1", timeout=3_000)
        await expect(agnes.locator(".question", has_text=QUESTION).locator(".vote")).to_contain_text("1")

        # The weak line breaks. Meanwhile the question goes on air; what is asked without a line waits.
        weak_line.cut()
        await expect(agnes.locator("connection-status")).to_contain_text("Nothing is lost")
        await take(samira, QUESTION)
        await samira.keyboard.press("q")
        await expect(samira.locator("question-queue")).to_contain_text(QUESTION)
        await expect(notes[0]).to_contain_text("Queued:")
        await take(samira, QUESTION)
        await samira.keyboard.press("a")
        await expect(guest.locator("room-headline")).to_contain_text(QUESTION)
        await ask(agnes, AWAY)
        await expect(agnes.locator("ask-form")).to_contain_text("Sending")
        assert QUESTION not in await agnes.locator("room-headline").inner_text()

        weak_line.mend()
        await expect(agnes.locator("room-headline")).to_contain_text(QUESTION, timeout=15_000)
        await expect(agnes.locator("connection-status")).to_be_empty()
        await expect(agnes.locator("my-questions")).to_contain_text(AWAY)
        await expect(samira.locator("question-inbox .item", has_text=AWAY)).to_have_count(1)

        # Answered: everybody sees it, and the asker reads it.
        await samira.keyboard.press("x")
        await expect(agnes.locator("my-questions")).to_contain_text("was answered")
        await expect(guest.locator(".question.answered", has_text=QUESTION)).to_contain_text("Answered")
        await expect(jonas.locator("running-item")).not_to_contain_text(QUESTION)


async def test_declined_question_comes_with_the_reason(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Yousef Rawashdeh") as yousef,
        person(browser, demo.url, "moderator", "Samira Kassem") as samira,
    ):
        room = await live_room(yousef, demo.url, 1)
        await yousef.goto(demo.url + room)
        await samira.goto(f"{demo.url}{room}/moderate")
        await ask(yousef, "Is there lunch?")
        await take(samira, "Is there lunch?")
        await samira.keyboard.press("d")
        await samira.fill("#reason", "Does not fit this session")
        await samira.keyboard.press("Enter")
        await expect(yousef.locator("my-questions")).to_contain_text("Does not fit this session")
        await expect(samira.locator("question-inbox")).not_to_contain_text("Is there lunch?")


async def test_question_typed_before_a_reload_is_still_there(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "participant", "Nour Ben Salem") as nour:
        room = await live_room(nour, demo.url, 1)
        await nour.goto(demo.url + room)
        await nour.fill("#text", "Half a quest")
        await nour.reload()
        await expect(nour.locator("#text")).to_have_value("Half a quest")


async def test_agenda_runs_and_a_slip_is_undone(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url) as guest,
        person(browser, demo.url, "moderator", "Samira Kassem") as samira,
    ):
        room = await live_room(guest, demo.url, 2)
        await guest.goto(f"{demo.url}{room}#agenda")
        await samira.goto(f"{demo.url}{room}/moderate")
        current = guest.locator("agenda-list [aria-current] .name")
        before = await current.inner_text()
        await samira.locator("agenda-control").get_by_role("button", name="Start").first.click()
        await expect(current).not_to_have_text(before)
        await samira.keyboard.press("z")
        await expect(current).to_have_text(before)
        await expect(samira.locator("undo-line")).to_contain_text("Undone.")
        await samira.keyboard.press("e")
        await samira.get_by_role("button", name="Move what follows").click()
        await expect(samira.locator("undo-line")).to_contain_text("5 minutes more")


async def test_room_waits_opens_and_closes(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url) as guest,
        person(browser, demo.url, "moderator", "Samira Kassem") as samira,
    ):
        await guest.goto(demo.url)
        room = await guest.locator(".next h3 a").first.get_attribute("href")
        await guest.goto(f"{demo.url}{room}")
        await expect(guest.locator("room-headline")).to_contain_text("It begins at")
        await samira.goto(f"{demo.url}{room}/moderate")
        await samira.get_by_role("button", name="Open the room").click()
        await expect(guest.locator("room-headline")).to_contain_text("In a moment it begins")
        await samira.get_by_role("button", name="Pause").click()
        await expect(guest.locator("room-headline")).to_contain_text("paused")
        await samira.get_by_role("button", name="Close the room").click()
        await expect(guest.locator("ask-form")).to_contain_text("Questions are closed")


async def test_moderator_whose_role_is_taken_back_is_a_participant_at_once(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "organiser", "Lena Aschenbrenner") as lena,
        person(browser, demo.url, "moderator", "Rita Kurz") as rita,
    ):
        room = await live_room(rita, demo.url, 0)
        await rita.goto(f"{demo.url}{room}/moderate")
        await expect(rita.locator("agenda-control")).to_contain_text("Add an item")
        await lena.goto(f"{demo.url}/organise/people")
        await lena.locator(".grants li", has_text="Rita Kurz").get_by_role("button", name="Take back").click()
        await rita.wait_for_url(f"{demo.url}{room}")
        await expect(rita.locator("ask-form")).to_contain_text("Ask a question")


async def test_organiser_hands_out_a_link_that_signs_a_moderator_in(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "organiser", "Lena Aschenbrenner") as lena,
        person(browser, demo.url) as hanne,
    ):
        await lena.goto(f"{demo.url}/organise/people")
        await lena.fill("#name", "Hanne Brüggemann")
        await lena.select_option("#role", "moderator")
        await lena.get_by_role("button", name="Add and show the link").click()
        link = await lena.input_value("#link")
        await hanne.goto(link)
        await expect(hanne.locator("h1")).to_contain_text("Hanne Brüggemann")
        await hanne.get_by_role("main").get_by_role("button", name="Sign in").click()
        await hanne.get_by_role("link", name="Moderate").first.click()
        await expect(hanne.locator("question-inbox")).to_be_visible()


async def test_stream_link_reaches_people_in_the_room(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "organiser", "Lena Aschenbrenner") as lena,
        person(browser, demo.url) as guest,
    ):
        room = await live_room(guest, demo.url, 1)
        await guest.goto(demo.url + room)
        await lena.goto(f"{demo.url}/organise")
        form = lena.locator(f"form[action='/organise{room}/stream']")
        await form.locator("summary").click()
        await form.locator("input").fill("https://stream.example.org/waste")
        await form.get_by_role("button").click()
        stream = guest.get_by_role("link", name="Watch the stream")
        await expect(stream).to_have_attribute("href", "https://stream.example.org/waste")


async def test_question_asked_without_a_line_survives_a_reload(
    browser: Browser, demo: Server, weak_line: Line, weak_port: int
) -> None:
    weak = f"http://127.0.0.1:{weak_port}"
    async with person(browser, weak, "participant", "Thandiwe Mokoena") as thandiwe:
        room = await live_room(thandiwe, weak, 2)
        await thandiwe.goto(weak + room)
        await expect(thandiwe.locator("ask-form")).to_contain_text("Ask a question")
        weak_line.cut()
        await expect(thandiwe.locator("connection-status")).not_to_be_empty()
        await ask(thandiwe, "Does this arrive?")
        weak_line.mend()
        await thandiwe.reload()
        await expect(thandiwe.locator("my-questions")).to_contain_text("Does this arrive?", timeout=15_000)
        await expect(thandiwe.locator("my-questions li")).to_have_count(1)


async def test_question_too_long_to_be_sent_is_kept_and_the_line_stays(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "participant", "Long Pasted") as asker:
        sockets: list[object] = []
        asker.on("websocket", lambda socket: sockets.append(socket))
        await asker.goto(demo.url + await live_room(asker, demo.url, 2))
        await expect(asker.locator("#text")).to_be_visible()
        await ask(asker, "ن" * 9_000)
        await expect(asker.locator("ask-form .said-here")).to_contain_text("too long to be sent")
        assert len(await asker.input_value("#text")) == 9_000
        await ask(asker, "Short enough?")
        await expect(asker.locator("my-questions")).to_contain_text("Short enough?")
        await expect(asker.locator("ask-form .said-here")).to_have_text("Sent. A moderator looks at it first.")
        assert len(sockets) == 1


async def test_question_in_a_language_that_browsers_cannot_name_is_shown(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Odd Tag") as asker,
        person(browser, demo.url, "moderator", "Desk Open") as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await crew.goto(f"{demo.url}{room}/moderate")
        for text, language in (("Wer sagt das so?", "de-1996-1996"), ("And the next?", "en")):
            facts = {"id": text, "do": "question.ask", "with": {"text": text, "language": language}}
            answer = await asker.request.post(
                f"{demo.url}/api{room}/commands", data=facts, headers={"origin": demo.url}
            )
            assert answer.status == 200, await answer.text()
            await expect(crew.locator("question-inbox")).to_contain_text(text)


async def test_moderators_keys_do_what_they_say_and_can_be_undone(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Keys Asked") as asker,
        person(browser, demo.url, "moderator", "Keys Pressed") as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await asker.goto(demo.url + room)
        await crew.goto(f"{demo.url}{room}/moderate")
        for text in ("First of the keys?", "Second of the keys?"):
            await ask(asker, text)
            await expect(crew.locator("question-inbox")).to_contain_text(text)
        queue, air, note = (crew.locator(name) for name in ("question-queue", "running-item", "undo-line"))

        # Q lines an unpublished question up, on the keyboard of another script as well.
        await take(crew, "First of the keys?")
        await crew.keyboard.press("q")
        await expect(queue).to_contain_text("First of the keys?")
        await expect(note).to_contain_text("Queued: “First of the keys?”")
        await take(crew, "Second of the keys?")
        await crew.evaluate("dispatch => document.body.dispatchEvent(new KeyboardEvent('keydown', dispatch))", ARABIC_Q)
        await expect(queue).to_contain_text("Second of the keys?")
        await expect(note).to_contain_text("Queued: “Second of the keys?”")

        # Shift moves within the queue; Caps Lock alone does not.
        await crew.evaluate("dispatch => document.body.dispatchEvent(new KeyboardEvent('keydown', dispatch))", CAPS_K)
        await expect(queue.locator("li", has_text="keys?").first).to_contain_text("First of the keys?")
        await take(crew, "Second of the keys?")
        await crew.keyboard.press("Shift+K")
        await expect(queue.locator("li", has_text="keys?").first).to_contain_text("Second of the keys?")

        # A, then X: the question on air is answered, not the one that is selected.
        await take(crew, "First of the keys?")
        await crew.keyboard.press("a")
        await expect(air).to_contain_text("First of the keys?")
        await expect(note).to_contain_text("On air: “First of the keys?”")  # what is on its way is done once
        await take(crew, "Second of the keys?")
        await crew.keyboard.press("x")
        await expect(air).not_to_contain_text("First of the keys?")
        await expect(queue).to_contain_text("Second of the keys?")

        # Z brings it back on air; what is over can be looked up and brought back, too.
        await crew.keyboard.press("z")
        await expect(air).to_contain_text("First of the keys?")
        await crew.keyboard.press("x")
        await crew.locator("done-list summary").click()
        done = crew.locator("done-list li", has_text="First of the keys?")
        await done.get_by_role("button", name="Bring back").click()
        await expect(air).to_contain_text("First of the keys?")

        # Escape leaves the reason: what is typed then are keys again.
        await take(crew, "Second of the keys?")
        await crew.keyboard.press("d")
        await expect(crew.locator("#reason")).to_be_focused()
        await crew.keyboard.press("Escape")
        await expect(crew.locator("#reason")).to_have_count(0)
        await crew.keyboard.press("x")
        await expect(note).to_contain_text("First of the keys?")


async def test_room_closed_by_mistake_goes_on_as_it_was(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "moderator", "Closed Early") as crew:
        await crew.goto(f"{demo.url}{await live_room(crew, demo.url, 1)}/moderate")
        running = crew.locator("agenda-control li.running")
        await expect(running).to_have_count(1)
        text = await running.locator("[dir=auto]").inner_text()
        await crew.get_by_role("button", name="Close the room").click()
        await expect(crew.locator("room-state")).to_contain_text("Ended")
        await crew.keyboard.press("z")
        await expect(crew.locator("room-state")).to_contain_text("Room open")
        await expect(running).to_contain_text(text)


async def test_closing_asks_once_where_it_deletes_the_chat(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "moderator", "Closes Twice") as crew:
        room = await live_room(crew, demo.url, 2)
        await do(crew, demo.url, room, "chat.say", text="Is the sound good?", to="room")
        await crew.goto(f"{demo.url}{room}/moderate")
        state, note = crew.locator("room-state"), crew.locator("undo-line [role=status]")
        closing, microphone = crew.locator("room-closing"), crew.get_by_role("button", name="Open the microphone")
        await expect(crew.locator("room-chat summary")).to_contain_text(re.compile(r"\d"))
        await expect(microphone).to_be_visible()
        await closing.get_by_role("button", name="Close the room").click()
        await expect(closing.get_by_role("alert")).to_have_text("Close the room? Its chat is deleted for good.")
        await expect(closing.get_by_role("button", name="Stay open")).to_be_focused()
        await crew.keyboard.press("Enter")
        await expect(closing.get_by_role("button", name="Close the room")).to_be_focused()
        await expect(closing.get_by_role("alert")).to_have_count(0)
        await expect(state).to_contain_text("Room open")
        await crew.keyboard.press("Enter")
        await closing.get_by_role("button", name="Close the room").click()
        await expect(state).to_contain_text("Ended")
        await expect(note).to_have_text("The room is closed and its chat deleted. The room can be reopened.")
        await expect(microphone).to_be_hidden()
        await expect(crew.locator("recording-control summary .good")).to_have_count(0)
        await crew.keyboard.press("z")
        await expect(state).to_contain_text("Room open")
        await expect(note).to_have_text("The room is open. The chat stays deleted.")
        await expect(microphone).to_be_visible()
        await closing.get_by_role("button", name="Close the room").click()  # there is nothing to delete any more
        await expect(state).to_contain_text("Ended")
        await expect(note).to_have_text("The room is closed. It can be reopened.")
        await crew.keyboard.press("z")
        await expect(state).to_contain_text("Room open")


async def test_lost_line_is_said_at_once(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "participant", "Line Lost") as page:
        await page.goto(demo.url + await live_room(page, demo.url, 1))
        await expect(page.locator("#text")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.locator("connection-status")).to_contain_text("Nothing is lost", timeout=2_000)
        await page.context.set_offline(False)
        await expect(page.locator("connection-status")).to_be_empty()
