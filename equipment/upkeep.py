"""When each machine is due for service: by the days since the last one, or by the hours it was used since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from core import terms
from core.audit import record
from core.clock import now
from core.locks import act
from core.periods import local_date
from equipment.faults import OPEN
from equipment.models import Equipment, ServiceNote
from people.models import Person


@dataclass(frozen=True, slots=True)
class Due:
    """A machine, its last service, and what it has done since; `overdue` where either measure is full."""

    equipment: Equipment
    last_on: date | None
    due_on: date | None
    used_minutes: int
    faults: int
    overdue: bool


@act
def note(by: Person, equipment: Equipment, on: date, text: str) -> ServiceNote:
    """What was done to the machine, and when; its next service is counted from there."""
    made = ServiceNote.objects.create(equipment=equipment, on=on, text=text, by=by)
    record(by, "service", made, resource=str(equipment.resource_id))
    return made


@act
def correct(by: Person, service_note: ServiceNote, *, on: date, text: str) -> ServiceNote:
    """The note says this now."""
    service_note.on, service_note.text = on, text
    service_note.save(update_fields=["on", "text"])
    record(by, "correct-service", service_note)
    return service_note


def due(machines: Sequence[Equipment]) -> list[Due]:
    """What is due, the most pressing first; machines come with resource and venue. Three statements for any number."""
    rows = Equipment.objects.filter(pk__in=[m.pk for m in machines]).values("pk")
    last = dict(rows.annotate(on=Max("service_notes__on")).values_list("pk", "on"))
    faults = dict(
        rows.annotate(n=Count("resource__faults", filter=Q(resource__faults__state__in=OPEN))).values_list(
            "pk", "n"
        )
    )
    used_since: Callable[[dict[UUID, date | None]], dict[UUID, int]] = terms.performer(
        "resources.used-since", lambda since: {}
    )
    used = used_since({m.resource_id: last[m.pk] for m in machines})
    found = [_due(m, last[m.pk], used.get(m.resource_id, 0), faults[m.pk]) for m in machines]
    return sorted(found, key=lambda d: (not d.overdue, d.due_on or date.max, d.equipment.resource.name))


def _due(machine: Equipment, last_on: date | None, used: int, faults: int) -> Due:
    today = local_date(now(), machine.resource.venue.zone)
    due_on = None
    if machine.service_days is not None:
        due_on = last_on + timedelta(days=machine.service_days) if last_on else today
    by_hours = machine.service_hours is not None and used >= machine.service_hours * 60
    return Due(machine, last_on, due_on, used, faults, by_hours or (due_on is not None and due_on <= today))
