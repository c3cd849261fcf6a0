"""What one hears: the decision alone, and with real microphones, a real server and a browser that listens."""

import json

import pytest
from playwright.async_api import Browser

from tests.browser.people import person
from tests.served import Server

LIVE, RELAY = {"state": "live", "relay_of": None}, {"state": "relay", "relay_of": "ar"}
SILENT, CLOSED = {"state": "silent", "relay_of": None}, {"state": "closed", "relay_of": None}
HEARD = {  # case: (circumstances, why, levels, whether nobody speaks); times in ms, a channel is silent after 5,000
    "the floor": ({"chosen": "floor"}, "floor", {"floor": 1}, False),
    "interpreted": ({"channel": LIVE}, "live", {"floor": 0.15, "es": 1}, False),
    "by relay": ({"channel": RELAY}, "relay", {"floor": 0.15, "es": 1}, False),
    "the floor off beneath it": ({"channel": LIVE, "level": 0}, "live", {"floor": 0, "es": 1}, False),
    "nobody on air": ({"channel": SILENT}, "silent", {"floor": 1, "es": 1}, False),
    "closed": ({"channel": CLOSED}, "closed", {"floor": 1}, False),
    "not there": ({"channel": None}, "closed", {"floor": 1}, False),
    "speaks": ({"channel": LIVE, "last": {"es": 9000, "floor": 9000}}, "live", {"floor": 0.15, "es": 1}, False),
    "a pause": ({"channel": LIVE, "last": {"es": 5000, "floor": 9000}}, "live", {"floor": 0.15, "es": 1}, False),
    "on air and still": (
        {"channel": LIVE, "last": {"es": 4999, "floor": 9000}},
        "silent",
        {"floor": 1, "es": 1},
        False,
    ),
    "a relay that is still": ({"channel": RELAY, "last": {"es": 1}}, "silent", {"floor": 1, "es": 1}, False),
    "both still": ({"channel": LIVE, "last": {"es": 1, "floor": 1}}, "silent", {"floor": 1, "es": 1}, True),
    "the floor still beneath it": (
        {"channel": LIVE, "last": {"es": 9000, "floor": 1}},
        "live",
        {"floor": 0.15, "es": 1},
        False,
    ),
    "nobody anywhere": ({"channel": SILENT, "last": {"floor": 1}}, "silent", {"floor": 1, "es": 1}, True),
    "a floor that is still": ({"chosen": "floor", "last": {"floor": 4999}}, "floor", {"floor": 1}, True),
    "not there yet": ({"channel": LIVE, "last": {"floor": 9000}}, "live", {"floor": 0.15, "es": 1}, False),
}


@pytest.fixture(scope="module")
async def decided(browser: Browser, demo: Server) -> dict[str, object]:
    """What the module makes of each case."""
    async with person(browser, demo.url) as page:
        await page.goto(demo.url)
        await page.goto(demo.url + str(await page.locator(".live h3 a").first.get_attribute("href")))
        cases = {name: {"chosen": "es", "level": 0.15, "now": 10_000, **case[0]} for name, case in HEARD.items()}
        found = await page.evaluate(
            """async (cases) => {
              const main = document.querySelector('script[src$="main.js"]').src;
              const { heard } = await import(main.replace('main.js', 'heard.js')), made = Object.entries(cases);
              return JSON.stringify(Object.fromEntries(made.map(([name, each]) => [name, heard(each)])));
            }""",
            cases,
        )
        decoded: dict[str, object] = json.loads(found)
        return decoded


@pytest.mark.parametrize("case", HEARD)
async def test_what_is_heard_follows_from_the_choice_and_who_speaks(decided: dict[str, object], case: str) -> None:
    _, why, levels, nobody = HEARD[case]
    assert decided[case] == {"why": why, "levels": levels, "nobody": nobody}
