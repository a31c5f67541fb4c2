"""Each partner's groups: how many are in them on its card, and who, behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import audit
from core.clock import today
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.shapes import ListShape
from core.views import View
from people.models import Group, GroupMember, Partner
from people.roles import allow_somewhere, open_to, signed_in


class GroupShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    members = serializers.IntegerField(help_text="today")

    class Meta:
        ref_name = "PartnerGroup"


class MemberShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="of the person or the organisation")
    kind = serializers.ChoiceField(["person", "organisation"])
    name = serializers.CharField()
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, help_text="excluded")

    class Meta:
        ref_name = "PartnerMember"


class MemberPage(ListShape):
    data = MemberShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def now_in(prefix: str = "") -> Q:
    """Who is in a group today."""
    begun = Q(**{f"{prefix}from_on__lte": today()})
    return begun & (Q(**{f"{prefix}until_on": None}) | Q(**{f"{prefix}until_on__gt": today()}))


def groups_of(partners: Sequence[Partner]) -> dict[UUID, list[dict[str, Any]]]:
    """The groups of each, with how many are in them; one statement."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = Group.objects.filter(partner__in=partners).annotate(n=Count("members", filter=now_in("members__")))
    for group in rows.order_by("name", "pk"):
        found[group.partner_id].append(
            {"id": encode("grp", group.pk), "name": group.name, "members": group.n}
        )
    return found


class GroupMembers(View):
    @extend_schema(operation_id="list_group_members", parameters=[ListQuery], responses=MemberPage)
    def get(self, request: Request, group_id: str) -> Response:
        """Who is in a group of one's partner today (of all partners, for the lead's office); whose names are shown is
        logged."""
        has = allow_somewhere(request.user, "consortium.see")
        reach = open_to(has)
        rows = Group.objects.all() if reach is None else Group.objects.filter(partner__in=reach)
        group = one_in(rows, "grp", group_id)

        def shapes(found: Sequence[GroupMember]) -> list[dict[str, Any]]:
            shown = [_shape(one) for one in found]
            sights = [
                audit.Sight(row["id"], group.partner_id, one.person_id)
                for one, row in zip(found, shown, strict=True)
            ]
            audit.saw(signed_in(request.user), "members", sights)
            return shown

        members = GroupMember.objects.filter(now_in(), group=group).select_related("person", "organisation")
        return Response(page(members, read(ListQuery, request), shapes, newest_first=False))


def _shape(one: GroupMember) -> dict[str, Any]:
    who = one.person or one.organisation
    assert who is not None
    return {
        "id": encode(who.prefix, who.pk),
        "kind": "person" if one.person_id else "organisation",
        "name": who.name,
        "from_on": one.from_on,
        "until_on": one.until_on,
    }
