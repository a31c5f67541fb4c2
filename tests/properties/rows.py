"""What is true of the rows of any world, whatever was done in it and whatever the database's own guard says."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from booking.changing.moves import still_there
from booking.measuring.tally import HOURS
from booking.models import Block, Booking, Change, Claim, Item, RescueCase
from booking.models.change import period_in
from booking.obstructing import standing
from core.clock import now
from core.models import LogEntry
from core.periods import Period, local_date, without
from spaces.layout import takes
from tests.properties.worlds import World

LIVE = [Booking.State.HELD, Booking.State.OFFERED, Booking.State.REQUESTED, Booking.State.CONFIRMED]
CHANGE, UNDO, RESCUE = Claim.Reason.CHANGE, Claim.Reason.UNDO, Claim.Reason.RESCUE


def check(world: World) -> None:
    no_two_meet()
    trees = takes([r.pk for r in world.resources])
    every_booking_has_its_own(trees)
    every_change_has_what_it_holds()
    every_rescue_holds_for_somebody()
    every_block_has_everything(trees)
    outages_leave_nothing_free()
    tally_is_in_step()


def tally_is_in_step() -> None:
    """What the tally says is what a count from scratch says, to the second, and so is what it says of sharing.

    Days before somebody last made other parts keep what was counted of the layout they had.
    """
    every = "(SELECT array_agg(id) FROM spaces_resource)"
    sums = ", ".join(f"sum({hour})" for hour in HOURS)
    relaid = LogEntry.objects.filter(act__in=["divide", "join", "resize"]).order_by("-at").first()
    since = local_date(relaid.at, ZoneInfo("Europe/Rome")) if relaid else date(2000, 1, 1)
    for table, of in (("booking_tally", "resource_id"), ("booking_tally_shared", "shared_by")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {of}::text, day, measure, {sums} FROM {table} WHERE day >= %s GROUP BY 1, 2, 3",
                [since],
            )
            told = {row[:3]: row[3:] for row in cursor.fetchall() if any(row[3:])}
            cursor.execute(
                f"SELECT {of}::text, day, measure, {', '.join(HOURS)} FROM {table}_count({every}, %s, '2100-01-01')",
                [since],
            )
            assert told == {row[:3]: row[3:] for row in cursor.fetchall()}


def no_two_meet() -> None:
    by_unit: dict[Any, list[Claim]] = defaultdict(list)
    for claim in Claim.objects.order_by("unit_id"):
        by_unit[claim.unit_id].append(claim)
    for found in by_unit.values():
        found.sort(key=lambda c: c.during.start)
        for one, next_ in pairwise(found):
            assert one.during.end <= next_.during.start


def every_booking_has_its_own(trees: Any) -> None:
    """A live booking has the time it promises; one in its ten seconds still has it; one that is over has none."""
    undone_until = set(
        Change.objects.filter(state="pending", kind=Change.Kind.CANCEL).values_list("booking_id", flat=True)
    )
    for item in Item.objects.select_related("booking").prefetch_related("claims"):
        owned = [claim for claim in item.claims.all() if claim.reason not in (CHANGE, RESCUE)]
        in_its_seconds = item.booking_id in undone_until
        if item.booking.state not in LIVE and not in_its_seconds:
            assert list(item.claims.all()) == []
            continue
        assert {claim.reason == UNDO for claim in owned} <= {in_its_seconds}
        gone = item.booking.attendance in (Booking.Attendance.LEFT, Booking.Attendance.NO_SHOW)
        if gone and not owned:
            continue  # let go before it had begun
        # What was over when its room was divided or joined stays as it was; a part that is joined takes nothing now.
        wanted = sum(take.n for take in trees[item.resource_id])
        over = all(claim.during.end <= now() for claim in owned)
        assert len(owned) == wanted or (owned and (over or not wanted))
        before, after = timedelta(minutes=item.set_up_minutes), timedelta(minutes=item.clean_up_minutes)
        promised = item.period.padded(before, after)
        if gone:
            assert len({claim.during for claim in owned}) <= 1
            assert all(promised.covers(claim.during) for claim in owned)
            assert all(claim.during.start == promised.start for claim in owned)
        else:
            assert {claim.during for claim in owned} == {promised}


def every_change_has_what_it_holds() -> None:
    """A change that waits has, with its booking's own time, all that it will take; any other holds nothing."""
    waiting = {
        change.booking_id: change
        for change in Change.objects.filter(state="pending", kind__in=["move", "proposal"])
    }
    held = Claim.objects.filter(reason=CHANGE).select_related("item")
    assert {claim.item.booking_id for claim in held if claim.item} <= set(waiting)
    assert all(claim.until == waiting[claim.item.booking_id].until for claim in held if claim.item)
    for change in waiting.values():
        if not still_there(change.plan):
            continue  # its room was divided or joined meanwhile: it is placed anew when it is settled
        own: dict[str, list[Period]] = defaultdict(list)
        for claim in Claim.objects.filter(item__booking=change.booking_id):
            own[str(claim.unit_id)].append(claim.during)
        for part in change.plan["items"]:
            for unit in part["units"]:
                assert without([period_in(part["around"])], own[unit]) == []


def every_rescue_holds_for_somebody() -> None:
    """What a rescue holds is for a booking that stands, or may yet be taken back, and that waits for an answer."""
    waiting = set(
        RescueCase.objects.filter(answer="").exclude(chosen=None).values_list("booking_id", flat=True)
    )
    held = Claim.objects.filter(reason=RESCUE).select_related("item")
    assert {claim.item.booking_id for claim in held if claim.item} <= waiting


def every_block_has_everything(trees: Any) -> None:
    for block in Block.objects.prefetch_related("claims__unit"):
        blocked = list(block.claims.all())
        everything = {u for take in trees[block.resource_id] for u in take.choices}
        if block.period.end <= now() or not everything:
            everything = {c.unit_id for c in blocked}
        assert {c.unit_id for c in blocked} == (set() if block.lifted_at else everything)
        assert all(c.during == block.period for c in blocked)


def outages_leave_nothing_free() -> None:
    """What is broken is free for nobody: all its time to come is somebody's, or the outage's."""
    for stand in standing.of_outages(standing.closing()):
        coming = stand.during.clip(Period(now(), max(stand.during.end, now() + timedelta(minutes=1))))
        if coming is None:
            continue
        for unit in stand.units:
            there = [c.during for c in Claim.objects.filter(unit=unit, during__overlap=coming)]
            assert without([coming], there) == []
    over = Claim.objects.filter(outage__ended_at__isnull=False, during__endswith__gt=now())
    assert not over.exists()
