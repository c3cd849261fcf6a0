"""Moments in time as text: RFC 3339 in UTC, the one form in which the database and the wire hold them."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC, to the millisecond (finer is noise on a wire)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def show(moment: datetime) -> str:
    """Write an aware moment as RFC 3339 in UTC; milliseconds only where there are any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """Read an RFC 3339 moment; ValueError if it is none or bears no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)


def elapsed(seconds: int) -> str:
    """A length of time as a session's clock shows it: 12:14, or 1:02:14."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
