"""Words in the reader's language: gettext catalogs read at start, dates, and the sentences of refusals.

English is the source. A catalog is locale/<language>/LC_MESSAGES/messages.po; nothing compiled is kept.
"""

import functools
import gettext
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.core import get_global
from babel.messages import mofile, pofile
from starlette.requests import HTTPConnection

from hosting.people import Visitor
from rooms.core import canonical

LANGUAGES: dict[str, str] = {"en": "English", "de": "Deutsch", "ar": "العربية"}  # each in its own name
LOCALES = Path(__file__).parent / "locale"
COOKIE = "language"


def _(text: str) -> str:
    """Marks a sentence for the catalogs; it is translated where it is shown."""
    return text


REFUSALS = {
    "agenda.full": _("The agenda already has {limit} items."),
    "agenda.nothing_to_take": _("Nothing that follows can be shortened by that much."),
    "agenda.undo": _("There is nothing left to undo; it is possible for one minute."),
    "agenda.unknown": _("This agenda item is gone."),
    "answer.expert": _("Only experts of this session answer in writing."),
    "answer.length": _("An answer has 1 to {limit} characters. Yours is kept; please shorten it."),
    "booth.alone": _("Nobody else is in this booth."),
    "booth.circle": _("That channel listens to this one: both would be silent."),
    "booth.elsewhere": _("On air in another booth already. Leave the air there first."),
    "booth.full": _("This booth has {limit} people already."),
    "booth.no_offer": _("There is no hand-over to accept any more."),
    "booth.not_on_air": _("You are not on air in this booth."),
    "booth.nothing_open": _("You have nothing open that could be taken back."),
    "booth.outside": _("Please enter the booth first."),
    "booth.patience": _("This booth has just asked. It can ask again in {after} seconds."),
    "booth.taken": _("Somebody else is on air in this booth."),
    "caption.languages": _("There are captions in {limit} languages already."),
    "caption.length": _("A line has 1 to {limit} characters. Yours is kept; please divide it."),
    "caption.unknown": _("This line is not here."),
    "channel.closed": _("This channel is closed."),
    "channel.too_many": _("There are {limit} channels already."),
    "channel.unknown": _("There is no such channel here."),
    "chat.length": _("A message has 1 to {limit} characters. Yours is kept; please shorten it."),
    "chat.off": _("The chat is switched off at the moment."),
    "chat.to": _("This channel is for others."),
    "chat.unknown": _("This message is not here any more."),
    "command.invalid": _("The field “{field}” is missing or wrong."),
    "command.reused": _("This was sent before with another content."),
    "command.unknown": _("This program does not know “{command}”."),
    "contribution.not_yours": _("This contribution belongs to another expert."),
    "contribution.unknown": _("This contribution is not part of the session."),
    "hand.closed": _("No more hands are taken at the moment; points of order still are."),
    "hand.full": _("{limit} hands are raised already. Please try again later."),
    "hand.none": _("Your hand is not raised."),
    "hand.raised": _("Your hand is raised already."),
    "name.invalid": _("Please give a name of 1 to 80 characters."),
    "name.missing": _("Please tell us your name first."),
    "poll.choice": _("This choice is not part of the poll."),
    "poll.choice_length": _("A choice has 1 to {limit} characters."),
    "poll.choices": _("A poll has {least} to {most} choices, each another."),
    "poll.how_many": _("Please choose one; several only where the poll says so."),
    "poll.item": _("This agenda item cannot have a poll."),
    "poll.title": _("A poll's question has 1 to {limit} characters."),
    "poll.too_many": _("There are {limit} polls already."),
    "poll.unknown": _("This poll is not here."),
    "poll.voted": _("You have voted. A secret vote cannot be changed."),
    "person.crew": _("Moderators and organisers cannot be silenced or removed."),
    "person.removed": _("A moderator has removed you from this room."),
    "person.self": _("You cannot do this to yourself."),
    "person.silenced": _("A moderator has silenced you: you can read along, vote and choose a channel."),
    "person.unknown": _("Nobody is known by this id."),
    "presentation.not_ready": _("These slides are not ready yet."),
    "presentation.unknown": _("These slides do not belong to this contribution."),
    "question.elsewhere": _("A question can be deferred to a later session of this series, or to a follow-up."),
    "question.length": _("A question has 1 to {limit} characters. Yours is kept; please shorten it."),
    "question.own": _("You cannot vote for your own question."),
    "question.same": _("A question cannot be merged with itself."),
    "question.taken_up": _("This question has already been taken up in the other session."),
    "question.to": _("This contribution or agenda item is not part of the session."),
    "question.too_many": _("You have {limit} questions waiting. Please wait until some are looked at."),
    "question.unknown": _("This question is not here."),
    "rate.limited": _("That was very fast. Please try again in a moment."),
    "role.missing": _("Your role does not allow this."),
    "room.announcement": _("An announcement has at most {limit} characters."),
    "room.closed": _("The session has ended."),
    "room.paused": _("The session is paused."),
    "room.planned": _("The session has not begun."),
    "room.unknown": _("There is no such room."),
    "sign.in": _("Please sign in."),
    "slides.not_on_air": _("Slides can be shown from the moment their contribution is on air."),
    "slides.page": _("There are only {pages} pages."),
    "sound.not_yours": _(
        "It is not your turn to speak on the floor. Raise your hand, or check in for your contribution."
    ),
    "sound.ticket": _("This ticket is used or too old. The sound is asked for again."),
    "state.changed": _("Somebody else was first."),
    "translation.length": _("A translation has 1 to {limit} characters. Yours is kept; please shorten it."),
    "translation.machine": _("The machine has no translation now. You can write one yourself."),
    "translation.machine_busy": _("The machine has enough to do just now. Please try again in a moment."),
    "translation.machine_language": _("The machine does not translate from the one language into the other."),
    "translation.own": _("Somebody else approves what you have translated."),
    "translation.same": _("The question was asked in this language."),
    "translation.too_many": _("This question has translations into {limit} languages already."),
    "translation.unknown": _("There is no such translation."),
    "try.again": _("This could not be saved just now. Nothing is lost; please try again."),
    "upload.busy": _("This file is already being sent from elsewhere."),
    "upload.checksum": _("This part of the file arrived damaged. Please send it again."),
    "upload.expired": _("This upload took more than a day. Please send the file again."),
    "upload.full": _("There is no room for this file at the moment. Please tell the organisers."),
    "upload.handed_in": _("These slides are handed in and can no longer be deleted."),
    "upload.invalid": _("The header “{field}” is missing or wrong."),
    "upload.longer": _("The file is longer than was announced."),
    "upload.offset": _("The upload goes on from another place; please ask from which."),
    "upload.role": _("Only the experts of this contribution can send slides for it."),
    "upload.size": _("The file is larger than {limit} MB."),
    "upload.too_many": _("You have {limit} files on their way. Please wait until some are done."),
    "upload.type": _("An upload has the content type {type}."),
    "upload.unknown": _("There is no such upload."),
    "upload.unused": _("{limit} files for this contribution are not handed in. Please hand in one of them first."),
    "upload.version": _("This server speaks version {version} of tus."),
}
BECAUSE = {  # the same, where a reason was given
    "person.removed": _("A moderator has removed you from this room: {reason}"),
    "person.silenced": _("A moderator has silenced you: {reason}"),
}
REJECTIONS = {
    "damaged": _("The file is damaged. Please export it again as PDF."),
    "empty": _("The file has no pages."),
    "encrypted": _("The file is protected by a password. Please export it without one."),
    "failed": _("The file could not be turned into pages. Please export it again as PDF."),
    "not_pdf": _("The file is no PDF. Please export your slides as PDF."),
    "page_size": _("The pages are too large."),
    "too_many_pages": _("The file has more than 500 pages."),
    "too_slow": _("The pages take too long to draw. Please export with smaller pictures."),
}
CLOSINGS = {
    4000: _("This program sent something that is not understood."),
    4001: _("Please sign in again."),
    4003: _("You no longer have access to this room."),
    4004: _("There is no such room."),
    4008: _("Your line was too slow. You will be connected again."),
    4009: _("You have too many windows of this exchange open."),
    1011: _("That went wrong on our side. You will be connected again."),
    1012: _("The server restarts. You will be connected again, nothing is lost."),
}
GENERAL = _("This was not possible.")
ROLES = {
    "participant": _("Participant"),
    "expert": _("Expert"),
    "interpreter": _("Interpreter"),
    "captioner": _("Captioner"),
    "moderator": _("Moderator"),
    "organiser": _("Organiser"),
}
STATES = {"planned": _("Not open yet"), "open": _("Open"), "paused": _("Paused"), "closed": _("Ended")}
SLOTS = {
    "invited": _("Invited"),
    "confirmed": _("Confirmed"),
    "checked_in": _("Checked in"),
    "ready": _("Ready"),
    "on_air": _("On air"),
    "done": _("Done"),
    "declined": _("Declined by the expert"),
    "no_show": _("Did not come"),
}
MATERIALS = {
    "none": _("No slides yet"),
    "submitted": _("Slides wait for review"),
    "accepted": _("Slides accepted"),
    "needs_changes": _("Slides need changes"),
}
CHANNELS = {"closed": _("Closed"), "silent": _("Silent"), "live": _("Interpreted"), "relay": _("Interpreted by relay")}
FLOOR = _("Floor")
FATES = {
    "answered": _("Answered by word"),
    "answered_in_writing": _("Answered in writing"),
    "deferred": _("Put off till later"),
    "declined": _("Declined"),
    "merged": _("Merged with one that is alike"),
    "withdrawn": _("Withdrawn by who asked"),
    "open": _("Left open"),
}
REASONS = {
    "off_topic": _("Does not fit this session"),
    "answered_already": _("Already answered"),
    "unclear": _("Not clear what is asked"),
    "no_time": _("No time left"),
    "not_public": _("Not for the public"),
    "other": _("For another reason"),
}
WITHHELD = {
    "planned": _("This session has not begun yet; its archive appears after it has ended and been released."),
    "running": _("This session is still running; its archive appears after it has ended and been released."),
    "unreleased": _("This session's archive has not been released yet."),
    "transcript": _("There is no transcript of this session in this language."),
    "sound": _("There is no sound of this session in this language, or it is not released."),
}
REGIONS = {
    "germany": _("Germany"),
    "mena": _("Middle East and North Africa"),
    "see": _("South-East Europe"),
    "latin-america": _("Latin America"),
    "subsaharan-africa": _("Sub-Saharan Africa"),
    "caucasus": _("Caucasus"),
    "international": _("International"),
}


@functools.cache
def catalog(language: str) -> gettext.NullTranslations:
    """The translations of one language, read once."""
    file = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language == "en" or not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        mofile.write_mo(compiled, pofile.read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@functools.cache
def browser_catalog(language: str) -> dict[str, object]:
    """What the scripts say: source text → translation, or a list of plural forms."""
    words: dict[str, object] = {}
    file = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language != "en" and file.is_file():
        with file.open("rb") as source:
            for message in pofile.read_po(source, locale=language):
                if any(str(where).startswith("static/") for where, _line in message.locations):
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    words[key] = message.string
    return words


def direction(language: str) -> str:
    """ltr or rtl; ltr for languages nobody knows."""
    try:
        return str(Locale.parse(language, sep="-").text_direction)
    except (ValueError, UnknownLocaleError):
        return "ltr"


def negotiate(connection: HTTPConnection, visitor: Visitor) -> str:
    """The language for a request: the person's, else the cookie's, else the browser's, else English."""
    return next((base for tag in wanted(connection, visitor) if (base := base_of(tag)) in LANGUAGES), "en")


def wanted(connection: HTTPConnection, visitor: Visitor) -> list[str]:
    """The languages that somebody reads, whether we speak them or not, the dearest first."""
    asked = [visitor.language or "", connection.cookies.get(COOKIE, "")]
    accepted = []
    for part in connection.headers.get("accept-language", "").split(",")[:20]:
        tag, _semicolon, quality = part.strip().partition(";q=")
        try:
            accepted.append((-float(quality or 1), tag))
        except ValueError:
            continue
    return [tag for tag in (*asked, *(tag for _quality, tag in sorted(accepted))) if tag]


def base_of(tag: str) -> str:
    """The language of a tag without script, region and the like."""
    return tag.partition("-")[0].lower()


def nearest(tag: str, among: Iterable[str]) -> str | None:
    """The tag that is meant, to the letter or by its language; None: there is none."""
    tags = list(among)
    return next((one for one in tags if one.lower() == tag.lower()), None) or next(
        (one for one in tags if base_of(one) == base_of(tag)), None
    )


def pick(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """The text in a language or a variety of it, and its tag; else in English, else the first; ("", "") without any."""
    varieties = [tag for tag in texts if base_of(tag) == base_of(language)]
    for tag in (language, *varieties, "en", *texts):
        if texts.get(tag):
            return texts[tag], tag
    return "", ""


def language_name(tag: str, language: str | None = None) -> str:
    """A language's name, in another language or in its own: Chinese (Traditional), 中文 (繁體). Else its tag."""
    base, *rest = canonical(tag).split("-")
    reader, alias = locale_for(language or tag), get_global("language_aliases").get(base, base)
    names = (where.languages.get(one) for where in (reader, locale_for("en")) for one in (base, alias))
    name = next(filter(None, names), None)
    if name is None:
        return tag
    known = [reader.scripts.get(part) or reader.territories.get(part) or part for part in rest]
    return f"{name} ({', '.join(known)})" if known else name


@functools.cache
def locale_for(tag: str) -> Locale:
    """How a language writes; English where that is not known."""
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def refusal(code: str, facts: Mapping[str, object], language: str) -> str:
    """Why something was refused, in the person's language."""
    sentences = BECAUSE if facts.get("reason") and code in BECAUSE else REFUSALS
    return catalog(language).gettext(sentences.get(code, GENERAL)).format(**facts)


def word(table: Mapping[str, str], key: str, language: str) -> str:
    """A word of a small table, translated; the key itself where the table has none."""
    return catalog(language).gettext(table[key]) if key in table else key


def closing(code: int, language: str) -> str:
    """Why a socket closes, in the person's language."""
    return catalog(language).gettext(CLOSINGS.get(code, GENERAL))


def time(moment: datetime, zone: str, language: str) -> str:
    return dates.format_time(moment, "HH:mm", tzinfo=ZoneInfo(zone), locale=locale_of(language))


def day(when: date, language: str, *, short: bool = False, year: bool = False) -> str:
    """A day in words: with the weekday, or short as the calendar has it."""
    long_form = {"de": "EEEE, d. MMMM", "ar": "EEEE، d MMMM"}.get(language, "EEEE d MMMM")
    short_form = {"de": "d. MMM", "ar": "d MMM"}.get(language, "d MMM")
    form = (short_form if short else long_form) + (" y" if year else "")
    return dates.format_date(when, form, locale=locale_of(language))


def zone_name(zone: str, language: str) -> str:
    """A zone by its city, as people call it: Berlin."""
    return dates.get_timezone_location(ZoneInfo(zone), locale=locale_of(language), return_city=True)


def locale_of(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def channel_title(tag: str, language: str) -> str:
    """What a channel is called: by its language, or that it is the floor."""
    return catalog(language).gettext(FLOOR) if tag == "floor" else language_name(tag, language)


def decimal(number: float, language: str) -> str:
    """A number with one place after the point."""
    return numbers.format_decimal(round(number, 1), "0.0", locale=locale_of(language))


def listed(words: Sequence[str], language: str) -> str:
    """a, b and c."""
    return lists.format_list(list(words), locale=locale_of(language))
