"""Every booth command in every state of a booth, by everybody: taken, or refused with exactly this code.

The tables are written by hand. A row is one person, a column one command, in the order of COMMANDS; "." is taken.
"""

import pytest

from rooms import booths, roles
from rooms.booths import Aired, Deafened, Entered, HandedOver, Left, Muted, Offered, RelaySet, Slowed, Withdrawn
from rooms.core import Actor, Command, Event, Refused, Role
from rooms.interpretation import Closed, LinkSet, Opened
from rooms.lifecycle import Closed as RoomClosed
from rooms.lifecycle import Opened as RoomOpened
from rooms.lifecycle import Paused
from rooms.room import name_of
from tests.rooms.stage import Stage

COMMANDS: dict[str, Command] = {
    "E": booths.Enter("fr"),
    "L": booths.Leave("fr"),
    "A": booths.OnAir("fr"),
    "M": booths.OffAir("fr"),
    "O": booths.Offer("fr"),
    "R": booths.Request("fr"),
    "C": booths.Accept("fr"),
    "W": booths.Withdraw("fr"),
    "Y": booths.Relay("fr", "en"),
    "S": booths.Slower("fr"),
    "N": booths.NoSound("fr"),
}
CODES = {
    ".": "taken",
    "o": "booth.outside",
    "t": "booth.taken",
    "n": "booth.not_on_air",
    "a": "booth.alone",
    "f": "booth.no_offer",
    "x": "booth.nothing_open",
    "e": "booth.elsewhere",
    "l": "booth.full",
    "q": "booth.circle",
    "p": "booth.patience",
    "s": "state.changed",
    "u": "channel.unknown",
    "c": "channel.closed",
    "P": "room.planned",
    "Z": "room.paused",
    "X": "room.closed",
}
IDS = {"Ida": "i1", "Igor": "i2", "Inga": "i3", "Otto": "i4"}  # Otto is never inside
OUT = ".oooooooooo"
IN, ON, BY = "...nnsfx...", ".....sfx...", "..tnn.fx..."  # nobody on air; on air oneself, with others; beside who is

INSIDE = tuple(Entered("fr", IDS[name]) for name in ("Ida", "Igor", "Inga"))
LIVE = (*INSIDE, Aired("fr", "i1"))
OFFERED, ASKED = Offered("fr", "i1", "offer"), Offered("fr", "i2", "request")
ELSEWHERE = (Entered("ar", "i2"), Aired("ar", "i2"))
SEATED = tuple(Entered("fr", f"x{n}") for n in range(6))

# A state of the booth fr: what has happened, and the rows of Ida, Igor, Inga and Otto.
TABLE: dict[str, tuple[tuple[Event, ...], tuple[str, str, str, str]]] = {
    "not there": ((Entered("en", "i1"),), ("u" * 11, "u" * 11, "u" * 11, "u" * 11)),
    "closed": ((*LIVE, OFFERED, Closed("fr")), ("c" * 11, "c" * 11, "c" * 11, "c" * 11)),
    "a link only": ((LinkSet("fr", "https://example.org/fr"),), (OUT, OUT, OUT, OUT)),
    "closed and opened": ((*LIVE, OFFERED, Closed("fr"), Opened("fr")), (OUT, OUT, OUT, OUT)),
    "empty": ((), (OUT, OUT, OUT, OUT)),
    "full": ((*SEATED, *INSIDE[:2]), (IN, IN, "loooooooooo", "loooooooooo")),
    "full and one left": ((*SEATED, *INSIDE[:2], Left("fr", "x0")), (IN, IN, OUT, OUT)),
    "silent": (INSIDE, (IN, IN, IN, OUT)),
    "alone": ((INSIDE[0],), (IN, OUT, OUT, OUT)),
    "alone on air": ((INSIDE[0], Aired("fr", "i1")), ("....asfx...", OUT, OUT, OUT)),
    "on air": (LIVE, (ON, BY, BY, OUT)),
    "off air again": ((*LIVE, Muted("fr", "i1")), (IN, IN, IN, OUT)),
    "relay on air": ((*LIVE, RelaySet("fr", "en")), (ON, BY, BY, OUT)),
    "offered": ((*LIVE, OFFERED), (".....sf....", "..tnn..x...", "..tnn..x...", OUT)),
    "offered and taken back": ((*LIVE, OFFERED, Withdrawn("fr", "i1")), (ON, BY, BY, OUT)),
    "offered, then off air": ((*LIVE, OFFERED, Muted("fr", "i1")), (IN, IN, IN, OUT)),
    "offered to two of whom one left": ((*LIVE, OFFERED, Left("fr", "i2")), (".....sf....", OUT, "..tnn..x...", OUT)),
    "offered and all left": (
        (*LIVE, OFFERED, Left("fr", "i2"), Left("fr", "i3")),
        ("....asfx...", OUT, OUT, OUT),
    ),
    "offered and accepted": ((*LIVE, OFFERED, HandedOver("fr", "i1", "i2")), (BY, ON, BY, OUT)),
    "asked for": ((*LIVE, ASKED), (".....s.x...", "..tnn.f....", BY, OUT)),
    "asked for and taken back": ((*LIVE, ASKED, Withdrawn("fr", "i2")), (ON, BY, BY, OUT)),
    "asked for, and the asker left": ((*LIVE, ASKED, Left("fr", "i2")), (ON, OUT, BY, OUT)),
    "asked for and given": ((*LIVE, ASKED, HandedOver("fr", "i1", "i2")), (BY, ON, BY, OUT)),
    "asked for, then by another": (
        (*LIVE, ASKED, Offered("fr", "i3", "request")),
        (".....s.x...", BY, "..tnn.f....", OUT),
    ),
    "silent, Igor on air elsewhere": ((*INSIDE, *ELSEWHERE), (IN, "..ennsfx...", IN, OUT)),
    "on air, Igor elsewhere": ((*LIVE, *ELSEWHERE), (ON, "..tnnefx...", BY, OUT)),
    "offered, Igor elsewhere": ((*LIVE, OFFERED, *ELSEWHERE), (".....sf....", "..tnneex...", "..tnn..x...", OUT)),
    "asked for, then Igor elsewhere": ((*LIVE, ASKED, *ELSEWHERE), (".....sex...", "..tnnef....", BY, OUT)),
    "listened to by en": ((*INSIDE, RelaySet("en", "fr")), ("...nnsfxq..",) * 3 + (OUT,)),
    "listened to along a chain": (
        (*INSIDE, RelaySet("ar", "fr"), RelaySet("en", "ar")),
        ("...nnsfxq..",) * 3 + (OUT,),
    ),
    "en is closed": ((*INSIDE, Closed("en")), ("...nnsfxc..",) * 3 + (OUT,)),
    "slower, just now": ((*LIVE, Slowed("fr")), (".....sfx.p.", "..tnn.fx.p.", "..tnn.fx.p.", OUT)),
    "no sound, just now": ((*LIVE, Deafened("fr")), (".....sfx..p", "..tnn.fx..p", "..tnn.fx..p", OUT)),
    "slower in another booth": ((*LIVE, Slowed("ar")), (ON, BY, BY, OUT)),
}
ROOMS: dict[str, tuple[tuple[Event, ...], tuple[str, str, str, str]]] = {  # of LIVE and ASKED
    "planned": ((), ("..PPPPPP.PP", "..PPPPPP.PP", "..PPPPPP.PP", ".oPPPPPPoPP")),
    "open": ((RoomOpened(),), (".....s.x...", "..tnn.f....", BY, OUT)),
    "paused": ((RoomOpened(), Paused()), ("..Z.ZZZxZZZ", "..ZnZZZ.ZZZ", "..ZnZZZxZZZ", ".oZoZZZoZZZ")),
    "closed": ((RoomOpened(), RoomClosed()), ("X" * 11,) * 4),
    "closed and opened": ((RoomOpened(), RoomClosed(), RoomOpened()), (OUT, OUT, OUT, OUT)),
}
OTHERS: tuple[Role, ...] = ("participant", "expert", "captioner", "moderator", "organiser")


def outcome(stage: Stage, actor: Actor, command: Command) -> str:
    """The code of a refusal, or "taken"."""
    if not roles.may(actor.role, name_of(command)):
        return "role.missing"
    try:
        stage.when(command, actor)
    except Refused as refused:
        return refused.code
    return "taken"


def compare(stage: Stage, rows: tuple[str, str, str, str]) -> int:
    compared = 0
    for (name, id), row in zip(IDS.items(), rows, strict=True):
        for letter, (key, command) in zip(row, COMMANDS.items(), strict=True):
            found = outcome(stage, Actor(id, "interpreter"), command)
            assert (name, key, found) == (name, key, CODES[letter])
            compared += 1
    for role in OTHERS:
        for key, command in COMMANDS.items():
            assert (role, key, outcome(stage, Actor("i1", role), command)) == (role, key, "role.missing")
            compared += 1
    return compared


def test_tables_have_every_command_and_every_code_of_booths() -> None:
    booth = {name for name in roles.MAY if name.startswith("booth.")}
    assert {name_of(command) for command in COMMANDS.values()} == booth
    used = {letter for _, rows in (*TABLE.values(), *ROOMS.values()) for row in rows for letter in row}
    assert used == set(CODES)


@pytest.mark.parametrize("state", TABLE)
def test_booth_takes_exactly_these_commands(state: str) -> None:
    events, rows = TABLE[state]
    stage = Stage(*events)
    if state == "not there":
        del stage.room.interpretation.channels["fr"]
    before = stage.see("channels", "fr")
    assert compare(stage, rows) == 99
    assert stage.see("channels", "fr") == before  # to ask changes nothing


@pytest.mark.parametrize("state", ROOMS)
def test_booth_takes_exactly_these_commands_while_the_room_is(state: str) -> None:
    events, rows = ROOMS[state]
    opened, *more = events or (None,)
    stage = Stage(*((opened,) if opened else ()), *LIVE, ASKED, *more, opened=False)
    assert compare(stage, rows) == 99
