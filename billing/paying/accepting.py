"""A basket that was quoted on paper is ordered: at what was quoted, or at what it comes to today once that was said."""

from __future__ import annotations

from collections.abc import Sequence

from billing.models import Checkout, Preliminary, Quote
from billing.papers.preliminaries import standing_of
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.models import Booking
from core.errors import IllegalMove, PriceChanged
from core.ids import encode
from core.money import Money, total
from people.models import Person


def anew(paper: Preliminary, bookings: Sequence[Booking]) -> Quote:
    """What the paper's basket comes to today. Raises IllegalMove if the paper is no longer open."""
    if (state := standing_of(paper)) != "open":
        raise IllegalMove(state=state, data={"state": state})
    return quote(bookings[0].person, bookings, paper.organisation)


def accept(by: Person, paper: Preliminary, fresh: Quote, method: str, seen: Money | None) -> Checkout:
    """The basket is ordered. Raises PriceChanged, with both amounts, if the issuer's part of it comes to another amount
    today and `seen` is not that; and what `checkout` raises: HoldLapsed once its places are no longer held."""
    public = encode("iss", paper.issuer_id)
    now_is = total(Money(line["gross"]["cents"]) for line in fresh.lines if line["issuer_id"] == public)
    if now_is != paper.gross and seen != now_is:
        raise PriceChanged(data={"quoted": paper.gross, "total": now_is})
    return checkout(by, fresh.pk, method)
