"""What must hold of booths whatever happens: judged record by record from the log, by rules written a second time.

`Law` knows nothing of rooms.booths: it reads who is inside, on air and next out of the records, and complains of each
that could not have happened.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from rooms.core import Record
from rooms.wire import dump

SEATS = 8
PATIENCE = timedelta(seconds=30)


class Booth:
    """One channel, as the log tells it. `open`: who has offered or asked, and which."""

    def __init__(self) -> None:
        self.is_open = True
        self.inside: list[str] = []
        self.on_air: str | None = None
        self.open: tuple[str, str] | None = None
        self.relay: str | None = None
        self.pleas: dict[str, datetime] = {}  # when it last asked to slow down, or said that it hears nothing

    def clear(self) -> None:
        self.inside, self.on_air, self.open = [], None, None


class Law:
    """The booths of a room, and what has ever happened in them. AssertionError for what cannot be."""

    def __init__(self, channels: tuple[str, ...], there: Callable[[str, str, datetime], bool]) -> None:
        self.booths = {language: Booth() for language in channels}
        self.there = there  # whether somebody had a connection that counts for a booth, at a time
        self.room = "planned"

    def on_air(self) -> Iterator[tuple[str, str]]:
        yield from ((language, one.on_air) for language, one in self.booths.items() if one.on_air)

    def happen(self, record: Record) -> None:
        kind, body = dump(record.event)[0], record.event
        area, _, verb = kind.partition(".")
        if kind in ("room.silenced", "room.removed"):
            person = body.person  # type: ignore[attr-defined]  # both have one
            assert person not in [one for booth in self.booths.values() for one in booth.inside]
        if area == "room":
            self.of_room(verb)
        if area == "channel" and verb in ("opened", "closed"):
            self.of_channel(verb, body.language)  # type: ignore[attr-defined]  # both have one
        if area == "booth":
            assert self.room != "closed"
            booth = self.booths[body.language]  # type: ignore[attr-defined]  # as every event of a booth
            assert booth.is_open
            self.of_booth(record, verb, body, booth)
        self.holds()

    def of_room(self, verb: str) -> None:
        if verb in ("opened", "paused", "closed"):
            self.room = verb
        if verb == "closed":
            for booth in self.booths.values():
                booth.clear()

    def of_channel(self, verb: str, language: str) -> None:
        booth = self.booths.setdefault(language, Booth())
        booth.is_open = verb == "opened"
        if verb == "closed":
            booth.clear()
            booth.relay = None
            for other in self.booths.values():
                other.relay = None if other.relay == language else other.relay

    def of_booth(self, record: Record, verb: str, body: object, booth: Booth) -> None:
        person = getattr(body, "person", record.by)
        system = record.by == "system"
        if verb == "entered":
            booth.inside += [person] if person not in booth.inside else []
            assert len(booth.inside) <= SEATS
            return
        assert person in booth.inside, "somebody acts in a booth who is outside"
        match verb:
            case "left":
                assert booth.on_air != person, "somebody leaves with the microphone"
                booth.inside.remove(person)
                if booth.open and (booth.open[0] == person or len(booth.inside) < 2):
                    booth.open = None
            case "aired":
                assert booth.on_air in (None, person), "two on air"
                booth.open = booth.open if booth.on_air else None
                booth.on_air = person
            case "muted":
                assert booth.on_air == person
                if system and booth.open and booth.open[1] == "request":
                    asked = booth.open[0]
                    elsewhere = asked in dict(self.on_air()).values()
                    language = str(getattr(body, "language", ""))
                    assert elsewhere or not self.there(language, asked, record.at), (
                        "who is there and asked is forgotten"
                    )
                booth.on_air = booth.open = None
            case "offered":
                kind = str(getattr(body, "kind", ""))
                assert (booth.on_air == person) == (kind == "offer")
                assert booth.on_air is not None
                assert len(booth.inside) > 1
                booth.open = (person, kind)
            case "withdrawn":
                assert booth.open is not None
                assert booth.open[0] == person
                booth.open = None
            case "handed_over":
                to = str(getattr(body, "to", ""))
                assert (booth.on_air, to in booth.inside, to != person) == (person, True, True)
                assert booth.open in (((to, "request"),) if system else ((person, "offer"), (to, "request")))
                booth.on_air, booth.open = to, None
            case "relay_set":
                booth.relay = getattr(body, "of", None)
            case "slowed" | "deafened":
                assert verb not in booth.pleas or record.at - booth.pleas[verb] >= PATIENCE
                booth.pleas[verb] = record.at
            case _:
                raise AssertionError(f"unheard of: {verb}")

    def holds(self) -> None:
        """Never two on air, never one in two, never a cycle, never an offer to nobody, never a holder outside."""
        speaking = [person for _, person in self.on_air()]
        assert len(speaking) == len(set(speaking)), "one person on air in two booths"
        for language, booth in self.booths.items():
            assert booth.on_air is None or booth.on_air in booth.inside
            assert booth.open is None or (booth.on_air is not None and booth.open[0] in booth.inside)
            assert booth.open is None or len(booth.inside) > 1
            step, seen = booth.relay, {language}
            while step is not None:
                assert step not in seen, "a relay that ends where it began"
                assert self.booths[step].is_open, "a relay of what is closed"
                seen.add(step)
                step = self.booths[step].relay
