"""The rules of booking as one frozen value, and which version of them is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.clock import now
from core.errors import Unsatisfiable
from core.periods import local_date
from core.words import Words
from spaces.clauses import ApprovalWhen, Limit, NoShows, Preset, Question, Reserved, Supervision, read
from spaces.models import Resource, Rules

DAY = 24 * 60
RESCUE_DEFAULTS = ("move", "refund", "keep")


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """Minutes where nothing else is said; None is no limit."""

    step: int = 30
    least: int = 30
    most: int | None = 12 * 60
    notice: int = 0
    horizon_days: int = 180
    series_horizon_days: int = 400
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
    bookable_from: date | None = None
    bookable_until: date | None = None
    notice_days: int = 0
    presets: tuple[Preset, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    first_groups: tuple[str, ...] = ()
    others_horizon_days: int | None = None
    limits: tuple[Limit, ...] = ()
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

    @classmethod
    def read(cls, data: dict[str, Any]) -> BookingPolicy:
        """A policy from the stored words; unknown words are an error, for a mistyped rule must not be dropped."""
        known = {field.name for field in fields(cls)}
        if unknown := set(data) - known:
            raise Unsatisfiable(why=", ".join(sorted(unknown)))
        policy = cls(**{name: PARSED.get(name, _plain)(value) for name, value in data.items()})
        policy.check()
        return policy

    def check(self) -> None:
        """Raises Unsatisfiable if no booking could ever meet these rules."""
        wrong = next((words for bad, words in self._faults() if bad), None)
        if wrong is not None:
            raise Unsatisfiable(why=wrong)

    def _faults(self) -> Iterable[tuple[bool, Words]]:
        yield self.step < 1, Words("il passo è almeno un minuto", "the step is at least one minute")
        if self.step < 1:
            return
        yield self.least < 1, Words("la durata minima è almeno un minuto", "the least duration is a minute")
        longest = self.most if self.most is not None else 366 * DAY
        yield (
            self.least > longest,
            Words("la durata minima supera la massima", "the least duration exceeds the most"),
        )
        fits = (longest // self.step) * self.step
        yield (
            fits < self.least,
            Words(
                "nessun multiplo del passo sta fra minima e massima",
                "no multiple of the step lies between least and most",
            ),
        )
        yield (
            self.notice >= self.horizon_days * DAY,
            Words("il preavviso supera l'orizzonte", "the notice exceeds the horizon"),
        )
        for limit in self.all_limits:
            yield from limit.faults(self.least)
        yield (
            min(self.set_up, self.clean_up, self.notice, self.notice_days) < 0,
            Words("i tempi non sono negativi", "times are not negative"),
        )
        yield (
            self.series_horizon_days < self.horizon_days,
            Words(
                "l'orizzonte delle serie è minore di quello delle prenotazioni",
                "the horizon of series is less than that of bookings",
            ),
        )
        yield (
            self.rescue_default not in RESCUE_DEFAULTS or not 1 <= self.rescue_hours <= 14 * 24,
            Words(
                "il soccorso è move, refund o keep, entro 1-336 ore",
                "a rescue is move, refund or keep, within 1 to 336 hours",
            ),
        )
        yield (
            self.notice_days > self.horizon_days,
            Words("il preavviso supera l'orizzonte", "the notice exceeds the horizon"),
        )
        yield (
            bool(self.bookable_from and self.bookable_until and self.bookable_from >= self.bookable_until),
            Words("il periodo prenotabile è vuoto", "the bookable period is empty"),
        )
        yield (
            self.supervision is not None and not self.supervision.hours and not self.supervision.buddy,
            Words("nessuna ora presidiata e nessun compagno", "no staffed hour and no buddy"),
        )
        yield (
            bool(self.presets) and not any(self._takes(preset) for preset in self.presets),
            Words("nessuna fascia rispetta le durate", "no preset keeps to the durations"),
        )
        yield (
            any(not reserved.groups for reserved in self.reserved)
            or (self.others_horizon_days is not None and not self.first_groups),
            Words("una riserva non dice per chi", "a reservation for groups names none"),
        )

        yield from self._faults_of_attendance()

    def _faults_of_attendance(self) -> Iterable[tuple[bool, Words]]:
        yield (
            self.check_in_from < 0 or self.no_show_fee < 0,
            Words("i tempi e gli importi non sono negativi", "times and amounts are not negative"),
        )
        yield (
            self.needs_check_in and self.grace <= -self.check_in_from,
            Words(
                "la tolleranza finisce prima che si possa arrivare", "the grace ends before one may check in"
            ),
        )
        yield (
            self.needs_check_in and self.grace >= self.least,
            Words("la tolleranza dura più della durata minima", "the grace outlasts the shortest booking"),
        )
        after = self.no_show_after
        if after is None:
            return
        yield (
            min(after.count, after.within_days, after.for_days) < 1,
            Words("le mancate presentazioni si contano da una", "no-shows are counted from one"),
        )
        yield (
            not self.notice_days <= after.shorter_horizon_days < self.horizon_days,
            Words(
                "l'orizzonte ridotto non sta fra il preavviso e l'orizzonte",
                "the shorter horizon does not lie between notice and horizon",
            ),
        )

    def _takes(self, preset: Preset) -> bool:
        some_monday = date(2026, 6, 1)
        days = (preset.hours.on(some_monday + timedelta(days=n), ZoneInfo("UTC")) for n in range(7))
        lengths = {day.minutes for day in days if day is not None}
        longest = self.most if self.most is not None else 366 * DAY
        return any(self.least <= length <= longest for length in lengths)

    @property
    def all_limits(self) -> tuple[Limit, ...]:
        """The limits, those of the day and the week (minutes, of this resource) first."""
        short = (("day", self.daily_limit), ("week", self.weekly_limit))
        return (*(Limit(span, minutes=m) for span, m in short if m is not None), *self.limits)


def _plain(value: Any) -> Any:
    return value


def _each(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda values: tuple(read(kind, value) for value in values)


def _maybe(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


PARSED: dict[str, Callable[[Any], Any]] = {
    "groups": tuple,
    "first_groups": tuple,
    "bookable_from": _maybe(date.fromisoformat),
    "bookable_until": _maybe(date.fromisoformat),
    "presets": _each(Preset),
    "reserved": _each(Reserved),
    "limits": _each(Limit),
    "questions": _each(Question),
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
        general, own = (self._in_force(rows, day) for rows in (self._venue, self._resource))
        key = (general.pk if general else None, own.pk if own else None)
        if key not in self._kept:
            data = (general.data if general else {}) | (own.data if own else {})
            self._kept[key] = Version(BookingPolicy.read(data), key[1] or key[0])
        return self._kept[key]

    @property
    def widest(self) -> int:
        """The most set-up or clean-up, in minutes, of any version."""
        words = ("set_up", "clean_up")
        return max(
            (row.data.get(word, 0) for row in (*self._venue, *self._resource) for word in words), default=0
        )

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


def as_written(resources: Iterable[Resource], at: datetime) -> dict[UUID, Policies]:
    """The rules as they stood at an instant: what was written later does not bind who booked then; one statement."""
    resources = list(resources)
    return _by_resource(resources, [row for row in rows_of(resources) if row.written_at <= at], at)


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
