"""The schema's history and the tables say the same, and what differs between dialects does what it says."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from hosting import schema, tables
from hosting.database import Database, insert_or_ignore, upsert

ROOM = {"id": "1", "epoch": "old"}


async def test_row_is_inserted_unless_its_key_is_there(database: Database) -> None:
    row: dict[str, object] = {"room": "1", "question": "q", "voter": "v"}
    await database.write(lambda sql: sql.execute(insert(tables.rooms), ROOM))
    twice = [await database.write(lambda sql: insert_or_ignore(sql, tables.ballots, row)) for _ in range(2)]
    assert twice == [True, False]


async def test_upsert_leaves_the_columns_that_are_not_given(database: Database) -> None:
    columns = tables.rooms.c
    await database.write(lambda sql: sql.execute(insert(tables.rooms), ROOM))
    await database.write(lambda sql: sql.execute(update(tables.rooms).values(head=7)) and None)
    await database.write(lambda sql: upsert(sql, tables.rooms, {"id": "1", "epoch": "new"}))
    found = await database.read(lambda sql: sql.execute(select(columns.epoch, columns.head)).one())
    assert tuple(found) == ("new", 7)


async def test_migrations_make_what_the_tables_say(database: Database) -> None:
    def differences(sql: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(sql, opts=options), tables.metadata))

    assert await database.read(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    before = await database.read(lambda sql: sql.exec_driver_sql("PRAGMA schema_version").scalar_one())
    await database.write(schema.upgrade)
    after = await database.read(lambda sql: sql.exec_driver_sql("PRAGMA schema_version").scalar_one())
    assert before == after
    assert await database.read(schema.current) == "0013"


async def test_role_that_is_none_is_refused_by_the_database(database: Database) -> None:
    """No comparison of migrations and tables sees a check that was lost."""
    row = {"id": "g", "person": "p", "role": "mayor", "exchange": "e", "created_at": "2027-03-01T12:00:00Z"}
    with pytest.raises(IntegrityError, match="ck_grants_role"):
        await database.write(lambda sql: sql.execute(insert(tables.grants), row))
