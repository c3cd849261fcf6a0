"""Forms as a browser without a script fills and sends them."""

import re
from html import unescape
from html.parser import HTMLParser

from starlette.testclient import TestClient

from hosting import log, programme
from hosting.database import Database
from rooms.lifecycle import Planned

Fields = dict[str, list[str]]


class Forms(HTMLParser):
    """The fields of each form of a page, by the form's action, with what a browser would send; buttons aside."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, Fields] = {}
        self.buttons: list[str] = []  # by name and value, those that can be pressed
        self.invalid: dict[str, str] = {}  # fields that are said to be wrong: the id of what says why
        self.focus = ""
        self.form: Fields = {}
        self.name = self.list = ""
        self.chosen: str | None = None
        self.text: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        name = given.get("name", "")
        if tag == "form":
            self.form = self.found[given.get("action", "")] = {}
        if "autofocus" in given:
            self.focus = given.get("id") or f"{name}={given.get('value')}"
        if given.get("aria-invalid") == "true":
            self.invalid[name] = given.get("aria-describedby", "")
        match tag:
            case "input" if given.get("type") != "checkbox" or "checked" in given:
                self.form.setdefault(name, []).append(given.get("value", ""))
            case "select":
                self.list, self.chosen = name, None
            case "option" if self.chosen is None or "selected" in given:
                self.chosen = given.get("value", "")
            case "textarea":
                self.name, self.text = name, []
            case "button" if "disabled" not in given:
                self.buttons.append(f"{name}={given.get('value', '')}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.form.setdefault(self.list, []).append(self.chosen or "")
        if tag == "textarea" and self.text is not None:
            self.form.setdefault(self.name, []).append("".join(self.text).removeprefix("\n"))
            self.text = None

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)


class Desk:
    """A session's page at an organiser's browser: the form as it stands, and its buttons."""

    def __init__(self, client: TestClient, room: str) -> None:
        self.client, self.room, self.path = client, room, f"/organise/rooms/{room}"
        answer = client.get(self.path)
        assert answer.status_code == 200
        self.see(answer.text)

    def see(self, html: str) -> None:
        self.html, self.page = html, Forms(html)
        self.fields = self.page.found[self.path]

    def fill(self, **texts: str) -> "Desk":
        """Type into fields of the session; `__` stands for the dot in a name."""
        return self.put({name.replace("__", "."): text for name, text in texts.items()})

    def put(self, texts: dict[str, str]) -> "Desk":
        for name, text in texts.items():
            assert name in self.fields, name
            self.fields[name] = [text]
        return self

    def press(self, button: str = "save") -> int:
        """Press a button; the form is what the answer shows, or after saving what the page shows anew. The status."""
        assert f"do={button}" in self.page.buttons, button
        answer = self.client.post(self.path, data={**self.fields, "do": button})
        if answer.status_code == 303:
            assert answer.headers["location"] == f"{self.path}?saved=yes"
            self.see(self.client.get(answer.headers["location"]).text)
        else:
            self.see(answer.text)
        return answer.status_code

    def item(self, number: int) -> str:
        """The names of an agenda item's fields begin so; counted from 0."""
        return f"item.{self.fields['item'][number]}"

    def slot(self, number: int) -> str:
        return f"slot.{self.fields['slot'][number]}"

    @property
    def titles(self) -> list[str]:
        return [self.fields[f"item.{handle}.title.en"][0] for handle in self.fields.get("item", [])]

    @property
    def wrong(self) -> dict[str, str]:
        """What is said beside each field, and at the top with a link to it: both must be the same."""
        beside = dict(re.findall(r'<p class="warn problem" id="([^"]+)\.problem">([^<]*)</p>', self.html))
        top = dict(re.findall(r'<li><a href="#([^"]+)">[^<]*</a>: ([^<]*)</li>', self.html))
        assert beside == top
        assert all(self.page.invalid[name] == f"{name}.problem" for name in self.page.invalid)
        return {name: unescape(sentence) for name, sentence in beside.items()}


def session(database: Database, id: str) -> programme.Session:
    """A session as the programme has it."""
    found = database.read_now(lambda sql: programme.session(sql, id))
    assert found
    return found


def planned_in(database: Database, id: str) -> Planned:
    """What a room's log says of its programme."""
    return database.read_now(lambda sql: log.fold(sql, id)).plan
