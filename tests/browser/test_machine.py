"""A machine proposes a translation in the moderator's form, by a press; a person approves it."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.conftest import wait_for_slides
from tests.browser.people import do, person, room_of
from tests.hosting import machines
from tests.hosting.machines import Handler, saying
from tests.served import start

TEXT = "Who pays for the machine's cellar?"


async def test_machine_proposes_and_the_moderator_approves(browser: Browser, tmp_path: Path) -> None:
    with machines.running() as machine:
        server = start(tmp_path / "data", "--demo", translator=f"libretranslate:{machine.url}")
        host = f"127.0.0.1:{machine.server_port}"
        wait_for_slides(tmp_path / "data")
        try:
            async with (
                person(browser, server.url, "participant", "Machine Asked", locale="fr") as asker,
                person(browser, server.url, "moderator", "Machine Pressed", expected=("status of 502",)) as crew,
            ):
                room = await room_of(crew, server.url, "aste")
                await do(asker, server.url, room, "question.ask", text=TEXT, language="en")
                await crew.goto(f"{server.url}{room}/moderate")
                await crew.locator("question-inbox .pick", has_text=TEXT).click()
                await crew.keyboard.press("l")
                form = crew.locator("question-translation")
                press, field = form.get_by_role("button", name="Propose by machine"), form.locator("textarea")
                await form.locator("select").select_option(label="French")
                await expect(form).to_contain_text(f"the question is sent to {host}.")
                assert machine.requests == []  # opening the form sends nothing

                # Whoever types is not interrupted by a machine.
                await field.fill("Q")
                await expect(press).to_have_count(0)
                await field.fill("")

                machine.answers["/translate"] = saying(500, b'{"error": "no"}')
                await press.click()
                await expect(crew.locator("undo-line [role=alert]")).to_contain_text("The machine has no translation")
                machine.answers["/translate"] = Handler.hold
                await press.click()
                await expect(form.get_by_role("button", name="The machine translates")).to_be_disabled()
                machine.going.set()
                await expect(field).to_have_value(f"[fr] {TEXT}")
                await expect(field).to_be_focused()
                await expect(form).to_contain_text("By machine. Proposed")
                await expect(press).to_have_count(0)
                await form.get_by_role("button", name="Approve and show").click()
                await expect(crew.locator("undo-line")).to_contain_text("The translation is approved.")
                await expect(form).to_have_count(0)
                assert machine.texts == [TEXT, TEXT]
        finally:
            assert server.stop() == 0
