"""Translations of a question: proposed by an interpreter, the crew or a machine, approved by a person. A part of the
questions.

What is approved stays everybody's until another text is approved; what is only proposed is the booth's and the crew's.
"""

from typing import Annotated, Literal

import msgspec

from rooms.core import Actor, Audience, Command, Event, Id, Item, Language, Names, Refused, spelled

LENGTH = 4_000  # characters; some languages need twice as many as others
LANGUAGES = 20  # of one question, besides its own

Source = Literal["person", "machine"]
Text = Annotated[str, msgspec.Meta(max_length=16_384)]  # the length that counts is checked after stripping


class Translate(Command, frozen=True, tag="question.translate"):
    """Proposes a translation; a new one takes the place of one that nobody has approved."""

    question: Id
    language: Language
    text: Text


class ApproveTranslation(Command, frozen=True, tag="question.approve_translation"):
    """`text`: the one that was looked at, so that nobody approves a newer one unseen."""

    question: Id
    language: Language
    text: Text | None = None


class ProposeTranslation(Command, frozen=True, tag="question.propose_translation"):
    """The system's: what a machine made of a text. Nothing, where the text is another by now or people were first."""

    question: str
    language: str
    text: str
    of: str


Commands = Translate | ApproveTranslation


class Translated(Event, frozen=True, tag="question.translated"):
    """`by` is None where a machine did it."""

    question: str
    language: str
    text: str | None
    by: str | None = None


class TranslationApproved(Event, frozen=True, tag="question.translation_approved"):
    question: str
    language: str
    by: str


Events = Translated | TranslationApproved


class Translation(msgspec.Struct, frozen=True):
    """A text in one language; `by` is None where a machine did it."""

    text: str | None
    by: str | None

    @property
    def source(self) -> Source:
        return "machine" if self.by is None else "person"


class Translations(msgspec.Struct):
    """Of one question, by language: what is approved, and what is only proposed."""

    approved: dict[str, Translation] = {}
    proposed: dict[str, Translation] = {}

    def persons(self) -> set[str]:
        """Whose they are."""
        return {one.by for one in (*self.approved.values(), *self.proposed.values()) if one.by}


# ── Decide ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def propose(command: Translate, language: str, here: Translations, actor: Actor, text: str) -> Event:
    """`text`: the command's, as it is to be kept; empty: there is nothing to be seen in it."""
    if not text or len(text) > LENGTH:
        raise Refused("translation.length", limit=LENGTH)
    if command.language.lower() == language.lower():
        raise Refused("translation.same")
    if command.language not in (known := here.approved | here.proposed) and len(known) >= LANGUAGES:
        raise Refused("translation.too_many", limit=LANGUAGES)
    return Translated(command.question, command.language, text, actor.id)


def approve(command: ApproveTranslation, here: Translations, actor: Actor, crew: bool) -> Event:
    """Whoever proposed it approves it only as crew."""
    language = spelled(command.language, here.proposed)
    proposed = here.proposed.get(language)
    if proposed is None:
        if language in here.approved:
            raise Refused("state.changed", state="approved")
        raise Refused("translation.unknown")
    if command.text not in (None, proposed.text):
        raise Refused("state.changed", state="proposed")
    if proposed.by == actor.id and not crew:
        raise Refused("translation.own")
    return TranslationApproved(command.question, language, actor.id)


def propose_by_machine(command: ProposeTranslation, language: str, here: Translations) -> tuple[Event, ...]:
    taken = here.approved | here.proposed
    if command.language.lower() == language.lower() or command.language in taken or len(taken) >= LANGUAGES:
        return ()
    return (Translated(command.question, command.language, command.text),) if command.text.strip() else ()


# ── Apply, see ───────────────────────────────────────────────────────────────────────────────────────────────────────


def apply(event: Events, here: Translations) -> None:
    match event:
        case Translated():
            here.proposed[event.language] = Translation(event.text, event.by)
        case TranslationApproved():
            here.approved[event.language] = here.proposed.pop(event.language)


def see(here: Translations, audience: Audience, names: Names) -> Item:
    """By language. Booth and crew see what is proposed, with what is approved behind it."""
    shown: Item = {language: item(one, "approved", names) for language, one in here.approved.items()}
    if audience == "public":
        return shown
    for language, one in here.proposed.items():
        behind = {"approved": shown[language]} if language in shown else {}
        shown[language] = {**item(one, "proposed", names), **behind}
    return shown


def item(one: Translation, state: str, names: Names) -> Item:
    by = {"id": one.by, "name": names.get(one.by, "")} if one.by else None
    return {"text": one.text, "by": by, "state": state, "source": one.source}
