"""The half of the checker that looks at commands: what was acknowledged is there once, where the answer said.

Order between commands of one person is taken from the diaries: one comes before another if it was answered before the
other was first sent. All others may have happened in any order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from rooms.core import SYSTEM, Record, Refused
from rooms.interpretation import LinkSet
from rooms.lifecycle import Planned, Renamed, StreamSet
from rooms.wire import command
from tests.faults.record import Body, Diary, Heard, Sent
from tests.faults.truth import Fold, Frames, Kept, Truth
from tests.faults.verdict import Kind, Verdict

UNDECIDED = ("try.again", "rate.limited")  # refusals that say nothing of what became of it, or of the next try
TOLD = Planned | StreamSet | LinkSet | Renamed  # facts that come from elsewhere, not of commands
MADE = {"question", "item", "caption", "contribution", "presentation"}  # what an answer names that its events name too
NEVER = float("inf")


class Answer(msgspec.Struct, frozen=True):
    """A reply, with when what it answers was sent; `ok` is None where it refuses with a code."""

    asked: float
    at: float
    ok: dict[str, str] | None
    seq: int
    code: str


class Attempts:
    """All that was sent and heard under one id of one person in one room."""

    def __init__(self, client: str, do: str, body: Body) -> None:
        self.client, self.do, self.body = client, do, body
        self.bodies = [(do, body)]
        self.sent: list[float] = []
        self.answers: list[Answer] = []

    @property
    def ok(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.ok is not None]

    @property
    def no(self) -> list[Answer]:
        """The refusals that say something."""
        return [answer for answer in self.answers if answer.ok is None and answer.code not in UNDECIDED]

    @property
    def begun(self) -> float:
        return min(self.sent)

    @property
    def ended(self) -> float:
        """When it was certainly applied, if it was."""
        return min((answer.at for answer in self.ok), default=NEVER)


Asked = dict[tuple[str, str, str], Attempts]  # by room, person, id


def gather(diaries: Iterable[Diary], frames: Frames, verdict: Verdict) -> Asked:
    """Every command with its answers, each beside its sending: the first answer on a connection is of the first.

    An answer to what its connection never asked is complained of.
    """
    asked: Asked = {}
    for diary in diaries:
        open: dict[tuple[int, str], list[float]] = defaultdict(list)
        for line in diary.lines:
            if isinstance(line, Sent):
                attempts = asked.setdefault(
                    (diary.room, diary.person, line.id), Attempts(diary.client, line.do, line.body)
                )
                attempts.sent.append(line.at)
                if (line.do, line.body) not in attempts.bodies:
                    attempts.bodies.append((line.do, line.body))
                open[line.connection, line.id].append(line.at)
            elif isinstance(line, Heard) and frames.read(line.frame).get("re") is not None:
                frame = frames.read(line.frame)
                waiting = open[line.connection, frame["re"]]
                if waiting:
                    answer = Answer(
                        waiting.pop(0),
                        line.at,
                        frame.get("ok"),
                        frame.get("seq", 0),
                        frame.get("no", {}).get("code", ""),
                    )
                    asked[diary.room, diary.person, frame["re"]].answers.append(answer)
                else:
                    where = {"client": diary.client, "connection": line.connection, "id": frame["re"]}
                    verdict.complain("wrong audience", diary.room, "an answer to what was not asked here", **where)
    return asked


class Answers:
    """One room's commands against what the store has of it."""

    def __init__(self, truth: Truth, fold: Fold, asked: Asked, verdict: Verdict) -> None:
        self.truth, self.fold, self.verdict = truth, fold, verdict
        self.asked = {(person, id): one for (room, person, id), one in asked.items() if room == truth.room}
        self.runs = {run[-1].seq: run for run, whole in runs(truth.records) if whole}

    def check(self) -> None:
        counts = self.verdict.counts
        for (person, id), attempts in self.asked.items():
            kept = self.truth.commands.get((person, id))
            firm = [answer for answer in attempts.ok if not self.passes(attempts, answer.seq)]
            counts["commands"] += 1
            counts["attempts"] += len(attempts.sent)
            counts["retries"] += len(attempts.sent) - 1
            counts["acknowledged"] += bool(attempts.ok)
            if firm:
                self.agree(id, attempts, firm)
                self.acknowledged(person, id, attempts, firm[0], kept)
            elif attempts.ok:
                counts["passed"] += 1
            elif attempts.no and not kept:
                counts["refused"] += 1
            elif kept and len(attempts.no) >= len(attempts.sent):
                counts["refused"] += 1
                what = f"refused ({attempts.no[0].code}) and yet applied"
                self.complain("contradicted", what, id, attempts, kept.seq)
            else:
                counts["unknown"] += 1
                counts["of them applied"] += kept is not None
        self.once()
        self.rows("question", ("question.vote", "question.unvote"))
        self.rows("language", ("channel.choose",))

    def complain(self, kind: Kind, what: str, id: str, attempts: Attempts | None = None, seq: int = 0) -> None:
        client = attempts.client if attempts else ""
        self.verdict.complain(kind, self.truth.room, what, client=client, id=id, seq=seq)

    def agree(self, id: str, attempts: Attempts, firm: list[Answer]) -> None:
        """All answers to one id say the same; what was acknowledged is not refused later."""
        if len({(str(answer.ok), answer.seq) for answer in firm}) > 1:
            answers = " and as ".join(f"{answer.ok} at {answer.seq}" for answer in firm)
            self.complain("contradicted", f"answered as {answers}", id, attempts, firm[0].seq)
        late = [answer.code for answer in attempts.no if answer.asked > attempts.ended]
        if late and len(attempts.bodies) == 1:
            self.complain("contradicted", f"refused ({late[0]}) after it was acknowledged", id, attempts, firm[0].seq)

    def acknowledged(self, person: str, id: str, attempts: Attempts, answer: Answer, kept: Kept | None) -> None:
        ok, seq = answer.ok or {}, answer.seq
        if kept is None:
            self.complain("lost", f"{attempts.do} was acknowledged and is not kept", id, attempts, seq)
        elif (kept.seq, kept.ok) != (seq, ok):
            what = f"acknowledged as {ok} at {seq}, kept as {kept.ok} at {kept.seq}"
            self.complain("lost", what, id, attempts, seq)
        elif kept.digest not in [digest(id, *body) for body in attempts.bodies]:
            self.complain("lost", "kept with another body than was sent", id, attempts, seq)
        elif kept.logged:
            run = self.runs.get(kept.seq)
            if run is None or run[-1].by != person:
                self.complain("lost", f"{attempts.do} made no event at its seq", id, attempts, seq)
            elif not named(ok) <= {value for record in run for value in values(record)}:
                self.complain("lost", f"the events at its seq do not speak of {ok}", id, attempts, seq)

    def passes(self, attempts: Attempts, seq: int) -> bool:
        """Whether this is shown and not kept: what is being typed, and lines while nothing is recorded."""
        if attempts.do == "caption.interim":
            return True
        room = self.fold.sights["crew"].at(("room", "room"), seq) or {}
        return attempts.do == "caption.add" and room.get("recording") != "on"

    def once(self) -> None:
        """Every event is of one command, which was kept with it."""
        for run, whole in runs(self.truth.records):
            if not whole:
                types = ", ".join(type(record.event).__name__ for record in run)
                what = f"{types} by {run[0].by}: of no command that is kept, so one is applied twice or by nobody"
                self.complain("twice", what, "", seq=run[0].seq)

    # ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, names: str, commands: tuple[str, ...]) -> None:
        """Votes and choices: what is there is what the last command said; of those that were last, one of them."""
        orders: dict[tuple[str, str], list[tuple[Attempts, str]]] = defaultdict(list)
        for (person, id), attempts in self.asked.items():
            if attempts.do in commands and (person, id) in self.truth.commands:
                thing = attempts.body[names]
                orders[person, thing if names == "question" else ""].append((attempts, id))
        for (person, thing), applied in orders.items():
            last = [(one, id) for one, id in applied if not any(one.ended < other.begun for other, _ in applied)]
            if names == "question":
                there: object = (thing, person) in self.truth.ballots
                possible = {one.do == "question.vote" for one, _ in last}
            else:
                there, possible = self.truth.choices.get(person), {one.body[names] for one, _ in last}
            if there not in possible:
                one, id = last[-1]
                self.complain(
                    "lost", f"{one.do} of {thing or one.body[names]} came last, the row says {there}", id, one
                )
        if names == "question":
            persons = {person for person, _ in self.asked}
            for thing, person in sorted(self.truth.ballots):
                if person in persons and (person, thing) not in orders:
                    self.complain("twice", f"a ballot of {person} that no command cast", thing)

    def sums(self) -> None:
        """At rest the log's sums of votes are those of the ballots."""
        for id, question in self.fold.state.questions.all.items():
            cast = sum(thing == id for thing, _ in self.truth.ballots)
            if question.votes != cast:
                self.complain("lost", f"{cast} ballots, and the log says {question.votes}", id, seq=self.truth.head)


def runs(records: Iterable[Record]) -> Iterator[tuple[list[Record], bool]]:
    """The events of one command after the other, and whether the receipt is on the last; not those of the system."""
    run: list[Record] = []
    for record in records:
        if run and (record.by, record.at) != (run[0].by, run[0].at):
            yield run, False
            run = []
        if record.by != SYSTEM and not isinstance(record.event, TOLD):
            run.append(record)
            if record.receipt:
                yield run, True
                run = []
    if run:
        yield run, False


def named(ok: dict[str, str]) -> set[str]:
    return {id for kind, id in ok.items() if kind in MADE}


def values(record: Record) -> Iterator[str]:
    return (value for value in msgspec.to_builtins(record.event).values() if isinstance(value, str))


def digest(id: str, do: str, body: Body) -> bytes | None:
    """The digest of a command as the server makes it; None of one that cannot be read."""
    try:
        return command({"id": id, "do": do, "with": body}).digest
    except Refused:
        return None
