"""Whether a server kept its promises: every client's diary against what is in the end, offline.

Nothing of the server's own code decides here but the rules of the room (`apply`, `see`) and its log as it is stored.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.faults import truth as truths
from tests.faults.answers import Answers, gather
from tests.faults.record import Diary, Rested
from tests.faults.streams import Streams
from tests.faults.truth import Fold, Frames, Truth
from tests.faults.verdict import Verdict


def judge(diaries: Iterable[Diary], database: Path) -> Verdict:
    """Compare diaries with the database of the stopped server that their clients worked with."""
    return check(list(diaries), truths.read(database))


def check(diaries: list[Diary], rooms: Mapping[str, Truth]) -> Verdict:
    verdict, frames = Verdict(), Frames()
    folds: dict[str, Fold] = {}
    for room, truth in rooms.items():
        if whole(truth, verdict):
            folds[room] = Fold(truth)
    asked = gather(diaries, frames, verdict)
    for room in dict.fromkeys(diary.room for diary in diaries):
        if room in folds:
            answers = Answers(rooms[room], folds[room], asked, verdict)
            answers.check()
            if any(isinstance(line, Rested) and line.head == rooms[room].head for line in lines(diaries, room)):
                answers.sums()
            Streams(rooms[room], folds, diaries, frames, verdict).check()
    return verdict


def lines(diaries: Iterable[Diary], room: str) -> Iterable[object]:
    return (line for diary in diaries if diary.room == room for line in diary.lines)


def whole(truth: Truth, verdict: Verdict) -> bool:
    """Whether a log is one: gapless from 1 up to its head."""
    verdict.counts["events"] += len(truth.records)
    seqs = [record.seq for record in truth.records]
    if seqs != list(range(1, truth.head + 1)):
        verdict.complain("broken", truth.room, f"the log is no row of numbers up to {truth.head}: {seqs[-3:]}")
    return seqs == list(range(1, truth.head + 1))
