"""Whom a desk finds: people whom its partners know by a part of their name, anybody by what only they could have told it
(docs/adr/0112)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import terms
from people.models import GroupMember, Partner, Person, Role
from people.roles import MAY, As, Standing

LEAST = 8  # signs of a number: fewer may be a part of a name


def find(partners: Collection[UUID] | None, q: str) -> QuerySet[Person]:
    """Who may sign in and has `q` in their name or begins their address with it, of those whom these partners know (None:
    everybody); and whoever has exactly this e-mail address, tax code or VAT number."""
    named = Q(name__icontains=q) | Q(email__istartswith=q)
    if partners is not None:
        named &= known_to(partners)
    return Person.objects.filter(named | by_number(q) | Q(email=q.strip().lower()), is_active=True)


def looks_for(has: Standing) -> frozenset[UUID] | None:
    """The partners for whom one looks people up: at whose desk one may, and all of a consortium that one manages the lead
    of; None: everybody's. Who only keeps a partner's books looks up nobody for it."""
    if has.administrator:
        return None
    managed = has.partners(As.MANAGER)
    led = Partner.objects.filter(consortium__partners__in=managed, consortium__partners__is_lead=True)
    return has.partners(*MAY["people.search"]) | frozenset(led.values_list("pk", flat=True))


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
