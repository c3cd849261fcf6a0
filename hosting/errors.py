"""What may go wrong in hosting in a way that somebody is told about. Everything else is a bug and rises."""


class HostingError(Exception):
    """A sentence for the person at the command line or in the log; the program cannot go on as asked."""


class Unavailable(HostingError):
    """The database is away or full: nothing was applied, the same request may be sent again."""
