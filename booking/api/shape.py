"""A booking as the API shows it: what is promised, and what may be done with it, with reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from booking.api.consequences import ConsequenceShape, of_bookings
from booking.attendance import reasons_against
from booking.coming import opens_at
from booking.judge import state_of
from booking.models import Booking, Item
from booking.reasons import reason
from core import terms
from core.clock import now
from core.errors import Reason
from core.ids import encode
from core.shapes import ActionShape, MoneyShape, PeriodShape, RefShape, action, ref
from people.models import Person
from people.roles import MAY, Standing, standing

S, A = Booking.State, Booking.Attendance


class BookedResource(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()


class ItemShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    resource = BookedResource()
    period = PeriodShape()
    quantity = serializers.IntegerField()


class VenueRef(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    time_zone = serializers.CharField()


class BookingActions(serializers.Serializer[Any]):
    release = ActionShape()
    pay = ActionShape()
    cancel = ActionShape()
    approve = ActionShape()
    refuse = ActionShape()
    check_in = ActionShape()
    check_out = ActionShape()
    no_show = ActionShape()
    appeal = ActionShape()


class DocumentBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    kind = serializers.CharField()
    ready = serializers.BooleanField()


class BookingMoney(serializers.Serializer[Any]):
    total = MoneyShape()
    paid = MoneyShape()
    refunded = MoneyShape()
    due = MoneyShape()
    state = serializers.ChoiceField(["none", "due", "paid", "refunded"])
    documents = DocumentBrief(many=True)


class BookingShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    state = serializers.ChoiceField(S.choices)
    attendance = serializers.ChoiceField(Booking.Attendance.choices)
    venue = VenueRef()
    person = RefShape(allow_null=True)
    organisation = RefShape(allow_null=True)
    title = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)
    people = serializers.IntegerField(allow_null=True)
    period = PeriodShape()
    needs_approval = serializers.BooleanField()
    held_until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField()
    items = ItemShape(many=True)
    actions = BookingActions()
    money = BookingMoney(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True)
    check_in_opens = serializers.DateTimeField()
    no_show_at = serializers.DateTimeField(
        allow_null=True, help_text="when nobody having checked in becomes a no-show"
    )
    consequences = ConsequenceShape(many=True)
    ics_href = serializers.CharField()
    qr_href = serializers.CharField()

    class Meta:
        ref_name = "Booking"


def shape(bookings: Sequence[Booking], person: Person, include: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The bookings (with venue, person and organisation loaded) for whoever looks; one statement for their items."""
    has = standing(person)
    items: dict[UUID, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(booking__in=bookings).select_related("resource").order_by("pk"):
        items[item.booking_id].append(item)
    parts = terms.included("bkg", ["cancel_terms", *include], bookings, person)
    money, cancel_terms = parts.get("money", {}), parts.get("cancel_terms", {})
    led_to = of_bookings(bookings, person)
    return [
        _with_coming(
            _one(booking, items[booking.pk], has, money.get(booking.pk), cancel_terms.get(booking.pk, {})),
            booking,
            has,
            led_to.get(booking.pk, []),
        )
        for booking in bookings
    ]


def _one(
    booking: Booking,
    items: list[Item],
    has: Standing,
    money: dict[str, Any] | None,
    cancel_terms: dict[str, Any],
) -> dict[str, Any]:
    public = encode("bkg", booking.pk)
    return {
        "id": public,
        "code": booking.code,
        "state": state_of(booking),
        "attendance": booking.attendance,
        "venue": {**(ref(booking.venue) or {}), "time_zone": booking.venue.time_zone},
        "person": ref(booking.person),
        "organisation": ref(booking.organisation),
        "title": booking.title,
        "notes": booking.notes,
        "people": booking.people,
        "period": booking.period,
        "needs_approval": booking.needs_approval,
        "held_until": booking.held_until,
        "reason": booking.reason,
        "made_at": booking.made_at,
        "items": [
            {
                "id": encode("itm", item.pk),
                "resource": {**(ref(item.resource) or {}), "kind": item.resource.kind},
                "period": item.period,
                "quantity": item.quantity,
            }
            for item in items
        ],
        "actions": actions(booking, has, cancel_terms),
        "money": money,
        "ics_href": f"/api/v1/bookings/{public}/ics",
        "qr_href": f"/api/v1/bookings/{public}/qr",
    }


def _with_coming(
    shaped: dict[str, Any], booking: Booking, has: Standing, led_to: list[dict[str, Any]]
) -> dict[str, Any]:
    """The booking's shape with who came when, and what not coming led to."""
    shaped["actions"]["appeal"] = action(may_appeal(booking, has, led_to))
    return shaped | {
        "arrived_at": booking.arrived_at,
        "left_at": booking.left_at,
        "check_in_opens": opens_at(booking),
        "no_show_at": booking.no_show_at,
        "consequences": led_to,
    }


def may_appeal(booking: Booking, has: Standing, led_to: list[dict[str, Any]]) -> list[Reason]:
    if not has.allows("booking.appeal", booking):
        return [reason("no-right")]
    return [] if any(c["state"] == "standing" for c in led_to) else [reason("nothing-to-appeal")]


def actions(booking: Booking, has: Standing, cancel_terms: dict[str, Any]) -> dict[str, Any]:
    """Every act on the booking: may it be done, by this person, now; else why not."""
    state, at = state_of(booking), now()
    wrong = [reason("wrong-state", state=Booking.State(state).label)]

    def judged(act: str, against: list[Reason]) -> list[Reason]:
        return against if has.allows(act, booking) else [reason("no-right")]

    cancelling = [] if state in (S.REQUESTED, S.CONFIRMED) else wrong
    if not cancelling and at >= booking.period.start and not _house(has, booking):
        cancelling = [reason("already-started")]
    if not cancelling and booking.attendance in (A.LEFT, A.NO_SHOW):
        cancelling = [reason("wrong-state", state=booking.get_attendance_display())]
    held = [] if state == S.HELD else wrong
    asked = [] if state == S.REQUESTED else wrong
    return {
        "release": action(judged("booking.release", held)),
        "pay": action(judged("booking.pay", held)),
        "cancel": action(judged("booking.cancel", cancelling), **(cancel_terms if not cancelling else {})),
        "approve": action(judged("booking.approve", asked)),
        "refuse": action(judged("booking.approve", asked)),
        "check_in": action(judged("booking.attend", reasons_against(booking, A.PRESENT, at))),
        "check_out": action(judged("booking.attend", reasons_against(booking, A.LEFT, at))),
        "no_show": action(judged("booking.attend", reasons_against(booking, A.NO_SHOW, at))),
    }


def _house(has: Standing, booking: Booking) -> bool:
    return has.administrator or bool(has.partners(*MAY["booking.attend"]).intersection(booking.governed_by()))
