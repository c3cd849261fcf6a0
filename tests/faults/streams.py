"""The half of the checker that looks at frames: each shows what a fresh fold shows at its seq, and nothing is skipped.

What a subscriber was shown up to one frame is right if the frame before was and this one has every key that changed in
between. So each frame is compared by itself, and the same text to the same audience after the same seq only once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rooms.core import Audience, Key
from rooms.roles import AUDIENCE
from rooms.session import cursor
from rooms.view import COLLECTIONS
from rooms.wire import encoder
from tests.faults.record import Dialled, Diary, Ended, Heard, Rested, Sent
from tests.faults.truth import Fold, Frames, Shown, Truth
from tests.faults.verdict import Kind, Verdict

COUNTED = {
    "people",
    "listeners",
    "booths",
    "conflicts",
    "results",
    "reactions",
}  # never numbered; in a first frame, too
Fault = tuple[Kind, str, str]  # with the item, and what is wrong
Put = dict[str, dict[str, Any]]


class Line:
    """One connection as it is followed: as whose audience, and how far it has been shown the room."""

    def __init__(self, diary: Diary, dialled: Dialled, reached: int) -> None:
        self.diary, self.number, self.cursor = diary, dialled.connection, cursor(dialled.cursor)
        self.reached = reached  # by this client, on any connection, when this one was dialled
        self.audience: Audience | None = None
        self.seq = 0
        self.votes: list[str] | None = None
        self.ended = False


class Streams:
    """One room's frames against its fold. `folds`: of all rooms, to know what is of another."""

    def __init__(
        self, truth: Truth, folds: Mapping[str, Fold], diaries: Iterable[Diary], frames: Frames, verdict: Verdict
    ) -> None:
        self.truth, self.folds, self.fold = truth, folds, folds[truth.room]
        self.frames, self.verdict = frames, verdict
        self.diaries = [diary for diary in diaries if diary.room == truth.room]
        self.epochs: dict[Audience, str] = {}
        self.judged: dict[tuple[Audience, str, int, str], tuple[list[Fault], int]] = {}
        self.wholes: dict[tuple[Audience, int], Put] = {}
        self.elsewhere: dict[tuple[Key, bytes], set[str]] | None = None
        self.voted: dict[str, set[str]] = defaultdict(set)
        for question, voter in truth.ballots:
            self.voted[voter].add(question)
        for diary in self.diaries:
            self.voted[diary.person] |= {
                line.body["question"] for line in diary.lines if isinstance(line, Sent) and line.do == "question.vote"
            }

    def check(self) -> None:
        for diary in self.diaries:
            self.verdict.counts["clients"] += 1
            lines: dict[int, Line] = {}
            reached = 0
            for line in diary.lines:
                match line:
                    case Dialled():
                        lines[line.connection] = Line(diary, line, reached)
                    case Heard():
                        self.hear(lines[line.connection], self.frames.read(line.frame), line.frame)
                        reached = max(reached, lines[line.connection].seq)
                    case Ended():
                        lines[line.connection].ended = True
                    case Rested():
                        self.rest(lines[line.connection], line.head)
            self.verdict.counts["connections"] += sum(line.audience is not None for line in lines.values())

    def complain(self, line: Line, kind: Kind, what: str, id: str = "", seq: int = 0) -> None:
        where = {"client": line.diary.client, "connection": line.number, "id": id, "seq": seq}
        self.verdict.complain(kind, self.truth.room, what, **where)  # type: ignore[arg-type]  # by their names

    # ── Frames by kind ───────────────────────────────────────────────────────────────────────────────────────────

    def hear(self, line: Line, frame: dict[str, Any], text: str) -> None:
        if "re" in frame or "bye" in frame:
            return
        if "you" in frame:
            self.greeted(line, frame, text)
        elif line.audience is None:
            self.complain(line, "broken", "a connection does not begin with `you`")
        elif "put" in frame and "seq" in frame:
            self.verdict.counts["deliveries"] += 1
            if self.rises(line, frame["seq"]):
                self.changed(line, frame, text, line.seq)
        elif "put" in frame:
            self.verdict.counts["passing"] += 1
            self.faults(line, self.passing(line, frame["put"]), line.seq)
        elif "at" in frame and "seq" in frame:
            self.verdict.counts["heartbeats"] += 1
            if frame["seq"] > line.seq:
                self.complain(line, "heartbeat", f"names {frame['seq']}, and {line.seq} was shown", seq=frame["seq"])
        else:
            self.complain(line, "broken", f"no frame of the protocol: {sorted(frame)}")

    def greeted(self, line: Line, frame: dict[str, Any], text: str) -> None:
        """A first frame, or a fresh one for somebody who is somebody else now."""
        you, seq, epoch = frame["you"], frame["seq"], frame["epoch"]
        if you["id"] != line.diary.person or line.diary.role not in (None, you["role"]):
            self.complain(line, "wrong audience", f"is greeted as {you['id']}, {you['role']}", seq=seq)
        first, line.audience = line.audience is None, AUDIENCE[you["role"]]
        known = self.epochs.setdefault(line.audience, epoch)
        if known != epoch or list(self.epochs.values()).count(epoch) > 1:
            self.complain(line, "epoch", f"{epoch} for {line.audience}, where {self.epochs}", seq=seq)
        resumed = "put" in frame
        before = line.cursor[1] if resumed and first and line.cursor else line.seq
        if resumed and first and (line.cursor is None or line.cursor[0] != epoch):
            self.complain(line, "epoch", f"resumed from {line.cursor} in epoch {epoch}", seq=seq)
        if seq < max(before, line.reached):
            self.complain(line, "reordered", f"begins at {seq} after {max(before, line.reached)} was shown", seq=seq)
        missing = {"questions", "votes", "channel", "hand"} - set((frame.get("all") or frame["put"]).get("mine", {}))
        if missing and first:
            self.complain(line, "broken", f"a first frame without one's own {sorted(missing)}", seq=seq)
        self.verdict.counts["deliveries"] += 1
        self.verdict.counts["resumes" if resumed else "snapshots"] += 1
        if resumed:
            self.changed(line, frame, text, before)
        else:
            self.whole(line, frame["all"], seq)
        line.seq = seq

    def rises(self, line: Line, seq: int) -> bool:
        if seq == line.seq:
            self.complain(line, "duplicate", "the same seq again", seq=seq)
        elif seq < line.seq:
            self.complain(line, "reordered", f"after {line.seq}", seq=seq)
        return seq > line.seq

    def changed(self, line: Line, frame: dict[str, Any], text: str, after: int) -> None:
        """What a numbered frame shows after a seq, against the fold; judged once for all who got the same."""
        assert line.audience
        seq, put = frame["seq"], frame["put"]
        of = (line.audience, line.diary.person if "mine" in put else "", after, text)
        if of not in self.judged:
            self.judged[of] = self.judge(line, put, after, seq)
        faults, compared = self.judged[of]
        self.faults(line, faults, seq)
        self.verdict.counts["comparisons"] += compared
        line.seq = seq

    def faults(self, line: Line, faults: Iterable[Fault], seq: int) -> None:
        for kind, id, what in faults:
            self.complain(line, kind, what, id, seq)

    # ── Items ────────────────────────────────────────────────────────────────────────────────────────────────────

    def judge(self, line: Line, put: Put, after: int, seq: int) -> tuple[list[Fault], int]:
        audience, person = line.audience, line.diary.person
        assert audience
        if seq > self.truth.head:
            return [self.beyond(put, seq)], 0
        sight, beside = self.fold.sights[audience], {name: put[name] for name in put if name not in COLLECTIONS}
        faults = list(self.passing(line, beside))
        told, must = sight.told(after, seq), sight.changed(after, seq)
        keys = {(collection, id) for collection in put if collection not in beside for id in put[collection]}
        for key in sorted(keys):
            found = self.compare(audience, key, put[key[0]][key[1]], seq)
            if found:
                faults.append(found)
            elif key not in told:
                faults.append(("duplicate", "/".join(key), f"did not change after {after}"))
        faults += [("gap", "/".join(key), f"changed after {after} and is not shown") for key in sorted(must - keys)]
        if "questions" in put.get("mine", {}):
            faults += self.own(person, put["mine"]["questions"], seq)
        elif self.fold.mine_changed(person, after, seq):
            faults.append(("gap", "mine/questions", f"changed after {after} and are not shown"))
        return faults, len(keys) + ("mine" in put)

    def whole(self, line: Line, put: Put, seq: int) -> None:
        """A snapshot: everything, and nothing else."""
        audience = line.audience
        assert audience
        if seq > self.truth.head:
            self.faults(line, [self.beyond(put, seq)], seq)
            return
        if (audience, seq) not in self.wholes:
            self.wholes[audience, seq] = self.fold.sights[audience].whole(seq)
        expected, faults = self.wholes[audience, seq], []
        for collection in COLLECTIONS:
            items = {id: self.fold.nameless(item) for id, item in put.get(collection, {}).items()}
            self.verdict.counts["comparisons"] += len(expected[collection])
            if items != expected[collection] or collection not in put:
                ids = sorted({*items, *expected[collection]})
                found = (self.compare(audience, (collection, id), items.get(id), seq) for id in ids)
                faults += [fault for fault in found if fault]
        faults += self.passing(line, {name: items for name, items in put.items() if name not in COLLECTIONS})
        faults += self.own(line.diary.person, put.get("mine", {}).get("questions", {}), seq)
        self.faults(line, faults, seq)

    def compare(self, audience: Audience, key: Key, item: Shown, seq: int) -> Fault | None:
        """An item as shown against the fold at its seq; if it is another, what it is instead."""
        sight, item, id = self.fold.sights[audience], self.fold.nameless(item), "/".join(key)
        seen = sight.keys.get(key)
        kind: Kind
        if item == sight.at(key, seq):
            if item is None and not (seen and seen.ever(seq)):
                kind = "wrong room" if self.foreign(key) else "wrong audience"
                return kind, id, "is taken away, and was never to be seen"
            return None
        if item is None:
            return "gap", id, "is there, and is not shown"
        if self.foreign(key) or self.truth.room not in self.homes(key, item):
            if self.homes(key, item):
                return "wrong room", id, f"an item of room {', '.join(sorted(self.homes(key, item)))}"
            return "differs", id, f"{item} is not {sight.at(key, seq)}"
        if seen and item in seen.items:
            since = seen.seqs[seen.items.index(item)]
            return (
                ("reordered", id, f"as it was at {since}") if since < seq else ("unlogged", id, f"as from {since} on")
            )
        return "wrong audience", id, "as only others may see it"

    def own(self, person: str, shown: Shown, seq: int) -> list[Fault]:
        """A person's own questions."""
        expected = self.fold.mine(person, seq)
        if shown == expected:
            return []
        others = {id for id, asked in self.fold.state.questions.all.items() if asked.by != person}
        kind: Kind = "wrong audience" if others & set(shown or {}) else "differs"
        return [(kind, "mine/questions", f"{shown} is not {expected}")]

    def passing(self, line: Line, put: Put) -> Iterable[Fault]:
        """Items without a place in the log: only those that may be, to whom they may be shown."""
        for collection, items in put.items():
            if collection in ("listeners", "booths", "conflicts") and line.audience == "public":
                yield "wrong audience", collection, "is told what booth and crew are"
            elif collection == "captions":
                for id, item in items.items():
                    if not id.startswith("interim-") and not (item and item.get("kept") is False):
                        yield "broken", f"captions/{id}", "a kept line without a seq"
            elif collection == "mine":
                votes = items.get("votes")
                if votes is not None:
                    line.votes = votes
                    for id in sorted(set(votes) - self.voted[line.diary.person]):
                        yield "wrong audience", f"votes/{id}", "a vote that this person never gave"
            elif collection not in COUNTED:
                yield "broken", collection, "is shown without a seq"

    def beyond(self, put: Put, seq: int) -> Fault:
        """A frame of a seq that the log never reached."""
        keys = [(collection, id) for collection, items in put.items() if collection != "mine" for id in items]
        strange = [key for key in keys if self.foreign(key)]
        if strange:
            return "wrong room", "/".join(strange[0]), "an item of another room"
        return "unlogged", "", f"the log ends at {self.truth.head}"

    def foreign(self, key: Key) -> bool:
        """Whether a key is unknown here and known in another room."""
        known = {room for room, fold in self.folds.items() if key in fold.sights["crew"].keys}
        return bool(known) and self.truth.room not in known

    def homes(self, key: Key, item: Shown) -> set[str]:
        """The rooms in which an item ever looked like this, to anybody."""
        if self.elsewhere is None:
            self.elsewhere = defaultdict(set)
            for room, fold in self.folds.items():
                for sight in fold.sights.values():
                    for place, seen in sight.keys.items():
                        for each in seen.items:
                            self.elsewhere[place, encoder.encode(each)].add(room)
        return self.elsewhere.get((key, encoder.encode(item)), set())

    # ── At rest ──────────────────────────────────────────────────────────────────────────────────────────────────

    def rest(self, line: Line, head: int) -> None:
        self.verdict.counts["rests"] += 1
        if line.audience is None or line.ended:
            return
        behind = self.fold.sights[line.audience].changed(line.seq, head)
        if self.fold.mine_changed(line.diary.person, line.seq, head):
            behind |= {("mine", "questions")}
        if behind:
            ids = ", ".join(sorted("/".join(key) for key in behind)[:3])
            self.complain(line, "behind", f"has been shown up to {line.seq}; not {ids}", seq=head)
        cast = sorted(question for question, voter in self.truth.ballots if voter == line.diary.person)
        if head == self.truth.head and line.votes is not None and sorted(line.votes) != cast:
            self.complain(line, "behind", f"was last shown the votes {line.votes}, they are {cast}", seq=head)
