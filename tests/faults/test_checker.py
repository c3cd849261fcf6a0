"""Every kind of complaint, by a true record in which one thing is changed; and none without a change."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from rooms.core import Record
from rooms.questions import Asked as WasAsked
from tests.faults import record
from tests.faults.checker import check
from tests.faults.record import Dialled, Diary, Heard, Sent
from tests.faults.told import Frame, Told, recorded
from tests.faults.verdict import KINDS, Kind


@pytest.fixture(scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return await recorded(tmp_path_factory.mktemp("told") / "data")


def kinds(told: Told) -> list[Kind]:
    found = {complaint.kind for complaint in check(list(told.diaries.values()), told.rooms).complaints}
    return [kind for kind in KINDS if kind in found]


# ── One change each ──────────────────────────────────────────────────────────────────────────────────────────────────

Change = Callable[[Told], None]
CHANGES: list[tuple[Change, list[Kind]]] = []


def leads_to(*kinds: Kind) -> Callable[[Change], Change]:
    def note(change: Change) -> Change:
        CHANGES.append((change, list(kinds)))
        return change

    return note


@leads_to("lost")
def acknowledged_and_not_kept(told: Told) -> None:
    del told.here.commands[told.asked()]


@leads_to("lost")
def acknowledged_at_another_seq(told: Told) -> None:
    at, frame = told.frames("ben0", "re")[0]
    told.write("ben0", at, {**frame, "seq": frame["seq"] + 1})


@leads_to("lost")
def kept_with_another_body(told: Told) -> None:
    lines = told.diaries["ben0"].lines
    at, sent = next((at, line) for at, line in enumerate(lines) if isinstance(line, Sent))
    lines[at] = msgspec.structs.replace(sent, body={**sent.body, "text": "Another one?"})


@leads_to("lost", "behind")
def vote_without_a_row(told: Told) -> None:
    told.here.ballots = frozenset()


@leads_to("lost", "twice", "behind")
def row_without_a_vote(told: Told) -> None:
    told.here.ballots |= {(told.questions["cem0"], told.diaries["ben0"].person)}


@leads_to("twice")
def command_applied_twice(told: Told) -> None:
    first = next(record for record in told.here.records if isinstance(record.event, WasAsked))
    told.here.head += 1
    again = Record(told.here.head, told.here.records[-1].at, first.by, first.event)
    told.here.records = (*told.here.records, again)


def answer_again(told: Told, answer: Frame) -> None:
    """Ben asks by the same id once more, and hears this."""
    lines = told.diaries["ben0"].lines
    sent = next(line for line in lines if isinstance(line, Sent))
    lines.append(msgspec.structs.replace(sent, at=record.now()))
    text = msgspec.json.encode({"re": sent.id, **answer}).decode()
    lines.append(Heard(sent.connection, record.now(), text))


@leads_to("contradicted")
def answered_otherwise_the_second_time(told: Told) -> None:
    answer_again(told, {"ok": {"question": told.questions["cem0"]}, "seq": 5})


@leads_to("contradicted")
def refused_after_it_was_acknowledged(told: Told) -> None:
    answer_again(told, {"no": {"code": "question.too_many", "text": ""}})


@leads_to("contradicted")
def refused_and_yet_applied(told: Told) -> None:
    at, frame = told.frames("ben0", "re")[0]
    told.write("ben0", at, {"re": frame["re"], "no": {"code": "question.too_many", "text": ""}})


@leads_to("gap")
def item_left_out(told: Told) -> None:
    at, frame = told.showing("fay0", "questions")
    del frame["put"]["questions"]
    told.write("fay0", at, frame)


@leads_to("gap")
def frame_left_out(told: Told) -> None:
    at, _ = told.showing("fay0", "questions")
    del told.diaries["fay0"].lines[at]


@leads_to("gap")
def own_question_left_out(told: Told) -> None:
    at, frame = told.showing("ben0", "mine")
    del frame["put"]["mine"]
    told.write("ben0", at, frame)


@leads_to("gap")
def item_left_out_of_a_snapshot(told: Told) -> None:
    at, frame = told.frames("fay0", "all")[0]
    frame["all"]["agenda"].popitem()
    told.write("fay0", at, frame)


@leads_to("gap")
def change_left_out_at_a_resume(told: Told) -> None:
    """Ben came back with a cursor that was older than the server thought."""
    lines = told.diaries["ben0"].lines
    place, dialled = [(place, line) for place, line in enumerate(lines) if isinstance(line, Dialled)][-1]
    epoch = dialled.cursor.split(":")[0]
    lines[place] = msgspec.structs.replace(dialled, cursor=f"{epoch}:3")


@leads_to("duplicate")
def frame_heard_twice(told: Told) -> None:
    told.insert("fay0", told.frames("fay0", "put", "seq")[0][1])


@leads_to("duplicate")
def item_shown_without_a_change(told: Told) -> None:
    at, frame = told.showing("fay0", "questions")
    frame["put"]["slides"] = told.frames("fay0", "all")[0][1]["all"]["slides"]
    told.write("fay0", at, frame)


@leads_to("gap", "reordered")
def frames_swapped(told: Told) -> None:
    (one, first), (two, second) = told.frames("fay0", "put", "seq")[:2]
    told.write("fay0", one, second)
    told.write("fay0", two, first)


@leads_to("reordered")
def item_as_it_was_before(told: Told) -> None:
    at, frame = told.showing("fay0", "agenda")
    frame["put"]["agenda"] = told.frames("fay0", "all")[0][1]["all"]["agenda"]
    told.write("fay0", at, frame)


@leads_to("reordered")
def connection_that_begins_earlier(told: Told) -> None:
    at, frame = told.frames("ben0", "put", "you")[0]
    told.write("ben0", at, {**frame, "seq": frame["seq"] - 1})


@leads_to("wrong room")
def question_of_another_room(told: Told) -> None:
    at, frame = told.showing("fay0", "questions")
    frame["put"]["questions"] |= told.showing("fay1", "questions")[1]["put"]["questions"]
    told.write("fay0", at, frame)


@leads_to("wrong room")
def frame_of_another_room(told: Told) -> None:
    told.insert("fay0", {**told.showing("fay1", "questions")[1], "seq": 99})
    told.hears_no_more("fay0", 99)


@leads_to("wrong audience")
def question_that_is_not_published(told: Told) -> None:
    hidden = told.questions["cem0"]
    at, frame = told.showing("fay0", "questions")
    seen = next(put["put"]["questions"] for _, put in told.frames("gil0", "put") if hidden in str(put))
    frame["put"]["questions"][hidden] = seen[hidden]
    told.write("fay0", at, frame)


@leads_to("wrong audience")
def question_taken_away_that_was_not_published(told: Told) -> None:
    at, frame = told.showing("fay0", "questions")
    frame["put"]["questions"][told.questions["cem0"]] = None
    told.write("fay0", at, frame)


@leads_to("wrong audience")
def questions_of_another_person(told: Told) -> None:
    at, frame = told.showing("cem0", "mine")
    told.write("cem0", at, {**frame, "put": {**frame["put"], "mine": told.showing("ben0", "mine")[1]["put"]["mine"]}})


@leads_to("wrong audience", "behind")
def votes_of_another_person(told: Told) -> None:
    told.insert("fay0", {"put": {"mine": {"votes": [told.questions["ben0"]]}}})


@leads_to("wrong audience")
def answer_of_another_person(told: Told) -> None:
    told.insert("fay0", told.frames("ben0", "re")[0][1])


@leads_to("wrong audience")
def count_that_is_not_for_all(told: Told) -> None:
    told.insert("fay0", {"put": {"listeners": {"fr": {"number": 1}}}})


@leads_to("wrong audience")
def greeted_as_somebody_else(told: Told) -> None:
    at, frame = told.frames("fay0", "all")[0]
    told.write("fay0", at, {**frame, "you": {**frame["you"], "role": "expert"}})


@leads_to("differs")
def text_that_nobody_wrote(told: Told) -> None:
    at, frame = told.showing("fay0", "questions")
    frame["put"]["questions"][told.questions["ben0"]]["text"] = "What nobody asked?"
    told.write("fay0", at, frame)


@leads_to("unlogged")
def seq_that_the_log_never_reached(told: Told) -> None:
    at, frame = told.frames("fay0", "put", "seq")[-1]
    told.write("fay0", at, {**frame, "seq": 99})


@leads_to("unlogged")
def item_as_it_will_be(told: Told) -> None:
    at, frame = told.showing("fay0", "scores")
    frame["put"]["scores"][told.questions["ben0"]]["votes"] = 1
    told.write("fay0", at, frame)


@leads_to("behind")
def last_change_never_shown(told: Told) -> None:
    at, _ = told.frames("fay0", "put", "seq")[-1]
    del told.diaries["fay0"].lines[at]


@leads_to("heartbeat")
def heartbeat_that_is_ahead(told: Told) -> None:
    told.insert("fay0", {"at": "2027-03-28T00:00:00Z", "seq": 99})


@leads_to("epoch")
def another_epoch(told: Told) -> None:
    at, frame = told.frames("fay0", "all")[0]
    told.write("fay0", at, {**frame, "epoch": "another-public"})


@leads_to("broken")
def frame_of_no_protocol(told: Told) -> None:
    told.insert("fay0", {"what": 1})


@leads_to("broken")
def event_missing_in_the_log(told: Told) -> None:
    told.here.records = told.here.records[:2] + told.here.records[3:]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_checker_says_what_is_wrong(told: Told, change: Change, expected: list[Kind]) -> None:
    changed = copy.deepcopy(told)
    change(changed)
    assert kinds(changed) == expected


def test_changes_lead_to_every_kind_of_complaint() -> None:
    assert {kind for _, kinds in CHANGES for kind in kinds} == set(KINDS)


# ── None ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_checker_has_nothing_to_say_of_a_true_record(told: Told) -> None:
    verdict = check(list(told.diaries.values()), told.rooms)
    assert (verdict.complaints, verdict.counts["acknowledged"], verdict.counts["resumes"]) == ([], 8, 1)
    assert verdict.counts["comparisons"] > verdict.counts["deliveries"] > 0


def test_checker_takes_an_answer_that_never_came_for_unknown(told: Told) -> None:
    changed = copy.deepcopy(told)
    del changed.diaries["ben0"].lines[changed.frames("ben0", "re")[0][0]]
    verdict = check(list(changed.diaries.values()), changed.rooms)
    assert (verdict.complaints, verdict.counts["unknown"], verdict.counts["of them applied"]) == ([], 1, 1)


def test_diaries_are_read_as_they_were_written(told: Told, tmp_path: Path) -> None:
    diaries, file = list(told.diaries.values()), tmp_path / "diaries.jsonl"
    record.write(diaries, file)
    assert record.read(file) == diaries
    with file.open("ab") as torn:
        torn.write(b'{"type":"heard","conn')
    assert record.read(file) == diaries


def heard(diaries: list[Diary]) -> Iterator[Heard]:
    return (line for diary in diaries for line in diary.lines if isinstance(line, Heard))


def test_diaries_keep_one_copy_of_what_many_heard(told: Told, tmp_path: Path) -> None:
    record.write(told.diaries.values(), tmp_path / "diaries.jsonl")
    texts = [line.frame for line in heard(record.read(tmp_path / "diaries.jsonl"))]
    assert len({id(text) for text in texts}) == len(set(texts)) < len(texts)
