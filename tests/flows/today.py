"""A data folder with two sessions around now, one after the other, in which the same expert speaks; no server yet."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from hosting import moments, people
from hosting.database import Database
from hosting.people import as_role
from tests.hosting.days import day, room, session
from tests.hosting.programmes import take_in

ROLES = ("moderator", "interpreter", "participant", "organiser")


class Day:
    """The folder, the room of now and that of the next session, and a cookie for each role of the exchange."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = moments.now().replace(second=0, microsecond=0)
        database = self.database()
        begins = self.now - timedelta(minutes=2)
        take_in(
            database, day(session("now", begins), session("next", begins + timedelta(hours=1)), begins=begins), begins
        )
        self.here, self.next = room(database, "now"), room(database, "next")
        self.cookies = {role: self.person(database, role) for role in ROLES}
        database.stop()

    def database(self) -> Database:
        database = Database(f"sqlite:///{self.folder / 'austausch.sqlite3'}")
        database.start()
        return database

    def person(self, database: Database, role: str, *rooms: str) -> str:
        """Somebody new with a role; a cookie."""

        def write(sql: Connection) -> str:
            person = people.create_person(sql, f"{role.title()} Person", self.now)
            for each in rooms or (None,):
                people.grant(sql, person, as_role(role), "day", each, self.now)
            return people.open_sign_in(sql, person, moments.now())

        return database.write_now(write)
