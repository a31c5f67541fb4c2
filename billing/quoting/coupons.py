"""Codes that make what is held cheaper: used for some bookings together, never too often, given back with them.

The count moves by one statement that looks and counts; the constraint `billing_a_coupon_is_not_used_too_often` judges.
That statement also queues who would use the same coupon, so that what each person has used is counted after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Q

from billing.models import Coupon, CouponPart, CouponUse
from billing.prices.discounts import applies
from billing.prices.priced import Priced
from billing.quoting.extras import check_open
from billing.quoting.quotes import priced
from booking import states
from booking.holding.locking import lock_bookings
from booking.models import Booking
from core.audit import record
from core.clock import now
from core.errors import CouponNotUsable
from core.locks import act
from core.money import Money, total
from core.periods import local_date
from core.words import Words
from people.models import Organisation, Person

UNKNOWN = Words("non esiste o non vale qui", "it does not exist or is not for here")
NOT_NOW = Words("non vale in questi giorni", "it is not valid on these days")
USED_UP = Words("è stato usato da tutti quelli che potevano", "it has been used as often as it could be")
USED_BY_YOU = Words("l'hai già usato", "you have used it already")
NOT_FOR_THIS = Words("non vale per quello che prenoti", "it is not for what you book")
TOO_MUCH = Words(
    "vale {amount} e ne restano da pagare {due}", "it is worth {amount} and {due} are left to pay"
)


@act
def use(by: Person, bookings: Sequence[UUID], code: str, organisation: Organisation | None) -> None:
    """These held bookings cost less by the coupon with this code; with none, as much as without. The last one said
    counts. Raises CouponNotUsable with why, HoldLapsed, IllegalMove when they are being paid."""
    locked = lock_bookings(bookings)
    check_open(locked)
    take_off(locked)
    if not code:
        return
    payer = locked[0].person
    coupon = _counted(code, locked, payer)
    lines = [line for line in priced(locked, payer, organisation) if applies(coupon, line)]
    due = total(line.gross for line in lines)
    if not due:
        raise CouponNotUsable(why=NOT_FOR_THIS)
    if due < coupon.amount:
        raise CouponNotUsable(
            why=Words(*(w.format(amount=coupon.amount, due=due) for w in (TOO_MUCH.it, TOO_MUCH.en)))
        )
    made = CouponUse.objects.create(coupon=coupon, person=payer)
    CouponPart.objects.bulk_create(
        CouponPart(use=made, booking=booking, amount=part)
        for booking, part in zip(locked, _parts(coupon, locked, lines), strict=True)
    )
    record(by, "use-coupon", made, coupon=coupon.code)


def _counted(code: str, bookings: Sequence[Booking], payer: Person) -> Coupon:
    """The coupon, one use more; ours until commit."""
    coupon = Coupon.objects.filter(code=code.strip().upper()).select_related("venue").first()
    if coupon is None or any(b.venue_id != coupon.venue_id for b in bookings):
        raise CouponNotUsable(why=UNKNOWN)
    today = local_date(now(), coupon.venue.zone)
    if today < coupon.from_on or (coupon.until_on is not None and today >= coupon.until_on):
        raise CouponNotUsable(why=NOT_NOW)
    some = Q(most_uses=None) | Q(used__lt=F("most_uses"))
    if not Coupon.objects.filter(some, pk=coupon.pk).update(used=F("used") + 1):
        raise CouponNotUsable(why=USED_UP)
    own = CouponUse.objects.filter(coupon=coupon, person=payer, given_back_at=None).count()
    if coupon.most_each is not None and own >= coupon.most_each:
        raise CouponNotUsable(why=USED_BY_YOU)
    return coupon


def _parts(coupon: Coupon, bookings: Sequence[Booking], lines: Sequence[Priced]) -> list[Money]:
    weights = [total(line.gross for line in lines if line.booking == b).cents for b in bookings]
    return coupon.amount.split(weights)


def take_off(bookings: Sequence[Booking]) -> None:
    """Inside an act that locked them: no coupon is used for these bookings, nor for others together with them."""
    for made in CouponUse.objects.filter(parts__booking__in=bookings).distinct().order_by("coupon_id", "pk"):
        if made.given_back_at is None:
            Coupon.objects.filter(pk=made.coupon_id).update(used=F("used") - 1)
        made.delete()


def let_go(bookings: Sequence[Booking]) -> None:
    """Inside the act in which these bookings ended: a coupon of which none stands may be used again. Once."""
    uses = CouponUse.objects.filter(parts__booking__in=bookings, given_back_at=None).distinct()
    for made in uses.order_by("coupon_id", "pk"):
        # The others of the use may be ending at the same moment: who comes second looks after the first.
        Coupon.objects.select_for_update().get(pk=made.coupon_id)
        stand = Q(booking__state__in=states.LIVE) | Q(booking__held_until__isnull=False)
        if CouponPart.objects.filter(stand, use=made).exists():
            continue
        if CouponUse.objects.filter(pk=made.pk, given_back_at=None).update(given_back_at=now()):
            Coupon.objects.filter(pk=made.coupon_id).update(used=F("used") - 1)


def take_again(bookings: Sequence[Booking]) -> None:
    """Inside an act, for money that came after they ended: their coupon is used again. Raises CouponNotUsable."""
    uses = CouponUse.objects.filter(parts__booking__in=bookings, given_back_at__isnull=False).distinct()
    for made in uses.order_by("coupon_id", "pk"):
        some = Q(most_uses=None) | Q(used__lt=F("most_uses"))
        if not Coupon.objects.filter(some, pk=made.coupon_id).update(used=F("used") + 1):
            raise CouponNotUsable(why=USED_UP)
        CouponUse.objects.filter(pk=made.pk).update(given_back_at=None)
