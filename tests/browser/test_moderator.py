"""The moderator's page: many questions at once, the queue by hand, what others do meanwhile, more time, all by key."""

import asyncio
from collections.abc import Iterable

from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person
from tests.served import Server


async def live_room(page: Page, base: str, which: int) -> str:
    await page.goto(base)
    link = await page.locator(".live h3 a").nth(which).get_attribute("href")
    assert link
    return link


async def ask(page: Page, base: str, room: str, texts: Iterable[str]) -> None:
    for text in texts:
        await do(page, base, room, "question.ask", text=text, language="en")


async def test_chosen_questions_are_treated_together_and_can_be_brought_back(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Many Asked") as asker,
        person(browser, demo.url, "moderator", "Many Chosen") as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await ask(asker, demo.url, room, [f"Bulk {n}?" for n in range(9)])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox, published = crew.locator("question-inbox"), crew.locator("published-list")
        await expect(inbox.locator(".pick", has_text="Bulk")).to_have_count(9)

        # A tick, and with Shift all up to another; a key for one more.
        ticks = inbox.locator(".item", has_text="Bulk").locator("input[type=checkbox]")
        await ticks.nth(0).click()
        await ticks.nth(2).click(modifiers=["Shift"])
        await inbox.locator(".pick", has_text="Bulk 4?").click()
        await crew.keyboard.press("c")
        await expect(inbox.locator(".bulk strong")).to_have_text("4 chosen")
        await crew.keyboard.press("m")  # what is one question's alone is not done with the selected one either
        await expect(crew.locator("undo-line")).to_contain_text("That cannot be done with all that are chosen.")
        await crew.keyboard.press("p")
        await expect(crew.locator("undo-line")).to_contain_text("4 questions published.")
        await expect(published.locator(".pick", has_text="Bulk")).to_have_count(4)
        await expect(inbox.locator(".pick", has_text="Bulk")).to_have_text([f"Bulk {n}?" for n in (3, 5, 6, 7, 8)])

        # Taken back together; then all that a search has found are declined with one reason.
        await crew.keyboard.press("z")
        await expect(inbox.locator(".pick", has_text="Bulk")).to_have_count(9)
        await crew.keyboard.press("/")
        await crew.keyboard.type("bulk")
        await expect(inbox.locator(".pick")).to_have_count(9)
        await crew.keyboard.press("Escape")
        await inbox.locator("input[type=checkbox]").first.check()
        await inbox.get_by_role("button", name="All 9 shown").click()
        await inbox.locator(".bulk").get_by_role("button", name="Decline").click()
        await inbox.locator(".bulk #reason").fill("Asked by mistake")
        await crew.keyboard.press("Enter")
        await expect(crew.locator("undo-line")).to_contain_text("9 questions declined.")
        await asker.goto(demo.url + room)
        await expect(asker.locator("my-questions")).to_contain_text("Asked by mistake")


async def test_queue_is_ordered_by_dragging_and_by_key(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Order Asked") as asker,
        person(browser, demo.url, "moderator", "Order Made") as crew,
    ):
        room = await live_room(crew, demo.url, 1)
        await ask(asker, demo.url, room, [f"Order {n}?" for n in range(3)])
        await crew.goto(f"{demo.url}{room}/moderate")
        for n in range(3):
            await crew.locator("question-inbox .pick", has_text=f"Order {n}?").click()
            await crew.keyboard.press("q")
            await expect(crew.locator("question-queue .pick", has_text=f"Order {n}?")).to_be_visible()
        order = crew.locator("question-queue .pick", has_text="Order")
        await expect(order).to_have_text(["Order 0?", "Order 1?", "Order 2?"])

        # The last is dragged before the first of them; where it will land is shown on the way.
        grips = [crew.locator("question-queue .item", has_text=f"Order {n}?").locator(".grip") for n in range(3)]
        await grips[2].hover()  # which may scroll
        goal = await crew.locator("question-queue .item", has_text="Order 0?").bounding_box()
        assert goal
        await crew.mouse.down()
        await crew.mouse.move(goal["x"] + 20, goal["y"] + 4, steps=5)
        await expect(crew.locator("question-queue [data-landing=before]")).to_contain_text("Order 0?")
        await crew.mouse.up()
        await expect(order).to_have_text(["Order 2?", "Order 0?", "Order 1?"])
        await expect(crew.locator("[data-landing], [data-lifted]")).to_have_count(0)
        await crew.keyboard.press("z")
        await expect(order).to_have_text(["Order 0?", "Order 1?", "Order 2?"])

        # By key, said aloud; a number is a place; Escape leaves a drag as if it had not been.
        await crew.locator("question-queue .pick", has_text="Order 2?").click()
        await crew.keyboard.press("Alt+ArrowUp")
        await expect(order).to_have_text(["Order 0?", "Order 2?", "Order 1?"])
        await expect(crew.locator("desk-voice")).to_contain_text("Now number")
        await crew.keyboard.press("1")
        await expect(order).to_have_text(["Order 2?", "Order 0?", "Order 1?"])
        await grips[1].hover()
        await crew.mouse.down()
        await crew.mouse.move(goal["x"] + 20, goal["y"] - 60, steps=3)
        await crew.keyboard.press("Escape")
        await crew.mouse.up()
        await expect(order).to_have_text(["Order 2?", "Order 0?", "Order 1?"])


async def test_question_that_another_takes_stays_in_its_place_and_says_so(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Taken Asked") as asker,
        person(browser, demo.url, "moderator", "Taken First") as first,
        person(browser, demo.url, "moderator", "Taken Second") as second,
    ):
        room = await live_room(first, demo.url, 2)
        await ask(asker, demo.url, room, ["Taken 1?", "Taken 2?"])
        await asyncio.gather(*(page.goto(f"{demo.url}{room}/moderate") for page in (first, second)))
        row = second.locator("question-inbox .item", has_text="Taken 1?")
        await row.locator(".pick").click()
        await first.locator("question-inbox .pick", has_text="Taken 1?").click()
        await first.keyboard.press("p")

        # Where it stood it says what became of it; it keeps the focus, and no key meets another question.
        await expect(row).to_contain_text("Published by somebody else just now")
        await expect(row.locator(".pick")).to_be_focused()
        await second.keyboard.press("p")
        await expect(second.locator("undo-line")).to_contain_text("cannot be done with this question now")
        await expect(second.locator("question-inbox .item:not(.held)", has_text="Taken 2?")).to_have_count(1)
        await expect(first.locator("question-inbox .item", has_text="Taken 1?")).to_have_count(0)
        await second.keyboard.press("j")
        await expect(second.locator("question-inbox [aria-current]")).to_contain_text("Taken 2?")


async def test_more_time_says_first_what_follows_and_can_be_taken_back(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "moderator", "More Time") as crew:
        await crew.goto(f"{demo.url}{await live_room(crew, demo.url, 2)}/moderate")
        minutes = crew.locator("running-item .left .meta")
        await expect(minutes).not_to_be_empty()
        before = await minutes.inner_text()
        await crew.keyboard.press("e")
        await expect(crew.locator("extend-form")).to_contain_text("All that follows begins 5 minutes later")
        await crew.locator("extend-form").get_by_role("button", name="10 minutes").click()
        await expect(crew.locator("extend-form")).to_contain_text("All that follows begins 10 minutes later")
        await crew.locator("extend-form").get_by_role("button", name="Move what follows").click()
        await expect(crew.locator("undo-line")).to_contain_text("10 minutes more")
        await expect(minutes).not_to_have_text(before)
        await crew.keyboard.press("z")
        await expect(minutes).to_have_text(before)


async def test_phone_shows_one_column_with_the_same_actions(browser: Browser, demo: Server) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    async with (
        person(browser, demo.url, "participant", "Phone Asked") as asker,
        person(browser, demo.url, "moderator", "Phone Held", (), **phone) as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await ask(asker, demo.url, room, ["In the pocket?"])
        await crew.goto(f"{demo.url}{room}/moderate")
        await crew.locator("question-inbox .pick", has_text="In the pocket?").tap()
        buttons = crew.locator("question-inbox [aria-current] .acts button")
        await expect(buttons.first).to_be_visible()
        for button in await buttons.all():
            box = await button.bounding_box()
            assert box
            assert box["height"] >= 44
        await crew.locator("question-inbox [aria-current]").get_by_role("button", name="Publish").tap()
        await expect(crew.locator("undo-line")).to_contain_text("In the pocket?")
        await crew.locator(".tabs").get_by_role("link", name="Published").tap()
        await expect(crew.locator("published-list .pick", has_text="In the pocket?")).to_be_visible()
        await expect(crew.locator("question-inbox")).to_be_hidden()
        wide = await crew.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390


async def test_alike_question_is_merged_and_its_asker_told(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Alike Asked") as asker,
        person(browser, demo.url, "moderator", "Alike Merged") as crew,
    ):
        room = await live_room(crew, demo.url, 1)
        first, second = "Which lorries carry infected blankets?", "Infected blankets, which lorries carry them?"
        await ask(asker, demo.url, room, [first, second])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox = crew.locator("question-inbox")
        await inbox.locator(".pick", has_text=second).click()
        await expect(inbox.locator("[aria-current] .attention")).to_contain_text("Much like “Which lorries")

        # The likely one is the first of the choices: Enter takes it, Z brings the question back.
        await crew.keyboard.press("m")
        await expect(inbox.locator(".choices button").first).to_contain_text("Much alike")
        await expect(inbox.locator("merge-choice input")).to_be_focused()
        await crew.keyboard.press("Enter")
        await expect(crew.locator("undo-line")).to_contain_text("Merged")
        await expect(inbox.locator(".pick", has_text=second)).to_have_count(0)
        await crew.keyboard.press("z")
        await expect(inbox.locator(".pick", has_text=second)).to_be_visible()
        await expect(crew.locator("undo-line")).to_contain_text("Undone.")

        # Another is found by typing.
        await inbox.locator(".pick", has_text=second).click()
        await crew.keyboard.press("m")
        await expect(inbox.locator("merge-choice input")).to_be_focused()
        await crew.keyboard.type("which lorries carry infected")
        await expect(inbox.locator(".choices button")).to_have_count(1)
        await crew.keyboard.press("ArrowDown")
        await crew.keyboard.press("Enter")
        await expect(inbox.locator(".pick", has_text=second)).to_have_count(0)
        await crew.locator("done-list summary").click()
        await expect(crew.locator("done-list li", has_text=second)).to_contain_text("Merged")


async def test_question_is_answered_in_writing_put_off_and_translated(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Written Asked") as asker,
        person(browser, demo.url, "moderator", "Written By") as crew,
    ):
        room = await live_room(crew, demo.url, 1)
        await ask(asker, demo.url, room, ["Where is the form?", "Who pays later?", "Who pays whom?"])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox, note = crew.locator("question-inbox"), crew.locator("undo-line")

        # In writing: what is typed survives a reload.
        await inbox.locator(".pick", has_text="Where is the form?").click()
        await crew.keyboard.press("p")
        await expect(note).to_contain_text("Published: “Where is the form?”")
        await crew.locator("published-list .pick", has_text="Where is the form?").click()
        await crew.keyboard.press("w")
        await expect(crew.locator("published-list textarea")).to_be_focused()
        await crew.keyboard.type("On the city's page")
        await crew.reload()
        await crew.locator("published-list .pick", has_text="Where is the form?").click()
        await crew.keyboard.press("w")
        await expect(crew.locator("published-list textarea")).to_have_value("On the city's page")
        await crew.get_by_role("button", name="Publish the answer").click()
        await expect(note).to_contain_text("Answered in writing")
        await crew.locator("done-list summary").click()
        await expect(crew.locator("done-list li", has_text="Where is the form?")).to_contain_text("On the city's page")

        # Put off: to a session that the page names.
        await inbox.locator(".pick", has_text="Who pays later?").click()
        await crew.keyboard.press("t")
        await expect(inbox.locator("option").first).to_be_attached()
        await inbox.get_by_role("button", name="Put off").click()
        await expect(note).to_contain_text("Put off till later: “Who pays later?”")
        await expect(inbox.locator(".pick", has_text="Who pays later?")).to_have_count(0)

        # Translated: the original beside the field; approved, it stands beneath the question.
        await inbox.locator(".pick", has_text="Who pays whom?").click()
        await crew.keyboard.press("l")
        await crew.locator("question-translation select").select_option(label="French")
        await crew.locator("question-translation textarea").fill("Qui paie qui ?")
        await crew.get_by_role("button", name="Approve and show").click()
        await expect(note).to_contain_text("The translation is approved.")


async def test_time_stands_still_and_hidden_items_are_the_teams(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "moderator", "Still Time") as crew,
        person(browser, demo.url) as guest,
    ):
        room = await live_room(crew, demo.url, 1)
        await guest.goto(f"{demo.url}{room}#agenda")
        await crew.goto(f"{demo.url}{room}/moderate")
        await expect(crew.locator("running-item .left")).to_contain_text("15 minutes")  # left of them, or over
        await crew.keyboard.press("r")
        await expect(crew.locator("running-item .left")).to_contain_text("stands still")
        stopped = await crew.locator("running-item .count").inner_text()
        await crew.wait_for_timeout(1500)
        assert await crew.locator("running-item .count").inner_text() == stopped
        await crew.keyboard.press("r")
        await expect(crew.locator("running-item .left")).not_to_contain_text("stands still")

        item = crew.locator("agenda-control li.waiting").first
        text = await item.locator("[dir=auto]").first.inner_text()
        row = guest.locator("agenda-list li", has_text=text)
        before = await row.count()
        await item.get_by_role("button", name="Hide").click()
        await expect(crew.locator("agenda-control li.inside")).to_contain_text("only the team sees this")
        await expect(row).to_have_count(before - 1)
        await crew.keyboard.press("z")
        await expect(row).to_have_count(before)


async def test_inbox_has_two_stages(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Stages Asked") as asker,
        person(browser, demo.url, "moderator", "Stages Seen") as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await ask(asker, demo.url, room, ["Stage one?", "Stage two?"])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox = crew.locator("question-inbox")
        await inbox.locator(".pick", has_text="Stage one?").click()
        await crew.keyboard.press("s")
        await expect(inbox.locator(".pick", has_text="Stage one?")).to_have_count(0)
        await expect(crew.locator("undo-line")).to_contain_text("Stage one?")
        await expect(crew.locator("#inbox-title")).to_contain_text("1 to publish")
        await inbox.get_by_role("button", name="Screened, to publish").click()
        await expect(inbox.locator(".pick")).to_have_text(["Stage one?"])
        await inbox.locator(".pick", has_text="Stage one?").click()
        await crew.keyboard.press("Enter")
        await expect(crew.locator("published-list .pick", has_text="Stage one?")).to_be_visible()
        await expect(inbox.locator(".pick", has_text="Stage two?")).to_be_visible()

        # What was screened by mistake comes back to where it was, selected.
        await inbox.locator(".pick", has_text="Stage two?").click()
        await crew.keyboard.press("s")
        await expect(crew.locator("undo-line")).to_contain_text("Stage two?")
        await crew.keyboard.press("z")
        await expect(inbox.locator("[aria-current] .pick")).to_have_text("Stage two?")


async def test_steps_are_taken_back_one_after_the_other(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Back Asked") as asker,
        person(browser, demo.url, "moderator", "Back Stepped") as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await ask(asker, demo.url, room, ["Back once?", "Back twice?"])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox, line = crew.locator("question-inbox"), crew.locator("undo-line")
        for text in ("Back once?", "Back twice?"):
            await inbox.locator(".pick", has_text=text).click()
            await crew.keyboard.press("p")
            await expect(line).to_contain_text(f"Published: “{text}”")
        await crew.keyboard.press("z")
        await expect(inbox.locator(".pick", has_text="Back twice?")).to_have_count(1)
        await expect(line.locator("button")).to_contain_text("Published: “Back once?”")
        await crew.keyboard.press("z")
        await expect(inbox.locator(".pick", has_text="Back once?")).to_have_count(1)
        await crew.keyboard.press("z")
        await expect(line).to_have_text("There is nothing to undo.")


async def test_steps_of_one_own_are_taken_back_and_nobody_elses(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Own Asked") as asker,
        person(browser, demo.url, "moderator", "Own First") as crew,
        person(browser, demo.url, "moderator", "Own Second") as other,
    ):
        room = await live_room(crew, demo.url, 2)
        await ask(asker, demo.url, room, ["Own one?", "Own two?"])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox, queue, line = crew.locator("question-inbox"), crew.locator("question-queue"), crew.locator("undo-line")

        # To line up a new question publishes it on the way: one step, which leaves those before it.
        for text, key in (("Own one?", "p"), ("Own two?", "q")):
            await inbox.locator(".pick", has_text=text).click()
            await crew.keyboard.press(key)
            await expect(line).to_contain_text(f": “{text}”")
        await expect(queue.locator(".pick", has_text="Own two?")).to_be_visible()
        await crew.keyboard.press("z")
        await expect(inbox.locator(".pick", has_text="Own two?")).to_be_visible()
        await expect(line.locator("button")).to_contain_text("Published: “Own one?”")

        # What somebody else has done with it since is theirs.
        await other.goto(f"{demo.url}{room}/moderate")
        await other.locator("published-list .pick", has_text="Own one?").click()
        await other.keyboard.press("q")
        await expect(queue.locator(".pick", has_text="Own one?")).to_be_visible()
        await crew.keyboard.press("z")
        await expect(line.locator("[role=alert]")).to_contain_text("Somebody else was first.")
        await expect(queue.locator(".pick", has_text="Own one?")).to_be_visible()


async def test_keys_mean_what_is_chosen_or_selected_or_on_air(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Meant Asked") as asker,
        person(browser, demo.url, "moderator", "Meant Chosen") as crew,
    ):
        room = await live_room(crew, demo.url, 2)
        await ask(asker, demo.url, room, [f"Meant {n}?" for n in range(4)])
        await crew.goto(f"{demo.url}{room}/moderate")
        inbox, published = crew.locator("question-inbox"), crew.locator("published-list")

        # Nothing is selected, two are chosen.
        for text in ("Meant 0?", "Meant 1?"):
            await inbox.locator(".item", has_text=text).locator("input").check()
        await crew.evaluate("document.activeElement.blur()")
        await crew.keyboard.press("p")
        await expect(crew.locator("undo-line")).to_contain_text("2 questions published.")
        await expect(inbox.locator(".pick", has_text="Meant")).to_have_text(["Meant 2?", "Meant 3?"])

        # X stands where it is meant: on the question that is on air, on the row while none is.
        await published.locator(".pick", has_text="Meant 1?").click()
        await crew.keyboard.press("a")
        await expect(crew.locator("running-item .asked")).to_contain_text("Meant 1?")
        await expect(crew.locator("undo-line")).to_contain_text("On air: “Meant 1?”")
        await published.locator(".pick", has_text="Meant 0?").click()
        row = published.locator("[aria-current]").get_by_role("button", name="Answered", exact=True)
        await expect(row.locator("kbd")).to_be_hidden()
        await expect(crew.locator("running-item .asked").get_by_role("button", name="Answered X")).to_be_visible()
        await crew.keyboard.press("x")
        await expect(crew.locator("running-item .asked")).to_have_count(0)
        await expect(published.locator("[aria-current] .pick")).to_have_text("Meant 0?")
        await expect(published.locator("[aria-keyshortcuts=x] kbd")).to_have_text("X")
