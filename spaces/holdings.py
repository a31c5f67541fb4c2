"""What a partner brings: the venues it runs, the resources it owns there, and those it contributes to others' venues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import terms
from core.ids import encode
from people.models import Partner
from spaces.models import Resource, Venue


@terms.include("prt", "places")
def places_of(partners: Sequence[Partner], person: Any) -> dict[UUID, Any]:
    """`{id, name, how}` of venues and resources, by partner; two statements."""
    found: dict[UUID, list[dict[str, str]]] = defaultdict(list)
    for venue in Venue.objects.filter(partner__in=partners).order_by("position", "name"):
        found[venue.partner_id].append({"id": encode("ven", venue.pk), "name": venue.name, "how": "runs"})
    owned = Resource.objects.filter(owner__in=partners).select_related("venue")
    for resource in owned.order_by("venue__position", "position", "name"):
        if resource.owner_id is not None:
            how = "owns" if resource.venue.partner_id == resource.owner_id else "contributes"
            found[resource.owner_id].append(
                {"id": encode("res", resource.pk), "name": resource.name, "how": how}
            )
    return found
