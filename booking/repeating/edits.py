"""An edit of a series, planned: which of its dates stay, move, come and go, each with its verdict and its money.

A date to which the edit gives no other meaning than it had stays as it is, also if it was once changed by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from booking.changing.moves import GONE, Way, leaves_its_start, notices, too_late_to_leave, way_between
from booking.claims import Ask
from booking.judging.clauses import NOTHING, Given
from booking.judging.coming import too_late_to_cancel
from booking.judging.reasons import reason
from booking.models import Booking, Change, Claim, Series, SeriesPlan
from booking.repeating.date_changes import (
    GOES,
    MOVES,
    NEW,
    STAYS,
    Edit,
    Scope,
    Worth,
    as_asked_for,
    asks_of,
    by_itself,
    kept_of,
    no_money,
)
from booking.repeating.edit_verdicts import judge
from booking.repeating.pairing import in_their_places, paired, turn_of
from booking.repeating.plans import Dated, Wanted, given_in, skipped_days, wanted
from booking.repeating.series import LEFT_OUT
from booking.states import LIVE
from booking.visible import is_house
from core import terms
from core.clock import now
from core.errors import Invalid, Pointer, Reason
from core.periods import MINUTE, Period, hull, local_date
from people.models import Person
from people.roles import standing
from spaces.clauses import spoken

# -- what the series has -----------------------------------------------------------------------------------


def bookings_in(series: Series, made: SeriesPlan) -> list[Booking]:
    """The series' live bookings that the edit concerns: not begun, nobody has left them, and in its scope; with their
    items."""
    rows = _in_scope(series, made).exclude(held_until__lte=now())
    rows = rows.filter(period__startswith__gt=now()).exclude(attendance__in=GONE)
    found = rows.select_related("venue", "person", "organisation").prefetch_related("items__resource__venue")
    return list(found.order_by("series_date", "series_ordinal"))


def _in_scope(series: Series, made: SeriesPlan) -> QuerySet[Booking]:
    rows = series.bookings.filter(state__in=LIVE)
    if made.scope == Scope.THIS:
        rows = rows.filter(series_date=made.from_on)
    elif made.scope == Scope.FOLLOWING:
        rows = rows.filter(series_date__gte=made.from_on)
    elif made.scope == Scope.ADD:
        rows = rows.none()
    return rows


def is_begun(booking: Booking) -> bool:
    """Whether no change of its series concerns a live booking any more: its time has come, or whoever had it has left."""
    return booking.period.start <= now() or booking.attendance in GONE


def against_all(bookings: Iterable[Booking]) -> list[Reason]:
    """Why nothing of these live bookings can be changed with their series; nothing if something can."""
    found = list(bookings)
    if not all(is_begun(b) for b in found):
        return []
    left = [b for b in found if b.period.start > now()]
    return [
        reason("wrong-state", state=left[0].get_attendance_display()) if left else reason("already-started")
    ]


def why_nothing(series: Series, made: SeriesPlan) -> list[Reason]:
    """Why an edit concerns nothing that the series has in its scope."""
    return against_all(_in_scope(series, made).order_by("series_date", "pk")) or [reason("already-started")]


def words_of(series: Series, on: date) -> dict[str, Any]:
    """What a date of the series has, in the words of a plan: its own things and hours, where it was changed by itself."""
    words: dict[str, Any] = dict(series.asked)
    mine = bookings_in(series, SeriesPlan(scope=Scope.THIS, from_on=on))
    asks = asks_of(mine[0]) if mine else []
    if asks:
        words["items"] = [{"resource": str(ask.resource.pk), "quantity": ask.quantity} for ask in asks]
    own = _just(hull(ask.period for ask in asks), series.venue.zone) if asks else _on_day(on)
    words["rule"] = words["rule"] | own
    return words


def _on_day(day: date) -> dict[str, Any]:
    return {
        "repeat": "dates",
        "dates": [day.isoformat()],
        "first_on": day.isoformat(),
        "last_on": day.isoformat(),
    }


def _just(period: Period, zone: ZoneInfo) -> dict[str, Any]:
    """A rule's words for this time alone; one that ends at midnight ends at 24:00 of the day before."""
    start, end = period.start.astimezone(zone), period.end.astimezone(zone)
    last = local_date(period.end - MINUTE, zone)
    return _on_day(start.date()) | {
        "start": spoken(start.time()),
        "end": spoken(end.time() if end.time() != time(0) else None),
        "nights": (last - start.date()).days,
    }


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
    edit.anew = _said_anew(series, want)
    for dated in edit.dates:
        if dated.change == MOVES and dated.booking is not None and not _only_shorter(dated):
            dated.given = _on_record(dated.booking, want.given, edit.anew)
    money: Callable[..., dict[date | UUID, Worth]] = terms.performer("series.worth", no_money)
    priced = [d for d in edit.dates if d.change != STAYS and d.verdict != "skipped"]
    edit.worth = money(priced, series.person, series.organisation, want.given.people)
    moving = [d for d in priced if d.change == MOVES and d.chosen]
    pending, late = _pending(mine), _too_late_to_leave(made.person, edit.dates)
    for dated in edit.dates:
        against = edit.worth[dated.key].reason if dated.key in edit.worth else None
        if dated.change in (MOVES, GOES) and dated.booking is not None and dated.booking.pk in pending:
            against = reason("change-pending", way_out=by_itself(dated.booking))
        if dated.change == GOES and dated.booking is not None and against is None:
            against = next(iter(kept_by_rules(made.person, dated.booking)), None)
        if dated.change == MOVES and dated.booking is not None and against is None:
            against = late.get(dated.booking.pk)
        if against is not None:
            dated.verdict, dated.reasons, dated.chosen = "refused", [against], False
    judge(edit, want, mine, locked=locked)
    if not all(d.chosen for d in moving):
        # What stays as it is keeps what budgets pay of it: the others were priced as if they could have of that.
        anew = money(priced, series.person, series.organisation, want.given.people)
        edit.worth |= {key: worth for key, worth in anew.items() if worth.reason is None}
    return edit


def _said_anew(series: Series, want: Wanted) -> Given:
    """What an edit says besides what was said for its series."""
    if not series.asked:
        return NOTHING
    before, given = given_in(series.asked), want.given
    answers = {code: words for code, words in given.answers.items() if before.answers.get(code) != words}
    people = given.people if before.people is None else None
    return Given(people, given.accepted - before.accepted, answers)


def _on_record(booking: Booking, given: Given, anew: Given) -> Given:
    """What is on record of a date that moves: its own words, what was said for the series where it has none, and what is
    said anew. How many come is said once."""
    people = given.people if booking.people is None else booking.people
    answers = given.answers | booking.answers | anew.answers
    return Given(people, given.accepted.union(booking.accepted_terms), answers)


def _only_shorter(dated: Dated) -> bool:
    kept = kept_of(dated)
    return kept is not None and way_between(*kept) is Way.SHORTEN


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


def _meant(made: SeriesPlan, series: Series, want: Wanted, cut: date, mine: Sequence[Booking]) -> list[Dated]:
    """The dates that the edit means, each with the booking that it keeps."""
    if made.scope == Scope.THIS:
        # What has begun since, or was left, is no date that is lacking.
        (day,) = want.rule.days()
        return [_dated(made, want, made.from_on or day, day, mine[0])] if mine else []
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
    coming = [day for day in want.rule.days() if day >= cut]
    over = {day for day in coming if _has_begun(want, day)}
    old: dict[date, list[Booking]] = defaultdict(list)
    for booking in mine:
        # Whose own day or hour is over was moved to a later one by itself: the rule says nothing of it any more. Nor of
        # what today still has where its new hours would be over.
        on = booking.series_date
        if on is not None and on >= cut and on not in over and not (before and _has_begun(before, on)):
            old[on].append(booking)
    out: list[Dated] = []
    days: list[date] = []
    for day in coming:
        if day in begun or day in over:
            continue
        deliberate = day in skipped_before and bool(old.get(day))
        if day in skipped and not deliberate and made.choices.get(day.isoformat()) is not True:
            out.append(Dated(day, "skipped", [], [reason("holiday", name=skipped[day])]))
            continue
        days.append(day)
    kept, left = paired(old, days, turn_of(want.rule))
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
    return out + [_going(booking) for booking in left]


def _has_begun(want: Wanted, day: date) -> bool:
    period = want.rule.period_on(day, want.venue.zone)
    return period is not None and period.start <= now()


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
    money: Callable[..., dict[date | UUID, Worth]] = terms.performer("series.worth", no_money)
    found.worth = money(found.dates, series.person, series.organisation, None)
    return found


def _dated(made: SeriesPlan, want: Wanted, on: date, day: date, booking: Booking | None) -> Dated:
    period = want.rule.period_on(day, want.venue.zone)
    choice = made.choices.get(on.isoformat())
    if isinstance(choice, str) and period is not None:
        start = datetime.fromisoformat(choice)
        period = Period(start, start + period.elapsed)
    asks = [Ask(resource, period, n) for resource, n in want.items] if period is not None else []
    if booking is not None:
        # Its own things may be others than the series' since it was changed by itself.
        asks = in_their_places(asks_of(booking), asks, lambda ask: ask.resource.pk)
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


def check_items(series: Series, want: Wanted, mine: Sequence[Booking]) -> None:
    """Raises Invalid if the edit would give a booking more or fewer items than it has."""
    sizes = {len(asks_of(booking)) for booking in mine}
    if sizes - {len(want.items)} or want.venue.pk != series.venue_id:
        raise Invalid(pointers=[Pointer("/items", "other-number", "")])
