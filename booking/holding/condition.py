"""What `booking` adds to a resource's page: whether it works, and when it was last serviced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from booking.models import Outage
from core import terms
from core.clock import now
from equipment.models import Fault, ServiceNote
from spaces.models import Resource

STATES = {Fault.Severity.UNUSABLE: "out_of_order", Fault.Severity.WITH_CARE: "with_care"}
WORKS = {"state": "working", "since": None, "until": None, "reason": ""}


@terms.include("res", "condition")
def condition(resources: Sequence[Resource], person: Any) -> dict[UUID, Any]:
    """The worst that is true now of each resource as a whole; two statements for any number."""
    at = now()
    rows = Outage.objects.filter(resource__in=resources, ended_at=None, units=[], from_at__lte=at).filter(
        Q(until_at=None) | Q(until_at__gt=at)
    )
    said: dict[UUID, dict[str, Any]] = {}
    for outage in rows.order_by("severity", "-made_at"):  # those to be used with care last, the older last
        if outage.severity == Fault.Severity.WITH_CARE and outage.resource_id in said:
            continue
        said[outage.resource_id] = {
            "state": STATES[Fault.Severity(outage.severity)],
            "since": outage.from_at,
            "until": outage.until_at,
            "reason": outage.reason,
        }
    notes = ServiceNote.objects.filter(equipment__resource__in=resources)
    serviced = dict(
        notes.values("equipment__resource").annotate(on=Max("on")).values_list("equipment__resource", "on")
    )
    return {r.pk: said.get(r.pk, WORKS) | {"serviced_on": serviced.get(r.pk)} for r in resources}
