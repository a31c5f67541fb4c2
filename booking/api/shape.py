"""A booking as the API shows it: what is promised, and what may be done with it, with reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from booking.api.actions import (
    BookingActions,
    ChangeShape,
    Parts,
    actions,
    change_shape,
    judged_actions,
    names_of_resources,
    note_changes,
)
from booking.api.consequences import ConsequenceShape, of_bookings
from booking.attending.consequences import reasons_against_appeal
from booking.judging.coming import opens_at
from booking.judging.judge import state_of
from booking.judging.reasons import reason
from booking.models import Booking, Item
from booking.visible import in_full
from core import terms
from core.errors import Reason
from core.ids import encode
from core.shapes import MoneyShape, PeriodShape, RefShape, action, ref
from people.models import Person
from people.roles import Standing, standing

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


class DocumentBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    kind = serializers.CharField()
    ready = serializers.BooleanField()


class BookingDeposit(serializers.Serializer[Any]):
    """What is reserved on a card; no payment."""

    id = serializers.CharField()
    state = serializers.ChoiceField(["asked", "needed", "held", "taking", "taken", "released", "lapsed"])
    amount = MoneyShape()
    taken = MoneyShape()


class BookingUse(serializers.Serializer[Any]):
    """The time that was used, where that is what is charged."""

    period = PeriodShape()
    agreed = MoneyShape(help_text="what was asked for the time reserved")
    price = MoneyShape(help_text="what the use costs; the difference has come back, or is due")


class BookingMoney(serializers.Serializer[Any]):
    total = MoneyShape()
    paid = MoneyShape()
    refunded = MoneyShape()
    due = MoneyShape()
    state = serializers.ChoiceField(["none", "due", "paid", "refunded"])
    documents = DocumentBrief(many=True)
    deposit = BookingDeposit(allow_null=True)
    used = BookingUse(allow_null=True)


class BookingShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    state = serializers.ChoiceField(S.choices)
    attendance = serializers.ChoiceField(Booking.Attendance.choices)
    venue = VenueRef()
    person = RefShape(allow_null=True)
    organisation = RefShape(allow_null=True)
    series_id = serializers.CharField(allow_null=True, help_text="the series of which it is a date")
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
    change = ChangeShape(allow_null=True)
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


def shape(
    bookings: Sequence[Booking], person: Person, include: Sequence[str] = (), *, close: bool = False
) -> list[dict[str, Any]]:
    """The bookings (with venue, person and organisation loaded) for whoever looks; a fixed number of statements, but
    for a `close` look, which is for one: it judges what else could be done with it."""
    has = standing(person)
    items: dict[UUID, list[Item]] = defaultdict(list)
    rows = Item.objects.filter(booking__in=bookings).select_related("resource__venue", "resource__owner")
    for item in rows.order_by("pk"):
        items[item.booking_id].append(item)
    note_changes(bookings)
    names = names_of_resources(bookings)
    closer = ["give_back", "change_price"] if close else []
    parts = terms.included("bkg", ["cancel_terms", *include, *closer], bookings, person)
    led_to = of_bookings(bookings, person)
    full = in_full(has, bookings)
    # Who reads a booking for their books has no business at the door, where the code is the pass, nor with its words.
    books = {b.pk for b in bookings if b.pk in full and not has.allows("booking.see", b)}
    return [
        _with_coming(
            _one(
                booking,
                has,
                person,
                Parts(
                    parts.get("cancel_terms", {}).get(booking.pk, {}),
                    parts.get("give_back", {}).get(booking.pk),
                    items[booking.pk],
                    close,
                ),
                parts.get("money", {}).get(booking.pk),
                change_shape(
                    booking,
                    names,
                    parts.get("change_price", {}).get(booking.pk),
                    own=booking.pk in full,
                    for_books=booking.pk in books,
                ),
                own=booking.pk in full,
                for_books=booking.pk in books,
            ),
            booking,
            has,
            led_to.get(booking.pk, []),
        )
        for booking in bookings
    ]


def _one(
    booking: Booking,
    has: Standing,
    person: Person,
    parts: Parts,
    money: dict[str, Any] | None,
    change: dict[str, Any] | None,
    *,
    own: bool,
    for_books: bool,
) -> dict[str, Any]:
    # To whom it is only offered it shows what they would have, not what its giver wrote or paid.
    words = own and not for_books
    public = encode("bkg", booking.pk)
    return {
        "id": public,
        "code": "" if for_books else booking.code,
        "state": state_of(booking),
        "attendance": booking.attendance,
        "venue": {**(ref(booking.venue) or {}), "time_zone": booking.venue.time_zone},
        "person": ref(booking.person),
        "organisation": ref(booking.organisation),
        "series_id": encode("ser", booking.series_id) if words and booking.series_id else None,
        "title": booking.title,
        "notes": booking.notes if words else "",
        "people": booking.people,
        "period": booking.period,
        "needs_approval": booking.needs_approval,
        "held_until": booking.held_until,
        "reason": booking.reason if words else "",
        "made_at": booking.made_at,
        "items": [
            {
                "id": encode("itm", item.pk),
                "resource": {**(ref(item.resource) or {}), "kind": item.resource.kind},
                "period": item.period,
                "quantity": item.quantity,
            }
            for item in parts.items
        ],
        "actions": actions(judged_actions(booking, has, person, parts)),
        "change": change,
        "money": money if own else None,
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
    standing_ = [c["heard_until"] for c in led_to if c["state"] == "standing"]
    return reasons_against_appeal(standing_, booking.venue.zone)
