"""Find resources by venue, kind, capacity, features and words."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from spaces.models import Resource


def find(asked: dict[str, Any]) -> QuerySet[Resource]:
    """The offered resources (with their venues) that fit what was asked; every filter that is absent fits all."""
    rows = Resource.objects.filter(is_active=True).select_related("venue", "owner")
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
    for word in str(asked.get("q", "")).split()[:6]:
        texts = ("name", "kind", "description_it", "description_en", "venue__name")
        fits = Q()
        for text in texts:
            fits |= Q(**{f"{text}__icontains": word})
        rows = rows.filter(fits)
    return rows.order_by("venue__position", "position", "name", "pk")
