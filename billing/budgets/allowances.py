"""Allowances: each partner's hours a month on what the consortium shares; drawn like everything paid ahead.

A partner may have several at a venue, told apart by name, for these kinds or things, drawn in the order of their turns
(docs/adr/0089). What was agreed is kept by version; each month's hours are a budget of the partner's body, there as far ahead as one can
book. What a month left unused lapses, or some of it is carried into the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import Q, Sum

from billing.budgets.draws import enter
from billing.models import Allowance, Budget, Draw
from booking.claims import Ask
from booking.models import Booking
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import AllowanceSpent, Invalid, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.periods import local_date, local_day
from core.words import Words
from people.models import Organisation, Partner, Person
from spaces.models import Resource, Venue

AHEAD = 26  # months: what one can book (25 months), and the one that begins meanwhile
LATELY = timedelta(days=100)  # for so long what a month left can still be carried
AGREED, CARRIED = "agreed", "carried"  # why units move besides bookings
NOT_A_FIRST = Words(
    "Un monte ore vale dal primo giorno di un mese.", "An allowance holds from the first of a month."
)
TOO_EARLY = Words(
    "Un monte ore vale da questo mese in poi, e dopo il precedente.",
    "An allowance holds from this month on, and after the one before it.",
)
ELSEWHERE = Words("La sede non è di questo raggruppamento.", "The venue is not one of this consortium's.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed: minutes a month from a first of a month on, for what, and what happens to more and to less."""

    venue: UUID
    from_on: date
    minutes: int
    beyond: str = Allowance.Beyond.TARIFF
    carried: int = 0
    told: bool = False
    kinds: Sequence[str] = ()
    resources: Sequence[UUID] = ()
    name: str = ""
    turn: int = 0


@act
def agree(by: Person, partner_id: UUID, terms: Terms) -> Allowance:
    """From that month on the partner has these hours; what it has booked already stays drawn. No minutes end it.

    Raises Invalid for a day that is no first of a month, is past or not after the last version's, or a venue elsewhere.
    """
    lock_rows(Locks.WHO, Partner, [partner_id])
    partner = Partner.objects.select_related("organisation", "consortium").get(pk=partner_id)
    venue = Venue.objects.select_related("partner").get(pk=terms.venue)
    versions = Allowance.objects.filter(partner=partner, venue=venue, name=terms.name)
    last = versions.order_by("-from_on").first()
    wrong = []
    if terms.from_on.day != 1:
        wrong.append(Pointer("/from_on", "not-a-first", NOT_A_FIRST.say()))
    if terms.from_on < this_month(venue) or (last is not None and terms.from_on <= last.from_on):
        wrong.append(Pointer("/from_on", "too-early", TOO_EARLY.say()))
    if partner.consortium_id is None or venue.partner.consortium_id != partner.consortium_id:
        wrong.append(Pointer("/venue_id", "unknown", ELSEWHERE.say()))
    known = Resource.objects.filter(pk__in=terms.resources, venue=venue).count()
    if known < len(set(terms.resources)):
        wrong.append(Pointer("/resource_ids", "unknown", ""))
    if wrong:
        raise Invalid(pointers=wrong)
    return grant(by, partner, venue, terms)


def grant(by: Person, partner: Partner, venue: Venue, terms: Terms) -> Allowance:
    """Inside a transaction: the partner has these hours, and the months of them."""
    made = Allowance.objects.create(
        partner=partner,
        venue=venue,
        from_on=terms.from_on,
        minutes=terms.minutes,
        beyond=terms.beyond,
        carried=terms.carried,
        told=terms.told,
        kinds=list(terms.kinds),
        resources=list(terms.resources),
        name=terms.name,
        turn=terms.turn,
        made_by=by,
    )
    _keep(partner, venue)
    record(by, "agree-allowance", made, minutes=str(made.minutes), from_on=made.from_on.isoformat())
    return made


def this_month(venue: Venue) -> date:
    """The first day of the month that it is at the venue."""
    return local_date(now(), venue.zone).replace(day=1)


# -- a budget for every month ------------------------------------------------------------------------------------


@outbox.every(timedelta(hours=1), "billing.allowances")
def sweep() -> None:
    """Every partner has its hours as far ahead as one can book, and what is carried over."""
    for partner, venue in Allowance.objects.values_list("partner_id", "venue_id").distinct().order_by():
        keep(partner, venue)


@patient_act
def keep(partner_id: UUID, venue_id: UUID) -> None:
    """The partner's months are there as its allowance says, and what they left is carried. However often."""
    lock_rows(Locks.WHO, Partner, [partner_id])
    _keep(Partner.objects.select_related("organisation").get(pk=partner_id), Venue.objects.get(pk=venue_id))


def _keep(partner: Partner, venue: Venue) -> None:
    named: dict[str, list[Allowance]] = defaultdict(list)
    for one in Allowance.objects.filter(partner=partner, venue=venue).order_by("from_on"):
        named[one.name].append(one)
    rows = Budget.objects.filter(
        kind=Budget.Kind.ALLOWANCE,
        organisation=partner.organisation,
        venue=venue,
        until_at__gt=now() - LATELY,
    )
    lock_rows(Locks.PASSES, Budget, rows.values_list("pk", flat=True))
    budgets = list(rows.order_by("from_at"))
    first = this_month(venue)
    for name, versions in sorted(named.items()):
        months = {local_date(b.from_at, venue.zone): b for b in budgets if b.part == name}
        for month in (first + relativedelta(months=n) for n in range(AHEAD)):
            if (version := in_force(versions, month)) is not None:
                _open(version, partner, venue, month, months)
        for month, budget in sorted(months.items()):
            following = months.get(month + relativedelta(months=1))
            if budget.until_at <= now() and following is not None:
                _carry(budget, following)


def in_force(versions: Sequence[Allowance], month: date) -> Allowance | None:
    """Of the versions of one allowance (the earliest first) the one of a month."""
    return next((v for v in reversed(versions) if v.from_on <= month), None)


def _open(
    version: Allowance, partner: Partner, venue: Venue, month: date, months: dict[date, Budget]
) -> None:
    """The month's budget is what the version says; a month that was there keeps what is drawn of it."""
    budget = months.get(month)
    if budget is not None and budget.allowance_id == version.pk:
        return
    if budget is None:
        if not version.minutes:
            return
        budget = months[month] = Budget(
            kind=Budget.Kind.ALLOWANCE,
            venue=venue,
            name=version.name or partner.short_name,
            part=version.name,
            organisation=partner.organisation,
            unit="minutes",
            given=0,
            left=0,
            from_at=local_day(month, venue.zone).start,
            until_at=local_day(month + relativedelta(months=1), venue.zone).start,
        )
    budget.allowance, budget.given, budget.turn = version, version.minutes, version.turn
    budget.kinds, budget.resources = version.kinds, version.resources
    budget.save()
    spent = Draw.objects.filter(budget=budget).exclude(why=AGREED).aggregate(n=Sum("units"))["n"] or 0
    if more := max(version.minutes - spent, 0) - budget.left:
        enter([Draw(budget=budget, units=-more, why=AGREED, by=version.made_by)])
        budget.refresh_from_db(fields=["left"])


def _carry(over: Budget, following: Budget) -> None:
    """Of what a month that is over has left, as much as its version lets into the next; never more in all."""
    most = over.allowance.carried if over.allowance is not None else 0
    got = Draw.objects.filter(budget=following, why=CARRIED, units__lt=0).aggregate(n=Sum("units"))["n"] or 0
    if (units := min(over.left, most + got)) > 0:
        enter(
            [
                Draw(budget=over, units=units, why=CARRIED),
                Draw(budget=following, units=-units, why=CARRIED),
            ]
        )
        following.refresh_from_db(fields=["left"])


# -- what is left, and what is refused beyond it --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a partner's hours in minutes; `used` is what bookings have drawn, `left` what they still can."""

    first_on: date
    given: int
    carried: int
    used: int
    left: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a partner's month once a quote is promised, and what happens beyond it."""

    budget: UUID
    name: str
    month: str
    given: int
    left: int
    beyond: str


def standings(
    organisation: Organisation | None, bookings: Sequence[Booking], drawn: Collection[UUID] = ()
) -> list[Standing]:
    """The months in which these bookings begin, of the body's allowances for what is booked (and those that are `drawn`),
    as they stand now and in the order in which they are drawn; two statements."""
    if organisation is None or not bookings:
        return []
    resources = list(Resource.objects.filter(items__booking__in=bookings).distinct())
    moments = Q()
    for booking in bookings:
        start = booking.period.start
        moments |= Q(venue=booking.venue_id, from_at__lte=start, until_at__gt=start)
    rows = Budget.objects.filter(moments, kind=Budget.Kind.ALLOWANCE, organisation=organisation)
    return [
        Standing(
            b.pk,
            b.part,
            f"{local_date(b.from_at, b.venue.zone):%Y-%m}",
            b.given,
            b.left,
            b.allowance.beyond if b.allowance is not None else Allowance.Beyond.TARIFF,
        )
        for b in rows.select_related("venue", "allowance").order_by("from_at", "turn", "pk")
        if b.pk in drawn or any(r.venue_id == b.venue_id and b.covers(r) for r in resources)
    ]


def months_of(allowances: Iterable[Allowance], many: int = 3) -> dict[tuple[UUID, UUID, str], list[Month]]:
    """By (partner, venue, name) this month and the ones after it, as they stand; two statements."""
    rows = list(allowances)
    bodies = {a.partner.organisation_id: a.partner_id for a in rows}
    venues = {a.venue_id: a.venue for a in rows}
    budgets = Budget.objects.filter(
        kind=Budget.Kind.ALLOWANCE,
        organisation__in=bodies,
        venue__in=venues,
        until_at__gt=now(),
        from_at__lt=now() + timedelta(days=31 * many),
    )
    found: dict[tuple[UUID, UUID, str], list[Month]] = defaultdict(list)
    carried = Sum("draws__units", filter=Q(draws__why=CARRIED, draws__units__lt=0), default=0)
    used = Sum("draws__units", filter=Q(draws__item__isnull=False), default=0)
    for b in budgets.annotate(came=carried, used=used).order_by("from_at"):
        if b.organisation_id is None:
            continue
        months = found[bodies[b.organisation_id], b.venue_id, b.part]
        if len(months) < many:
            month = local_date(b.from_at, venues[b.venue_id].zone)
            months.append(Month(month, b.given, -b.came, b.used, b.left))
    return found


def heed(asks: Sequence[Ask], organisation: Organisation | None) -> None:
    """Nothing happens unless these, which no budget pays in whole, are what one of a partner's allowances for them refuses
    beyond its hours.

    Raises AllowanceSpent. A courtesy before the draw, which has the last word.
    """
    if organisation is None or not asks:
        return
    versions: dict[tuple[UUID, str], list[Allowance]] = defaultdict(list)
    for one in Allowance.objects.filter(partner__organisation=organisation).order_by("from_on"):
        versions[one.venue_id, one.name].append(one)
    for ask in asks:
        zone = ask.resource.venue.zone
        month = local_date(ask.period.start, zone).replace(day=1)
        here = [found for (venue, _), found in versions.items() if venue == ask.resource.venue_id]
        ruling = [v for v in (in_force(found, month) for found in here) if v and v.minutes]
        over = [v for v in ruling if v.covers(ask.resource)]
        if any(v.beyond == Allowance.Beyond.REFUSED for v in over):
            left = Budget.objects.filter(
                kind=Budget.Kind.ALLOWANCE,
                organisation=organisation,
                venue=ask.resource.venue_id,
                part__in=[v.name for v in over],
                from_at=local_day(month, zone).start,
            ).values_list("left", flat=True)
            raise AllowanceSpent(partner=organisation.name, month=f"{month:%Y-%m}", left=hours(sum(left)))


def hours(minutes: int) -> str:
    """90 as 1:30 h."""
    return f"{minutes // 60}:{minutes % 60:02} h"
