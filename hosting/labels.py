"""The words of the form in which a session is edited: its fields' names, and its problems in the reader's language."""

from hosting import texts
from hosting.checking import Problem
from hosting.drafts import Draft
from hosting.programme import Session
from hosting.texts import _

KINDS = {"contribution": _("Contribution"), "discussion": _("Discussion"), "break": _("Break"), "other": _("Other")}
HELD = {
    "expert": _("Somebody was invited for it, so it cannot be removed."),
    "slides": _("Slides were sent for it, so it cannot be removed."),
    "question": _("A question was put to it, so it cannot be removed."),
    "practice": _("A good practice comes from it, so it cannot be removed."),
}
FIELDS = {
    "title": _("Title"),
    "abstract": _("Abstract"),
    "starts": _("Start"),
    "ends": _("End"),
    "languages": _("Spoken languages"),
    "channels": _("Interpretation channels"),
    "more-languages": _("Another spoken language"),
    "more-channels": _("Another channel"),
    "agenda": _("Agenda"),
    "kind": _("Kind"),
    "minutes": _("Minutes"),
    "slot": _("Contribution"),
    "name": _("Name"),
    "city": _("City"),
    "role": _("Role"),
    "country": _("Country"),
    "language": _("Language"),
    "stream": _("Stream link (https)"),
    "delay": _("Delay of the sound from here, in seconds"),
    "channel-link": _("Link to the sound"),
}
PARTS = {"item": _("Agenda item {number}"), "slot": _("Contribution {number}")}
# What texts may be written in by choosing; a file may have any language.
WRITTEN = (
    *("am", "ar", "az", "bg", "bn", "bs", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi"),
    *("hr", "hu", "hy", "id", "it", "ja", "ka", "ko", "ku", "lt", "lv", "mk", "ne", "nl", "no", "pl", "ps", "pt"),
    *("ro", "ru", "sk", "sl", "so", "sq", "sr", "sv", "sw", "ti", "tr", "uk", "ur", "uz", "vi", "zh"),
)


def label(where: str, draft: Draft, language: str) -> str:
    """A field as its organiser knows it: Agenda item 3, Title (German)."""
    part, _dot, rest = where.partition(".")
    words = []
    if part in PARTS and rest:
        handle, _dot, rest = rest.partition(".")
        handles = [item.handle for item in draft.items] if part == "item" else [slot.handle for slot in draft.slots]
        number = handles.index(handle) + 1
        words = [texts.catalog(language).gettext(PARTS[part]).format(number=number)]
        part, _dot, rest = rest.partition(".")
    name = texts.word(FIELDS, part, language)
    named = f"{name} ({texts.language_name(rest, language)})" if rest else name
    return ", ".join([*words, *([named] if part else [])])


def said(problem: Problem, session: Session, language: str) -> str:
    """A problem's sentence, with languages and sessions by their names."""
    facts = dict(problem.facts)
    if "language" in facts:
        facts["language"] = texts.language_name(str(facts["language"]), language)
    if "session" in facts:
        facts["session"] = texts.pick(session.title, language)[0]
    return texts.catalog(language).gettext(problem.said).format(**facts)
