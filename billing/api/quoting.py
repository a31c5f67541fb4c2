"""Prices before they are promised: of held bookings, of a change that waits, of a time that one might have instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.moving import may_pay_change
from billing.budgets import allowances, passes, plans
from billing.changes import changing
from billing.changes.differences import difference, instead_of, unpaid_order
from billing.changes.moves import told_what_is_near
from billing.models import Allowance, Budget, Measure, PassKind, Plan, Quote, Rate
from billing.paying import refunds
from billing.paying.paying_by_credit import OwnCredit, own_credit
from billing.prices.cancellation import terms_of
from billing.quoting import coupons, quotes
from billing.quoting.quotes import outcome_of, vat_of
from booking.api.acting import one
from booking.api.changes import Saying, said_in, where_of
from booking.changing.moves import for_people, items_of, judged, pending_of
from booking.holding.holds import refuse
from booking.models import Booking, Change
from booking.repeating.plans import MOST_DATES
from booking.visible import bookings_for, is_house
from core.errors import Invalid, Missing, Pointer
from core.ids import decode, encode
from core.money import ZERO, Money, total
from core.shapes import ActionShape, IdField, MoneyShape, PeriodShape, action
from core.views import View
from people import fiscal
from people.models import Membership, Organisation, Person
from people.roles import OfPartner, Standing, allow, signed_in, standing
from spaces.models import Resource


def own_organisation(pk: UUID | None, has: Standing) -> Organisation | None:
    """The organisation for which the person may act. Raises Missing for any other."""
    if pk is None:
        return None
    found = Organisation.objects.filter(pk=pk, pk__in=has.delegate_of).first()
    if found is None:
        raise Missing
    return found


class StepShape(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="see billing/prices/steps.py: what each does to the price so far")
    rate = serializers.CharField(allow_blank=True)
    tariff = serializers.CharField(allow_blank=True)
    version = serializers.CharField(allow_blank=True, help_text="when the tariff was published")
    name = serializers.CharField(allow_blank=True)
    minutes = serializers.IntegerField()
    count = serializers.IntegerField()
    percent = serializers.CharField()
    unit_price = MoneyShape()
    amount = MoneyShape()

    class Meta:
        ref_name = "Step"


class DrawShape(serializers.Serializer[Any]):
    """What a budget pays of a line, in minutes, days, entries or cents, and what is then left of it."""

    budget_id = serializers.CharField()
    kind = serializers.ChoiceField(Budget.Kind.choices)
    name = serializers.CharField()
    unit = serializers.ChoiceField(Measure.choices)
    units = serializers.IntegerField()
    left = serializers.IntegerField()
    worth = MoneyShape()

    class Meta:
        ref_name = "Draw"


class QuoteLine(serializers.Serializer[Any]):
    booking_id = serializers.CharField(allow_null=True)
    item_id = serializers.CharField(allow_null=True)
    extra_id = serializers.CharField(allow_null=True)
    pass_kind_id = serializers.CharField(allow_null=True)
    plan_id = serializers.CharField(allow_null=True)
    issuer_id = serializers.CharField()
    description = serializers.CharField()
    gross = MoneyShape()
    list_price = MoneyShape(help_text="without reductions and coupons")
    vat_rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    legal_text = serializers.CharField(allow_blank=True, help_text="the law beside it, above all without VAT")
    charge_by = serializers.ChoiceField(
        Rate.ChargeBy.choices,
        help_text="by use: at most this for who leaves by the end; greater: at least this",
    )
    steps = StepShape(many=True)
    draws = DrawShape(many=True)


class VatShape(serializers.Serializer[Any]):
    rate = serializers.CharField()
    natura = serializers.CharField(allow_null=True)
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class TermsShape(serializers.Serializer[Any]):
    hours_before = serializers.IntegerField()
    percent_back = serializers.IntegerField()
    text = serializers.CharField()


class PayerShape(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    complete = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())


class AllowanceLeft(serializers.Serializer[Any]):
    """A month of the payer's own hours, as this quote would leave it."""

    name = serializers.CharField(allow_blank=True, help_text="which of several")
    month = serializers.CharField()
    drawn_minutes = serializers.IntegerField(
        help_text="of it, by this quote; 0: another pays, or nobody's hours"
    )
    given_minutes = serializers.IntegerField(help_text="without what was carried over")
    left_minutes = serializers.IntegerField()
    beyond = serializers.ChoiceField(Allowance.Beyond.choices)


class QuoteCredit(serializers.Serializer[Any]):
    issuer = serializers.CharField(help_text="with whom")
    left = MoneyShape()
    actions = serializers.DictField(child=ActionShape(), help_text="pay: all of the quote, by method credit")


class QuoteShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    lines = QuoteLine(many=True)
    total = MoneyShape()
    deposit = MoneyShape(help_text="to be reserved on a card besides, and given free after the use")
    back = MoneyShape(help_text="what a change to a cheaper time gives back")
    price_difference = MoneyShape(
        help_text="what is to pay besides what was paid, promised or owed before; below zero a debt becomes less"
    )
    vat = VatShape(many=True)
    terms = TermsShape(many=True)
    expires_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(["pay", "book", "request"])
    payer = PayerShape()
    payers = PayerShape(many=True)
    methods = serializers.ListField(child=serializers.CharField())
    credit = QuoteCredit(allow_null=True, help_text="what the payer, who asks, has left of their own credit")
    coupon = serializers.CharField(allow_blank=True, help_text="the code that is used")
    allowances = AllowanceLeft(many=True, help_text="where a partner books for itself")

    class Meta:
        ref_name = "Quote"


class NewQuote(Saying):
    """Held bookings, passes, or both; or one booking with the time it might have instead (and what that has to be told),
    or with the change it waits to have paid."""

    booking_ids = serializers.ListField(
        child=IdField(Booking), min_length=1, max_length=MOST_DATES, required=False
    )
    pass_kind_ids = serializers.ListField(child=IdField(PassKind), max_length=20, required=False)
    plan_id = IdField(Plan, required=False, allow_null=True)
    organisation_id = IdField(Organisation, required=False, allow_null=True)
    booking_id = IdField(Booking, required=False)
    period = PeriodShape(required=False)
    resource_id = IdField(Resource, required=False, allow_null=True)
    item_id = IdField("itm", required=False, allow_null=True)
    coupon = serializers.CharField(
        max_length=24, allow_blank=True, required=False, help_text="a code to use from now on; empty: none"
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        sold = bool(data.get("booking_ids") or data.get("pass_kind_ids") or data.get("plan_id"))
        if sold == ("booking_id" in data):
            raise serializers.ValidationError({"booking_ids": [serializers.ErrorDetail("", "required")]})
        return data


class Quotes(View):
    @extend_schema(operation_id="quote", request=NewQuote, responses={201: QuoteShape})
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewQuote(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        kinds = data.get("pass_kind_ids") or []
        also = [*passes.lines_of(kinds), *plans.lines_of(data.get("plan_id"))]
        if also and not data.get("booking_ids"):
            organisation = own_organisation(data.get("organisation_id"), standing(person))
            made = quotes.quote(person, [], organisation, also=also)
            return Response(quote_shape(made, [], person), status=201)
        ids = data.get("booking_ids") or [data["booking_id"]]
        if "period" in data:
            return Response(_of_new_time(data, person), status=201)
        changing_one = _waiting_for_money(ids, person)
        if changing_one is not None:
            return Response(_of_change(changing_one, person), status=201)
        has = standing(person)
        bookings = own_bookings(ids, person)
        chosen = data.get("organisation_id")
        organisation = own_organisation(chosen, has) if chosen else bookings[0].organisation
        if also and any(b.needs_approval for b in bookings):
            raise Invalid(pointers=[Pointer("/pass_kind_ids", "needs-approval", "")])
        payer = bookings[0].person
        if "coupon" in data:
            coupons.use(person, [b.pk for b in bookings], data["coupon"], organisation)
        made = quotes.quote(payer, bookings, organisation, also=also)
        return Response(quote_shape(made, bookings, person), status=201)


def _of_new_time(data: dict[str, Any], person: Person) -> dict[str, Any]:
    """The price of a move that nobody has asked for yet: nothing is held. Raises Refused, SlotTaken, with alternatives."""
    booking = one(encode(Booking.prefix, data.get("booking_id") or data["booking_ids"][0]), person)
    allow(person, "booking.move", booking, seen_by="booking.see")
    where, items = where_of(booking, data), items_of(booking)
    house = is_house(standing(person), booking)
    said = said_in(data, booking)
    found = judged(booking, where, items, house=house, said=said)
    if found.reasons:
        with told_what_is_near(booking, where, items, house=house):
            refuse(found.verdict)
    booking = for_people(booking, found.people)
    gap = difference(booking, instead_of(items, found.asks))
    made = quotes.quote(booking.person, [booking], booking.organisation, lines=gap.more)
    back = total(b.amount for b in refunds.part_by_terms(booking, gap.less))
    pays_first = gap.due and unpaid_order(booking) is None  # else what is owed is owed otherwise, at once
    outcome = "request" if found.needs_approval else "pay" if pays_first else "book"
    besides = changing.to_pay_besides(booking, gap)
    return quote_shape(made, [booking], person) | {
        "back": back,
        "price_difference": besides,
        "outcome": outcome,
    }


def _waiting_for_money(ids: list[UUID], person: Person) -> Booking | None:
    """The booking, if it is one whose change waits for money that this person may pay."""
    if len(ids) != 1:
        return None
    rows = Booking.objects.select_related("venue", "person", "organisation")
    booking = rows.filter(pk=ids[0], state=Booking.State.CONFIRMED).first()
    if booking is None or (change := pending_of(booking)) is None:
        return None
    if change.waits_for != Change.WaitsFor.PAYMENT:
        return None
    may_pay_change(booking, person)
    return booking


def _of_change(booking: Booking, person: Person) -> dict[str, Any]:
    change = changing.to_pay(booking)
    payer, organisation = changing.payer_of(booking, change)
    lines = changing.lines_of(booking, change)
    made = quotes.quote(payer, [booking], organisation, change=change, lines=lines)
    outcome = "pay" if made.total else "book"
    return quote_shape(made, [booking], person) | {"outcome": outcome}


def own_bookings(ids: list[UUID], person: Person) -> list[Booking]:
    """These bookings, all of which the person may pay for; Missing otherwise."""
    found = list(bookings_for(standing(person)).filter(pk__in=ids).order_by("pk"))
    if len(found) < len(set(ids)) or len({(b.person_id, b.organisation_id) for b in found}) > 1:
        raise Missing
    for booking in found:
        allow(person, "booking.pay", booking, seen_by="booking.see")
    return found


def payable(ids: list[UUID], offered: Quote | None, person: Person) -> list[Booking]:
    """The bookings that a quote is for, all of which (or whose change) the person may pay for; Missing otherwise."""
    if offered is None or offered.change_id is None:
        return own_bookings(ids, person)
    found = list(offered.bookings.select_related("venue", "person", "organisation"))
    for booking in found:
        may_pay_change(booking, person)
    if [booking.pk for booking in found] != ids:
        raise Missing
    return found


def quote_shape(made: Quote, bookings: list[Booking], person: Person) -> dict[str, Any]:
    has = standing(person)
    staff = sold_by(made, bookings, has)
    bodies = (
        Membership.objects.today().filter(person=made.person, is_delegate=True).select_related("organisation")
    )
    payers = [payer_shape(made.person), *(payer_shape(m.organisation) for m in bodies)]
    outcome = "pay" if made.change_id and made.total else outcome_of(bookings, made.total)
    credit = credit_for(made, bookings, person) if outcome == "pay" else None
    by_credit = ["credit"] if credit is not None and not credit.reasons else []
    methods = (
        ["none"]
        if outcome != "pay"
        else [
            "card",
            *(["account"] if made.organisation else []),
            *by_credit,
            *(["cash", "pos"] if staff else []),
        ]
    )
    return {
        "id": encode("quo", made.pk),
        "lines": made.lines,
        "total": made.total,
        "deposit": total(Money(one["amount"]["cents"]) for one in made.deposits),
        "vat": vat_of(made.lines),
        "back": ZERO,
        "price_difference": made.total,
        "terms": terms_of(bookings),
        "expires_at": made.expires_at,
        "outcome": outcome,
        "payer": payer_shape(made.organisation or made.person),
        "payers": payers,
        "methods": methods,
        "credit": _credit_shape(credit),
        "coupon": next(
            (s["name"] for line in made.lines for s in line["steps"] if s["code"] == "coupon"), ""
        ),
        "allowances": _allowances(made, bookings),
    }


def credit_for(made: Quote, bookings: Sequence[Booking], person: Person) -> OwnCredit | None:
    """The payer's credit by which what is quoted might be paid, if the person may spend it: their own, or of a body for
    which they may act. None for others, and where nothing is paid."""
    payer = made.organisation or made.person
    mine = payer.pk == person.pk or payer.pk in standing(person).delegate_of
    # Of a time that one might have instead nothing is paid yet: once it waits for its money, it is a change.
    held = outcome_of(bookings, made.total) == "pay" and all(b.state == Booking.State.HELD for b in bookings)
    if not mine or not made.total or not (made.change_id or held):
        return None
    sellers = [decode("iss", line["issuer_id"]) for line in made.lines]
    return own_credit(payer, made.total, sellers, change=made.change_id is not None)


def _credit_shape(found: OwnCredit | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"issuer": str(found.issuer), "left": found.left, "actions": {"pay": action(found.reasons)}}


def _allowances(made: Quote, bookings: list[Booking]) -> list[dict[str, Any]]:
    draws = [d for line in made.lines for d in line["draws"]]
    after = {d["budget_id"]: d["left"] for d in draws}
    drawn: dict[UUID, int] = defaultdict(int)
    for d in draws:
        drawn[decode("bud", d["budget_id"])] += d["units"]
    return [
        {
            "name": one.name,
            "month": one.month,
            "drawn_minutes": drawn.get(one.budget, 0),
            "given_minutes": one.given,
            "left_minutes": after.get(encode("bud", one.budget), one.left),
            "beyond": one.beyond,
        }
        for one in allowances.standings(made.organisation, bookings, drawn)
    ]


def sold_by(made: Quote, bookings: list[Booking], has: Standing) -> bool:
    """Whether the person is staff of all that sell what this quote is for, and so may take cash for it."""
    venues = {b.venue.partner_id for b in bookings}
    kinds = PassKind.objects.filter(pk__in=made.pass_kinds).select_related("venue")
    partners = venues | {kind.venue.partner_id for kind in kinds}
    if made.plan is not None:
        partners |= set(Plan.objects.filter(pk=made.plan).values_list("venue__partner_id", flat=True))
    return all(has.allows("booking.attend", OfPartner(partner)) for partner in partners)


def payer_shape(payer: Person | Organisation) -> dict[str, Any]:
    lacking = fiscal.missing(payer)
    public = encode("org", payer.pk) if isinstance(payer, Organisation) else None
    return {"id": public, "name": payer.name, "complete": not lacking, "missing": lacking}
