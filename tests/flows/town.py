"""A data folder with the small programme and somebody of every role, before a server runs on it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from hosting import moments, people
from hosting.database import Database
from hosting.people import as_role
from tests.hosting.programmes import room, take_in

T = TypeVar("T")
EVERYBODY = ("participant", "expert", "interpreter", "captioner", "moderator", "organiser")


class Town:
    """The folder, the rooms by their name in the file, and a cookie for each role of the exchange `spring`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        with_it = self.database()
        take_in(with_it)
        self.rooms = {
            key: room(with_it, key) for key in ("before-spring", "across-spring", "after-spring", "behind-doors")
        }
        with_it.stop()
        for role in EVERYBODY:
            self.add(role, role)

    def database(self) -> Database:
        """A database on the folder, as another process has it; to be stopped."""
        database = Database(f"sqlite:///{self.folder / 'austausch.sqlite3'}")
        database.start()
        return database

    def write(self, change: Callable[[Connection], T]) -> T:
        """Write as the command line does, past any server."""
        database = self.database()
        try:
            return database.write_now(change)
        finally:
            database.stop()

    def add(self, name: str, role: str | None = None, exchange: str = "spring", only: str | None = None) -> str:
        """Somebody with a cookie, by name; returns the grant's id."""

        def write(sql: Connection) -> str:
            now = moments.now()
            self.people[name] = people.create_person(sql, f"{name.title()} Person", now)
            grant = people.grant(sql, self.people[name], as_role(role), exchange, only, now) if role else ""
            self.cookies[name] = people.open_sign_in(sql, self.people[name], now)
            return grant

        return self.write(write)
