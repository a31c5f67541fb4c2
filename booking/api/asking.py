"""The staff's queue: what waits for a yes or a no, why it has to be asked, and what they want to know to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.actions import note_changes
from booking.api.seen import looked_again, sights
from booking.api.shape import BookingShape, shape
from booking.approving import asking, deciding
from booking.judging.rule_words import spell
from booking.models import Booking
from core import terms
from core.errors import Reason
from core.ids import encode
from core.lists import ListQuery, page, read
from core.money import total
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, PeriodShape, action
from core.views import View
from core.words import language
from people.models import Person
from people.roles import MAY, signed_in, standing
from spaces.models import Resource, Venue


class CameBefore(serializers.Serializer[Any]):
    came = serializers.IntegerField()
    no_shows = serializers.IntegerField()


class ApprovalDate(serializers.Serializer[Any]):
    booking_id = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    period = PeriodShape()
    waiting = serializers.IntegerField()
    approve = ActionShape(help_text="whether it can be approved with the others, and why not")
    refuse = ActionShape(help_text="whether it can be refused with the others, and why not")


class SeriesDecisions(serializers.Serializer[Any]):
    approve = ActionShape(help_text="all that can be")
    refuse = ActionShape(help_text="all of them")
    decide = ActionShape(help_text="some approved, some refused, in one act")


class ApprovalSeries(serializers.Serializer[Any]):
    """The dates of one series that wait together."""

    id = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    rule_text = serializers.CharField(allow_blank=True)
    dates = ApprovalDate(many=True)
    price = MoneyShape()
    actions = SeriesDecisions()


class ApprovalShape(serializers.Serializer[Any]):
    """A booking, or a change of one, that staff decide on."""

    booking = BookingShape()
    series = ApprovalSeries(
        allow_null=True, help_text="where several dates of a series wait, of which the booking is one"
    )
    kind = serializers.ChoiceField(asking.KINDS)
    since = serializers.DateTimeField()
    decide_by = serializers.DateTimeField(help_text="without a word until then it lapses")
    because = serializers.ListField(
        child=serializers.ChoiceField(asking.CAUSES), help_text="why it has to be asked"
    )
    waiting = serializers.IntegerField(help_text="how many on the waiting list this time would suit")
    before = CameBefore(help_text="of whoever asks, at this venue")

    class Meta:
        ref_name = "Approval"


class ApprovalPage(ListShape):
    data = ApprovalShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ApprovalsQuery(ListQuery):
    venue_id = IdField(Venue, required=False)
    resource_id = IdField(Resource, required=False)
    kind = serializers.ChoiceField(asking.KINDS, required=False)


class Approvals(View):
    @extend_schema(operation_id="list_approvals", parameters=[ApprovalsQuery], responses=ApprovalPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(ApprovalsQuery, request)
        has = standing(person)
        rows = asking.rows_for(None if has.administrator else has.partners(*MAY["booking.approve"]))
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        if "resource_id" in asked:
            rows = rows.filter(items__resource=asked["resource_id"]).distinct()
        if "kind" in asked:
            rows = rows.filter(asking.of_kind(asked["kind"]))
        rows = asking.since(asking.one_a_series(rows))

        def shapes(found: Sequence[Booking]) -> list[dict[str, Any]]:
            looked_again(person, sights(person, found))
            return _shapes(found, person)

        return Response(page(rows, asked, shapes, by="since", newest_first=False))


def _shapes(bookings: Sequence[Booking], person: Person) -> list[dict[str, Any]]:
    series = asking.dates_besides(bookings)
    dates = [date for found in series.values() for date in found]
    everything = list({booking.pk: booking for booking in (*bookings, *dates)}.values())
    note_changes(everything)
    known = asking.looked_into(everything)
    against = deciding.unfit(dates)
    money = terms.included("bkg", ["money"], dates, person).get("money", {})
    shown = shape(bookings, person, ["money"])
    found = []
    for booking, shaped in zip(bookings, shown, strict=True):
        own = series.get(booking.series_id, []) if booking.state == Booking.State.REQUESTED else []
        asked = asking.together(known[date.pk] for date in own) if own else known[booking.pk]
        found.append(
            {
                "booking": shaped,
                "series": _series_shape(own, known, against, money) if own else None,
                "kind": asking.kind_of(booking),
                "since": booking.since,  # type: ignore[attr-defined]
                "decide_by": min(d.held_until for d in own if d.held_until) if own else booking.decide_by,  # type: ignore[attr-defined]
                "because": asked.because,
                "waiting": len(asked.waiting),
                "before": {"came": asked.came, "no_shows": asked.no_shows},
            }
        )
    return found


def _series_shape(
    dates: Sequence[Booking],
    known: Mapping[UUID, asking.Asked],
    against: Mapping[UUID, list[Reason]],
    money: Mapping[UUID, dict[str, Any]],
) -> dict[str, Any]:
    series, over = dates[0].series, deciding.not_waiting(dates)
    assert series is not None
    return {
        "id": encode("ser", series.pk),
        "title": series.title,
        "rule_text": spell(series.asked, language()),
        "dates": [
            {
                "booking_id": encode("bkg", date.pk),
                "on": date.series_date,
                "period": date.period,
                "waiting": len(known[date.pk].waiting),
                "approve": action(against.get(date.pk, [])),
                "refuse": action(over.get(date.pk, [])),
            }
            for date in dates
        ],
        "actions": {
            "approve": action(_if_all(dates, against)),
            "refuse": action(_if_all(dates, over)),
            "decide": action(_if_all(dates, over)),
        },
        "price": total(money[date.pk]["total"] for date in dates if money.get(date.pk)),
    }


def _if_all(dates: Sequence[Booking], against: Mapping[UUID, list[Reason]]) -> list[Reason]:
    """Why nothing can be done with any of these dates: what is against the first; nothing while one is left."""
    return against[dates[0].pk] if all(date.pk in against for date in dates) else []
