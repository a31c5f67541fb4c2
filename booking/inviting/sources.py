"""Outside calendars that block a resource: read every few minutes, claimed around whoever is there already.

What cannot be read changes nothing: what was known stays, and the source says since when it fails.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from booking import claims
from booking.events import Freed, time_freed
from booking.holding import lapsing
from booking.inviting.expansion import Unreadable, expand
from booking.models import Booking, CalendarSource, Claim, OutsideEvent
from booking.obstructing import obstacles, standing
from core import outbox
from core.audit import record
from core.clock import now
from core.fetching import FetchFailed, fetch
from core.locks import act, patient_act
from core.periods import Period
from people.models import Person
from spaces.layout import domains_of, takes, units_of
from spaces.models import Resource

KIND = "booking.read_source"
READ_EVERY = timedelta(minutes=4)  # an outside event blocks within five
AHEAD = timedelta(days=400)
EXPAND_EVERY = timedelta(days=1)  # an unchanged calendar that repeats reaches further each day
Busy = tuple[str, Period]


@act
def add(by: Person, resource: Resource, url: str) -> CalendarSource:
    """The calendar at this address will block the resource, from its first reading on."""
    made = CalendarSource.objects.create(resource=resource, url=url, made_by=by)
    record(by, "add-source", made)
    outbox.put(KIND, {"source": str(made.pk)})
    return made


@act
def change(by: Person, source: CalendarSource, url: str) -> CalendarSource:
    """The source is at another address; what was known stays until that one is read."""
    source.url, source.etag, source.failing_since, source.fault = url, "", None, ""
    source.save(update_fields=["url", "etag", "failing_since", "fault"])
    record(by, "change-source", source)
    outbox.put(KIND, {"source": str(source.pk)})
    return source


@act
def remove(by: Person, source: CalendarSource) -> CalendarSource:
    """The source is gone, and the time it took is free."""
    units = _units(source)
    claims.lock(source.resource.venue_id, [], domains_of(units))
    freed = claims.drop(Claim.objects.filter(outside__source=source))
    record(by, "remove-source", source)
    pk = source.pk
    source.delete()
    source.pk = pk
    time_freed.announce(freed)
    return source


def read_all() -> None:
    """Every few minutes: each source will be read, one not waiting for another."""
    slot = int(now().timestamp() // READ_EVERY.total_seconds())
    for pk in CalendarSource.objects.order_by("pk").values_list("pk", flat=True):
        outbox.put(KIND, {"source": str(pk)}, key=f"{KIND}:{pk}:{slot}")


@outbox.handler(KIND)
def read(payload: dict[str, Any]) -> None:
    """The source's busy times are claimed, as far as they are free. May run twice."""
    source = CalendarSource.objects.select_related("resource__venue").filter(pk=payload["source"]).first()
    if source is None:
        return
    at = now()
    known = source.etag if source.expanded_at and source.expanded_at > at - EXPAND_EVERY else ""
    try:
        found = fetch(source.url, etag=known)
        busy = None if found.content is None else _busy(source, found.content)
    except (FetchFailed, Unreadable) as error:
        rows = CalendarSource.objects.filter(pk=source.pk, url=source.url)
        rows.update(
            fault=getattr(error, "code", "unreadable"), failing_since=Coalesce("failing_since", at), etag=""
        )
        _claim(source, None)
        return
    _claim(source, busy)
    said: dict[str, Any] = {"read_at": at, "failing_since": None, "fault": ""}
    if busy is not None:
        said |= {"etag": found.etag, "expanded_at": at}
    CalendarSource.objects.filter(pk=source.pk, url=source.url).update(**said)


def _busy(source: CalendarSource, content: bytes) -> set[Busy]:
    at = now()
    rows = expand(content, source.resource.venue.time_zone, at, at + AHEAD)
    return {(name, Period(start, end)) for name, start, end in rows}


def _claim(source: CalendarSource, busy: set[Busy] | None) -> None:
    units = _units(source)
    lapsing.lapse_dead(units)
    _take(source, units, busy)


@patient_act
def _take(source: CalendarSource, units: set[UUID], busy: set[Busy] | None) -> None:
    """Busy times no longer there are free; those there take what is free around others. None: as they were."""
    claims.lock(source.resource.venue_id, [], domains_of(units))
    if not CalendarSource.objects.filter(pk=source.pk, url=source.url).exists():
        return
    freed: list[Freed] = []
    coming = list(OutsideEvent.objects.filter(source=source, during__endswith__gt=now()))
    if busy is not None:
        gone = [e.pk for e in coming if (e.uid, e.during) not in busy]
        freed = claims.drop(Claim.objects.filter(outside__in=gone))
        OutsideEvent.objects.filter(pk__in=gone).delete()
        kept = [e for e in coming if (e.uid, e.during) in busy]
        new = busy - {(e.uid, e.during) for e in kept}
        rows = [OutsideEvent(source=source, uid=uid, during=during) for uid, during in sorted(new)]
        coming = kept + OutsideEvent.objects.bulk_create(rows)
    claims.insert(standing.free_around(standing.of_events(coming, {source.pk: units})))
    time_freed.announce(freed)


def affected(source: CalendarSource) -> QuerySet[Booking]:
    """The bookings that keep their time although the outside calendar says it is busy."""
    return obstacles.of_source(source).bookings()


def _units(source: CalendarSource) -> set[UUID]:
    return units_of(takes([source.resource_id]))
