"""An edit of a series, planned: which of its dates stay, move, come and go, each with its verdict and its money.

A date to which the edit gives no other meaning than it had stays as it is, also if it was once changed by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from booking.claims import Ask
from booking.clauses import needs_approval
from booking.coming import too_late_to_cancel
from booking.events import Freed
from booking.facts import gather
from booking.limits import Had, as_asked
from booking.models import Booking, Change, Claim, Series, SeriesPlan
from booking.moves import Way, leaves_its_start, matters, notices, too_late_to_leave, way_between
from booking.pairing import paired, turn_of
from booking.plans import Dated, Look, Wanted, judged, look, skipped_days, wanted
from booking.reasons import reason
from booking.seats import Sitting
from booking.series import LEFT_OUT
from booking.states import LIVE
from booking.visible import is_house
from core import terms
from core.clock import now
from core.errors import Invalid, Pointer, Reason, WayOut
from core.ids import encode
from core.money import ZERO, Money
from core.periods import Period, hull, local_date
from people.models import Person
from people.roles import standing

STAYS, MOVES, NEW, GOES = "stays", "moves", "new", "goes"
DAY = timedelta(days=1)
Scope = SeriesPlan.Scope


class Worth(NamedTuple):
    """What a date cost and will cost, what of that comes back now, and why the money forbids it."""

    before: Money = ZERO
    after: Money = ZERO
    back: Money = ZERO
    reason: Reason | None = None


@dataclass(slots=True)
class Edit:
    """What an edit would do, as things are now."""

    series: Series
    scope: str
    cut: date  # what begins before it is not touched
    dates: list[Dated]
    look: Look | None = None  # what the chosen dates were judged from
    worth: dict[date, Worth] = field(default_factory=dict)
    # What was offered to its person and is used by it, under the locks.
    offers: list[tuple[Booking, list[Freed]]] = field(default_factory=list)

    def chosen(self, change: str) -> list[Dated]:
        return [dated for dated in self.dates if dated.change == change and dated.chosen]

    @property
    def does_nothing(self) -> bool:
        return not any(self.chosen(change) for change in (MOVES, NEW, GOES))

    @property
    def leaves_something(self) -> bool:
        """Whether any of these dates will be booked when it is done."""
        return any(
            dated.chosen if dated.booking is None else dated.change != GOES or not dated.chosen
            for dated in self.dates
        )

    def said(self) -> dict[str, Any]:
        """The edit in plain values: what is shown, kept, and compared when it is done."""
        return {
            "dates": {
                dated.on.isoformat(): [dated.change, *_plain(dated.period), *_version(dated.booking)]
                for dated in self.dates
                if dated.chosen
            },
            "money": [
                [w.before.cents, w.after.cents, w.back.cents]
                for dated in self.dates
                if dated.chosen and (w := self.worth.get(dated.on))
            ],
        }


def _plain(period: Period | None) -> list[str]:
    return [period.start.isoformat(), period.end.isoformat()] if period else []


def _version(booking: Booking | None) -> list[Any]:
    """Who has the date now, and as which version: another edit of it in between makes this one stale."""
    return [str(booking.pk), booking.sequence] if booking is not None else []


# -- what the series has -----------------------------------------------------------------------------------


def bookings_in(series: Series, made: SeriesPlan) -> list[Booking]:
    """The series' live bookings that the edit concerns: not begun, and in its scope; with their items."""
    rows = series.bookings.filter(state__in=LIVE, period__startswith__gt=now()).exclude(held_until__lte=now())
    if made.scope == Scope.THIS:
        rows = rows.filter(series_date=made.from_on)
    elif made.scope == Scope.FOLLOWING:
        rows = rows.filter(series_date__gte=made.from_on)
    elif made.scope == Scope.ADD:
        rows = rows.none()
    found = rows.select_related("venue", "person", "organisation").prefetch_related("items__resource__venue")
    return list(found.order_by("series_date", "series_ordinal"))


def asks_of(booking: Booking) -> list[Ask]:
    """What the booking has now."""
    items = sorted(booking.items.all(), key=lambda item: item.pk)
    return [Ask(item.resource, item.period, item.quantity) for item in items]


def as_asked_for(booking: Booking, asks: Sequence[Ask]) -> bool:
    """Whether the booking has just this already."""

    def plain(found: Sequence[Ask]) -> list[tuple[str, Period, int]]:
        return sorted((str(a.resource.pk), a.period, a.quantity) for a in found)

    return plain(asks_of(booking)) == plain(asks)


# -- planning ----------------------------------------------------------------------------------------------


def plan_edit(made: SeriesPlan, *, locked: bool = False) -> Edit:
    """Every date that the edit concerns, as things are now; the statements do not grow with the dates."""
    series = made.series
    assert series is not None
    want = wanted(made.asked)
    cut = max(made.from_on or date.min, local_date(now(), series.venue.zone))
    mine = bookings_in(series, made)
    dates = _meant(made, series, want, cut, mine)
    _complete(dates, mine, made.choices)
    edit = Edit(series, made.scope, cut, sorted(dates, key=lambda d: (d.on, d.change == GOES)))
    money: Callable[..., dict[date, Worth]] = terms.performer("series.worth", no_money)
    edit.worth = money(
        [d for d in edit.dates if d.change != STAYS and d.verdict != "skipped"],
        series.person,
        series.organisation,
        want.given.people,
    )
    pending, late = _pending(mine), _too_late_to_leave(made.person, edit.dates)
    for dated in edit.dates:
        against = edit.worth[dated.on].reason if dated.on in edit.worth else None
        if dated.change in (MOVES, GOES) and dated.booking is not None and dated.booking.pk in pending:
            against = reason("change-pending", way_out=by_itself(dated.booking))
        if dated.change == GOES and dated.booking is not None and against is None:
            against = next(iter(kept_by_rules(made.person, dated.booking)), None)
        if dated.change == MOVES and dated.booking is not None and against is None:
            against = late.get(dated.booking.pk)
        if against is not None:
            dated.verdict, dated.reasons, dated.chosen = "refused", [against], False
    _judge(edit, want, mine, locked=locked)
    return edit


def _pending(bookings: Sequence[Booking]) -> set[UUID]:
    """Those that already wait for a change of their own, or for whom a rescue holds something."""
    rows = Change.objects.filter(booking__in=bookings, state=Change.State.PENDING)
    held = Claim.objects.filter(item__booking__in=bookings, reason=Claim.Reason.RESCUE)
    return {*rows.values_list("booking_id", flat=True), *held.values_list("item__booking_id", flat=True)}


def _too_late_to_leave(by: Person, dates: Sequence[Dated]) -> dict[UUID, Reason]:
    """Of the bookings that would leave their start, those that this person cannot move by themselves any more."""
    has = standing(by)
    moving = [
        (d.booking, list(d.booking.items.all()))
        for d in dates
        if d.change == MOVES and d.booking is not None and d.booking.state != Booking.State.HELD
        if d.asks and _leaves_its_start(d.booking, d.asks) and not is_house(has, d.booking)
    ]
    notice = notices(moving) if moving else {}
    return {b.pk: against for b, _ in moving for against in too_late_to_leave(b, notice[b.pk])}


def _leaves_its_start(booking: Booking, asks: Sequence[Ask]) -> bool:
    elsewhere = {a.resource.pk for a in asks} != {a.resource.pk for a in asks_of(booking)}
    return leaves_its_start(booking.period, hull(a.period for a in asks), elsewhere=elsewhere)


def by_itself(booking: Booking) -> WayOut:
    """The date's own page, where it can be changed alone."""
    return WayOut("open", f"/bookings/{encode(Booking.prefix, booking.pk)}")


def no_money(dates: Sequence[Dated], *who: Any) -> dict[date, Worth]:
    return {dated.on: Worth() for dated in dates}


def _meant(made: SeriesPlan, series: Series, want: Wanted, cut: date, mine: Sequence[Booking]) -> list[Dated]:
    """The dates that the edit means, each with the booking that it keeps."""
    if made.scope == Scope.THIS:
        (day,) = want.rule.days()
        return [_dated(made, want, made.from_on or day, day, mine[0] if mine else None)]
    if made.scope == Scope.ADD:
        return [_dated(made, want, day, day, None) for day in want.rule.days()]
    before = wanted(series.asked) if series.asked else None
    meant_before = set(before.rule.days()) if before else set()
    skipped = skipped_days(want.rule, series.venue)
    skipped_before = skipped_days(before.rule, series.venue) if before else {}
    begun = set(
        series.bookings.filter(state__in=LIVE, series_date__gte=cut)
        .exclude(pk__in=[b.pk for b in mine])
        .values_list("series_date", flat=True)
    )
    old: dict[date, list[Booking]] = defaultdict(list)
    for booking in mine:
        if booking.series_date is not None:
            old[booking.series_date].append(booking)
    out: list[Dated] = []
    days: list[date] = []
    for day in want.rule.days():
        period = want.rule.period_on(day, want.venue.zone)
        if day < cut or day in begun or (period is not None and period.start <= now()):
            continue
        deliberate = day in skipped_before and bool(old.get(day))
        if day in skipped and not deliberate and made.choices.get(day.isoformat()) is not True:
            out.append(Dated(day, "skipped", [], [reason("holiday", name=skipped[day])]))
            continue
        days.append(day)
    kept, over = paired(old, days, turn_of(want.rule))
    for day in days:
        found = _dated(made, want, day, day, kept.get(day))
        same = (
            before is not None
            and day in meant_before
            and before.items == want.items
            and before.rule.period_on(day, want.venue.zone) == want.rule.period_on(day, want.venue.zone)
        )
        if found.booking is not None and found.booking.series_date == day and same:
            found.change = STAYS
        # Who left a date out, or cancelled it, does not get it back by changing the others.
        if found.booking is None and day in meant_before:
            found.chosen = series.left_out.get(day.isoformat(), LEFT_OUT) != LEFT_OUT
        out.append(found)
    return out + [_going(booking) for booking in over]


def _going(booking: Booking) -> Dated:
    on = booking.series_date or local_date(booking.period.start, booking.venue.zone)
    return Dated(on, "free", asks_of(booking), change=GOES, booking=booking, chosen=True)


def kept_by_rules(by: Person, booking: Booking) -> list[Reason]:
    """Why this person cannot give the date up: it is too late for its own people to cancel it."""
    if not (late := too_late_to_cancel(booking)) or is_house(standing(by), booking):
        return []
    return late


def giving_up(series: Series, mine: Sequence[Booking]) -> Edit:
    """The edit that gives up all of these bookings."""
    found = Edit(series, Scope.FOLLOWING, date.max, [_going(booking) for booking in mine])
    money: Callable[..., dict[date, Worth]] = terms.performer("series.worth", no_money)
    found.worth = money(found.dates, series.person, series.organisation, None)
    return found


def _dated(made: SeriesPlan, want: Wanted, on: date, day: date, booking: Booking | None) -> Dated:
    period = want.rule.period_on(day, want.venue.zone)
    choice = made.choices.get(on.isoformat())
    if isinstance(choice, str) and period is not None:
        start = datetime.fromisoformat(choice)
        period = Period(start, start + period.elapsed)
    asks = [Ask(resource, period, n) for resource, n in want.items] if period is not None else []
    found = Dated(on, "free", asks, change=MOVES if booking else NEW, booking=booking, chosen=True)
    found.moved = isinstance(choice, str)
    found.shorter = period is not None and period.minutes < want.rule.minutes()
    if booking is not None and as_asked_for(booking, asks):
        found.change = STAYS
    return found


def _complete(dates: Sequence[Dated], mine: Sequence[Booking], choices: Mapping[str, Any]) -> None:
    """What somebody chose counts; and a date that stays shows what it has."""
    for dated in dates:
        choice = choices.get(dated.on.isoformat())
        if dated.change == STAYS and dated.booking is not None:
            dated.asks, dated.chosen = asks_of(dated.booking), True
        elif dated.verdict == "skipped":
            dated.chosen = False
        elif choice is not None:
            dated.chosen = choice is not False


def _judge(edit: Edit, want: Wanted, mine: Sequence[Booking], *, locked: bool) -> None:
    """Verdicts for what moves or is new. Who cannot move stays, and is then in the way of the others."""
    open_ = [d for d in edit.dates if d.change in (MOVES, NEW) and d.verdict == "free"]
    asks = [ask for dated in open_ for ask in dated.asks]
    if not asks:
        for dated in open_:
            _settle(dated, judged_none(dated))
        return
    leaving = {d.booking.pk for d in edit.dates if d.booking is not None and d.change in (MOVES, GOES)}
    seats = _sittings(leaving)
    window = hull(a.period for a in asks).padded(DAY, DAY)
    series = edit.series
    facts = gather({a.resource for a in asks}, window, series.person, series.organisation, leaving=leaving)
    edit.look = look(asks, series.person, series.organisation, facts=facts, locked=locked)
    wish = {dated.on: dated.chosen for dated in open_}
    staying = {
        d.booking.pk for d in edit.dates if d.booking is not None and d.booking.pk in leaving and not d.chosen
    }
    by_id = {booking.pk: booking for booking in mine}
    by_day = {dated.on: dated for dated in open_}
    while True:
        kept = [s for pk in staying for s in seats.get(pk, [])]
        had = [h for pk in staying for h in _had(by_id[pk])]
        found = judged(
            edit.look,
            [(d.on, d.asks) for d in open_],
            want.given,
            lambda day: wish[day],
            matters=lambda day, code: _matters(by_day[day], code),
            alternatives=not locked,
            had_besides=had,
            in_the_way=kept,
        )
        for dated, verdict in zip(open_, found, strict=True):
            _approved_as_it_was(dated, verdict, edit.look)
        stuck = {
            d.booking.pk for d, v in zip(open_, found, strict=True) if d.booking is not None and not v.chosen
        } - staying
        if not stuck:
            break
        staying |= stuck
    for dated, verdict in zip(open_, found, strict=True):
        _settle(dated, verdict)


def judged_none(dated: Dated) -> Dated:
    """A date whose hours the clock change swallows."""
    return Dated(dated.on, "closed", [], [reason("clock-change")])


def _kept(dated: Dated) -> tuple[Period, Period] | None:
    """The time that the date's booking has and the one it would have, of the same things: what is not new of it is not
    asked for again (docs/adr/0081). None where all of it is new."""
    old = asks_of(dated.booking) if dated.booking is not None else []
    there = {ask.resource.pk for ask in old} == {ask.resource.pk for ask in dated.asks}
    times = {ask.period for ask in old}
    return (times.pop(), dated.asks[0].period) if there and len(times) == 1 else None


def _matters(dated: Dated, code: str) -> bool:
    kept = _kept(dated)
    return kept is None or matters(code, *kept)


def _approved_as_it_was(dated: Dated, verdict: Dated, seen: Look) -> None:
    """A booking that stands does not become a request by an edit: such a date is asked for by itself."""
    booking = dated.booking
    if booking is None or booking.state != Booking.State.CONFIRMED or not verdict.chosen:
        return
    if (kept := _kept(dated)) is not None and way_between(*kept) is Way.SHORTEN:
        return
    if any(needs_approval(seen.facts, ask.resource, ask.period) for ask in verdict.asks):
        verdict.verdict, verdict.reasons, verdict.chosen = (
            "refused",
            [reason("approval-first", way_out=by_itself(booking))],
            False,
        )


def _settle(dated: Dated, verdict: Dated) -> None:
    dated.verdict, dated.reasons, dated.chosen = verdict.verdict, verdict.reasons, verdict.chosen
    dated.placed, dated.moves, dated.alternatives = verdict.placed, verdict.moves, verdict.alternatives


def _sittings(leaving: Collection[UUID]) -> dict[UUID, list[Sitting]]:
    """Where each of these bookings sits now."""
    found: dict[UUID, list[Sitting]] = defaultdict(list)
    rows = Claim.objects.filter(item__booking__in=list(leaving))
    for booking, unit, during in rows.values_list("item__booking_id", "unit_id", "during"):
        found[booking].append(Sitting(0, unit, during.start, during.end))
    return found


def _had(booking: Booking) -> list[Had]:
    return [as_asked(ask.resource, ask.period, booking.pk) for ask in asks_of(booking)]


def check_items(series: Series, want: Wanted, mine: Sequence[Booking]) -> None:
    """Raises Invalid if the edit would give a booking more or fewer items than it has."""
    sizes = {len(asks_of(booking)) for booking in mine}
    if sizes - {len(want.items)} or want.venue.pk != series.venue_id:
        raise Invalid(pointers=[Pointer("/items", "other-number", "")])
