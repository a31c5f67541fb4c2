"""What coupons take off the lines of a price: read once for all bookings, shown as steps of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from billing.models import Coupon, CouponPart
from billing.prices.priced import Priced
from billing.prices.steps import Step
from core.money import ZERO, total
from people.models import Person


def applies(coupon: Coupon, line: Priced) -> bool:
    """Whether it is for this line; one for some kinds of resource is not for what goes with them."""
    if line.item is None:
        return False
    return not coupon.kinds or (line.extra is None and line.item.resource.kind in coupon.kinds)


def taken_off(lines: Sequence[Priced], person: Person) -> list[Priced]:
    """The lines less what the coupon of each booking takes off, if whoever pays is who used it; one statement."""
    ids = {line.booking.pk for line in lines if line.booking is not None}
    rows = CouponPart.objects.filter(booking__in=ids, use__person=person.pk, use__given_back_at=None)
    parts = {part.booking_id: part for part in rows.select_related("use__coupon")}
    if not parts:
        return list(lines)
    done: list[Priced] = []
    for line in lines:
        part = parts.get(line.booking.pk) if line.booking is not None else None
        done.append(_less(line, part, lines) if part and applies(part.use.coupon, line) else line)
    return done


def _less(line: Priced, part: CouponPart, lines: Sequence[Priced]) -> Priced:
    coupon = part.use.coupon
    if coupon.percent:
        step = Step("coupon", percent=coupon.percent, name=coupon.code)
    else:
        same = [o for o in lines if o.booking == line.booking and applies(coupon, o)]
        of_them = total(other.gross for other in same)
        if not of_them:
            return line
        weights = tuple(str(other.gross.cents) for other in same)
        off = min(part.amount, of_them)
        index = next(n for n, other in enumerate(same) if other is line)
        step = Step("coupon", unit_price=off, weights=weights, index=index, name=coupon.code)
    price = line.price.then(step)
    return replace(line, price=price, gross=max(ZERO, line.gross + price.steps[-1].amount))
