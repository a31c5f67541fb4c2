"""Find resources by venue, kind, capacity, features and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from core.clock import now
from core.ids import encode
from spaces.models import Resource

# Of the features, those that say who can come in and take part.
ACCESS = ("step-free", "accessible-toilet", "hearing-loop")
FACETS = ("venue_id", "kind", "features", "access")


def offered_now() -> Q:
    """Resources that are offered, and published at this moment."""
    begun = Q(published_from=None) | Q(published_from__lte=now())
    return Q(is_active=True) & begun & (Q(published_until=None) | Q(published_until__gt=now()))


def find(asked: dict[str, Any]) -> QuerySet[Resource]:
    """The offered resources (with their venues) that fit what was asked; every filter that is absent fits all."""
    rows = Resource.objects.filter(offered_now()).select_related("venue", "owner")
    if "venue_id" in asked:
        rows = rows.filter(venue=asked["venue_id"])
    if "resource_id" in asked:
        rows = rows.filter(pk__in=asked["resource_id"])
    if asked.get("kind"):
        rows = rows.filter(kind__in=asked["kind"])
    if "capacity_from" in asked:
        rows = rows.filter(capacity__gte=asked["capacity_from"])
    if asked.get("features"):
        rows = rows.filter(features__contains=asked["features"])
    if asked.get("access"):
        rows = rows.filter(features__contains=asked["access"])
    for word in str(asked.get("q", "")).split()[:6]:
        texts = ("name", "kind", "description_it", "description_en", "venue__name")
        fits = Q()
        for text in texts:
            fits |= Q(**{f"{text}__icontains": word})
        rows = rows.filter(fits)
    return rows.order_by("venue__position", "position", "name", "pk")


def fits(resource: Resource, kind: str, capacity_from: int | None, features: Collection[str]) -> bool:
    """Whether a resource is what `find` finds by these words, wherever it is and whether or not it is offered."""
    holds = capacity_from is None or (resource.capacity is not None and resource.capacity >= capacity_from)
    return resource.kind == kind and holds and set(features) <= set(resource.features)


def facets(asked: dict[str, Any]) -> dict[str, dict[str, int]]:
    """For each facet how many resources every value of it would find, the other filters staying; a statement each."""
    found: dict[str, dict[str, int]] = {}
    for name in FACETS:
        rows = find({key: value for key, value in asked.items() if key != name})
        counted: Counter[str] = Counter()
        for venue, kind, features in rows.order_by().values_list("venue_id", "kind", "features"):
            if name == "venue_id":
                counted[encode("ven", venue)] += 1
            elif name == "kind":
                counted[kind] += 1
            else:
                counted.update(f for f in features if (f in ACCESS) == (name == "access"))
        found[name] = dict(sorted(counted.items()))
    return found
