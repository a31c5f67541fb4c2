"""Who was shown whose personal data: read by those who answer for it, and by whom it is about."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from core.audit import SEEING
from core.clock import ITALY
from core.models import LogEntry
from core.periods import local_day
from people.models import Partner, Person
from people.roles import As, Standing

WHAT = (
    "beneficiaries",
    "bookings",
    "customers",
    "debts",
    "deposits",
    "faults",
    "members",
    "passes",
    "people",
    "sponsors",
    "staff",
    "viewings",
)


def answered_for(has: Standing) -> frozenset[UUID] | None:
    """The partners whose viewings a manager may read: its own, and all of a consortium that it leads; None: all."""
    if has.administrator:
        return None
    own = has.partners(As.MANAGER)
    led = Partner.objects.filter(
        consortium__partners__in=own, consortium__partners__is_lead=True
    ).values_list("pk", flat=True)
    return own | frozenset(led)


def viewings_for(has: Standing) -> QuerySet[LogEntry]:
    """What was shown of the partners that somebody answers for, by anybody."""
    rows = LogEntry.objects.filter(act__startswith=SEEING)
    reach = answered_for(has)
    return rows if reach is None else rows.filter(thing_id__in=reach)


def viewings_of(person: Person) -> QuerySet[LogEntry]:
    """What others were shown of this person."""
    return about(LogEntry.objects.filter(act__startswith=SEEING), person.pk).exclude(by_id=person.pk)


def about(rows: QuerySet[LogEntry], person: UUID) -> QuerySet[LogEntry]:
    return rows.filter(data__whose__contains=str(person))


def between(rows: QuerySet[LogEntry], first: date | None, last: date | None) -> QuerySet[LogEntry]:
    """From a day until a day (excluded), as they are reckoned in Italy."""
    if first is not None:
        rows = rows.filter(at__gte=local_day(first, ITALY).start)
    if last is not None:
        rows = rows.filter(at__lt=local_day(last, ITALY).start)
    return rows
