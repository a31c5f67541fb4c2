"""What a tariff would have done to last month's real bookings: the same engine, twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models import Q, QuerySet

from billing.models import Tariff
from billing.prices.tariffs import PriceList, Tariffs
from booking.models import Booking, Item
from core.clock import now, today
from core.money import ZERO, Money
from core.periods import local_date, local_days
from people.models import GroupMember
from spaces.models import Resource


@dataclass(slots=True)
class Effect:
    """Bookings, how many would have been dearer or cheaper, and what they came to before and would after."""

    bookings: int = 0
    dearer: int = 0
    cheaper: int = 0
    before: Money = ZERO
    after: Money = ZERO

    def add(self, before: Money, after: Money) -> None:
        self.bookings += 1
        self.dearer += before < after
        self.cheaper += after < before
        self.before += before
        self.after += after


@dataclass(slots=True)
class Foretold:
    """The month that was looked at, in all and by resource."""

    first_on: date
    last_on: date
    whole: Effect = field(default_factory=Effect)
    by_resource: dict[Resource, Effect] = field(default_factory=lambda: defaultdict(Effect))


def foretell(tariff: Tariff) -> Foretold:
    """The tariff in the place of those that ruled, for every booking that stood last month, at list price: groups as
    they are today, without coupons and budgets. A fixed number of statements."""
    zone = tariff.venue.zone
    first_of_this = local_date(now(), zone).replace(day=1)
    first = (first_of_this - timedelta(days=1)).replace(day=1)
    month = local_days(first, first_of_this, zone)
    rows = Item.objects.filter(
        booking__state=Booking.State.CONFIRMED,
        booking__venue=tariff.venue_id,
        period__startswith__gte=month.start,
        period__startswith__lt=month.end,
    )
    items = list(rows.select_related("resource__venue", "booking__organisation").order_by("pk"))
    found = Foretold(first, first_of_this - timedelta(days=1))
    for item, before, after in repriced(items, tariff):
        found.whole.add(before, after)
        found.by_resource[item.resource].add(before, after)
    return found


def repriced(items: Iterable[Item], tariff: Tariff) -> Iterator[tuple[Item, Money, Money]]:
    """Each item (with resource, venue, booking and its body) at the price that ruled, and at the tariff's."""
    items = list(items)
    ruling, drafted = Tariffs([tariff.venue_id]), Tariffs([tariff.venue_id], instead=tariff)
    groups = _groups(items)
    lists: dict[tuple[frozenset[UUID], UUID | None], tuple[PriceList, PriceList]] = {}
    for item in items:
        booking = item.booking
        own = groups[booking.person_id] | groups[booking.organisation_id]
        key = (frozenset(own), booking.organisation_id)
        if key not in lists:
            lists[key] = (
                PriceList([], None, booking.organisation, tariffs=ruling, groups=own),
                PriceList([], None, booking.organisation, tariffs=drafted, groups=own),
            )
        before, after = (
            prices.price(item.resource, item.period, quantity=item.quantity, people=booking.people).gross
            for prices in lists[key]
        )
        yield item, before, after


def factors(tariff: Tariff, bookings: QuerySet[Booking]) -> dict[UUID, Fraction]:
    """By resource of its venue, by how much the tariff would multiply what these bookings cost at list price."""
    rows = Item.objects.filter(booking__in=bookings, resource__venue=tariff.venue_id)
    sums: dict[UUID, list[Money]] = defaultdict(lambda: [ZERO, ZERO])
    for item, before, after in repriced(
        rows.select_related("resource__venue", "booking__organisation").order_by("pk"), tariff
    ):
        sums[item.resource_id][0] += before
        sums[item.resource_id][1] += after
    return {pk: Fraction(after.cents, before.cents) for pk, (before, after) in sums.items() if before}


def _groups(items: Iterable[Item]) -> dict[UUID | None, set[UUID]]:
    """By person and by organisation the groups that they are in today; one statement."""
    people = {item.booking.person_id for item in items}
    bodies = {item.booking.organisation_id for item in items} - {None}
    day = today()
    rows = GroupMember.objects.filter(Q(person__in=people) | Q(organisation__in=bodies), from_on__lte=day)
    found: dict[UUID | None, set[UUID]] = defaultdict(set)
    for person, body, group in rows.exclude(until_on__lte=day).values_list(
        "person_id", "organisation_id", "group_id"
    ):
        found[person or body].add(group)
    return found
