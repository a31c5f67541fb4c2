"""Days of resources as stretches to draw: free, mine, taken, held, set-up, clean-up, closed, blocked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg.types.range import TimestamptzRange

from booking.models import Block, Item
from core.clock import now
from core.ids import encode
from core.periods import Period, without
from people.roles import Standing
from spaces.layout import Take, quantity_of, takes
from spaces.models import Resource
from spaces.opening import Opened, opened

SPAN_KINDS = ["free", "mine", "taken", "held", "setup", "cleanup", "closed", "blocked"]
# Of what is blocked: why, without a word of whom.
CAUSES = [*Block.Kind.values, "outage", "outside"]

# Of a booking that is not for its reader to see nothing but its hours is read.
CLAIMS = """
SELECT c.unit_id, date_part('epoch', lower(c.during)), date_part('epoch', upper(c.during)), c.kind, i.id,
       date_part('epoch', lower(i.period)), date_part('epoch', upper(i.period)), b.id, b.code, b.title, b.person_id, b.organisation_id,
       p.name, o.name, b.attendance, b.state, k.id, coalesce(k.reason, u.reason), coalesce(k.kind, c.kind),
       CASE WHEN b.id IS NOT NULL THEN i.resource_id END, k.together IS NOT NULL, coalesce(c.reason IN ('change', 'rescue'), false)
FROM booking_claim c
LEFT JOIN booking_item i ON i.id = c.item_id
LEFT JOIN booking_booking b ON b.id = i.booking_id
    AND (%(names)s OR b.person_id = %(person)s OR b.organisation_id = ANY(%(bodies)s::uuid[]))
LEFT JOIN people_person p ON p.id = b.person_id LEFT JOIN people_organisation o ON o.id = b.organisation_id
LEFT JOIN booking_block k ON k.id = c.block_id LEFT JOIN booking_outage u ON u.id = c.outage_id
WHERE c.unit_id = ANY(%(units)s) AND c.during && %(window)s AND (c.until IS NULL OR c.until > %(now)s)
ORDER BY lower(c.during), upper(c.during)
"""


class Row(NamedTuple):
    unit: UUID
    during: Period
    kind: str
    item: UUID | None
    period: Period
    booking: UUID | None
    code: str | None
    title: str | None
    person: UUID | None
    organisation: UUID | None
    person_name: str | None
    organisation_name: str | None
    attendance: str | None
    state: str | None
    block: UUID | None
    block_reason: str | None
    cause: str
    resource: UUID | None
    repeats: bool  # one of several blocks made in one act
    besides: bool  # held for a booking next to the time that it has: by a change, by a rescue


class Span(NamedTuple):
    """One stretch; what only some may read is already left out."""

    period: Period
    kind: str
    cause: str | None = None
    reason: str | None = None
    block: UUID | None = None
    block_repeats: bool = False
    booking: UUID | None = None
    item: UUID | None = None  # which of the booking's things
    state: str | None = None
    code: str | None = None
    title: str | None = None
    attendance: str | None = None
    taken: int | None = None
    resource: UUID | None = None
    booked: Period | None = None
    whose: UUID | None = None  # for the log of who was shown whose; not shown

    def shape(self) -> dict[str, Any]:
        return {
            "period": self.period,
            "kind": self.kind,
            "cause": self.cause,
            "reason": self.reason,
            "block_id": encode("blk", self.block) if self.block else None,
            "block_repeats": self.block_repeats,
            "booking_id": encode("bkg", self.booking) if self.booking else None,
            "item_id": encode(Item.prefix, self.item) if self.item else None,
            "state": self.state,
            "code": self.code,
            "title": self.title,
            "attendance": self.attendance,
            "taken": self.taken,
            "resource_id": encode("res", self.resource) if self.resource else None,
            "booked": self.booked,
        }


class Drawn(NamedTuple):
    """How many there are of a resource, its stretches, and the open spans that they were drawn from."""

    quantity: int
    spans: list[Span]
    opened: list[Opened]


def timeline(
    resources: Sequence[Resource], window: Period, has: Standing, *, names: bool = False
) -> dict[UUID, Drawn]:
    """For each resource its stretches in the window; three statements in all.

    `names` (staff's) shows whose each booking is; otherwise only one's own are more than *taken*.
    """
    trees = takes(r.pk for r in resources)
    units = {u for parts in trees.values() for take in parts for u in take.choices}
    by_unit: dict[UUID, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CLAIMS, _asked(units, window, has, names=names))
        for unit, start, end, kind, item, begins, ends, *more in cursor.fetchall():
            during = Period(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
            period = during
            if begins is not None and (begins, ends) != (start, end) and not more[-1]:
                period = Period(datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC))
            by_unit[unit].append(Row(unit, during, kind, item, period, *more))
    hours = opened((r.pk for r in resources), window)
    found = {}
    for resource in resources:
        parts = trees[resource.pk]
        rows = [row for take in parts for unit in take.choices for row in by_unit.get(unit, [])]
        open_ = [span.during for span in hours[resource.pk]]
        drawn = _pool(parts, rows, has) if any(t.is_pool for t in parts) else _whole(rows, has, names=names)
        closed = [Span(p, "closed") for p in without([window], open_)]
        free = without(open_, [s.period for s in drawn if s.kind != "mine" or s.taken is None])
        spans = [
            *closed,
            *drawn,
            *(Span(p, "free", taken=0 if any(t.is_pool for t in parts) else None) for p in free),
        ]
        clipped = [s for s in (_clip(span, window) for span in spans) if s is not None]
        found[resource.pk] = Drawn(
            quantity_of(parts),
            sorted(clipped, key=lambda s: (s.period.start, s.period.end)),
            hours[resource.pk],
        )
    return found


def _asked(units: set[UUID], window: Period, has: Standing, *, names: bool) -> dict[str, Any]:
    return {
        "units": list(units),
        "window": TimestamptzRange(window.start, window.end, "[)"),
        "now": now(),
        "names": names,
        "person": has.person,
        "bodies": list(has.delegate_of),
    }


def _clip(span: Span, window: Period) -> Span | None:
    period = span.period.clip(window)
    if period is None or period is span.period:
        return span if period else None
    return span._replace(period=period)


def _mine(row: Row, has: Standing) -> bool:
    return row.person is not None and (row.person == has.person or row.organisation in has.delegate_of)


KINDS = {
    "booked": "taken",
    "requested": "held",
    "held": "held",
    "offered": "held",
    "outage": "blocked",
    "outside": "blocked",
}


def _whole(rows: list[Row], has: Standing, *, names: bool) -> list[Span]:
    spans: list[Span] = []
    seen: set[tuple[UUID, Period | None]] = set()
    for row in rows:
        during = row.during
        if thing := row.item or row.block:
            drawn = (thing, during if row.besides else None)
            if drawn in seen:
                continue
            seen.add(drawn)
        if row.item is None:
            reason, block = (row.block_reason or None, row.block) if names else (None, None)
            spans.append(Span(during, "blocked", row.cause, reason, block, names and row.repeats))
            continue
        # Who left early, or never came, has no more of it than is still claimed.
        period = row.period.clip(during)
        if period is None:
            continue
        mine = _mine(row, has) and not row.besides
        kind = "mine" if mine else KINDS[row.kind]
        spans.append(_own(row, period) if mine and not names else _seen(row, period, kind, names=names))
        if during.start < period.start:
            spans.append(Span(Period(during.start, period.start), "setup"))
        if period.end < during.end:
            spans.append(Span(Period(period.end, during.end), "cleanup"))
    # Of one unit nothing overlaps.
    return spans if len({row.unit for row in rows}) == 1 else _without_overlaps(spans)


def _own(row: Row, period: Period, taken: int | None = None) -> Span:
    """One's own booking, as its owner may read it."""
    return Span(
        period,
        "mine",
        booking=row.booking,
        item=row.item,
        state=row.state,
        code=row.code,
        title=row.title or None,
        taken=taken,
        resource=row.resource,
        booked=period,
    )


def _seen(row: Row, period: Period, kind: str, *, names: bool) -> Span:
    """A booking as the house sees it, or as nobody's where names are not for the asker."""
    if not names:
        return Span(period, kind)
    return Span(
        period,
        kind,
        booking=row.booking,
        item=row.item,
        state=row.state,
        code=row.code,
        title=_title(row),
        attendance=row.attendance,
        resource=row.resource,
        booked=period,
        whose=row.person,
    )


def _title(row: Row) -> str:
    who = row.organisation_name or row.person_name or ""
    return f"{who} · {row.title}" if row.title else who


def _without_overlaps(spans: list[Span]) -> list[Span]:
    """A hall shows its pieces' bookings side by side in time; where two meet, the later gives way."""
    drawn: list[Span] = []
    for span in sorted(
        spans, key=lambda s: (s.kind not in ("mine", "taken", "held", "blocked"), s.period.start)
    ):
        for left in without([span.period], [d.period for d in drawn]):
            drawn.append(span._replace(period=left))
    return drawn


def _pool(parts: Sequence[Take], rows: list[Row], has: Standing) -> list[Span]:
    """How many are taken at each instant; full stretches are *taken*, the others *free* with their count."""
    size = sum(len(take.choices) for take in parts)
    edges = sorted({e for r in rows for e in (r.during.start, r.during.end)})
    spans: list[Span] = []
    for start, end in pairwise(edges):
        count = sum(r.during.start <= start and end <= r.during.end for r in rows)
        if count:
            spans.append(Span(Period(start, end), "taken" if count >= size else "free", taken=count))
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if (
            last
            and last.kind == span.kind
            and last.taken == span.taken
            and last.period.end == span.period.start
        ):
            joined[-1] = Span(Period(last.period.start, span.period.end), span.kind, taken=span.taken)
        else:
            joined.append(span)
    own: dict[UUID, Span] = {}
    for row in rows:
        if row.item is not None and _mine(row, has) and not row.besides:
            own.setdefault(row.item, _own(row, row.period, taken=0))
    return joined + list(own.values())
