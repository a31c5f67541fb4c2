"""The rules of booking as one frozen value, and which version of them is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.clock import now
from core.errors import Unsatisfiable
from core.periods import local_date
from spaces.clauses import (
    ApprovalWhen,
    Limit,
    NoShows,
    Preset,
    Question,
    Reserved,
    Stretch,
    Supervision,
    read,
)
from spaces.models import Resource, Rules


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """Minutes where nothing else is said; None is no limit."""

    step: int = 30
    least: int = 30
    most: int | None = 12 * 60
    notice: int = 0
    horizon_days: int = 180
    series_horizon_days: int = 731  # two years
    set_up: int = 0
    clean_up: int = 0
    approval: bool = False
    daily_limit: int | None = None
    weekly_limit: int | None = None
    hold: int = 10
    request_days: int = 5
    offer: int | None = None  # to answer the waiting list; None: by how soon the slot starts
    rescue_default: str = "refund"  # for who does not answer when their booking cannot be kept
    rescue_hours: int = 24
    groups: tuple[str, ...] = ()
    horizon_working_days: int | None = None
    horizon_minutes: int | None = None
    bookable_from: datetime | None = None  # by the venue's clock, as the next
    bookable_until: datetime | None = None
    notice_days: int = 0
    cancel_notice: int = 0  # until so long before may its own people cancel
    presets: tuple[Preset, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    first_groups: tuple[str, ...] = ()
    others_horizon_days: int | None = None
    limits: tuple[Limit, ...] = ()
    gap: int = 0
    people_needed: bool = False
    least_people: int | None = None
    least_age: int | None = None
    supervision: Supervision | None = None
    approval_when: ApprovalWhen | None = None
    terms: str = ""
    questions: tuple[Question, ...] = ()
    needs_check_in: bool = False
    check_in_from: int = 30
    grace: int = 15  # after the start; negative: before it
    check_in_at_once: bool = False
    release_no_show: bool = False
    leaving_frees: bool = True
    no_show_fee: int = 0  # cents
    no_show_after: NoShows | None = None
    appeal_days: int = 0  # after a no-show; nothing: always
    appeal_until_day: int = 0  # of the month after; the earlier of the two counts
    stretches: tuple[Stretch, ...] = ()
    least_quantity: int | None = None
    most_quantity: int | None = None
    only_with: tuple[str, ...] = ()

    @classmethod
    def as_written(cls, data: dict[str, Any]) -> BookingPolicy:
        """A policy from the stored words. What nobody can meet (`possible.py`) refuses everybody, but is read, so that one
        resource's rules never stop a list of many. Raises Unsatisfiable for unknown words: a mistyped rule must not be
        dropped."""
        kinds = _kinds()
        if unknown := data.keys() - kinds.keys():
            raise Unsatisfiable(why=", ".join(sorted(unknown)))
        return cls(**{name: _read(name, kinds[name], value) for name, value in data.items()})

    @property
    def all_limits(self) -> tuple[Limit, ...]:
        """The limits, those of the day and the week (minutes, of this resource) first."""
        short = (("day", self.daily_limit), ("week", self.weekly_limit))
        return (*(Limit(span, minutes=m) for span, m in short if m is not None), *self.limits)


@cache
def _kinds() -> dict[str, str]:
    """The words of a policy, each with the kind of its value."""
    return {field.name: str(field.type) for field in fields(BookingPolicy)}


PLAIN: dict[str, tuple[type[Any], ...]] = {
    "int": (int,),
    "int | None": (int, type(None)),
    "bool": (bool,),
    "str": (str,),
}


def _read(name: str, kind: str, value: Any) -> Any:
    """One word's value. Raises Unsatisfiable for what is of another kind: a number that is a text compares with nothing."""
    if name in PARSED:
        try:
            return PARSED[name](value)
        except (TypeError, ValueError) as error:
            raise Unsatisfiable(why=f"{name}: {value!r}") from error
    known = PLAIN.get(kind)
    if known and (not isinstance(value, known) or (isinstance(value, bool) and kind != "bool")):
        raise Unsatisfiable(why=f"{name}: {value!r}")
    return value


def _each(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda values: tuple(read(kind, value) for value in values)


def _wall(text: str) -> datetime:
    """A day (its midnight) or a day and an hour of the venue's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _maybe(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


PARSED: dict[str, Callable[[Any], Any]] = {
    "groups": tuple,
    "first_groups": tuple,
    "bookable_from": _maybe(_wall),
    "bookable_until": _maybe(_wall),
    "presets": _each(Preset),
    "reserved": _each(Reserved),
    "limits": _each(Limit),
    "questions": _each(Question),
    "stretches": _each(Stretch),
    "only_with": tuple,
    "supervision": _maybe(lambda value: read(Supervision, value)),
    "approval_when": _maybe(lambda value: read(ApprovalWhen, value)),
    "no_show_after": _maybe(lambda value: read(NoShows, value)),
}


@dataclass(frozen=True, slots=True)
class Version:
    """A policy and the row it came from, if any."""

    policy: BookingPolicy
    rules: UUID | None


# What has been read already, by the rows it was read from: shared by resources that have no rules of their own.
Kept = dict[tuple[UUID | None, UUID | None], Version]


class Policies:
    """The versions of one resource's rules; a resource's word wins over its venue's, word by word."""

    def __init__(
        self, venue: list[Rules], resource: list[Rules], made_on: date, kept: Kept | None = None
    ) -> None:
        self._venue, self._resource, self._made_on = venue, resource, made_on
        self._kept: Kept = {} if kept is None else kept

    def on(self, day: date) -> Version:
        """The version for a day of use (before the first version: the house's defaults).

        A version counted by the day of booking is in force for whatever is booked from its day on.
        """
        general, own = self.general(day), self.own(day)
        key = (general.pk if general else None, own.pk if own else None)
        if key not in self._kept:
            data = (general.data if general else {}) | (own.data if own else {})
            self._kept[key] = Version(BookingPolicy.as_written(data), key[1] or key[0])
        return self._kept[key]

    def between(self, first: date, last: date) -> list[BookingPolicy]:
        """The policies of these days of use, both included, in their order."""
        turns = {row.from_on for row in (*self._venue, *self._resource) if first < row.from_on <= last}
        return [self.on(day).policy for day in sorted({first, *turns})]

    @property
    def widest(self) -> int:
        """The most set-up or clean-up, in minutes, of any version."""
        words = ("set_up", "clean_up")
        return max(
            (row.data.get(word, 0) for row in (*self._venue, *self._resource) for word in words), default=0
        )

    def general(self, day: date) -> Rules | None:
        """What the venue says of a day of use."""
        return self._in_force(self._venue, day)

    def own(self, day: date) -> Rules | None:
        """What the resource itself says of it."""
        return self._in_force(self._resource, day)

    def _in_force(self, rows: list[Rules], day: date) -> Rules | None:
        for row in rows:
            if row.from_on <= (self._made_on if row.basis == Rules.Basis.BOOKING else day):
                return row
        return None


def rows_of(resources: Iterable[Resource]) -> list[Rules]:
    """The versions that rule these resources, newest first; one statement."""
    resources = list(resources)
    scopes = Q(resource__in=[r.pk for r in resources]) | Q(venue__in={r.venue_id for r in resources})
    return list(Rules.objects.filter(scopes).order_by("-from_on", "-written_at"))


def policies(resources: Iterable[Resource], at: datetime | None = None) -> dict[UUID, Policies]:
    """The rules of these resources, all versions, for what is booked at an instant (default: now); one statement."""
    resources = list(resources)
    return _by_resource(resources, rows_of(resources), at or now())


def as_written(
    resources: Iterable[Resource], at: datetime, rows: Sequence[Rules] | None = None
) -> dict[UUID, Policies]:
    """The rules as they stood at an instant: what was written later does not bind who booked then; one statement, none
    where their `rows` were read before."""
    resources = list(resources)
    found = rows if rows is not None else rows_of(resources)
    return _by_resource(resources, [row for row in found if row.written_at <= at], at)


def _by_resource(resources: list[Resource], rows: list[Rules], moment: datetime) -> dict[UUID, Policies]:
    of_venue: dict[UUID, list[Rules]] = defaultdict(list)
    of_resource: dict[UUID, list[Rules]] = defaultdict(list)
    for row in rows:
        if row.resource_id is not None:
            of_resource[row.resource_id].append(row)
        elif row.venue_id is not None:
            of_venue[row.venue_id].append(row)
    kept: Kept = {}
    today = {zone: local_date(moment, ZoneInfo(zone)) for zone in {r.venue.time_zone for r in resources}}
    return {
        resource.pk: Policies(
            of_venue[resource.venue_id], of_resource[resource.pk], today[resource.venue.time_zone], kept
        )
        for resource in resources
    }
