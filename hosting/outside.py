"""What rooms are given from outside beside their stores: the time, new ids, and names by person id."""

import secrets
from datetime import datetime

from hosting import moments, people
from hosting.database import Database
from hosting.errors import Unavailable
from rooms.ports import Away


def new_id() -> str:
    """A random id: counters betray hidden things."""
    return secrets.token_urlsafe(9)


class SystemClock:
    def now(self) -> datetime:
        return moments.now()


class SqlDirectory:
    """Names by person id, from the one table that has them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def names(self, persons: frozenset[str]) -> dict[str, str]:
        try:
            return await self.database.read(lambda sql: people.names(sql, sorted(persons)))
        except Unavailable as away:
            raise Away(str(away)) from away
