"""Days of resources as stretches to draw: free, mine, taken, held, set-up, clean-up, closed, blocked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg.types.range import TimestamptzRange

from core.clock import now
from core.ids import encode
from core.periods import Period, merged, without
from people.roles import Standing
from spaces.layout import Take, quantity_of, takes
from spaces.models import OpenSpan, Resource

SPAN_KINDS = ["free", "mine", "taken", "held", "setup", "cleanup", "closed", "blocked"]

CLAIMS = """
SELECT c.unit_id, c.during, c.kind, i.id, i.period, b.id, b.code, b.title, b.person_id, b.organisation_id,
       p.name, o.name, b.attendance, b.state, k.id, k.reason, k.period
FROM booking_claim c
LEFT JOIN booking_item i ON i.id = c.item_id LEFT JOIN booking_booking b ON b.id = i.booking_id
LEFT JOIN people_person p ON p.id = b.person_id LEFT JOIN people_organisation o ON o.id = b.organisation_id
LEFT JOIN booking_block k ON k.id = c.block_id
WHERE c.unit_id = ANY(%s) AND c.during && %s AND (c.until IS NULL OR c.until > %s)
ORDER BY c.during
"""


class Row(NamedTuple):
    unit: UUID
    during: Any
    kind: str
    item: UUID | None
    period: Any
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
    block_period: Any


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch; what only some may read is already left out."""

    period: Period
    kind: str
    reason: str | None = None
    booking: UUID | None = None
    code: str | None = None
    title: str | None = None
    attendance: str | None = None
    taken: int | None = None

    def shape(self) -> dict[str, Any]:
        return {
            "period": self.period,
            "kind": self.kind,
            "reason": self.reason,
            "booking_id": encode("bkg", self.booking) if self.booking else None,
            "code": self.code,
            "title": self.title,
            "attendance": self.attendance,
            "taken": self.taken,
        }


def timeline(
    resources: Sequence[Resource], window: Period, has: Standing, *, names: bool = False
) -> dict[UUID, tuple[int, list[Span]]]:
    """For each resource how many there are, and its stretches in the window; three statements in all.

    `names` (staff's) shows whose each booking is; otherwise only one's own are more than *taken*.
    """
    trees = takes(r.pk for r in resources)
    units = {u for parts in trees.values() for take in parts for u in take.choices}
    by_unit: dict[UUID, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        parameters: list[Any] = [list(units), TimestamptzRange(window.start, window.end, "[)"), now()]
        cursor.execute(CLAIMS, parameters)
        for values in cursor.fetchall():
            row = Row(*values)
            by_unit[row.unit].append(row)
    opened: dict[UUID, list[Period]] = defaultdict(list)
    for span in OpenSpan.objects.filter(resource__in=[r.pk for r in resources], during__overlap=window):
        opened[span.resource_id].append(span.during)
    found = {}
    for resource in resources:
        parts = trees[resource.pk]
        rows = [row for take in parts for unit in take.choices for row in by_unit.get(unit, [])]
        drawn = _pool(parts, rows, has) if any(t.is_pool for t in parts) else _whole(rows, has, names=names)
        closed = [Span(p, "closed") for p in without([window], opened[resource.pk])]
        free = without(opened[resource.pk], [s.period for s in drawn if s.kind != "mine" or s.taken is None])
        spans = [
            *closed,
            *drawn,
            *(Span(p, "free", taken=0 if any(t.is_pool for t in parts) else None) for p in free),
        ]
        clipped = [s for s in (_clip(span, window) for span in spans) if s is not None]
        found[resource.pk] = (
            quantity_of(parts),
            sorted(clipped, key=lambda s: (s.period.start, s.period.end)),
        )
    return found


def _clip(span: Span, window: Period) -> Span | None:
    period = span.period.clip(window)
    if period is None or period == span.period:
        return span if period else None
    values = {name: getattr(span, name) for name in Span.__slots__}
    return Span(**(values | {"period": period}))


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
    seen: set[UUID] = set()
    for row in rows:
        during = Period(row.during.lower, row.during.upper)
        if row.block is not None:
            if row.block not in seen:
                seen.add(row.block)
                spans.append(Span(during, "blocked", reason=row.block_reason if names else None))
            continue
        if row.item is None:
            spans.append(Span(during, "blocked"))
            continue
        if row.item in seen:
            continue
        seen.add(row.item)
        period = Period(row.period.lower, row.period.upper)
        mine = _mine(row, has)
        spans.append(
            Span(
                period,
                "mine" if mine else KINDS[row.kind],
                booking=row.booking if mine or names else None,
                code=row.code if mine or names else None,
                title=_title(row) if names else (row.title or None) if mine else None,
                attendance=row.attendance if names else None,
            )
        )
        if during.start < period.start:
            spans.append(Span(Period(during.start, period.start), "setup"))
        if period.end < during.end:
            spans.append(Span(Period(period.end, during.end), "cleanup"))
    return _without_overlaps(spans)


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
            values = {name: getattr(span, name) for name in Span.__slots__}
            drawn.append(Span(**(values | {"period": left})))
    return drawn


def _pool(parts: Sequence[Take], rows: list[Row], has: Standing) -> list[Span]:
    """How many are taken at each instant; full stretches are *taken*, the others *free* with their count."""
    size = sum(len(take.choices) for take in parts)
    edges = sorted({e for r in rows for e in (r.during.lower, r.during.upper)})
    spans: list[Span] = []
    for start, end in pairwise(edges):
        count = sum(r.during.lower <= start and end <= r.during.upper for r in rows)
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
    own = merged(Period(r.period.lower, r.period.upper) for r in rows if r.item and _mine(r, has))
    return joined + [Span(p, "mine", taken=0) for p in own]
