"""The programme file as types: Austausch TOML, checked for shape by msgspec, with the place of every error.

What hangs together across entries (references, minutes, times) is checked in hosting.checking and hosting.importing.
"""

import datetime as dt
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from rooms.core import Language, canonised

Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", min_length=2, max_length=100)]
Tag = Language  # of a text, or of what is spoken
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Prose = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
Texts = dict[Tag, Prose]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=600)]
Count = Annotated[int, msgspec.Meta(ge=1, le=999)]
When = Annotated[
    str, msgspec.Meta(pattern=r"^(19|20|21)\d{2}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?\Z")
]  # a date or local time, as text


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry of the file; a field nobody knows is an error, not a wish. Its language tags get their one spelling."""

    def __post_init__(self) -> None:
        for name, value in canonised(self).items():
            msgspec.structs.force_setattr(self, name, value)


class Focus(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Slug
    title: Texts


class Series(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    slug: Slug
    title: Texts
    subtitle: Texts = {}
    starts: dt.date
    ends: dt.date
    zone: str
    working_language: Tag
    organiser: Texts = {}
    partners: Texts = {}
    interpretation: Texts = {}
    intro: Texts = {}
    audience: Texts = {}
    invitation: Texts = {}
    interests: tuple[str, ...] = ()
    contact_routes: tuple[str, ...] = ()
    focus: tuple[Focus, ...] = ()


class Exchange(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    slug: Slug
    kind: Literal["dialogue", "series", "global-exchange", "closing"]
    title: Texts
    subtitle: Texts = {}
    description: Texts = {}
    target_group: Texts = {}
    starts: When
    ends: When
    zone: str
    time_known: bool
    languages: tuple[Tag, ...] = ()
    regions: tuple[Slug, ...] = ()
    title_regions: tuple[Slug, ...] = ()
    part: Count | None = None
    parts: Count | None = None
    part_of: Slug | None = None
    stated: dict[str, int] | None = None
    public: bool = True
    keep_chat: bool = False
    anonymous: Literal["participants", "everybody"] = "participants"

    @property
    def first(self) -> dt.date:
        """When it starts: a datetime where the time is known, else a date."""
        return when(self.starts)

    @property
    def last(self) -> dt.date:
        return when(self.ends)


def when(text: str) -> dt.date:
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


class Topic(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    exchange: Slug
    id: Slug
    short: Texts


Kind = Literal["contribution", "discussion", "break", "other"]


class AgendaItem(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`hidden`: seen by booth and crew only; a contribution is announced all the same, though its item is hidden."""

    kind: Kind
    minutes: Minutes
    title: Texts = {}
    contribution: Slug | None = None
    hidden: bool = False


class Session(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Slug
    exchange: Slug
    topic: Slug
    title: Texts
    abstract: Texts = {}
    starts: dt.datetime
    ends: dt.datetime
    zone: str
    languages: tuple[Tag, ...]
    channels: tuple[Tag, ...] = ()
    regions: tuple[Slug, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    sample: bool = False


class Expert(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Line
    role: Texts = {}
    city: Line
    country: str = ""
    region: str = ""
    sample: bool = False


class Contribution(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Slug
    session: Slug
    title: Texts
    abstract: Texts = {}
    expert: Expert
    language: Tag
    minutes: Minutes
    sample: bool = False


class GoodPractice(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Slug
    topic: Slug
    contribution: Slug | None = None
    city: Line
    country: str = ""
    title: Texts
    summary: Texts = {}
    sample: bool = False


class FollowUp(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Slug
    topic: Slug
    session: Slug | None = None
    status: str
    title: Texts
    aim: Texts = {}
    format: str = ""
    month: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}\Z")]
    minutes: Minutes
    languages: tuple[Tag, ...] = ()
    regions: tuple[Slug, ...] = ()
    sample: bool = False


class Sheet(Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole programme file."""

    series: Series
    exchange: tuple[Exchange, ...]
    topic: tuple[Topic, ...] = ()
    session: tuple[Session, ...] = ()
    contribution: tuple[Contribution, ...] = ()
    good_practice: tuple[GoodPractice, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()


def moment(when: dt.datetime, zone: str) -> dt.datetime:
    """A local time of a zone as a moment in UTC."""
    return when.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
