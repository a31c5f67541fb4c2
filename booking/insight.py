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
from django.db.models import F
from django.db.models.functions import Coalesce

from booking import tally
from booking.rule_words import MONDAY_FIRST
from booking.tally import Days
from core.ids import encode
from core.words import Words
from people.models import Partner
from people.roles import Standing, consortium_of, open_to
from spaces.models import Resource

FEWEST = 3  # of other people's bookings, searches and refusals nothing is shown below this
EVERYTHING = Words("Tutto", "Everything")
WEEK = 7


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

    @cached_property
    def ids(self) -> list[UUID]:
        return [r.pk for r in self.resources]

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


def scope(has: Standing, cut: Cut) -> Scope:
    """What of the cut is open to an office; two statements. Nothing of a stranger's is in it."""
    rows = Resource.objects.filter(is_active=True, parts__units__isnull=False).select_related("venue")
    rows = rows.annotate(whose=Coalesce(F("owner_id"), F("venue__partner_id"))).distinct()
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
    return Scope(found, dict(partners.values_list("pk", "short_name")))


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
    """The hours of each group of a split, step by step; one statement."""
    found = tally.by_day(scope.ids, days, measures, WEEK if step == "week" else 1)
    groups = scope.groups(split)
    begins = steps(days, step)
    many = days.length if step == "month" else len(begins)
    sums: dict[str, dict[str, list[int]]] = {}
    for pk in scope.ids:
        line = sums.setdefault(groups[pk], {m: [0] * many for m in measures})
        for measure, amounts in found.get(pk, {}).items():
            line[measure] = list(map(int.__add__, line[measure], amounts))
    if step == "month":
        sums = {k: {m: _by_month(v, days, begins) for m, v in of.items()} for k, of in sums.items()}
    return [Line(key, name, sums[key]) for key, name in scope.names(split).items()]


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
    for r in Resource.objects.filter(is_active=True).select_related("venue"):
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
