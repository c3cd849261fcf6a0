"""What a listener to one voice costs, how long a packet is on its way, and what changes when some stop reading."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench import building, machine
from tests.bench.contenders import BUNDLES, PACKETS, Stand, running
from tests.bench.figures import Book
from tests.bench.generator import Stuck, listening
from tests.bench.scenes import Size, give_up, rounds

PACE = 50  # packets a second
OPUS = 62  # bytes of a packet besides its head: 24 kbit/s
LARGE = 1200  # the same while some have stopped, so that they are felt within seconds
MANY = {PACKETS: "100000", BUNDLES: "0"}  # listeners above which there are bundles


def sound(book: Book, size: Size) -> None:
    """One voice to many, packet by packet and in bundles."""
    with tempfile.TemporaryDirectory(prefix="austausch-bench-") as name, ExitStack() as stack:
        program = building.compiled("sound", Path(name))
        command = [sys.executable, "-m", "tests.bench.sounding"]
        stands = [stack.enter_context(running(who, command, MANY=many)) for who, many in MANY.items()]
        for number, stand in rounds("sound", size._replace(rounds=min(3, size.rounds)), stands):
            try:
                speak(book, stand, program, size)
            except Stuck as stuck:
                give_up(book, "sound", number, stand, stuck)


def speak(book: Book, stand: Stand, program: Path, size: Size) -> None:
    with listening(program, stand.port, size.ears, size.narrow) as load:
        joined = load.say("connect")
        load.say(f"speak {PACE} 0.5 {OPUS}")
        report, spent = load.during(stand.pid, f"speak {PACE} {2 * size.seconds} {OPUS}")
        calm = load.say(f"speak {PACE} {size.stall / 2} {LARGE}")
        before = machine.memory(stand.pid)
        load.say("pause")
        stalled = load.say(f"speak {PACE} {size.stall} {LARGE}")
        held = (machine.memory(stand.pid) - before) / size.narrow
        waiting = sorted(machine.unsent(stand.port))[-size.narrow :]
        load.say("resume")
        rest = load.say(f"speak {PACE} 1 {OPUS}")
    kernel = sum(waiting) / max(1, len(waiting)) / 1024
    book.check(stand.name, joined, report, calm, stalled, rest)
    book.note(
        "sound",
        stand.name,
        share=100 * spent.processor / report.seconds / size.ears,
        delay50=report.delay[0],
        delay99=report.delay[1],
        age99=report.age[1],
        calm99=calm.delay[1],
        stalled99=stalled.delay[1],
        process=max(0.0, held),
        kernel=kernel,
        held=max(0.0, held) + kernel,
        generator=100 * report.busy / report.seconds,
        foreign=spent.foreign,
    )
