"""Verdicts for the dates of an edit that move or are new, judged as if all of them had left their old time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from booking.changing.moves import Way, matters, said_of, way_between
from booking.judging.clauses import NOTHING, needs_approval
from booking.judging.facts import Had
from booking.judging.gathering import gather
from booking.judging.limits import as_asked
from booking.judging.reasons import reason
from booking.models import Booking, Claim
from booking.repeating.date_changes import (
    GOES,
    MOVES,
    NEW,
    Edit,
    asks_of,
    by_itself,
    kept_of,
)
from booking.repeating.plans import Dated, Kept, Look, Wanted, judged, look
from booking.seats import Sitting
from core.periods import hull

DAY = timedelta(days=1)


def judge(edit: Edit, want: Wanted, mine: Sequence[Booking], *, locked: bool) -> None:
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
    said = {d.on: d.given or said_of(d.booking, NOTHING) for d in open_ if d.booking is not None}
    while True:
        kept = {pk: Kept(seats.get(pk, []), _had(by_id[pk])) for pk in staying}
        found = judged(
            edit.look,
            [(d.on, d.asks) for d in open_],
            want.given,
            lambda day: wish[day],
            said=said,
            matters=lambda day, code: _matters(by_day[day], code, said_anew=edit.anew != NOTHING),
            alternatives=not locked,
            kept=kept,
            whose=lambda day: getattr(by_day[day].booking, "pk", None),
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


def _matters(dated: Dated, code: str, *, said_anew: bool) -> bool:
    kept = kept_of(dated)
    return kept is None or matters(code, *kept, said_anew=said_anew)


def _approved_as_it_was(dated: Dated, verdict: Dated, seen: Look) -> None:
    """A booking that stands does not become a request by an edit: such a date is asked for by itself."""
    booking = dated.booking
    if booking is None or booking.state != Booking.State.CONFIRMED or not verdict.chosen:
        return
    if (kept := kept_of(dated)) is not None and way_between(*kept) is Way.SHORTEN:
        return
    if any(needs_approval(seen.facts, ask.resource, ask.period) for ask in verdict.asks):
        verdict.verdict, verdict.reasons, verdict.chosen = (
            "refused",
            [reason("approval-first", way_out=by_itself(booking))],
            False,
        )


def _settle(dated: Dated, verdict: Dated) -> None:
    dated.verdict, dated.reasons, dated.chosen = verdict.verdict, verdict.reasons, verdict.chosen
    dated.placed, dated.moves = verdict.placed, verdict.moves
    dated.taken, dated.alternatives = verdict.taken, verdict.alternatives


def _sittings(leaving: Collection[UUID]) -> dict[UUID, list[Sitting]]:
    """Where each of these bookings sits now."""
    found: dict[UUID, list[Sitting]] = defaultdict(list)
    rows = Claim.objects.filter(item__booking__in=list(leaving))
    for booking, unit, during in rows.values_list("item__booking_id", "unit_id", "during"):
        found[booking].append(Sitting(0, unit, during.start, during.end))
    return found


def _had(booking: Booking) -> list[Had]:
    return [as_asked(ask.resource, ask.period, booking.pk) for ask in asks_of(booking)]
