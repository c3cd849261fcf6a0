"""Reading pages as somebody without a script does: words, links and times, whatever the markup around them."""

import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """A page's words by section (its `id`, else its `class`), links, times, fields, and what the CSP would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.sections: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.times: list[tuple[str, str]] = []
        self.fields: dict[str, str] = {}  # what stands in a form's inputs and what is chosen in its lists
        self.refused: list[str] = []
        self.list = ""
        self.within: list[str] = []
        self.data_only = False
        self.moment: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.refused += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        self.data_only = tag in ("script", "style")
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.refused.append(tag)
        if tag == "section":
            self.within.append(given.get("id") or given.get("class", ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "input":
            self.fields[given.get("name", "")] = given.get("value", "")
        if tag == "select":
            self.list = given.get("name", "")
        if tag == "option" and "selected" in given:
            self.fields[self.list] = given.get("value", "")
        self.moment = given.get("datetime") if tag == "time" else None

    def handle_endtag(self, tag: str) -> None:
        self.data_only, self.moment = False, None
        if tag == "section":
            self.within.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or self.data_only:
            return
        self.words.append(text)
        if self.moment:
            self.times.append((self.moment, text))
        for name in self.within:
            self.sections.setdefault(name, []).append(text)

    @property
    def rooms(self) -> list[str]:
        """The rooms that the page leads to, in its order."""
        found = (re.fullmatch(r"/rooms/([\w-]+)", link) for link in self.links)
        return list(dict.fromkeys(match[1] for match in found if match))

    @property
    def clocks(self) -> list[str]:
        """The times of day that are printed, in order."""
        return [text for _moment, text in self.times if re.fullmatch(r"\d\d:\d\d", text)]
