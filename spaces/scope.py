"""What rules, hours and closures are of: a venue, or one of its resources."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.errors import ChangedMeanwhile
from core.ids import encode
from spaces.models import Resource, Venue


class Scope(NamedTuple):
    venue: Venue
    resource: Resource | None

    @property
    def own(self) -> dict[str, Any]:
        """The filter of what is written for just this scope."""
        return {"venue": self.venue} if self.resource is None else {"resource": self.resource}

    @property
    def either(self) -> list[dict[str, Any]]:
        """The filters of what counts here: one's own, and the venue's."""
        return [self.own, {"venue": self.venue}] if self.resource is not None else [self.own]

    @property
    def resources(self) -> list[Resource]:
        """What the scope's hours and rules are of, each with its venue."""
        if self.resource is not None:
            return [self.resource]
        return list(Resource.objects.filter(venue=self.venue).select_related("venue"))

    def shape(self) -> dict[str, Any]:
        thing = self.venue if self.resource is None else self.resource
        return {
            "id": encode(thing.prefix, thing.pk),
            "name": thing.name,
            "venue_id": encode("ven", self.venue.pk),
            "time_zone": self.venue.time_zone,
        }


def scope_of(row: Any) -> Scope:
    """The scope of a row that belongs to a venue or to a resource."""
    return Scope(row.venue or row.resource.venue, row.resource)


def unchanged(seen: str | None, now_is: str, **data: Any) -> None:
    """Raises ChangedMeanwhile if what an editor saw (`If-Match`, an edition) is not what is there now."""
    if seen is not None and seen.strip('"') != now_is:
        raise ChangedMeanwhile(data={"current": now_is} | data)
