"""What an office looks at: whose resources are open to it, cut by what they are, and their hours in time.

A partner's office sees its own detail (its consortium's, if it leads); of other partners only whole months, never
narrowed by a filter, and none with fewer than three bookings (security 37).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from booking.judging.rule_words import MONDAY_FIRST
from booking.measuring import tally
from booking.measuring.tally import Days
from core.clock import now
from core.ids import encode
from core.words import Words
from people.models import Partner
from people.roles import Standing, consortium_of, open_to
from spaces.models import Part, Resource

FEWEST = 3  # of other people's bookings, searches and refusals nothing is shown below this
EVERYTHING = Words("Tutto", "Everything")
WEEK = 7
TALLIED = "EXISTS (SELECT FROM booking_tally t WHERE t.resource_id = spaces_resource.id)"


@dataclass(frozen=True, slots=True)
class Cut:
    """What somebody narrows a report to; empty: everything that is open to them."""

    venue: UUID | None = None
    resources: Sequence[UUID] = ()
    kinds: Sequence[str] = ()
    partner: UUID | None = None


@dataclass(frozen=True)
class Scope:
    """The resources of a report, each with its venue and the partner it counts for."""

    resources: Sequence[Resource]
    partners: dict[UUID, str] = field(default_factory=dict)
    # The venues that are looked at whole, by who runs them: what is sold there besides things counts too.
    venues: frozenset[UUID] = frozenset()

    @cached_property
    def ids(self) -> list[UUID]:
        return [r.pk for r in self.resources]

    @cached_property
    def active(self) -> set[UUID]:
        """Those that are offered now."""
        at = now()
        return {
            r.pk
            for r in self.resources
            if r.is_active
            and (r.published_from is None or r.published_from <= at)
            and (r.published_until is None or r.published_until > at)
        }

    def groups(self, by: str) -> dict[UUID, str]:
        """To which group of a split (`resource`, `kind`, `venue`, `partner`, or `none`) each resource belongs."""
        how: dict[str, Callable[[Resource], str]] = {
            "none": lambda r: "",
            "resource": lambda r: encode("res", r.pk),
            "kind": lambda r: r.kind,
            "venue": lambda r: encode("ven", r.venue_id),
            "partner": lambda r: encode("prt", partner_of(r)),
        }
        return {r.pk: how[by](r) for r in self.resources}

    def offered(self, by: str) -> set[str]:
        """The groups of a split in which something is offered today."""
        keys = self.groups(by)
        return {keys[pk] for pk in self.active}

    def names(self, by: str) -> dict[str, str]:
        """What each group is called, in the order in which people know them."""
        found: dict[str, str] = {}
        keys = self.groups(by)
        for r in self.resources:
            found.setdefault(
                keys[r.pk],
                {
                    "none": str(EVERYTHING),
                    "resource": r.name,
                    "kind": str(r.get_kind_display()),
                    "venue": r.venue.name,
                    "partner": self.partners.get(partner_of(r), ""),
                }[by],
            )
        return found


def partner_of(resource: Resource) -> UUID:
    """Whose a resource's use is: its owner's, else of whoever runs its venue."""
    return resource.owner_id or resource.venue.partner_id


def scope(has: Standing, cut: Cut, *, past: bool = True) -> Scope:
    """What of the cut is open to an office, with what is offered no more but once had hours (`past`); two statements.
    Nothing of a stranger's is in it."""
    rows = had_hours(past=past)
    rows = rows.annotate(whose=Coalesce(F("owner_id"), F("venue__partner_id")))
    if (mine := open_to(has)) is not None:
        rows = rows.filter(whose__in=mine)
    if cut.venue is not None:
        rows = rows.filter(venue=cut.venue)
    if cut.resources:
        rows = rows.filter(pk__in=cut.resources)
    if cut.kinds:
        rows = rows.filter(kind__in=cut.kinds)
    if cut.partner is not None:
        rows = rows.filter(whose=cut.partner)
    found = list(rows.order_by("venue__position", "venue__name", "position", "name", "pk"))
    partners = Partner.objects.filter(pk__in={partner_of(r) for r in found})
    whole = {r.venue_id for r in found if _whole(r.venue.partner_id, cut, mine)}
    return Scope(found, dict(partners.values_list("pk", "short_name")), frozenset(whole))


def had_hours(*, past: bool = True) -> QuerySet[Resource]:
    """The resources that have hours; with `past`, those besides that had some before they were offered no more."""
    taken = Exists(Part.units.through.objects.filter(part__resource=OuterRef("pk")))
    made = Exists(Part.objects.filter(resource=OuterRef("pk"), of__isnull=False))
    rows = Q(taken | made, is_active=True)
    if past:
        rows |= Q(RawSQL(TALLIED, (), BooleanField()), is_active=False)
    return Resource.objects.filter(rows).select_related("venue")


def _whole(runner: UUID, cut: Cut, mine: frozenset[UUID] | None) -> bool:
    """Whether a venue is looked at whole: by its runner's office, and narrowed to no things of it."""
    open_ = mine is None or runner in mine
    return open_ and not cut.resources and not cut.kinds and cut.partner in (None, runner)


# -- hours in time ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A group's minutes step by step: of each measure as many numbers as there are steps."""

    key: str
    name: str
    minutes: dict[str, list[int]]


def steps(days: Days, step: str) -> list[date]:
    """The days on which the steps of a window begin: each `day`, every seventh (`week`), or the firsts of `month`s."""
    if step == "month":
        first = days.first.replace(day=1)
        many = (days.last.year - first.year) * 12 + days.last.month - first.month + (days.last.day > 1)
        return [max(days.first, first + relativedelta(months=n)) for n in range(many)]
    width = WEEK if step == "week" else 1
    return [days.first + relativedelta(days=n) for n in range(0, days.length, width)]


def lines(scope: Scope, days: Days, step: str, split: str, measures: Sequence[str]) -> list[Line]:
    """The hours of each group of a split, step by step, without what is offered no more and had none; two statements."""
    found = tally.by_day(scope.groups(split), days, measures, WEEK if step == "week" else 1)
    begins = steps(days, step)
    nothing = [0] * (days.length if step == "month" else len(begins))
    offered = scope.offered(split)
    told = []
    for key, name in scope.names(split).items():
        if key not in found and key not in offered:
            continue
        line = {m: found.get(key, {}).get(m, nothing) for m in measures}
        told.append(
            Line(
                key,
                name,
                {m: _by_month(v, days, begins) for m, v in line.items()} if step == "month" else line,
            )
        )
    return told


def _by_month(amounts: list[int], days: Days, begins: list[date]) -> list[int]:
    ends = [*begins[1:], days.last]
    places = [((a - days.first).days, (b - days.first).days) for a, b in zip(begins, ends, strict=True)]
    return [sum(amounts[a:b]) for a, b in places]


# -- other partners ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfOthers:
    """A whole month of another partner: its total, or nothing where fewer than three bookings stand behind it."""

    partner: Partner
    month: str
    opened: int | None
    booked: int | None


def of_others(
    has: Standing, days: Days, counted: Callable[[Iterable[UUID], Days], dict[str, int]]
) -> list[OfOthers]:
    """Months of the partners that run venues together with an office's own; `counted` says bookings by month."""
    mine = open_to(has)
    if mine is None:
        return []
    others = {p for own in mine for p in consortium_of(own)} - mine
    whole = Days(
        days.first.replace(day=1),
        (days.last - relativedelta(days=1)).replace(day=1) + relativedelta(months=1),
    )
    by_partner: dict[UUID, list[UUID]] = defaultdict(list)
    for r in had_hours():
        if (whose := partner_of(r)) in others:
            by_partner[whose].append(r.pk)
    found = []
    for partner in Partner.objects.filter(pk__in=by_partner).order_by("short_name"):
        ids = by_partner[partner.pk]
        many = counted(ids, whole)
        for month, minutes in tally.totals(ids, whole, "month", (tally.OPENED, tally.BOOKED)).items():
            shown = many.get(month, 0) >= FEWEST
            opened, booked = minutes.get(tally.OPENED, 0), minutes.get(tally.BOOKED, 0)
            found.append(OfOthers(partner, month, opened if shown else None, booked if shown else None))
    return found


def hour_name(hour: int) -> str:
    return f"{hour:02}:00"


def weekday_name(weekday: int) -> str:
    return MONDAY_FIRST[weekday - 1].say()
