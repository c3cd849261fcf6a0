"""A session as a form: what its organiser has typed, right or wrong, and what a button of the form changes in it.

Nothing typed is lost: what cannot be read stays as it is; hosting.proofs says what is wrong with it. Only of what goes
beyond the limits no more is read than shows that it does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice

import msgspec

from hosting.editing import Edited
from hosting.sheet import AgendaItem
from rooms.agenda import ITEMS
from rooms.core import TAG, canonical

Texts = dict[str, str]
SLOTS = ITEMS  # contributions of one session
NEW = re.compile(r"new\d{1,5}")  # the handle of what has no id yet


class Item(msgspec.Struct):
    """An item of the agenda as typed. `handle` is its id, or `new` and a number; `slot` a contribution's handle.

    `hidden` is what its box sends: something, or nothing.
    """

    handle: str
    titles: Texts = {}
    kind: str = "discussion"
    minutes: str = ""
    slot: str = ""
    hidden: str = ""


class Slot(msgspec.Struct):
    """A contribution as typed."""

    handle: str
    titles: Texts = {}
    abstracts: Texts = {}
    roles: Texts = {}
    name: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    minutes: str = ""


class Draft(msgspec.Struct):
    """A session as typed; `tongues` are the languages that have fields for their texts, English first."""

    made_from: str
    tongues: list[str]
    titles: Texts
    abstracts: Texts
    starts: str
    ends: str
    languages: list[str]
    channels: list[str]
    more_languages: str = ""
    more_channels: str = ""
    items: list[Item] = []
    slots: list[Slot] = []

    def new_handles(self) -> Iterator[str]:
        """Handles that nothing has yet, one after the other."""
        taken = {item.handle for item in self.items} | {slot.handle for slot in self.slots}
        return (handle for number in count(1) if (handle := f"new{number}") not in taken)

    def strangers(self, before: Edited) -> list[Item | Slot]:
        """Parts that claim an id which is not this session's."""
        items: list[Item | Slot] = [item for item in self.items if item.handle not in before.items]
        slots: list[Item | Slot] = [slot for slot in self.slots if slot.handle not in before.slots.values()]
        return [part for part in items + slots if not NEW.fullmatch(part.handle)]


# ── From the programme, from a form ──────────────────────────────────────────────────────────────────────────────────


def of(before: Edited, tongues: Iterable[str]) -> Draft:
    """A session as it is, with fields for its own languages and for some more."""
    session = before.session
    texts = [session.title, session.abstract, *(item.title for item in session.agenda)]
    texts += [text for slot in before.contributions for text in (slot.title, slot.abstract, slot.expert.role)]
    return Draft(
        before.made_from,
        list(dict.fromkeys(["en", *tongues, *(tag for text in texts for tag in text)])),
        dict(session.title),
        dict(session.abstract),
        session.starts.isoformat(timespec="auto" if session.starts.second else "minutes"),
        session.ends.isoformat(timespec="auto" if session.ends.second else "minutes"),
        list(session.languages),
        list(session.channels),
        items=[item_of(before, id, item) for id, item in zip(before.items, session.agenda, strict=True)],
        slots=[slot_of(before, key) for key in before.slots],
    )


def item_of(before: Edited, id: str, item: AgendaItem) -> Item:
    slot = before.slots.get(item.contribution or "", "")
    return Item(id, dict(item.title), item.kind, str(item.minutes), slot, "yes" if item.hidden else "")


def slot_of(before: Edited, key: str) -> Slot:
    slot = next(slot for slot in before.contributions if slot.id == key)
    expert, texts = slot.expert, (dict(slot.title), dict(slot.abstract), dict(slot.expert.role))
    return Slot(before.slots[key], *texts, expert.name, expert.city, expert.country, slot.language, str(slot.minutes))


def read(given: Mapping[str, list[str]]) -> Draft:
    """What was typed into the form."""

    def one(name: str) -> str:
        return " ".join(given.get(name, [""])[0].split())

    def tags(name: str) -> list[str]:
        return list(dict.fromkeys(canonical(tag) for tag in given.get(name, [])))

    def texts(name: str, *, prose: bool = False) -> Texts:
        found = {canonical(tag): given.get(f"{name}.{tag}", [""])[0] for tag in tongues}
        kept = {
            tag: text.replace("\r\n", "\n").strip() if prose else " ".join(text.split()) for tag, text in found.items()
        }
        return {tag: text for tag, text in kept.items() if text}

    def handles(name: str, limit: int) -> list[str]:
        found = (handle for handle in dict.fromkeys(given.get(name, [])) if re.fullmatch(r"[\w-]{1,64}", handle))
        return list(islice(found, limit + 1))

    tongues = [tag for tag in dict.fromkeys(["en", *given.get("tongue", [])]) if re.fullmatch(TAG, tag)]
    return Draft(
        one("made-from"),
        list(dict.fromkeys(canonical(tag) for tag in tongues))[:20],
        texts("title"),
        texts("abstract", prose=True),
        one("starts"),
        one("ends"),
        tags("languages"),
        tags("channels"),
        one("more-languages"),
        one("more-channels"),
        [
            Item(id, texts(f"item.{id}.title"), *(one(f"item.{id}.{name}") for name in Item.__struct_fields__[2:]))
            for id in handles("item", ITEMS)
        ],
        [
            Slot(
                id,
                texts(f"slot.{id}.title"),
                texts(f"slot.{id}.abstract", prose=True),
                texts(f"slot.{id}.role"),
                *(one(f"slot.{id}.{name}") for name in ("name", "city", "country", "language", "minutes")),
            )
            for id in handles("slot", SLOTS)
        ],
    )


# ── What a button changes ────────────────────────────────────────────────────────────────────────────────────────────


def change(draft: Draft, button: str, tongue: str = "") -> str | None:
    """Do what a button says, in place: the field that comes next, or None for a button that is not there."""
    verb, _dot, handle = button.partition(".")
    match verb:
        case "add-tongue" if re.fullmatch(TAG, tongue):
            draft.tongues = list(dict.fromkeys([*draft.tongues, canonical(tongue)]))
            return f"title.{canonical(tongue)}"
        case "add-item":
            draft.items.append(Item(next(draft.new_handles())))
            return f"item.{draft.items[-1].handle}.title.en"
        case "add-slot":
            draft.slots.append(Slot(next(draft.new_handles()), language=next(iter(draft.languages), "")))
            return f"slot.{draft.slots[-1].handle}.title.en"
        case "up" | "down" | "remove-item":
            return change_item(draft, verb, handle)
        case "remove-slot":
            return remove_slot(draft, handle)
    return None


def change_item(draft: Draft, verb: str, handle: str) -> str | None:
    at = next((place for place, item in enumerate(draft.items) if item.handle == handle), None)
    if at is None:
        return None
    item = draft.items.pop(at)
    if verb == "remove-item":
        return "agenda"
    draft.items.insert(max(0, at - 1) if verb == "up" else at + 1, item)
    place = draft.items.index(item)
    back = {0: "down", len(draft.items) - 1: "up"}  # at an end there is but one way to go on
    return f"{back.get(place, verb)}.{handle}"


def remove_slot(draft: Draft, handle: str) -> str | None:
    """Items that were for the contribution keep its title."""
    slot = next((slot for slot in draft.slots if slot.handle == handle), None)
    if slot is None:
        return None
    draft.slots.remove(slot)
    for item in draft.items:
        if item.slot == handle:
            item.slot, item.titles = "", item.titles or dict(slot.titles)
    return "contributions"


def rebase(draft: Draft, before: Edited) -> None:
    """Make a draft of what others changed meanwhile a draft of what is there now: parts that are gone become new."""
    moved: dict[str, str] = {}  # contributions
    for part, handle in zip(draft.strangers(before), draft.new_handles(), strict=False):
        if isinstance(part, Slot):
            moved[part.handle] = handle
        part.handle = handle
    for item in draft.items:
        item.slot = moved.get(item.slot, item.slot)
    draft.made_from = before.made_from
