"""Slides: which page of which presentation is on the stage. Whose it is and whether it may be shown, the room knows."""

from typing import Annotated

import msgspec

from rooms.core import Command, Decided, Event, Id, Item, Key, Record, Refused

Page = Annotated[int, msgspec.Meta(ge=1, le=10_000)]  # a presentation has fewer; which, is checked against it


class Show(Command, frozen=True, tag="slides.show"):
    presentation: Id
    page: Page


class Hide(Command, frozen=True, tag="slides.hide"):
    pass


Commands = Show | Hide


class Shown(Event, frozen=True, tag="slides.shown"):
    """`pages`: how many there are."""

    presentation: str
    contribution: str
    page: int
    pages: int


class Hidden(Event, frozen=True, tag="slides.hidden"):
    pass


Events = Shown | Hidden


class Slides(msgspec.Struct):
    """What is on the stage, if anything, and the page at which each presentation was left."""

    now: Shown | None = None
    left_at: dict[str, int] = {}


def decide(command: Commands, slides: Slides, contribution: str, pages: int) -> Decided:
    """`contribution` and `pages` belong to the presentation named."""
    match command:
        case Show():
            if command.page > pages:
                raise Refused("slides.page", pages=pages)
            shown = Shown(command.presentation, contribution, command.page, pages)
            return Decided((shown,), {"presentation": command.presentation})
        case Hide():
            return Decided((Hidden(),))


def first(slides: Slides, presentation: str | None, contribution: str, pages: int) -> tuple[Event, ...]:
    """What goes on the stage with a contribution: its presentation where it was left, or nothing of others."""
    if presentation is None:
        return (Hidden(),) if slides.now else ()
    if slides.now and slides.now.presentation == presentation:
        return ()
    return (Shown(presentation, contribution, min(slides.left_at.get(presentation, 1), pages), pages),)


def apply(record: Record, slides: Slides) -> list[Key]:
    match record.event:
        case Shown() as shown:
            slides.now = shown
            slides.left_at[shown.presentation] = shown.page
        case Hidden():
            slides.now = None
        case _:
            return []
    return [("slides", "slides")]


def see(slides: Slides) -> Item:
    now = slides.now
    return {
        "presentation": now.presentation if now else None,
        "contribution": now.contribution if now else None,
        "page": now.page if now else None,
        "pages": now.pages if now else None,
    }
