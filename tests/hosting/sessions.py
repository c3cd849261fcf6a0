"""Sessions that have been held: a room's log written as it would have been, with times set by hand."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hosting import log, people, programme
from hosting.database import Database
from rooms import agenda, booths, captions, contributions, interpretation, questions, slides, timetable
from rooms.core import Event, Record
from rooms.lifecycle import Closed, Opened, RecordingSet
from rooms.lists import summary
from rooms.room import apply
from tests.hosting.programmes import NOW

DECK = "deck-1"
SAYINGS = {
    "en": (
        "When the river rose for the third time we stopped writing reports and started knocking on doors.",
        "A cellar pump costs less than a season of mould, and nobody had ever told the tenants that.",
        "So we asked the caretakers first.",
        "They know which drain is blocked, which door sticks, and who cannot climb the stairs alone.",
    ),
    "de": (
        "Als der Fluss zum dritten Mal stieg, hörten wir auf, Berichte zu schreiben, und klingelten an den Türen.",
        "Die Hochwasserschutzmaßnahmenfinanzierungsrichtlinie half uns dabei zunächst überhaupt nicht.",
        "Also fragten wir zuerst die Hausmeisterinnen und Hausmeister.",
        "Sie wissen, welcher Abfluss verstopft ist und wer die Treppe nicht allein hinaufkommt.",
    ),
    "ar": (
        "عندما ارتفع النهر للمرة الثالثة توقفنا عن كتابة التقارير وبدأنا نطرق الأبواب.",
        "مضخة القبو أرخص من موسم من العفن، ولم يخبر أحد المستأجرين بذلك.",
        "فسألنا الحراس أولاً.",
        "إنهم يعرفون أي مصرف مسدود ومن لا يستطيع صعود الدرج وحده.",
    ),
}
ASKED = (
    ("en", "Who paid for the pumps in houses that belong to nobody in town?"),
    ("ar", "هل يمكن أن نستخدم الخريطة نفسها في مدينة بلا سجل عقاري كامل؟"),
    ("de", "Wie haben Sie die Eigentümergemeinschaften überzeugt, ohne dass ein Gesetz sie dazu verpflichtet?"),
    ("fr", "Que faites-vous des caves habitées ?"),
)


Events = tuple[Event, ...]


class Held:
    """What happens in a room, second after second from its opening; `write` puts it into the log at once."""

    def __init__(self, database: Database, room: str, opening: datetime = NOW) -> None:
        self.database, self.room, self.opening = database, room, opening
        self.state = database.read_now(lambda sql: log.fold(sql, room))
        self.head = self.state.seq
        self.records: list[Record] = []
        self.second = 0.0
        self.numbers = itertools.count(1)

    def at(self, second: float) -> "Held":
        self.second = second
        return self

    def happens(self, *events: Event, by: str = "system") -> "Held":
        for event in events:
            at = self.opening + timedelta(seconds=self.second)
            record = Record(self.state.seq + 1, at, by, event)
            apply(record, self.state)
            self.records.append(record)
        return self

    def says(self, text: str, language: str = "en", speaker: str | None = None, **more: float) -> str:
        """A line of transcript; its id."""
        id = f"l{next(self.numbers)}-{language}"
        self.happens(captions.Added(id, language, text, "typed", speaker, more.get("start"), more.get("end")))
        return id

    def asks(self, by: str, text: str, language: str = "en", **more: object) -> str:
        id = f"q{next(self.numbers)}"
        self.happens(questions.Asked(id, by, text, language, **more), by=by)  # type: ignore[arg-type]  # to, anonymous
        return id

    def write(self) -> str:
        def append(sql: Connection) -> None:
            rows = [log.row_of(self.room, record) for record in self.records]
            log.append(sql, self.room, self.head, tuple(self.records), rows, summary(self.state))

        self.database.write_now(append)
        self.head, self.records = self.state.seq, []
        return self.room


def people_named(database: Database, *names: str) -> list[str]:
    return database.write_now(lambda sql: [people.create_person(sql, name, NOW, kind="guest") for name in names])


def held(database: Database, room: str, lines: int = 30, asked: int = 8, minutes: int = 50) -> str:
    """A closed session with everything: agenda, slides, questions in every state, lines in three languages, a booth."""
    here = Held(database, room)
    askers = people_named(database, "Mehmet Karaçay", "سلمى الخطيب", "Agnes Nabirye")
    interpreter = people_named(database, "Leila Amrani")[0]
    items = list(here.state.agenda.entries.values())
    slot = next(iter(here.state.contributions), "")
    here.happens(Opened(), RecordingSet("on"), interpretation.Opened("ar"), booths.Entered("ar", interpreter))
    third, length = minutes * 20, minutes * 60
    everything = happenings(items, slot, interpreter, asked, askers, lines, third, length)
    for at, events in sorted(everything, key=lambda one: one[0]):
        here.at(at)
        for event in events:
            here.happens(event, by=event.by if isinstance(event, questions.Asked) else "system")
    return here.at(length).happens(Closed()).write()


def happenings(
    items: list[timetable.Entry],
    slot: str,
    interpreter: str,
    asked: int,
    askers: list[str],
    lines: int,
    third: int,
    length: int,
) -> Iterator[tuple[float, Events]]:
    for number, item in enumerate(items[:3]):
        before = (agenda.Finished(items[number - 1].id),) if number else ()
        on_air: Events = ()
        if item.contribution:
            on_air = (
                contributions.Submitted(slot, DECK, 9),
                contributions.Aired(slot),
                slides.Shown(DECK, slot, 1, 9),
            )
        done = (contributions.Finished(slot), slides.Hidden()) if number == 2 and slot else ()
        yield number * third + 4.0, (*before, *done, agenda.Started(item.id), *on_air)
    yield 6.0, (booths.Aired("ar", interpreter),)
    yield length - 30.0, (booths.Muted("ar", interpreter),)
    if slot:
        for page in range(2, 10):
            yield third + page * third / 10, (slides.Shown(DECK, slot, page, 9),)
    yield 20.0, (interpretation.FloorSet("en"),)
    yield from ((10 + number * (length - 60) / lines, (line_of(number, slot),)) for number in range(lines))
    for number in range(asked):
        id, (language, text) = f"asked-{number}", ASKED[number % 4]
        question = questions.Asked(id, askers[number % 3], text, language, slot or None, anonymous=number % 5 == 4)
        yield 30.0 + number, (question,)
        yield 700.0 + number, (questions.Published(id), questions.Scored({id: (number * 7) % 23}))
        if number % 2:
            at = 2 * third + 30 + number * (third - 120) / max(asked, 1)
            yield at, (questions.Aired(id),)
            yield at + 40, (questions.Closed(id),) if number != asked - 1 else ()


def line_of(number: int, slot: str) -> captions.Added:
    language = ("en", "de", "ar")[number % 3]
    text = SAYINGS[language][number // 3 % 4]
    speaker = slot if number // 24 % 2 else "Samira Kassem"
    return captions.Added(f"line-{number}", language, text, "typed", speaker or None)


def release(database: Database, room: str) -> None:
    assert database.write_now(lambda sql: programme.release(sql, room, NOW))
