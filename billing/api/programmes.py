"""Programmes: what they pay and what is left, how one joins, and the sponsor's report at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.budgets import programme_papers, programmes
from billing.budgets.draws import places_of, used_by_month
from billing.models import Beneficiary, Budget, Measure, Programme
from core.audit import Sight, saw
from core.clock import now
from core.errors import Missing
from core.files import sent_as
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import total
from core.periods import local_date
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer
from core.views import View
from people.models import Organisation, Person
from people.roles import As, OfPartner, Standing, allow, allow_somewhere, signed_in, standing
from spaces.models import Resource, Venue


class BudgetShape(serializers.Serializer[Any]):
    """In minutes, days, entries or cents; `cap` and `cap_left` are a beneficiary's own in this month."""

    id = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.ChoiceField(Measure.choices)
    kinds = serializers.ListField(child=serializers.CharField())
    given = serializers.IntegerField()
    left = serializers.IntegerField()
    cap = serializers.IntegerField(allow_null=True)
    cap_left = serializers.IntegerField(allow_null=True)

    class Meta:
        ref_name = "ProgrammeBudget"


class ProgrammeShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    sponsor = RefShape()
    venue = RefShape()
    from_on = serializers.DateField()
    last_on = serializers.DateField()
    running = serializers.BooleanField()
    percent = serializers.IntegerField(help_text="of the price, paid by the sponsor")
    weekdays = serializers.ListField(child=serializers.IntegerField())
    joining = serializers.ChoiceField(Programme.Joining.choices)
    code = serializers.CharField(allow_blank=True, help_text="for those who manage it")
    hides_names = serializers.BooleanField()
    budgets = BudgetShape(many=True)
    my_state = serializers.ChoiceField(Beneficiary.State.choices, allow_null=True)
    waiting = serializers.IntegerField(
        allow_null=True, help_text="applications, for those who decide on them"
    )
    can_apply = serializers.BooleanField()
    can_edit = serializers.BooleanField()
    can_admit = serializers.BooleanField(help_text="decides on applications")
    can_report = serializers.BooleanField()

    class Meta:
        ref_name = "Programme"


class ProgrammePage(ListShape):
    data = ProgrammeShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class GrantShape(StrictSerializer):
    name = serializers.CharField(max_length=80, allow_blank=True, default="")
    unit = serializers.ChoiceField(Measure.choices)
    given = serializers.IntegerField(min_value=1, max_value=1_000_000_000)
    kinds = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), default=list)
    cap = serializers.IntegerField(min_value=1, max_value=1_000_000_000, allow_null=True, default=None)


class ProgrammeWords(StrictSerializer):
    name = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=2000, allow_blank=True, default="")
    hides_names = serializers.BooleanField(default=False)


class NewProgramme(ProgrammeWords):
    venue_id = IdField(Venue)
    sponsor_id = IdField(Organisation)
    from_on = serializers.DateField()
    last_on = serializers.DateField()
    percent = serializers.IntegerField(min_value=1, max_value=100, default=100)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), default=list, max_length=7
    )
    joining = serializers.ChoiceField(Programme.Joining.choices)
    code = serializers.CharField(min_length=8, max_length=40, required=False)
    budgets = serializers.ListField(child=GrantShape(), min_length=1, max_length=20)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["last_on"] < data["from_on"]:
            raise serializers.ValidationError({"last_on": [serializers.ErrorDetail("", "empty")]})
        if (data["joining"] == Programme.Joining.CODE) != bool(data.get("code")):
            raise serializers.ValidationError({"code": [serializers.ErrorDetail("", "required")]})
        if data.get("code") and Programme.objects.filter(code=data["code"]).exists():
            raise serializers.ValidationError({"code": [serializers.ErrorDetail("", "taken")]})
        return data


class SponsorsQuery(StrictSerializer):
    q = serializers.CharField(min_length=3, max_length=100)


class SponsorsShape(ListShape):
    data = RefShape(many=True)


class ByCode(StrictSerializer):
    code = serializers.CharField(max_length=40)


class Application(StrictSerializer):
    message = serializers.CharField(max_length=1000)


class UsedShape(serializers.Serializer[Any]):
    who = serializers.CharField()
    what = serializers.CharField()
    start = serializers.DateTimeField()
    minutes = serializers.IntegerField()
    value = MoneyShape(help_text="list value of the part that was covered")
    paid = MoneyShape(help_text="by the sponsor")
    outcome = serializers.CharField(allow_blank=True)


TOLD: tuple[str, ...] = ("who", "what", "start", "minutes", "value", "paid", "outcome")


class ReportShape(serializers.Serializer[Any]):
    programme = ProgrammeShape()
    rows = UsedShape(many=True)
    minutes = serializers.IntegerField()
    value = MoneyShape()
    paid = MoneyShape()

    class Meta:
        ref_name = "ProgrammeReport"


def programmes_for(person: Any) -> QuerySet[Programme]:
    """Those one manages, sponsors or takes part in, those of a consortium that one's office leads, and those that take
    applications."""
    has = standing(person)
    rows = Programme.objects.select_related("venue__partner", "sponsor")
    if has.administrator:
        return rows
    if not isinstance(person, Person):
        return rows.none()
    house = has.partners(As.STAFF, As.MANAGER, As.ACCOUNTANT)
    taking = places_of(person).values("programme")
    asks = Q(joining=Programme.Joining.APPLICATION, until_on__gt=now().date())
    led = Q(venue__partner__consortium__in=has.lead_of)
    mine = Q(sponsor__in=has.delegate_of) | Q(venue__partner__in=house) | Q(pk__in=taking)
    return rows.filter(mine | led | asks)


def may_report(has: Standing, programme: Programme) -> bool:
    """Whether somebody may read what the sponsor is told: the lead's office reads it of all its consortium's."""
    return programme.venue.partner.consortium_id in has.lead_of or has.allows("programme.report", programme)


def shapes(found: Sequence[Programme], person: Person) -> list[dict[str, Any]]:
    """Four statements for any number."""
    has = standing(person)
    budgets: dict[UUID | None, list[Budget]] = {}
    rows = list(Budget.objects.filter(programme__in=found).select_related("venue").order_by("pk"))
    for budget in rows:
        budgets.setdefault(budget.programme_id, []).append(budget)
    used = used_by_month(rows, person)
    places = {one.programme_id: one.state for one in places_of(person).filter(programme__in=found)}
    asked = Beneficiary.objects.filter(programme__in=found, state=Beneficiary.State.ASKED)
    waiting = dict(asked.values_list("programme").annotate(n=Count("pk")).order_by())
    return [
        _shape(p, has, budgets.get(p.pk, []), used, places.get(p.pk), waiting.get(p.pk, 0)) for p in found
    ]


def _shape(
    programme: Programme,
    has: Standing,
    budgets: Sequence[Budget],
    used: dict[UUID, dict[str, int]],
    state: str | None,
    waiting: int,
) -> dict[str, Any]:
    today = local_date(now(), programme.venue.zone)
    edits, reports = has.allows("programme.edit", programme), may_report(has, programme)
    admits = has.allows("programme.admit", programme)
    # How much is left is for those who may spend it, let others spend it, pay it or account for it.
    sees = admits or reports or state == Beneficiary.State.APPROVED
    running = programme.from_on <= today < programme.until_on
    return {
        "id": encode("prg", programme.pk),
        "name": programme.name,
        "text": programme.text,
        "sponsor": {"id": encode("org", programme.sponsor_id), "name": programme.sponsor.name},
        "venue": {"id": encode("ven", programme.venue_id), "name": programme.venue.name},
        "from_on": programme.from_on,
        "last_on": programme.until_on - timedelta(days=1),
        "running": running,
        "percent": programme.percent,
        "weekdays": programme.weekdays,
        "joining": programme.joining,
        "code": programme.code if edits else "",
        "hides_names": programme.hides_names,
        "budgets": [
            {
                "id": encode("bud", b.pk),
                "name": b.name,
                "unit": b.unit,
                "kinds": b.kinds,
                "given": b.given,
                "left": b.left,
                "cap": b.cap,
                "cap_left": max(0, b.cap - used[b.pk][f"{today:%Y-%m}"]) if b.cap is not None else None,
            }
            for b in budgets
            if sees
        ],
        "my_state": state,
        "waiting": waiting if admits else None,
        "can_apply": programme.joining == Programme.Joining.APPLICATION
        and state is None
        and today < programme.until_on,
        "can_edit": edits,
        "can_admit": admits,
        "can_report": reports,
    }


def programme_of(public: str, person: Person) -> Programme:
    """The programme with this id, if it is one that the person may see. Raises Missing."""
    return one_in(programmes_for(person), "prg", public)


def _answer(programme: Programme, person: Person, status: int = 200) -> Response:
    return Response(shapes([programme], person)[0], status=status)


class Programmes(View):
    @extend_schema(operation_id="list_programmes", parameters=[ListQuery], responses=ProgrammePage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        rows = programmes_for(person)
        return Response(page(rows, read(ListQuery, request), lambda found: shapes(found, person)))

    @extend_schema(operation_id="start_programme", request=NewProgramme, responses={201: ProgrammeShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewProgramme(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        venue = Venue.objects.filter(pk=data.pop("venue_id")).first()
        sponsor = Organisation.objects.filter(pk=data.pop("sponsor_id")).first()
        if venue is None or sponsor is None:
            raise Missing
        allow(person, "programme.edit", OfPartner(venue.partner_id))
        grants = [programmes.Grant(**grant) for grant in data.pop("budgets")]
        until = data.pop("last_on") + timedelta(days=1)
        made = programmes.start(
            person, Programme(venue=venue, sponsor=sponsor, until_on=until, **data), grants
        )
        return _answer(made, person, 201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return _answer(programme_of(encode("prg", thing), person), person, 201)


class OneProgramme(View):
    @extend_schema(operation_id="read_programme", responses=ProgrammeShape)
    def get(self, request: Request, programme_id: str) -> Response:
        person = signed_in(request.user)
        return _answer(programme_of(programme_id, person), person)

    @extend_schema(operation_id="edit_programme", request=ProgrammeWords, responses=ProgrammeShape)
    def patch(self, request: Request, programme_id: str) -> Response:
        person = signed_in(request.user)
        found = programme_of(programme_id, person)
        allow(person, "programme.edit", found, seen_by="programme.see")
        body = ProgrammeWords(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        for name, value in body.validated_data.items():
            setattr(found, name, value)
        found.save(update_fields=list(body.validated_data))
        return _answer(found, person)


class Sponsors(View):
    """The bodies that could pay for a programme, by three letters of a name at least, for those who start one; logged."""

    @extend_schema(operation_id="list_sponsors", parameters=[SponsorsQuery], responses=SponsorsShape)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "programme.edit")
        asked = read(SponsorsQuery, request)
        found = list(Organisation.objects.filter(name__icontains=asked["q"]).order_by("name", "pk")[:20])
        # They are no partner's customers alone: whoever looks does it for those that they work for.
        partners: list[UUID | None] = [*sorted(has.partners(As.MANAGER))] or [None]
        sights = [Sight(encode("org", o.pk), partner, None) for partner in partners for o in found]
        saw(signed_in(request.user), "sponsors", sights)
        return Response({"data": [{"id": encode("org", o.pk), "name": o.name} for o in found]})


class JoinByCode(View):
    @extend_schema(operation_id="join_programme", request=ByCode, responses=ProgrammeShape)
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = ByCode(data=request.data)
        body.is_valid(raise_exception=True)
        return _answer(programmes.join_by_code(person, body.validated_data["code"]), person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return _answer(programme_of(encode("prg", thing), person), person)


class ApplyToProgramme(View):
    @extend_schema(operation_id="apply_to_programme", request=Application, responses=ProgrammeShape)
    @idempotent
    def post(self, request: Request, programme_id: str) -> Response:
        person = signed_in(request.user)
        found = programme_of(programme_id, person)
        if found.joining != Programme.Joining.APPLICATION:
            raise Missing
        body = Application(data=request.data)
        body.is_valid(raise_exception=True)
        programmes.apply_to(person, found, body.validated_data["message"])
        return _answer(found, person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return _answer(programme_of(kwargs["programme_id"], person), person)


def _reported(request: Request, programme_id: str) -> tuple[Person, Programme, list[programmes.Used]]:
    """The programme and what its report tells; whose names it tells is logged."""
    person = signed_in(request.user)
    found = programme_of(programme_id, person)
    if not may_report(standing(person), found):
        allow(person, "programme.report", found, seen_by="programme.see")
    rows = programmes.report(found)
    if not found.hides_names:
        partner = found.venue.partner_id
        sights = [
            Sight(encode("bkg", row.booking), partner, row.person) for row in rows if row.person != person.pk
        ]
        saw(person, "beneficiaries", sights)
    return person, found, rows


class ProgrammeReport(View):
    @extend_schema(operation_id="report_programme", responses=ReportShape)
    def get(self, request: Request, programme_id: str) -> Response:
        person, found, rows = _reported(request, programme_id)
        return Response(
            {
                "programme": shapes([found], person)[0],
                "rows": [{name: getattr(row, name) for name in TOLD} for row in rows],
                "minutes": sum(row.minutes for row in rows),
                "value": total(row.value for row in rows),
                "paid": total(row.paid for row in rows),
            }
        )


class ProgrammeReportFile(View):
    @extend_schema(
        operation_id="download_programme_report", responses={200: OpenApiResponse(OpenApiTypes.BINARY)}
    )
    def get(self, request: Request, programme_id: str, kind: str) -> HttpResponseBase:
        if kind not in ("pdf", "xlsx"):
            raise Missing
        _, found, rows = _reported(request, programme_id)
        if kind == "xlsx":
            return programme_papers.xlsx(found, rows)
        answer = HttpResponse(programme_papers.pdf_of(found, rows), content_type="application/pdf")
        answer["Content-Disposition"] = sent_as(f"{found.name}.pdf")
        return answer
