"""The consortium: its partners, and the versions of their agreement. A partner's detail is its own and the lead's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import audit, terms
from core.clock import today
from core.errors import Forbidden, Invalid, Missing, Pointer, Reason
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in, pk_of
from core.shapes import ActionShape, IdField, ListShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people import fiscal
from people.api import FiscalSerializer, FiscalShape, edit, identity_shape
from people.api_groups import GroupShape, groups_of
from people.consortium import Terms, agree, agreement_on
from people.models import Agreement, Consortium, Organisation, Partner, Role, Share
from people.roles import OFFICE, OfPartner, Standing, allow_somewhere, open_to, signed_in
from people.words import ONLY_THE_LEAD


class PartnerShare(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    is_lead = serializers.BooleanField()
    share = serializers.CharField(allow_null=True)


class AgreementShape(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    from_on = serializers.DateField()


class ConsortiumShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    partners = PartnerShare(many=True)
    agreement = AgreementShape(allow_null=True)


class ConsortiumPage(ListShape):
    data = ConsortiumShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ShareShape(serializers.Serializer[Any]):
    partner = RefShape()
    percent = serializers.CharField()


class AgreementVersion(serializers.Serializer[Any]):
    id = serializers.CharField()
    version = serializers.IntegerField()
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, help_text="excluded")
    in_force = serializers.BooleanField()
    mandate_on = serializers.DateField(allow_null=True)
    mandate_ref = serializers.CharField(allow_blank=True)
    mandate_fee = serializers.CharField(help_text="percent")
    between_rate = serializers.CharField(help_text="percent of VAT on what partners invoice each other")
    between_natura = serializers.CharField(allow_blank=True)
    shares = ShareShape(many=True)
    actions = serializers.DictField(child=ActionShape())


class ConsortiumHistory(ConsortiumShape):
    agreements = AgreementVersion(many=True)
    actions = serializers.DictField(child=ActionShape())


class NewShare(StrictSerializer):
    partner_id = IdField(Partner)
    percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=Decimal("0.0001"))


class NewTerms(StrictSerializer):
    """What a version of an agreement says besides its day."""

    shares = NewShare(many=True, allow_empty=False)
    mandate_on = serializers.DateField(required=False, allow_null=True)
    mandate_ref = serializers.CharField(max_length=120, required=False, allow_blank=True)
    mandate_fee = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    between_rate = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    between_natura = serializers.RegexField(r"^(N[1-7](\.\d)?)?$", required=False, allow_blank=True)


class NewAgreement(NewTerms):
    from_on = serializers.DateField()


def terms_said(from_on: date, said: Mapping[str, Any] | None, at: str = "") -> Terms | None:
    """The terms that somebody sent, from a day on. Raises Invalid for a partner named twice."""
    if said is None:
        return None
    shares = {share["partner_id"]: share["percent"] for share in said["shares"]}
    if len(shares) < len(said["shares"]):
        raise Invalid(pointers=[Pointer(f"{at}/shares", "twice", "")])
    return Terms(from_on, shares, **{name: said[name] for name in said if name not in ("shares", "from_on")})


def visible(has: Standing) -> QuerySet[Consortium]:
    rows = Consortium.objects.all()
    return rows if has.administrator else rows.filter(partners__in=has.partners(*OFFICE)).distinct()


def one_consortium(request: Request, consortium_id: str) -> Consortium:
    """The consortium, for an office of one of its partners. Raises Missing, Forbidden, Unknown."""
    has = allow_somewhere(request.user, "consortium.see")
    return one_in(visible(has), "con", consortium_id)


def may_lead(has: Standing, consortium: Consortium, act: str) -> bool:
    """Whether this may be done for the consortium: by its lead partner's people, or an administrator."""
    lead = consortium.partners.filter(is_lead=True).values_list("pk", flat=True).first()
    return has.administrator or (lead is not None and has.allows(act, OfPartner(lead)))


class Consortia(View):
    @extend_schema(operation_id="list_consortia", parameters=[ListQuery], responses=ConsortiumPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        return Response(page(visible(has), read(ListQuery, request), lambda found: [brief(c) for c in found]))


def brief(consortium: Consortium) -> dict[str, Any]:
    agreement = agreement_on(consortium.pk, today())
    percents = (
        dict(Share.objects.filter(agreement=agreement).values_list("partner_id", "percent"))
        if agreement
        else {}
    )
    partners = consortium.partners.order_by("-is_lead", "short_name")
    return {
        "id": encode("con", consortium.pk),
        "name": consortium.name,
        "partners": [
            {
                "id": encode("prt", p.pk),
                "name": p.short_name,
                "is_lead": p.is_lead,
                "share": str(percents[p.pk]) if p.pk in percents else None,
            }
            for p in partners
        ],
        "agreement": agreement and {"version": agreement.version, "from_on": agreement.from_on},
    }


class OneConsortium(View):
    @extend_schema(operation_id="read_consortium", responses=ConsortiumHistory)
    def get(self, request: Request, consortium_id: str) -> Response:
        return Response(
            history(allow_somewhere(request.user, "consortium.see"), one_consortium(request, consortium_id))
        )


def history(has: Standing, consortium: Consortium) -> dict[str, Any]:
    """The consortium with every version of its agreement, newest first; six statements."""
    versions = list(consortium.agreements.order_by("-version").prefetch_related("shares__partner"))
    current = agreement_on(consortium.pk, today())
    leads = may_lead(has, consortium, "agreement.make")
    forbidden = [Reason("forbidden", ONLY_THE_LEAD, fixable_by="organisation")]
    stays = terms.included("agr", ["withdraw"], versions, None).get("withdraw", {}) if leads else {}
    shown = []
    for n, version in enumerate(versions):
        shares = sorted(version.shares.all(), key=lambda s: (-s.percent, s.partner.short_name))
        shown.append(
            {
                "id": encode("agr", version.pk),
                "version": version.version,
                "from_on": version.from_on,
                "until_on": versions[n - 1].from_on if n else None,
                "in_force": current is not None and version.pk == current.pk,
                "mandate_on": version.mandate_on,
                "mandate_ref": version.mandate_ref,
                "mandate_fee": str(version.mandate_fee),
                "between_rate": str(version.between_rate),
                "between_natura": version.between_natura,
                "shares": [{"partner": ref(s.partner), "percent": str(s.percent)} for s in shares],
                "actions": {"withdraw": action(stays.get(version.pk, forbidden))},
            }
        )
    return brief(consortium) | {"agreements": shown, "actions": {"agree": action([] if leads else forbidden)}}


class Agreements(View):
    @extend_schema(operation_id="agree", request=NewAgreement, responses={201: ConsortiumHistory})
    @idempotent
    def post(self, request: Request, consortium_id: str) -> Response:
        consortium = one_consortium(request, consortium_id)
        has = allow_somewhere(request.user, "consortium.see")
        if not may_lead(has, consortium, "agreement.make"):
            raise Forbidden
        body = NewAgreement(data=request.data)
        body.is_valid(raise_exception=True)
        said = terms_said(body.validated_data["from_on"], body.validated_data)
        assert said is not None
        agree(signed_in(request.user), consortium.pk, said)
        return Response(history(has, consortium), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        made = Agreement.objects.select_related("consortium").get(pk=thing)
        return Response(history(allow_somewhere(request.user, "consortium.see"), made.consortium), status=201)


class StaffShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(Role.Kind.choices)


class PlaceShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    how = serializers.ChoiceField(["runs", "owns", "contributes"])


class PartnerIdentity(FiscalShape):
    name = serializers.CharField()


class IssuingShape(serializers.Serializer[Any]):
    """How the partner's documents are dressed."""

    iban = serializers.CharField(allow_blank=True)
    logo = serializers.CharField(allow_blank=True, help_text="SVG")
    colour = serializers.CharField()
    regime = serializers.CharField()

    class Meta:
        ref_name = "PartnerIssuing"


class PartnerDetail(serializers.Serializer[Any]):
    identity = PartnerIdentity()
    staff = StaffShape(many=True)
    places = PlaceShape(many=True)
    groups = GroupShape(many=True)
    issuing = IssuingShape(allow_null=True)


class PartnerShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    is_lead = serializers.BooleanField()
    consortium = RefShape(allow_null=True)
    detail = PartnerDetail(allow_null=True, help_text="null for another partner's")
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Partner"


class PartnerPage(ListShape):
    data = PartnerShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PartnerEdit(FiscalSerializer):
    short_name = serializers.CharField(max_length=40, required=False)


def partners_for(has: Standing) -> QuerySet[Partner]:
    """One's own partners and those that run venues together with them."""
    rows = Partner.objects.select_related("organisation", "consortium")
    if has.administrator:
        return rows
    own = has.partners(*OFFICE)
    return rows.filter(Q(pk__in=own) | Q(consortium__partners__in=own)).distinct()


def partner_shapes(request: Request, has: Standing, partners: Sequence[Partner]) -> list[dict[str, Any]]:
    """Partners, with the detail of those that are open to who asks; whose people are shown is logged."""
    reach = open_to(has)
    opened = [p for p in partners if reach is None or p.pk in reach]
    staff: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    roles = Role.objects.filter(partner__in=opened).select_related("person").order_by("kind", "person__name")
    for role in roles:
        if role.partner_id is not None:
            staff[role.partner_id].append(
                {
                    "id": encode("per", role.person_id),
                    "name": role.person.name,
                    "email": role.person.email,
                    "role": role.kind,
                }
            )
    parts = terms.included("prt", ["places", "issuing"], opened, request.user)
    groups = groups_of(opened)
    audit.saw(
        signed_in(request.user),
        "staff",
        [audit.Sight(encode("per", r.person_id), r.partner_id, r.person_id) for r in roles],
    )
    edits = {p.pk: has.allows("partner.edit", OfPartner(p.pk)) for p in partners}
    return [
        {
            "id": encode("prt", p.pk),
            "name": p.short_name,
            "is_lead": p.is_lead,
            "consortium": ref(p.consortium),
            "detail": {
                "identity": {"name": p.organisation.name} | identity_shape(p.organisation),
                "staff": staff[p.pk],
                "places": parts.get("places", {}).get(p.pk, []),
                "groups": groups[p.pk],
                "issuing": parts.get("issuing", {}).get(p.pk),
            }
            if p in opened
            else None,
            "actions": {"edit": action([] if edits[p.pk] else [Reason("forbidden", Forbidden.sentence)])},
        }
        for p in partners
    ]


class Partners(View):
    @extend_schema(operation_id="list_partners", parameters=[ListQuery], responses=PartnerPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "consortium.see")
        return Response(
            page(
                partners_for(has),
                read(ListQuery, request),
                lambda found: partner_shapes(request, has, found),
                newest_first=False,
            )
        )


class OnePartner(View):
    @extend_schema(operation_id="read_partner", responses=PartnerShape)
    def get(self, request: Request, partner_id: str) -> Response:
        has, partner = self._one(request, partner_id)
        return Response(partner_shapes(request, has, [partner])[0])

    @extend_schema(operation_id="edit_partner", request=PartnerEdit, responses=PartnerShape)
    def patch(self, request: Request, partner_id: str) -> Response:
        has, partner = self._one(request, partner_id)
        if not has.allows("partner.edit", OfPartner(partner.pk)):
            raise Forbidden
        body = PartnerEdit(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        body_of: Organisation = partner.organisation
        if told := {name: said[name] for name in fiscal.FIELDS if name in said}:
            edit(body_of, told)
        if "short_name" in said:
            partner.short_name = said["short_name"]
            partner.save(update_fields=["short_name"])
        audit.record(signed_in(request.user), "edit-partner", partner, fields=sorted(said))
        return Response(partner_shapes(request, has, [partner])[0])

    def _one(self, request: Request, partner_id: str) -> tuple[Standing, Partner]:
        """A partner that is open to who asks: another's page is not there. Raises Missing."""
        has = allow_somewhere(request.user, "consortium.see")
        pk = pk_of("prt", partner_id)
        reach = open_to(has)
        if reach is not None and pk not in reach:
            raise Missing
        found = partners_for(has).filter(pk=pk).first()
        if found is None:
            raise Missing
        return has, found
