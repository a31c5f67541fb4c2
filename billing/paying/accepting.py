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
    """The whole basket is ordered, what other issuers sell of it too. Raises PriceChanged, with both amounts, if today all
    of it, or the issuer's part, comes to another amount than the paper says and `seen` is not what all of it comes to;
    and what `checkout` raises: HoldLapsed once its places are no longer held."""
    public = encode("iss", paper.issuer_id)
    part = total(Money(line["gross"]["cents"]) for line in fresh.lines if line["issuer_id"] == public)
    # A paper from before this was kept says no more than its own part.
    promised = paper.basket or paper.gross
    if (fresh.total, part) != (promised, paper.gross) and seen != fresh.total:
        amounts = {"quoted": promised, "total": fresh.total, "quoted_part": paper.gross, "part": part}
        raise PriceChanged(data=amounts)
    return checkout(by, fresh.pk, method)
