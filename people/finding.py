"""Whom a desk finds: people whom its partners know by a part of their name, anybody by what only they could have told it
(docs/adr/0112)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import terms
from people.models import GroupMember, Person, Role
from people.roles import As, Standing, open_to

LEAST = 8  # signs of a number: fewer may be a part of a name


def find(has: Standing, q: str) -> QuerySet[Person]:
    """Who may sign in and has `q` in their name or begins their address with it, of those whom the partners know that one
    works for (for a lead: its consortium's; for an administrator: everybody); and whoever has exactly this e-mail address,
    tax code or VAT number."""
    named = Q(name__icontains=q) | Q(email__istartswith=q)
    partners = open_to(has)
    if partners is not None:
        named &= known_to(partners | has.partners(As.STAFF))
    return Person.objects.filter(named | by_number(q) | Q(email=q.strip().lower()), is_active=True)


def by_number(q: str) -> Q:
    """That somebody, or a body, has exactly this VAT number or tax code."""
    number = q.replace(" ", "").upper()
    numbers = [number, number.removeprefix("IT")] if len(number) >= LEAST else []
    return Q(vat_number__in=numbers) | Q(tax_code__in=numbers)


def known_to(partners: Collection[UUID]) -> Q:
    """Of persons: that one of these partners has something to do with them, whatever the upper apps know of it."""
    more: Callable[[Collection[UUID]], Q] = terms.performer("people.known-to", lambda _: Q())
    works = Role.objects.filter(person=OuterRef("pk"), partner__in=partners)
    belongs = GroupMember.objects.filter(person=OuterRef("pk"), group__partner__in=partners)
    return Q(Exists(works)) | Q(Exists(belongs)) | more(partners)
