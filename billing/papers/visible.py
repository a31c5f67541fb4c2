"""Whose documents a person may see."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from billing.models import Document, Issuer
from people.models import Partner
from people.roles import As, Standing


def office_partners(has: Standing) -> set[UUID]:
    """The partners whose documents a manager or accountant may see: their own; a lead's, the consortium's."""
    own = has.partners(As.MANAGER, As.ACCOUNTANT)
    led = (
        Partner.objects.filter(consortium__in=has.lead_of).values_list("pk", flat=True) if has.lead_of else []
    )
    return {*own, *led}


def documents_for(has: Standing) -> QuerySet[Document]:
    """The documents that somebody may see: their own, those of bodies they act for, and those of their offices."""
    rows = Document.objects.select_related("issuer__partner__organisation", "corrects", "order", "payment")
    if has.administrator:
        return rows
    if has.person is None:
        return rows.none()
    mine = Q(person=has.person, organisation=None) | Q(organisation__in=has.delegate_of)
    return rows.filter(mine | Q(issuer__partner__in=office_partners(has)))


def issuers_for(has: Standing) -> QuerySet[Issuer]:
    """The issuers whose office somebody is; for administrators all."""
    rows = Issuer.objects.select_related("partner__organisation")
    return rows if has.administrator else rows.filter(partner__in=office_partners(has))
