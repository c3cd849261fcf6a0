"""What a participant's page says of one's own questions, of others' in another language, and of what is read out."""

import secrets
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.people import do, person, room_of
from tests.browser.test_overruns import sign_in
from tests.flows.today import Day
from tests.served import Server, serving

ARABIC = "كيف أُبلغت المخيّمات بقرارات خلية الأزمة؟"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


async def ask(page: Page, base: str, room: str, text: str, language: str = "en", **facts: object) -> str:
    """Ask without the screen; the question's id."""
    body = {"id": secrets.token_urlsafe(6), "do": "question.ask", "with": {"text": text, "language": language, **facts}}
    answer = await page.request.post(f"{base}/api{room}/commands", data=body, headers={"origin": base})
    assert answer.ok, await answer.text()
    return str((await answer.json())["ok"]["question"])


async def test_own_question_is_told_its_path_in_sentences(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Path Asked") as asker,
        person(browser, demo.url, "moderator", "Path Moderated") as crew,
    ):
        room = await room_of(asker, demo.url, "aste")
        await asker.goto(demo.url + room)
        text = f"Who pays the path {secrets.token_hex(3)}?"
        await asker.fill("#text", text)
        await asker.click("ask-form button.first")
        own, aloud = asker.locator("my-questions"), asker.locator("said-aloud")
        await expect(own).to_contain_text("waits for a moderator")

        # Changed while nobody has looked at it; what is typed survives a reload.
        await own.locator("summary").click()
        await own.get_by_role("button", name="Change").click()
        await asker.fill("#change", text.replace("pays", "paid"))
        await asker.reload()
        await asker.locator("my-questions summary").click()
        await expect(asker.locator("#change")).to_have_value(text.replace("pays", "paid"))
        await own.get_by_role("button", name="Save").click()
        await expect(own.locator(".own q")).to_have_text(text.replace("pays", "paid"))

        question = await asker.evaluate("document.querySelector('my-questions [data-own]').dataset.own")
        for command, sentence, loud in (
            ("publish", "published, place", "status"),
            ("queue", "in the queue, place", "status"),
            ("air", "is on air", "alert"),
            ("answered", "was answered", "status"),
        ):
            await do(crew, demo.url, room, f"question.{command}", question=question)
            await expect(own.locator("summary")).to_contain_text(sentence)
            await expect(aloud.get_by_role(loud)).to_contain_text(sentence)  # type: ignore[arg-type]  # a role's name
        await do(crew, demo.url, room, "question.write", question=question, text="The city.", language="en")
        await expect(own).to_contain_text("and in writing too")
        await expect(asker.locator(f"[data-question='{question}'] .answer")).to_contain_text("The city.")


async def test_declined_and_merged_questions_say_why_and_with_what(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Merged Asked") as asker,
        person(browser, demo.url, "participant", "Other Asked") as other,
        person(browser, demo.url, "moderator", "Merging Moderated") as crew,
    ):
        room = await room_of(asker, demo.url, "aste")
        lunch = await ask(asker, demo.url, room, "Is there lunch, after all?")
        twice = await ask(asker, demo.url, room, "How many crews are there?")
        into = await ask(other, demo.url, room, "How many crews do you have on a day?")
        await asker.goto(demo.url + room)
        await do(crew, demo.url, room, "question.decline", question=lunch, reason="off_topic")
        await do(crew, demo.url, room, "question.publish", question=into)
        await do(crew, demo.url, room, "question.merge", question=twice, into=into)
        own = asker.locator("my-questions")
        await own.locator("summary").click()
        declined, merged = own.locator(f"[data-own='{lunch}']"), own.locator(f"[data-own='{twice}']")
        await expect(declined).to_contain_text("It does not belong to this session’s subject.")
        await expect(merged).to_contain_text("joined with one like it")
        await expect(merged).to_contain_text("How many crews do you have on a day?")


async def test_reader_has_their_language_first_and_always_the_original(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "سلمى الخطيب") as asker,
        person(browser, demo.url, "moderator", "Samira Kassem") as crew,
        person(browser, demo.url, "participant", "English Read") as reader,
    ):
        room = await room_of(reader, demo.url, "aste")
        question = await ask(asker, demo.url, room, ARABIC, "ar")
        await do(crew, demo.url, room, "question.publish", question=question)
        await reader.goto(demo.url + room)
        row = reader.locator(f"[data-question='{question}']")
        await expect(row.locator(".text")).to_have_text(ARABIC)
        assert await row.locator(".text").evaluate("text => [text.lang, getComputedStyle(text).direction]") == [
            "ar",
            "rtl",
        ]
        english = "How were the camps told of the crisis cell’s decisions?"
        await do(crew, demo.url, room, "question.translate", question=question, language="en", text=english)
        await do(crew, demo.url, room, "question.approve_translation", question=question, language="en")
        await expect(row.locator("p > .text").first).to_have_text(english)
        await expect(row.locator(".facts")).to_contain_text("translated by")
        await expect(row.locator(".facts")).to_contain_text("Samira Kassem")
        await row.get_by_text("Original, Arabic").click()
        await expect(row.locator(".original .text")).to_be_visible()
        await expect(row.locator(".original .text")).to_have_text(ARABIC)

        # On air it is the headline, in the reader's language too, and read out when there is a pause.
        await do(crew, demo.url, room, "question.air", question=question)
        await expect(reader.locator("room-headline h2")).to_have_text(english)
        await expect(reader.locator("room-headline .original .text")).to_have_text(ARABIC)
        await expect(reader.locator("said-aloud [role=status]")).to_contain_text(english)
        await expect(reader.locator("said-aloud [role=alert]")).to_be_empty()


async def test_question_names_whom_it_is_for_and_guesses_its_language(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "To Asked") as asker,
        person(browser, demo.url, "moderator", "To Moderated") as crew,
    ):
        room = await room_of(asker, demo.url, "aste")
        await asker.goto(demo.url + room)
        await asker.fill("#text", ARABIC)
        box = asker.locator("ask-form")
        await expect(box.locator("[name=language]")).to_have_value("ar")
        expert = (await box.locator("[name=to] option").nth(1).inner_text()).split(": ")[0]
        await box.locator("[name=to]").select_option(index=1)
        await box.locator("[name=anonymous]").check()
        await asker.reload()
        await expect(box.locator("[name=anonymous]")).to_be_checked()
        await box.locator("button.first").click()
        await expect(asker.locator("my-questions")).to_contain_text("waits")
        question = await asker.evaluate("document.querySelector('my-questions [data-own]').dataset.own")
        await do(crew, demo.url, room, "question.publish", question=question)
        facts = asker.locator(f"[data-question='{question}'] .facts")
        await expect(facts).to_contain_text(expert)
        await expect(facts).to_contain_text("Without a name")
        await expect(facts).to_contain_text("Arabic")


async def test_phone_shows_what_is_on_air_and_ones_place_without_scrolling(browser: Browser, demo: Server) -> None:
    async with (
        person(browser, demo.url, "participant", "Phone Held", **PHONE) as asker,  # type: ignore[arg-type]  # as Playwright takes them
        person(browser, demo.url, "moderator", "Phone Moderated") as crew,
    ):
        room = await room_of(asker, demo.url, "aste")
        long = ("Abfallgebührensatzungsänderungsverfahren und Kontaktpersonennachverfolgung " * 30)[:2_000].strip()
        aired, own = await ask(asker, demo.url, room, long, "de"), await ask(asker, demo.url, room, "And on a phone?")
        for question in (aired, own):
            await do(crew, demo.url, room, "question.publish", question=question)
        await do(crew, demo.url, room, "question.air", question=aired)
        await asker.goto(demo.url + room)
        await expect(asker.locator("room-headline .on-air")).to_be_in_viewport()
        await expect(asker.locator("room-headline h2 .text")).to_be_in_viewport()
        await do(crew, demo.url, room, "question.answered", question=aired)
        await expect(asker.locator("my-questions summary")).to_contain_text("place")
        await expect(asker.locator("my-questions summary")).to_be_in_viewport(ratio=1)
        await expect(asker.locator("#text")).to_be_in_viewport(ratio=1)

        # Two thousand characters are folded, nothing is wider than the screen.
        row = asker.locator(f"[data-question='{aired}']")
        await row.scroll_into_view_if_needed()
        before = await row.evaluate("row => row.offsetHeight")
        assert before < 450
        await row.get_by_role("button", name="Read all of it").click()
        assert await row.evaluate("row => row.offsetHeight") > before * 2
        assert await asker.evaluate("document.documentElement.scrollWidth") == 390


LATE = "{ const at = setTimeout; window.setTimeout = (then, ms, ...rest) => at(then, ms <= 16 ? 300 : ms, ...rest); }"


@pytest.mark.parametrize("drawn", ["at once", "after the answer"])
async def test_box_on_a_phone_closes_when_the_question_was_sent_and_its_notice_goes_when_it_is_looked_at(
    browser: Browser, tmp_path: Path, drawn: str
) -> None:
    today = Day(tmp_path / "data")
    room = f"/rooms/{today.here}"
    with serving(today.folder, rate=0) as server:
        async with (
            person(browser, server.url, **PHONE) as asker,  # type: ignore[arg-type]  # as Playwright takes them
            person(browser, server.url) as crew,
        ):
            await sign_in(asker, server, today.cookies["participant"])
            await sign_in(crew, server, today.cookies["moderator"])
            await do(crew, server.url, room, "room.open")
            if drawn == "after the answer":
                await asker.add_init_script(LATE)
            await asker.goto(server.url + room)
            none, said, own = (
                asker.locator("question-list .empty"),
                asker.locator("ask-form .said-here"),
                "my-questions summary",
            )
            await expect(none).to_have_text("No question yet. Ask in your language.")
            await asker.locator("#text").tap()
            await asker.keyboard.type("Who has the key?")
            await expect(asker.locator("ask-form .more")).to_be_visible()
            await asker.locator("ask-form button.first").tap()
            await expect(asker.locator(own)).to_be_focused()
            await expect(asker.locator("ask-form .more")).to_be_hidden()
            await expect(said).to_have_text("Sent. A moderator looks at it first.")
            await expect(none).to_have_count(1)

            question = await asker.evaluate("document.querySelector('my-questions [data-own]').dataset.own")
            await do(crew, server.url, room, "question.publish", question=question)
            await expect(asker.locator(own)).to_contain_text("is published")
            await expect(said).to_have_text("")
            await do(crew, server.url, room, "question.air", question=question)
            await expect(asker.locator(own)).to_contain_text("is on air")
            await expect(none).to_have_count(0)
            await asker.reload()
            await expect(asker.locator(own)).to_contain_text("is on air")
            await expect(none).to_have_count(0)
            await do(crew, server.url, room, "question.answered", question=question)
            await expect(asker.locator("question-list .question")).to_have_count(1)


async def test_phone_shows_the_whole_title_and_all_reactions(browser: Browser, demo: Server) -> None:
    async with person(browser, demo.url, "participant", "Phone Seen", (), **PHONE) as guest:
        room = await room_of(guest, demo.url, "Keeping")
        for loads in ("all", "captions", "text"):
            for language in ("en", "de", "ar"):
                cookies = {"loads": loads, "language": language}
                await guest.context.add_cookies(
                    [{"name": name, "value": value, "url": demo.url} for name, value in cookies.items()]
                )
                await guest.goto(demo.url + room)
                await expect(guest.locator("reaction-bar li")).to_have_count(5)
                for button in await guest.locator("reaction-bar button").all():
                    box = await button.bounding_box()
                    assert box
                    assert (box["x"] >= 0, box["x"] + box["width"] <= 390, box["height"] >= 44) == (True, True, True)

                # The ring around what is focused in the bar beneath leaves the title free.
                summary = guest.locator("sound-choice summary")
                await guest.keyboard.press("Tab")
                await summary.focus()
                ring = await summary.evaluate(
                    "each => each.getBoundingClientRect().top - parseFloat(getComputedStyle(each).outlineOffset)"
                    " - parseFloat(getComputedStyle(each).outlineWidth)"
                )
                title = await guest.locator("h1").bounding_box()
                assert title
                assert title["y"] + title["height"] <= ring, (loads, language)
