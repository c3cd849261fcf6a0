"""The command line: `austausch`, the same as `python -m hosting`."""

import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection

from hosting import config as settings
from hosting import demo, grants, importing, media, moments, people, planning, programme, server
from hosting.alone import alone
from hosting.config import Config
from hosting.database import Database, sqlite_version
from hosting.errors import HostingError
from hosting.files import Incoming
from hosting.security import clean_name

CROWD = 5_000  # connections that a node should take


def remember(context: click.Context, _parameter: click.Parameter, data: str | None) -> None:
    if data is not None:
        context.ensure_object(dict)["data"] = data


# Every command takes it, before or after its name.
data_option = click.option(
    "--data", expose_value=False, callback=remember, help="The folder for the database and files.  [default: ./data]"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@data_option
@click.pass_context
def main(context: click.Context) -> None:
    """Austausch hosts the live sessions of multilingual exchanges between cities."""
    context.ensure_object(dict)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


@contextmanager
def told() -> Iterator[None]:
    """Say in one sentence what cannot be done, and exit with 1."""
    try:
        yield
    except HostingError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


@contextmanager
def opened(config: Config) -> Iterator[Database]:
    database = Database(config.database_url)
    database.start()
    try:
        yield database
    finally:
        database.stop()


@main.command()
@click.option("--demo", "with_demo", is_flag=True, help="Import the sample around now and offer one-click sign-in.")
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one.  [default: 8000]")
@data_option
@click.pass_context
def serve(context: click.Context, with_demo: bool, host: str | None, port: int | None) -> None:
    """Run the server until SIGTERM or Ctrl-C."""
    for ending in (signal.SIGTERM, signal.SIGINT):  # until the server takes them
        signal.signal(ending, lambda *_: sys.exit(0))
    with told():
        config = settings.load({**context.obj, "host": host, "port": port, "demo": with_demo or None})
        if os.environ.get("WEB_CONCURRENCY", "1") != "1":
            raise HostingError("several workers need PostgreSQL and a bus between them; SQLite is one process")
        if config.demo:
            with alone(config.database_url):
                prepare_demo(config)  # may move the data folder aside, and the lock with it
        with alone(config.database_url), opened(config) as database:
            server.run(config, database)


def prepare_demo(config: Config) -> None:
    """Fill an empty data folder; one in which nothing is live any more is moved aside first."""
    with opened(config) as database:
        empty = database.write_now(demo.is_empty)
        live = database.write_now(lambda sql: demo.is_live(sql, moments.now()))
    folder = Path(config.data)
    if not empty and not live and not config.database:
        aside = folder.with_name(f"{folder.name}-{moments.now():%Y%m%d-%H%M%S}")
        shutil.move(folder, aside)
        print(f"Nothing was live any more: the old data is in {aside}")
        empty = True
    if empty:
        with opened(config) as database:
            incoming = Incoming(config.files_folder / "incoming")
            database.write_now(lambda sql: demo.prepare(sql, moments.now(), incoming))


@main.command()
@data_option
@click.pass_context
def migrate(context: click.Context) -> None:
    """Bring the database to this version."""
    with told(), opened(settings.load(context.obj)):
        print("The database is at this version.")


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@click.pass_context
def import_file(context: click.Context, file: Path) -> None:
    """Take a programme FILE (Austausch TOML) into the database."""
    with told():
        sheet = importing.read(file.read_bytes())
        with opened(settings.load(context.obj)) as database:
            report = database.write_now(lambda sql: planning.write(sql, sheet, moments.now()))
        for line, count in sorted(report.items()):
            table, _space, became = line.partition(" ")
            print(f"{table.replace('_', ' '):16}{count:5} {became}")
        for note in report.notes:
            print(note)


@main.group()
def person() -> None:
    """People and their roles."""


@person.command("add")
@click.option("--name", required=True)
@click.option("--email")
@click.option("--role", required=True, type=click.Choice(people.ROLES))
@click.option("--exchange", required=True, help="The slug of an exchange.")
@click.option("--room", help="Only for this room.")
@data_option
@click.pass_context
def add(context: click.Context, name: str, email: str | None, role: str, exchange: str, room: str | None) -> None:
    """Create a person with a grant; prints a link that signs in once."""
    with told():
        config = settings.load(context.obj)
        now = moments.now()
        try:
            name = clean_name(name)
        except ValueError as broken:
            raise HostingError(str(broken)) from broken
        with opened(config) as database:
            if database.write_now(lambda sql: programme.exchange(sql, exchange)) is None:
                raise HostingError(f'there is no exchange "{exchange}"')
            session = database.write_now(lambda sql: programme.session(sql, room)) if room else None
            if room and (session is None or session.exchange != exchange):
                raise HostingError(f'there is no room "{room}" in "{exchange}"')

            def write(sql: Connection) -> tuple[str, str]:
                id = people.create_person(sql, name, now, email)
                people.grant(sql, id, people.as_role(role), exchange, room, now)
                return id, people.sign_in_link(sql, id, now, grants.landing(role, exchange, room))

            id, token = database.write_now(write)
        base = config.base_url or f"http://{config.host}:{config.port}"
        print(f"person {id}\n{base.rstrip('/')}/sign-in/{token}")


@main.command()
@click.option("--person", "id", required=True, help="The person's id.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3650))
@data_option
@click.pass_context
def token(context: click.Context, id: str, days: int) -> None:
    """Print a bearer token that acts as a person."""
    with told(), opened(settings.load(context.obj)) as database:
        if not database.write_now(lambda sql: people.names(sql, [id])):
            raise HostingError(f'there is no person "{id}"')
        print(database.write_now(lambda sql: people.api_token(sql, id, days, moments.now())))


@main.command()
@data_option
@click.pass_context
def doctor(context: click.Context) -> None:
    """Say what is there, what is off because of it, and how to get it."""
    with told():
        config = settings.load(context.obj)
        version = tuple(int(part) for part in sqlite_version().split("."))
        fixed = version >= (3, 51, 3) or version[:3] in ((3, 44, 6), (3, 50, 7))
        print(f"Python    {sys.version.split()[0]}")
        print(f"SQLite    {sqlite_version()}, {'fixed' if fixed else 'WAL-reset bug: kept safe by one writer'}")
        with opened(config):
            print(f"database  {config.database_url}: WAL, synchronous FULL")
        files = server.raise_file_limit()
        sockets = files - server.OWN_FILES
        more = "; for more raise ulimit -n, or LimitNOFILE of the service" if sockets < CROWD else ""
        print(f"sockets   {sockets} at once, as a process may have {files} files open{more}")
        slides = media.about()
        network = "without network" if slides["cut"] else "the network cannot be cut: user namespaces are off"
        print(f"slides    pypdfium2 {slides['version']}, {network}")
        print(f"translator {config.translator or 'off; set translator to propose translations of questions'}")
        chromium = shutil.which("chromium")
        print(f"Chromium  {chromium or 'not here: the browser tests are off; apt-get install chromium'}")
