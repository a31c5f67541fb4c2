"""Who issues for whom: of what is sold by share, the lead partner issues each member's part in its name and on its behalf.

Law: DPR 633/72 art. 21 c. 2 lett. n (the document says so); AdE answers 47/2024 and 259/2024.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from billing.models import Issuer, OrderLine
from spaces.models import Resource


def named_by(lines: QuerySet[OrderLine], issuers: Iterable[Issuer]) -> dict[UUID, Issuer]:
    """The issuer that acts for each of these (by id) in what is sold; those that act for themselves are left out."""
    shared = lines.filter(item__resource__issuing=Resource.Issuing.SHARE)
    by_share = set(shared.values_list("issuer_id", flat=True))
    members = [i for i in issuers if i.pk in by_share and not i.partner.is_lead and i.partner.consortium_id]
    leads = Issuer.objects.filter(
        partner__is_lead=True, partner__consortium__in={i.partner.consortium_id for i in members}
    ).select_related("partner__organisation")
    by_consortium = {lead.partner.consortium_id: lead for lead in leads} if members else {}
    found = {member.pk: by_consortium.get(member.partner.consortium_id) for member in members}
    return {pk: lead for pk, lead in found.items() if lead is not None}
