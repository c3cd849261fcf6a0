"""The schema's history: brings a database to this version, and says which version it has."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run every migration that this database has not had; it returns quickly where there is none."""
    config = configuration(connection)
    if current(connection) != ScriptDirectory.from_config(config).get_current_head():
        command.upgrade(config, "head")


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
