"""Takings by partner: one's own in detail; of the others whole months as one sum, none of fewer than three bookings."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Entry
from billing.papers.registers import cents
from booking.api.occupancy import DaysShape, may_report
from booking.measuring.insight import FEWEST
from core.errors import Invalid, Missing, Pointer
from core.ids import encode
from core.lists import read
from core.money import ZERO, Money
from core.openapi import json_or_table
from core.shapes import IdField, MoneyShape, RefShape, StrictSerializer, ref
from core.tables import Column, Kind, Table, download
from core.views import View
from core.words import Words
from people.models import Partner
from people.roles import As, Standing, allow_somewhere, open_to
from spaces.models import Venue


class ShareOfTakings(serializers.Serializer[Any]):
    numerator_cents = serializers.IntegerField()
    denominator_cents = serializers.IntegerField()


class ResourceTakings(serializers.Serializer[Any]):
    resource = RefShape(allow_null=True)
    bookings = serializers.IntegerField()
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class PartnerTakings(serializers.Serializer[Any]):
    partner = RefShape()
    is_mine = serializers.BooleanField()
    net = MoneyShape(
        allow_null=True, help_text="null: another's, of parts of months or fewer than 3 bookings"
    )
    vat = MoneyShape(allow_null=True)
    gross = MoneyShape(allow_null=True)
    share = ShareOfTakings(allow_null=True)
    detail = ResourceTakings(many=True, allow_null=True)


class TotalTakings(serializers.Serializer[Any]):
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class RevenueShape(serializers.Serializer[Any]):
    venue = RefShape()
    days = DaysShape()
    total = TotalTakings(allow_null=True, help_text="null where a partner's is")
    partners = PartnerTakings(many=True)


class RevenueQuery(StrictSerializer):
    venue_id = IdField(Venue)
    on_from = serializers.DateField()
    on_to = serializers.DateField(help_text="excluded")
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")


class RevenueReport(View):
    @extend_schema(
        operation_id="report_revenue", parameters=[RevenueQuery], responses=json_or_table(RevenueShape)
    )
    def get(self, request: Request) -> Response | HttpResponseBase:
        has = allow_somewhere(request.user, "report.see")
        asked = read(RevenueQuery, request)
        venue = Venue.objects.select_related("partner__consortium").filter(pk=asked["venue_id"]).first()
        if venue is None:
            raise Missing
        may_report(has, venue)
        if asked["on_from"] >= asked["on_to"]:
            raise Invalid(pointers=[Pointer("?on_to", "empty", "")])
        shaped = shape(has, venue, asked)
        if asked["output"] != "json":
            return download(table(shaped), asked["output"])
        return Response(shaped)


def shape(has: Standing, venue: Venue, asked: dict[str, Any]) -> dict[str, Any]:
    """The report for this standing; three statements besides the partners."""
    entries = Entry.objects.filter(resource__venue=venue, on__gte=asked["on_from"], on__lt=asked["on_to"])
    rows: list[Any] = list(
        entries.values("partner_id", "resource_id", "resource__name")
        .annotate(n=Sum("net"), v=Sum("vat"), g=Sum("gross"), bookings=Count("booking", distinct=True))
        .order_by("resource__name")
    )
    by_partner: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_partner[row["partner_id"]].append(dict(row))
    runner = venue.partner
    partners = list(runner.consortium.partners.all()) if runner.consortium else [runner]
    known = {p.pk for p in partners}
    partners += list(Partner.objects.filter(pk__in=set(by_partner) - known))
    mine = open_to(has)
    own = has.partners(As.MANAGER, As.ACCOUNTANT)
    closed = {p.pk for p in partners if mine is not None and p.pk not in mine}
    hidden = few(entries, closed, asked)
    whole = None if hidden else sums(rows)
    return {
        "venue": ref(venue),
        "days": {"on_from": asked["on_from"], "on_to": asked["on_to"]},
        "total": whole,
        "partners": [
            _partner(p, by_partner.get(p.pk, []), whole, mine=p.pk in own, open_=p.pk not in closed)
            if p.pk not in hidden
            else {"partner": ref(p), "is_mine": False, **NOT_TOLD}
            for p in sorted(partners, key=lambda p: (not p.is_lead, p.short_name))
        ],
    }


NOT_TOLD = dict.fromkeys(("net", "vat", "gross", "share", "detail"))


def few(entries: QuerySet[Entry], closed: set[UUID], asked: dict[str, Any]) -> set[UUID]:
    """Of the partners whose detail is closed those whose sum would tell of single bookings: all, where the days are
    not whole months; else who has a month with one or two. One statement."""
    if asked["on_from"].day != 1 or asked["on_to"].day != 1:
        return closed
    months = (
        entries.filter(partner__in=closed)
        .annotate(month=TruncMonth("on"))
        .values("partner_id", "month")
        .annotate(bookings=Count("booking", distinct=True))
    )
    return {row["partner_id"] for row in months if row["bookings"] < FEWEST}


def sums(rows: list[dict[str, Any]]) -> dict[str, Money]:
    return {
        name: sum((cents(row[key]) for row in rows), ZERO)
        for name, key in (("net", "n"), ("vat", "v"), ("gross", "g"))
    }


def _partner(
    partner: Partner, rows: list[dict[str, Any]], whole: dict[str, Money] | None, *, mine: bool, open_: bool
) -> dict[str, Any]:
    found = sums(rows)
    return {
        "partner": ref(partner),
        "is_mine": mine,
        **found,
        "share": whole
        and {"numerator_cents": found["gross"].cents, "denominator_cents": whole["gross"].cents},
        "detail": [
            {
                "resource": {"id": encode("res", row["resource_id"]), "name": row["resource__name"]},
                "bookings": row["bookings"],
                **sums([row]),
            }
            for row in rows
        ]
        if open_
        else None,
    }


COLUMNS = (
    Column(Words("Partner", "Partner")),
    Column(Words("Risorsa", "Resource")),
    Column(Words("Prenotazioni", "Bookings"), Kind.COUNT),
    Column(Words("Imponibile", "Net"), Kind.MONEY),
    Column(Words("IVA", "VAT"), Kind.MONEY),
    Column(Words("Totale", "Gross"), Kind.MONEY),
)


def table(shaped: dict[str, Any]) -> Table:
    """What is shown: a row a partner, and its resources where one may see them."""
    rows: list[tuple[Any, ...]] = []
    for p in shaped["partners"]:
        rows.append((p["partner"]["name"], None, None, p["net"], p["vat"], p["gross"]))
        rows += [
            (p["partner"]["name"], d["resource"]["name"], d["bookings"], d["net"], d["vat"], d["gross"])
            for d in p["detail"] or []
        ]
    return Table("revenue", COLUMNS, rows)
