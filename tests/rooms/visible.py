"""The table of who sees what, by hand: state after state, and the fields that say something to each audience.

`after` is the row before it; `given` are the facts that lead from there to here. A row says what public, booth and
crew see then; "" is nothing. `field.key` is a key of an object; a field that is null or empty says nothing.
"""

import msgspec

from rooms import agenda, booths, captions, chat, contributions, hands, interpretation, people, polls, questions, slides
from rooms import lifecycle as life
from rooms.core import Event, Key
from rooms.questions import Asked, Merged, Published
from rooms.translations import Translated, TranslationApproved
from tests.rooms.stories import PLAN


class Row(msgspec.Struct, frozen=True):
    """One state of one item: what led to it, and what the three audiences see of it."""

    key: Key
    after: str
    given: tuple[Event, ...]
    public: str
    booth: str
    crew: str


Rows = dict[str, Row]


def same(key: Key, after: str, *given: Event, all: str) -> Row:
    return Row(key, after, given, all, all, all)


def staff(key: Key, after: str, *given: Event, sees: str) -> Row:
    return Row(key, after, given, "", sees, sees)


def crew(key: Key, after: str, *given: Event, sees: str) -> Row:
    return Row(key, after, given, "", "", sees)


def behind(key: Key, after: str, *given: Event, sees: str, more: str) -> Row:
    """The same for everybody, but for what booth and crew see besides."""
    return Row(key, after, given, sees, f"{sees} {more}", f"{sees} {more}")


BY = "by.id by.name"

# ── The room ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ROOM: Key = ("room", "room")
HEAD = "title titles.en titles.de exchange state starts ends expected_ends late zone languages floor recording"
HEAD += " chat chat_kept anonymous hands delay"
SAID = " announcement.text announcement.by announcement.at"
RUNS = " now slips_from"
ROOMS: Rows = {
    "planned": same(ROOM, "", PLAN, all=HEAD),
    "open": same(ROOM, "planned", life.Opened(), all=HEAD),
    "paused": same(ROOM, "open", life.Paused(), all=HEAD),
    "closed": same(ROOM, "paused", life.Closed(), all=HEAD),
    "reopened": same(ROOM, "closed", life.Opened(), all=HEAD),
    "recording announced": same(ROOM, "open", life.RecordingSet("announced"), all=HEAD),
    "recording on": same(ROOM, "open", life.RecordingSet("on"), all=HEAD),
    "announcement": same(ROOM, "open", life.Announced("Soon."), all=HEAD + SAID),
    "announcement taken back": same(ROOM, "announcement", life.Announced(None), all=HEAD),
    "announcement at the end": same(ROOM, "announcement", life.Closed(), all=HEAD),
    "stream": same(ROOM, "open", life.StreamSet("https://example.org/a"), all=HEAD + " stream"),
    "an item runs": same(ROOM, "open", agenda.Started("a1"), all=HEAD + RUNS),
    "a hidden item runs": Row(
        *(ROOM, "an item runs", (agenda.Edited("a1", hidden=True),)),
        *(HEAD + " slips_from", HEAD + RUNS, HEAD + RUNS),
    ),
    "chat of the crew": same(ROOM, "open", chat.ModeSet("crew"), all=HEAD),
    "chat off": same(ROOM, "chat of the crew", chat.ModeSet("off"), all=HEAD),
    "hands closed": same(ROOM, "open", hands.Closed(), all=HEAD),
}

# ── The agenda ───────────────────────────────────────────────────────────────────────────────────────────────────────

ITEM: Key = ("agenda", "a2")
NAMED = "title titles.en kind order minutes budget hidden state planned_start expected_start spoken"
NAMED += " contribution speaker.name speaker.city language"
BEGUN = NAMED + " started_at"
TICKS = BEGUN + " ends_at spoken_since"
STILL = BEGUN + " paused_at left"
OVER = BEGUN + " finished_at"
HIDE, SHOW = agenda.Edited("a2", hidden=True), agenda.Edited("a2", hidden=False)
AGENDA: Rows = {
    "item waiting": same(ITEM, "open", all=NAMED),
    "item running": same(ITEM, "item waiting", agenda.Started("a2"), all=TICKS),
    "item paused": same(ITEM, "item running", agenda.Paused("a2"), all=STILL),
    "item running again": same(ITEM, "item paused", agenda.Resumed("a2"), all=TICKS),
    "item done": same(ITEM, "item running", agenda.Finished("a2"), all=OVER),
    "item skipped": same(ITEM, "item waiting", agenda.Skipped("a2"), all=NAMED),
    "item skipped while it ran": same(ITEM, "item running", agenda.Skipped("a2"), all=OVER),
    "item removed": same(ITEM, "item waiting", agenda.Removed("a2"), all=""),
    "hidden waiting": staff(ITEM, "item waiting", HIDE, sees=NAMED),
    "hidden running": staff(ITEM, "hidden waiting", agenda.Started("a2"), sees=TICKS),
    "hidden paused": staff(ITEM, "hidden running", agenda.Paused("a2"), sees=STILL),
    "hidden done": staff(ITEM, "hidden running", agenda.Finished("a2"), sees=OVER),
    "hidden skipped": staff(ITEM, "hidden waiting", agenda.Skipped("a2"), sees=NAMED),
    "hidden while it runs": staff(ITEM, "item running", HIDE, sees=TICKS),
    "hidden and edited": staff(
        ITEM, "hidden waiting", agenda.Edited("a2", title="Other"), sees=NAMED.replace("en", "und", 1)
    ),
    "hidden removed": staff(ITEM, "hidden waiting", agenda.Removed("a2"), sees=""),
    "hidden no longer": same(ITEM, "hidden running", SHOW, all=TICKS),
    "hidden, another programme": staff(ITEM, "hidden waiting", PLAN, sees=NAMED),
}
ADDED: Key = ("agenda", "n1")
ALONE = "title titles.und kind order minutes budget hidden state planned_start expected_start spoken"
AGENDA |= {
    "added": same(ADDED, "open", agenda.Added("n1", "Photo", "other", 5, None), all=ALONE),
    "added, hidden": staff(ADDED, "open", agenda.Added("n1", "Photo", "other", 5, None, hidden=True), sees=ALONE),
}

# ── Questions and their scores ───────────────────────────────────────────────────────────────────────────────────────

Q, SCORE = ("questions", "q1"), ("scores", "q1")
TEXT = "text language anonymous state asked_at"
ASKED, LINED = f"{TEXT} {BY}", f"{TEXT} {BY} order"
WRITTEN = ASKED + " answer.text answer.language answer.by answer.at"
GONE = ASKED + " deferred_to.room deferred_to.titles"
DE = " translations.de"
ASK = Asked("q1", "p0", "Why?", "en")
LATER = questions.Deferred("q1", "r2", None, {"en": "Later"})
QUESTIONS: Rows = {
    "submitted": crew(Q, "open", ASK, sees=ASKED),
    "edited": crew(Q, "submitted", questions.Edited("q1", "Why not?", "en", "a2"), sees=ASKED + " to"),
    "screened": crew(Q, "submitted", questions.Screened("q1"), sees=ASKED),
    "published": same(Q, "screened", Published("q1"), all=ASKED),
    "queued": same(Q, "published", questions.Queued("q1", 0), all=LINED),
    "on air": same(Q, "queued", questions.Aired("q1"), all=ASKED),
    "answered": same(Q, "on air", questions.Closed("q1"), all=ASKED),
    "answered, and in writing": same(Q, "answered", questions.Written("q1", "e1", "So.", "en"), all=WRITTEN),
    "answered in writing": same(Q, "published", questions.Written("q1", "e1", "So.", "en"), all=WRITTEN),
    "answer restored": same(Q, "answered in writing", questions.Restored("q1", "published"), all=ASKED),
    "deferred": same(Q, "published", LATER, all=GONE),
    "deferred and carried": same(Q, "deferred", questions.Carried("q1", "r2", "c1"), all=GONE),
    "deferred unseen": crew(Q, "screened", LATER, sees=GONE),
    "deferred to a follow-up": same(
        Q, "published", questions.Deferred("q1", None, "idea"), all=ASKED + " deferred_to.follow_up"
    ),
    "declined": crew(Q, "published", questions.Declined("q1", None, "unclear"), sees=ASKED + " reason code"),
    "declined unseen": crew(Q, "submitted", questions.Declined("q1", "Rude", "other"), sees=ASKED + " reason code"),
    "declined, restored": same(Q, "declined", questions.Restored("q1", "published"), all=ASKED),
    "withdrawn": crew(Q, "published", questions.Withdrawn("q1"), sees=ASKED),
    "withdrawn unseen": crew(Q, "submitted", questions.Withdrawn("q1"), sees=ASKED),
    "merged": crew(
        Q,
        "published",
        Asked("q2", "p1", "How?", "en"),
        Published("q2"),
        Merged("q1", "q2"),
        sees=ASKED + " merged_into",
    ),
    "merged unseen": crew(
        Q, "submitted", Asked("q2", "p1", "How?", "en"), Merged("q1", "q2"), sees=ASKED + " merged_into"
    ),
    "merge taken back": same(Q, "merged", questions.Restored("q1", "published"), all=ASKED),
    "another merged into it": Row(
        *(Q, "published", (Asked("q2", "p1", "How?", "en"), Merged("q2", "q1"))),
        *(ASKED, ASKED, ASKED + " merged"),
    ),
    "asked anonymously": crew(Q, "open", Asked("q1", "p0", "Why?", "en", None, True), sees=ASKED),
    "anonymous": Row(Q, "asked anonymously", (Published("q1"),), TEXT, TEXT, ASKED),
    "asked anonymously for everybody": crew(
        Q,
        "open",
        msgspec.structs.replace(PLAN, anonymous="everybody"),
        Asked("q1", "p0", "Why?", "en", None, True),
        sees=TEXT,
    ),
    "anonymous for everybody": same(Q, "asked anonymously for everybody", Published("q1"), all=TEXT),
    "for an item": same(Q, "open", Asked("q1", "p0", "Why?", "en", "a2"), Published("q1"), all=ASKED + " to"),
    "for a hidden item": behind(Q, "for an item", HIDE, sees=ASKED, more="to"),
    "brought": crew(
        Q,
        "open",
        questions.Brought("q1", "p0", "Why?", "en", "r0", {"en": "Before"}),
        sees=ASKED + " from.room from.titles",
    ),
    "brought and published": same(Q, "brought", Published("q1"), all=ASKED + " from.room from.titles"),
    "translated unseen": crew(Q, "screened", Translated("q1", "de", "Warum?", "i1"), sees=ASKED + DE),
    "translated": behind(Q, "published", Translated("q1", "de", "Warum?", "i1"), sees=ASKED, more=DE),
    "translated by a machine": behind(Q, "published", Translated("q1", "de", "Warum?"), sees=ASKED, more=DE),
    "translation approved": same(Q, "translated", TranslationApproved("q1", "de", "i2"), all=ASKED + DE),
    "translation of a declined one": crew(
        Q, "translation approved", questions.Declined("q1", None, "no_time"), sees=ASKED + DE + " reason code"
    ),
}
STAND = "votes"
SCORES: Rows = {
    f"votes: {name}": Row(
        *(SCORE, name, (questions.Scored({"q1": 3}),)),
        *(STAND if seen else "" for seen in (row.public, row.booth, row.crew)),
    )
    for name, row in QUESTIONS.items()
}

# ── Contributions and slides ─────────────────────────────────────────────────────────────────────────────────────────

SLOT: Key = ("contributions", "c1")
PLAIN = "title titles.en expert.name expert.city language order state material"
DECK = "presentation pages"
IN = contributions.Submitted("c1", "d1", 8)
CONTRIBUTIONS: Rows = {
    "invited": same(SLOT, "open", all=PLAIN),
    "invited with slides": behind(SLOT, "invited", IN, sees=PLAIN, more=DECK),
    "confirmed": behind(SLOT, "invited with slides", contributions.Confirmed("c1"), sees=PLAIN, more=DECK),
    "checked in": behind(SLOT, "confirmed", contributions.CheckedIn("c1"), sees=PLAIN, more=DECK),
    "ready": behind(SLOT, "checked in", contributions.Readied("c1"), sees=PLAIN, more=DECK),
    "contribution on air": same(SLOT, "ready", contributions.Aired("c1"), all=f"{PLAIN} {DECK}"),
    "stepped back": behind(
        SLOT, "contribution on air", contributions.SteppedBack("c1", "ready"), sees=PLAIN, more=DECK
    ),
    "contribution done": same(SLOT, "contribution on air", contributions.Finished("c1"), all=f"{PLAIN} {DECK}"),
    "contribution declined": behind(SLOT, "confirmed", contributions.Declined("c1"), sees=PLAIN, more=DECK),
    "no show": behind(SLOT, "confirmed", contributions.Missed("c1"), sees=PLAIN, more=DECK),
    "slides accepted": behind(SLOT, "confirmed", contributions.Accepted("c1"), sees=PLAIN, more=DECK),
    "slides returned": Row(
        *(SLOT, "confirmed", (contributions.Returned("c1", "Larger, please."),)),
        *(PLAIN, f"{PLAIN} {DECK}", f"{PLAIN} {DECK} note"),
    ),
    "slides returned, on air": Row(
        *(SLOT, "slides returned", (contributions.Aired("c1"),)),
        *(f"{PLAIN} {DECK}", f"{PLAIN} {DECK}", f"{PLAIN} {DECK} note"),
    ),
    "on air without slides": same(SLOT, "invited", contributions.Aired("c1"), all=PLAIN),
}
STAGE: Key = ("slides", "slides")
SLIDES: Rows = {
    "stage empty": same(STAGE, "contribution on air", all=""),
    "page shown": same(
        STAGE, "stage empty", slides.Shown("d1", "c1", 2, 8), all="presentation contribution page pages"
    ),
    "page hidden": same(STAGE, "page shown", slides.Hidden(), all=""),
}

# ── Channels ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FR: Key = ("channels", "fr")
CHANNEL = "language state order"
SPEAKS = CHANNEL + " interpreter.id interpreter.name"
INSIDE = (booths.Entered("fr", "i1"), booths.Entered("fr", "i2"))
CHANNELS: Rows = {
    "silent": behind(FR, "open", sees=CHANNEL, more="handover"),
    "channel closed": behind(FR, "silent", interpretation.Closed("fr"), sees=CHANNEL, more="handover"),
    "channel with a link": behind(
        FR,
        "silent",
        interpretation.LinkSet("fr", "https://example.org/fr"),
        sees=CHANNEL + " link",
        more="handover",
    ),
    "in the booth": behind(FR, "silent", *INSIDE, sees=CHANNEL, more="booth handover"),
    "live": behind(FR, "in the booth", booths.Aired("fr", "i1"), sees=SPEAKS, more="booth handover since"),
    "relay": behind(FR, "live", booths.RelaySet("fr", "en"), sees=SPEAKS + " relay_of", more="booth handover since"),
    "slower, please": behind(FR, "live", booths.Slowed("fr"), sees=SPEAKS + " slower_at", more="booth handover since"),
    "no sound": behind(FR, "live", booths.Deafened("fr"), sees=SPEAKS + " no_sound_at", more="booth handover since"),
    "offered": behind(
        FR, "live", booths.Offered("fr", "i1", "offer"), sees=SPEAKS, more="booth handover since offer.by offer.kind"
    ),
    "requested": behind(
        FR, "live", booths.Offered("fr", "i2", "request"), sees=SPEAKS, more="booth handover since offer.by offer.kind"
    ),
    "taken back": behind(FR, "requested", booths.Withdrawn("fr", "i2"), sees=SPEAKS, more="booth handover since"),
    "handed over": behind(
        FR, "requested", booths.HandedOver("fr", "i1", "i2"), sees=SPEAKS, more="booth handover since"
    ),
    "off the air": behind(FR, "live", booths.Muted("fr", "i1"), sees=CHANNEL, more="booth handover"),
    "booth at the end": behind(FR, "live", life.Closed(), sees=CHANNEL, more="handover"),
}

# ── Captions, hands, chat, polls, people ─────────────────────────────────────────────────────────────────────────────

CAPTION: Key = ("captions", "l1")
LINE = "language text at source"
TIMED = captions.Added("l1", "en", "Good evening.", "typed", "c1", 1.0, 2.5)
CAPTIONS: Rows = {
    "line": same(CAPTION, "open", captions.Added("l1", "en", "Good evening.", "typed"), all=LINE),
    "line with times": same(CAPTION, "open", TIMED, all=LINE + " speaker from to"),
    "line put right": same(CAPTION, "line", captions.Corrected("l1", "Good morning."), all=LINE),
    "line not among the last": same(
        CAPTION, "line", *(captions.Added(f"more{n}", "en", "More.", "booth") for n in range(captions.SHOWN)), all=""
    ),
}
HAND: Key = ("hands", "p0")
UP = f"{BY} state point_of_order at"
HANDS: Rows = {
    "hand waiting": same(HAND, "open", hands.Raised("p0"), all=UP + " order"),
    "hand for a point of order": same(HAND, "hand waiting", hands.Raised("p0", True), all=UP + " order"),
    "hand called": same(HAND, "hand waiting", hands.Called("p0"), all=UP),
    "hand done": same(HAND, "hand called", hands.Finished("p0"), all=""),
    "hand lowered": same(HAND, "hand waiting", hands.Lowered("p0"), all=""),
    "hand at the end": same(HAND, "hand called", life.Closed(), all=""),
}
MESSAGE: Key = ("chat", "t1")
TALK = f"text {BY} to at hidden"
QUIET = f"{BY} to at hidden"
CHAT: Rows = {
    "said": same(MESSAGE, "open", chat.Said("t1", "p0", "Hello."), all=TALK),
    "said, hidden": Row(MESSAGE, "said", (chat.Hidden("t1"),), QUIET, QUIET, TALK),
    "said, in the crew's mode": same(MESSAGE, "said", chat.ModeSet("crew"), all=TALK),
    "said, switched off": same(MESSAGE, "said", chat.ModeSet("off"), all=TALK),
    "said, not among the last": same(
        MESSAGE, "said", *(chat.Said(f"more{n}", "p1", "More.") for n in range(chat.SHOWN)), all=""
    ),
    "said, at the end": same(MESSAGE, "said", life.Closed(), chat.Blanked(), all=""),
    "said to booths": staff(MESSAGE, "open", chat.Said("t1", "i1", "Hush.", "booth"), sees=TALK),
    "said to booths, hidden": Row(MESSAGE, "said to booths", (chat.Hidden("t1"),), "", QUIET, TALK),
    "said to booths, at the end": same(MESSAGE, "said to booths", chat.Blanked(), all=""),
    "said to the crew": crew(MESSAGE, "open", chat.Said("t1", "m0", "Hush.", "crew"), sees=TALK),
    "said to the crew, hidden": crew(MESSAGE, "said to the crew", chat.Hidden("t1"), sees=TALK),
    "said to the crew, at the end": same(MESSAGE, "said to the crew", chat.Blanked(), all=""),
}
POLL: Key = ("polls", "v1")
PAPER = "title choices multiple secret state when"
OPENED = PAPER + " opened_at"
SUMS = "voters results"
COUNT = polls.Counted({"v1": polls.Sum(3, (1, 2))})


def ballot(secret: bool, kind: str, results: polls.Results) -> Rows:
    """The life of one kind of poll. What is counted while it is open never is a secret one."""
    draft = polls.Drafted("v1", "Which?", ("a", "b"), False, secret, None, results)
    rows: Rows = {
        f"{kind} draft": crew(POLL, "open", draft, sees=PAPER),
        f"{kind} draft removed": crew(POLL, f"{kind} draft", polls.Removed("v1"), sees=""),
        f"{kind} open": same(POLL, f"{kind} draft", polls.Opened("v1"), all=OPENED),
        f"{kind} closed": same(POLL, f"{kind} open", polls.Closed("v1"), all=OPENED),
        f"{kind} counted": Row(POLL, f"{kind} closed", (COUNT,), OPENED, OPENED, f"{OPENED} {SUMS}"),
        f"{kind} published": same(POLL, f"{kind} counted", polls.Published("v1"), all=f"{OPENED} {SUMS}"),
        f"{kind} published first": same(POLL, f"{kind} closed", polls.Published("v1"), all=OPENED),
        f"{kind} counted then": same(POLL, f"{kind} published first", COUNT, all=f"{OPENED} {SUMS}"),
    }
    running = Row(POLL, f"{kind} open", (COUNT,), OPENED, OPENED, f"{OPENED} {SUMS}")
    return rows if secret else {**rows, f"{kind} running sums": running}


BOUND = polls.Drafted("v1", "Which?", ("a", "b"), item="a2")
POLLS: Rows = {
    **ballot(False, "poll", "end"),
    **ballot(False, "told poll", "vote"),
    **ballot(True, "secret poll", "vote"),
    "poll of an item": same(POLL, "open", BOUND, polls.Opened("v1"), all=OPENED + " item"),
    "poll of a hidden item": behind(POLL, "poll of an item", HIDE, sees=OPENED, more="item"),
}
PERSON: Key = ("restricted", "p0")
WHY = f"{BY} state reason at moderator.id moderator.name"
RESTRICTED: Rows = {
    "silenced": crew(PERSON, "open", people.Silenced("p0", "Rude"), sees=WHY),
    "removed": crew(PERSON, "silenced", people.Removed("p0", "Rude"), sees=WHY),
    "removed without a reason": crew(PERSON, "open", people.Removed("p0"), sees=WHY.replace("reason ", "")),
    "readmitted": crew(PERSON, "removed", people.Readmitted("p0"), sees=""),
}

TABLE: Rows = {
    **ROOMS, **AGENDA, **QUESTIONS, **SCORES, **CONTRIBUTIONS, **SLIDES, **CHANNELS, **CAPTIONS, **HANDS, **CHAT,
    **POLLS, **RESTRICTED,
}  # fmt: skip
