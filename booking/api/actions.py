"""What may be done with a booking by whoever looks, now; else why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from rest_framework import serializers

from booking.attending import attendance
from booking.changing import handing
from booking.changing.changes import KIND, WAITS
from booking.changing.moves import Where, judged, leaving_reasons, pending_of, unmovable
from booking.changing.undo import may_undo
from booking.judging.coming import too_late_to_cancel
from booking.judging.judge import state_of
from booking.judging.reasons import reason
from booking.models import Booking, Change, Item
from booking.models.change import period_in
from booking.visible import is_house
from core import terms
from core.clock import now
from core.errors import Reason
from core.ids import encode
from core.periods import MINUTE, Period, local_date
from core.shapes import ActionShape, MoneyShape, PeriodShape, RefShape, action
from people.models import Person
from people.roles import Standing
from spaces.models import Resource
from spaces.policy import BookingPolicy, policies

S = Booking.State
A = Booking.Attendance
LONGER = 30  # minutes, or the resource's step if that is longer


class BookingActions(serializers.Serializer[Any]):
    release = ActionShape()
    pay = ActionShape()
    cancel = ActionShape()
    undo = ActionShape()
    move = ActionShape()
    extend = ActionShape()
    shorten = ActionShape()
    hand_over = ActionShape()
    give_back = ActionShape()
    withdraw = ActionShape()
    approve = ActionShape()
    refuse = ActionShape()
    propose = ActionShape()
    accept = ActionShape()
    decline = ActionShape()
    check_in = ActionShape()
    check_out = ActionShape()
    no_show = ActionShape()
    appeal = ActionShape()


class ChangeShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(Change.Kind.choices)
    waits_for = serializers.ChoiceField(Change.WaitsFor.choices)
    period = PeriodShape(allow_null=True)
    resources = RefShape(many=True)
    to = serializers.CharField(allow_blank=True, help_text="the address it is handed over to")
    message = serializers.CharField(allow_blank=True)
    until = serializers.DateTimeField()
    price_difference = MoneyShape(allow_null=True, help_text="to pay, or minus what comes back")

    class Meta:
        ref_name = "Change"


@dataclass(slots=True)
class Parts:
    """What upper apps, and a closer look at one booking, add to its actions."""

    cancel_terms: dict[str, Any] = field(default_factory=dict)
    give_back: tuple[list[Reason], dict[str, Any]] | None = None
    items: Sequence[Item] = ()
    close: bool = False  # a closer look costs statements: one booking only


Judged = dict[str, tuple[list[Reason], dict[str, Any]]]


def note_changes(bookings: Sequence[Booking]) -> None:
    """Every booking knows the changes that it waits for; one statement."""
    found: dict[UUID, list[Change]] = defaultdict(list)
    rows = Change.objects.filter(booking__in=bookings, state=Change.State.PENDING, until__gt=now())
    for change in rows.select_related("to_person"):
        found[change.booking_id].append(change)
    for booking in bookings:
        booking._waiting = found[booking.pk]  # type: ignore[attr-defined]


def judged_actions(booking: Booking, has: Standing, person: Person | None, parts: Parts) -> Judged:
    """Every act on the booking, with the reasons against it and its terms."""
    state, at = state_of(booking), now()
    house = is_house(has, booking)
    wrong = [reason("wrong-state", state=S(state).label)]
    change = pending_of(booking)

    def by(act: str, against: list[Reason], **terms: Any) -> tuple[list[Reason], dict[str, Any]]:
        return (against, terms) if has.allows(act, booking) else ([reason("no-right")], {})

    cancelling = [] if state in (S.REQUESTED, S.CONFIRMED) else wrong
    if not cancelling and at >= booking.period.start and not house:
        cancelling = [reason("already-started")]
    if not cancelling and booking.attendance in (A.LEFT, A.NO_SHOW):
        cancelling = [reason("wrong-state", state=booking.get_attendance_display())]
    if not cancelling and not house:
        cancelling = too_late_to_cancel(booking)
    held = [] if state == S.HELD else wrong
    asked = [] if state == S.REQUESTED or (change and change.waits_for == WAITS.APPROVAL) else wrong
    found: Judged = {
        "release": by("booking.release", held),
        "pay": _paying(booking, has, person, change, held),
        "cancel": by("booking.cancel", cancelling, **(parts.cancel_terms if not cancelling else {})),
        "undo": by(
            "booking.cancel", _undoing(booking, person, wrong, house=house), **_until(undoable(booking))
        ),
        "approve": by("booking.approve", asked),
        "refuse": by("booking.approve", asked),
        "propose": by("booking.propose", _proposing(booking, change, state, wrong)),
        "withdraw": by("booking.cancel", [] if _own(change) else [reason("no-change")]),
        "hand_over": by("booking.move", _handing(booking, person, house=house, close=parts.close)),
        "check_in": by("booking.attend", attendance.reasons_against(booking, A.PRESENT, at)),
        "check_out": by("booking.attend", attendance.reasons_against(booking, A.LEFT, at)),
        "no_show": by("booking.attend", attendance.reasons_against(booking, A.NO_SHOW, at)),
    }
    return found | _moving(booking, has, parts, house=house) | _answering(booking, has, person, change, parts)


def _handing(booking: Booking, person: Person | None, *, house: bool, close: bool) -> list[Reason]:
    against = handing.reasons_against(booking, house=house)
    if against or house or person is None or not close:
        return against
    return handing.reasons_of_today(person, booking)


def _paying(
    booking: Booking, has: Standing, person: Person | None, change: Change | None, held: list[Reason]
) -> tuple[list[Reason], dict[str, Any]]:
    """What a hand-over costs is its receiver's to pay, all else the booking's own people's."""
    dear = change is not None and change.waits_for == WAITS.PAYMENT
    if change is not None and person is not None and handing.is_for(change, person):
        return ([] if dear else held, {})
    if not has.allows("booking.pay", booking):
        return ([reason("no-right")], {})
    return ([] if dear else held, {})


def _until(change: Change | None) -> dict[str, Any]:
    return {"until": change.until} if change is not None else {}


def _proposing(booking: Booking, change: Change | None, state: str, wrong: list[Reason]) -> list[Reason]:
    if state != S.REQUESTED:
        return wrong
    return [reason("change-pending")] if change is not None else []


def _own(change: Change | None) -> bool:
    return change is not None and change.kind != KIND.PROPOSAL


def _moving(booking: Booking, has: Standing, parts: Parts, *, house: bool) -> Judged:
    """Move, extend, shorten, give back: what can be said of them before a new time is named; looking closely, whether
    the booking may grow by half an hour, and shrink by one step."""
    if not has.allows("booking.move", booking):
        return {act: ([reason("no-right")], {}) for act in ("move", "extend", "shorten", "give_back")}
    against = unmovable(booking, house=house)
    begun = now() >= booking.period.start
    moving = against or ([reason("already-started")] if begun else [])
    extending: tuple[list[Reason], dict[str, Any]] = (against, {})
    shortening = against
    if parts.close and not against:
        moving = leaving_reasons(booking, _a_little_later(booking), parts.items, house=house)
        extending = extension(booking, parts.items, house=house)
        if booking.period.minutes > 1:
            shortening = judged(booking, shorter(booking, parts.items), parts.items, house=house).reasons
    giving = parts.give_back if parts.give_back is not None else (against, {})
    return {"move": (moving, {}), "extend": extending, "shorten": (shortening, {}), "give_back": giving}


def _a_little_later(booking: Booking) -> Where:
    return Where(booking.period.shifted(MINUTE))


def longer(booking: Booking, items: Sequence[Item], least: int) -> Where:
    """The booking with an end at least so many minutes later, by whole steps of its resources."""
    step = max((policy.step for policy in _rules_of(items)), default=least)
    return Where(Period(booking.period.start, booking.period.end + -(-least // step) * step * MINUTE))


def shorter(booking: Booking, items: Sequence[Item]) -> Where:
    """The booking with the next earlier end: a step of its resources, or where there are presets that of the longest
    one that begins as it does."""
    start, end, zone = booking.period.start, booking.period.end, booking.venue.zone
    rules = _rules_of(items)
    step = max((policy.step for policy in rules), default=LONGER)
    least = min((item.period.minutes for item in items), default=booking.period.minutes)
    presets = [preset.hours.on(local_date(start, zone), zone) for p in rules for preset in p.presets]
    ends = [one.end for one in presets if one is not None and one.start == start and one.end < end]
    return Where(Period(start, max(ends, default=end - min(step, least - 1) * MINUTE)))


def _rules_of(items: Sequence[Item]) -> list[BookingPolicy]:
    rules = policies([item.resource for item in items])
    days = [(i.resource_id, local_date(i.period.start, i.resource.venue.zone)) for i in items]
    return [rules[resource].on(day).policy for resource, day in days]


def extension(booking: Booking, items: Sequence[Item], *, house: bool) -> tuple[list[Reason], dict[str, Any]]:
    """Whether the booking may last half an hour more (or the resource's step, if that is longer), and at which price."""
    where = longer(booking, items, LONGER)
    minutes = where.period.minutes - booking.period.minutes
    verdict = judged(booking, where, items, house=house).verdict
    price = terms.performer("booking.price-of-move", _no_price)(booking, where, items)
    return verdict.reasons, {"minutes": minutes, "period": _plain(where.period), "price_difference": price}


def _plain(period: Period) -> dict[str, Any]:
    return {"start": period.start, "end": period.end}


def _no_price(booking: Booking, where: Where, items: Sequence[Item]) -> None:
    """Prices are known to the app above."""


def _answering(
    booking: Booking, has: Standing, person: Person | None, change: Change | None, parts: Parts
) -> Judged:
    """Accept and decline: a proposal is its guest's to answer, a hand-over its receiver's."""
    if change is None or change.kind not in (KIND.PROPOSAL, KIND.HAND_OVER):
        nothing: list[Reason] = [reason("no-change")]
        return {"accept": (nothing, {}), "decline": (nothing, {})}
    if change.kind == KIND.HAND_OVER:
        if person is None or not handing.is_for(change, person):
            not_mine = [reason("not-yours-to-answer")]
            return {"accept": (not_mine, {}), "decline": (not_mine, {})}
        if change.waits_for != WAITS.ANSWER:
            return {"accept": ([reason("no-change")], {}), "decline": ([], {})}
        if not parts.close:
            return {"accept": ([], {"price": None, "to_accept": []}), "decline": ([], {})}
        asked = handing.to_accept(booking)
        against = handing.judged_for(booking, person, asked)[0].reasons
        price = terms.performer("booking.price-for", _no_price_for)(booking, person)
        told = [{"terms": version, "names": names} for version, names in asked.items()]
        return {"accept": (against, {"price": price, "to_accept": told}), "decline": ([], {})}
    against = [] if has.allows("booking.answer", booking) else [reason("not-yours-to-answer")]
    return {"accept": (against, {}), "decline": (against, {})}


def _no_price_for(booking: Booking, person: Person) -> None:
    """Prices are known to the app above."""


def _undoing(booking: Booking, person: Person | None, wrong: list[Reason], *, house: bool) -> list[Reason]:
    change = undoable(booking)
    if change is None:
        return wrong
    return [] if person is not None and may_undo(change, person, house=house) else [reason("no-right")]


def undoable(booking: Booking) -> Change | None:
    """The cancellation that can still be taken back."""
    return next((c for c in _waiting(booking) if c.kind == KIND.CANCEL), None)


def _waiting(booking: Booking) -> list[Change]:
    found: list[Change] | None = getattr(booking, "_waiting", None)
    if found is None:
        note_changes([booking])
        found = booking._waiting  # type: ignore[attr-defined]
    return found


def actions(found: Judged) -> dict[str, Any]:
    return {name: action(reasons, **terms) for name, (reasons, terms) in found.items()}


# -- the change that waits --------------------------------------------------------------------------------


def names_of_resources(bookings: Sequence[Booking]) -> dict[str, str]:
    """The names of what pending changes would take; one statement, none if nothing waits."""
    ids = {
        part["resource"]
        for booking in bookings
        for change in _waiting(booking)
        for part in change.plan.get("items", ())
    }
    return (
        {str(pk): name for pk, name in Resource.objects.filter(pk__in=ids).values_list("pk", "name")}
        if ids
        else {}
    )


def change_shape(
    booking: Booking, names: dict[str, str], price: Any, *, own: bool, for_books: bool = False
) -> dict[str, Any] | None:
    """What the booking waits for, as its people see it, or whoever reads it `for_books`; None if it waits for nothing."""
    change = pending_of(booking) or undoable(booking)
    if change is None:
        return None
    plan = change.plan
    return {
        "id": encode("chg", change.pk),
        "kind": change.kind,
        "waits_for": change.waits_for,
        "period": period_in(plan["period"]) if "period" in plan else None,
        "resources": [
            {"id": encode("res", UUID(part["resource"])), "name": names.get(part["resource"], "")}
            for part in plan.get("items", ())
        ],
        "to": change.to_email if own and not for_books else "",
        "message": "" if for_books else change.message,
        "until": change.until,
        "price_difference": price,
    }
