"""What is written at questions besides their text: answers, translations by people and machines, reasons, names."""

import pytest
from msgspec.structs import replace

from rooms.core import AUDIENCES, NO_FACTS, Actor, Audience, Event, Facts, Item, Record
from rooms.lifecycle import Closed, Renamed
from rooms.questions import (
    ANSWER,
    REASONS,
    Aired,
    Answered,
    Asked,
    Brought,
    Decline,
    Declined,
    Deferred,
    Published,
    Restore,
    Screened,
    Write,
    Written,
)
from rooms.room import apply
from rooms.sight import mine
from rooms.translations import (
    LANGUAGES,
    LENGTH,
    ApproveTranslation,
    ProposeTranslation,
    Translate,
    Translated,
    TranslationApproved,
)
from rooms.view import View
from tests.rooms.stage import CLOCKWORK, EXPERT, IDA, IGOR, MODERATOR, Stage
from tests.rooms.stories import NAMES, PLAN, START

SPEAKS = Facts(frozenset({"c1"}))
PUBLISHED = (Asked("q1", "p0", "Why?", "en"), Published("q1"))


def shown(stage: Stage, field: str, audience: Audience = "crew") -> object:
    return stage.shown("questions", "q1", audience)[field]


def person(id: str) -> Item:
    return {"id": id, "name": f"Name of {id}"}


# ── Answers in writing ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("audience", AUDIENCES)
def test_answer_in_writing_is_seen_by_all_with_who_wrote_it(audience: Audience) -> None:
    stage = Stage(*PUBLISHED).do(Write("q1", "Because.", "fr"), EXPERT, SPEAKS)
    answer = {"text": "Because.", "language": "fr", "by": person("e1"), "at": START}
    assert (shown(stage, "state", audience), shown(stage, "answer", audience)) == ("answered_in_writing", answer)
    assert mine(stage.room.questions, "p0", NAMES)["q1"]["answer"] == answer  # type: ignore[index]  # an item


def test_answer_in_writing_takes_the_question_off_the_air_and_is_taken_back_with_the_step() -> None:
    stage = Stage(*PUBLISHED, Aired("q1")).do(Write("q1", "Because.", "fr"))
    assert stage.room.questions.on_air() is None
    stage.do(Restore("q1"))
    assert (shown(stage, "state"), shown(stage, "answer")) == ("on_air", None)


def test_answer_in_writing_is_added_to_one_by_word_and_replaced() -> None:
    stage = Stage(*PUBLISHED).do(Answered("q1")).do(Write("q1", "First.", "en")).do(Write("q1", "Better.", "en"))
    item = shown(stage, "answer")
    assert (shown(stage, "state"), item) == (
        "answered",
        {"text": "Better.", "language": "en", "by": person("m0"), "at": START},
    )


@pytest.mark.parametrize("actor", [EXPERT, MODERATOR])
def test_answer_in_writing_comes_after_the_session_too(actor: Actor) -> None:
    stage = Stage(*PUBLISHED, Closed())
    assert stage.when(Write("q1", "So.", "en"), actor, SPEAKS) == (Written("q1", actor.id, "So.", "en"),)


def test_answer_in_writing_is_not_for_experts_of_other_rooms() -> None:
    found = Stage(*PUBLISHED).refused(Write("q1", "So.", "en"), EXPERT, NO_FACTS)
    assert found == ("answer.expert", {})


@pytest.mark.parametrize("text", ["", " \u200b", "x" * (ANSWER + 1)])
def test_answer_in_writing_has_a_length(text: str) -> None:
    assert Stage(*PUBLISHED).refused(Write("q1", text, "en")) == ("answer.length", {"limit": ANSWER})


# ── Translations ─────────────────────────────────────────────────────────────────────────────────────────────────────

PROPOSED = (*PUBLISHED, Translated("q1", "de", "Warum?", "i1"))


def entry(text: str, by: str | None, state: str, source: str = "person") -> Item:
    return {"text": text, "by": by and person(by), "state": state, "source": source}


def test_translation_is_the_booths_and_the_crews_until_it_is_approved() -> None:
    stage = Stage(*PROPOSED)
    before = [shown(stage, "translations", audience) for audience in AUDIENCES]
    assert before == [{}, *[{"de": entry("Warum?", "i1", "proposed")}] * 2]
    stage.do(ApproveTranslation("q1", "de"), IGOR)
    after = [shown(stage, "translations", audience) for audience in AUDIENCES]
    assert after == [{"de": entry("Warum?", "i1", "approved")}] * 3


def test_translation_proposed_anew_leaves_the_approved_one_to_the_public() -> None:
    stage = Stage(*PROPOSED, TranslationApproved("q1", "de", "m0"), Translated("q1", "de", "Wieso?", "i2"))
    old, new = entry("Warum?", "i1", "approved"), entry("Wieso?", "i2", "proposed")
    crew = {"de": {**new, "approved": old}}
    assert [shown(stage, "translations", one) for one in AUDIENCES] == [{"de": old}, crew, crew]


def test_translation_takes_the_place_of_one_that_nobody_approved() -> None:
    stage = Stage(*PROPOSED).do(Translate("q1", "de", "Wieso?"), IGOR)
    assert shown(stage, "translations") == {"de": entry("Wieso?", "i2", "proposed")}


@pytest.mark.parametrize(
    ("command", "actor", "refusal"),
    [
        (ApproveTranslation("q1", "de"), IDA, ("translation.own", {})),
        (ApproveTranslation("q1", "de", "Wieso?"), IGOR, ("state.changed", {"state": "proposed"})),
        (ApproveTranslation("q1", "fr"), IGOR, ("translation.unknown", {})),
        (Translate("q1", "EN", "Why?"), IDA, ("translation.same", {})),
        (Translate("q1", "fr", ""), IDA, ("translation.length", {"limit": LENGTH})),
        (Translate("q1", "fr", "\u200f"), IDA, ("translation.length", {"limit": LENGTH})),
        (Translate("q1", "fr", "x" * (LENGTH + 1)), IDA, ("translation.length", {"limit": LENGTH})),
    ],
)
def test_translation_is_refused(
    command: Translate | ApproveTranslation, actor: Actor, refusal: tuple[str, dict[str, object]]
) -> None:
    assert Stage(*PROPOSED).refused(command, actor) == refusal


def test_translation_of_ones_own_is_approved_by_the_crew() -> None:
    stage = Stage(*PUBLISHED).do(Translate("q1", "de", "Warum?"))
    assert stage.when(ApproveTranslation("q1", "de")) == (TranslationApproved("q1", "de", "m0"),)


def test_translation_that_is_approved_is_not_approved_again() -> None:
    stage = Stage(*PROPOSED, TranslationApproved("q1", "de", "m0"))
    assert stage.refused(ApproveTranslation("q1", "de")) == ("state.changed", {"state": "approved"})


def test_translations_are_of_so_many_languages() -> None:
    stage = Stage(*PUBLISHED, *(Translated("q1", f"x{chr(97 + n)}", "Why?", None) for n in range(LANGUAGES)))
    assert stage.refused(Translate("q1", "de", "Warum?")) == ("translation.too_many", {"limit": LANGUAGES})
    assert stage.when(Translate("q1", "xa", "Warum?")) == (Translated("q1", "xa", "Warum?", "m0"),)


MACHINE = ProposeTranslation("q1", "de", "Warum?", "Why?")


def test_translation_by_a_machine_is_a_proposal_that_any_interpreter_approves() -> None:
    stage = Stage(*PUBLISHED)
    assert stage.when(MACHINE, CLOCKWORK) == (Translated("q1", "de", "Warum?"),)
    stage.given(Translated("q1", "de", "Warum?"))
    machines = entry("Warum?", None, "proposed", "machine")
    assert [shown(stage, "translations", audience) for audience in ("public", "crew")] == [{}, {"de": machines}]
    stage.do(ApproveTranslation("q1", "de"), IDA)
    assert shown(stage, "translations", "public") == {"de": {**machines, "state": "approved"}}


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (PROPOSED, MACHINE),
        ((*PROPOSED, TranslationApproved("q1", "de", "m0")), MACHINE),
        (PUBLISHED, replace(MACHINE, of="Who?")),
        (PUBLISHED, replace(MACHINE, language="en")),
        (PUBLISHED, replace(MACHINE, text=" ")),
        (PUBLISHED, replace(MACHINE, question="q9")),
        ((*PUBLISHED, Declined("q1", "No")), MACHINE),
    ],
    ids=["proposed", "approved", "edited", "its own language", "nothing", "gone", "declined"],
)
def test_translation_by_a_machine_that_comes_too_late_is_nothing(
    given: tuple[Event, ...], command: ProposeTranslation
) -> None:
    assert Stage(*given).when(command, CLOCKWORK) == ()


# ── Reasons, where to and where from ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reason", [*REASONS, "Not in this house."])
def test_question_declined_tells_asker_and_crew_why_and_by_which_code(reason: str) -> None:
    stage = Stage(*PUBLISHED).do(Decline("q1", reason))
    code = reason if reason in REASONS else "other"
    own = mine(stage.room.questions, "p0", NAMES)["q1"]
    assert (shown(stage, "reason"), shown(stage, "code")) == (reason, code)
    assert (own["reason"], own["code"]) == (reason, code)  # type: ignore[index]  # an item
    assert "reason" not in stage.do(Restore("q1")).shown("questions", "q1")


@pytest.mark.parametrize(("audience", "before"), [("crew", True), ("public", False), ("booth", False)])
def test_question_deferred_is_seen_where_it_was_published_before(audience: Audience, before: bool) -> None:
    away = Deferred("q1", "r2", "again", {"en": "Later"})
    published = Stage(*PUBLISHED, away).shown("questions", "q1", audience)
    assert published["deferred_to"] == {"room": "r2", "follow_up": "again", "titles": {"en": "Later"}}
    screened = Stage(Asked("q1", "p0", "Why?", "en"), Screened("q1"), away)
    assert (screened.see("questions", "q1", audience) is not None) == before


def test_question_brought_from_another_room_says_so_and_goes_the_usual_way() -> None:
    came = Brought("q1", "p0", "Why?", "en", "r0", {"en": "Before"})
    stage = Stage(came, came)  # twice is once
    origin = {"room": "r0", "titles": {"en": "Before"}}
    assert (shown(stage, "state"), shown(stage, "from"), stage.room.questions.own) == (
        "screened",
        origin,
        {"p0": ["q1"]},
    )
    assert mine(stage.room.questions, "p0", NAMES)["q1"]["from"] == origin  # type: ignore[index]  # an item
    assert stage.given(Published("q1")).shown("questions", "q1", "public")["from"] == origin


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_question_asked_anonymously_where_the_exchange_hides_it_from_everybody_names_nobody() -> None:
    stage = Stage(plan=replace(PLAN, anonymous="everybody"))
    stage.given(Asked("q1", "p0", "Why?", "en", anonymous=True), Asked("q2", "p0", "How?", "en"))
    assert [stage.shown("questions", id)["by"] for id in ("q1", "q2")] == [None, person("p0")]
    stage.given(PLAN)  # the promise holds, whatever the exchange says later
    stage.given(Asked("q3", "p0", "Who?", "en", anonymous=True))
    assert [stage.shown("questions", id)["by"] for id in ("q1", "q3")] == [None, person("p0")]
    assert "q1" in mine(stage.room.questions, "p0", NAMES)


@pytest.mark.parametrize(
    ("renamed", "audience", "touched"),
    [
        ("p0", "crew", []),
        ("e1", "public", ["q1"]),
        ("i1", "public", []),
        ("i1", "booth", ["q1"]),
        ("i2", "public", ["q1"]),
        ("p1", "crew", []),
    ],
)
def test_question_looks_different_after_a_rename_to_those_who_see_the_name(
    renamed: str, audience: Audience, touched: list[str]
) -> None:
    stage = Stage(plan=replace(PLAN, anonymous="everybody"))
    stage.given(Asked("q1", "p0", "Why?", "en", anonymous=True), Translated("q1", "de", "Warum?", "i1"))
    stage.given(Translated("q1", "ar", "لماذا؟", "i2"), TranslationApproved("q1", "ar", "m0"))
    stage.given(Published("q1"), Written("q1", "e1", "So.", "en"))
    view, event = View(audience), Renamed(renamed)
    view.changed["questions", "q1"] = before = stage.room.seq
    keys = apply(Record(before + 1, START, renamed, event), stage.room)
    view.touch(stage.room, event, keys, NAMES)
    assert list(view.since(stage.room, before, NAMES).get("questions", {})) == touched
    assert (("mine", "p0") in keys) == (renamed == "e1")  # who reads the answer
