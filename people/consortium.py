"""The partners of a consortium and their shares, which always make the whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.errors import Invalid
from core.words import Words
from people.models import Agreement, Share

WHOLE = Decimal(100)


class SharesNotWhole(Invalid):
    code = "shares-not-whole"
    title = Words("Quote incomplete", "Shares not whole")
    sentence = Words(
        "Le quote di un accordo devono fare 100, non {sum}.",
        "The shares of an agreement must make 100, not {sum}.",
    )


def agreement_on(consortium: UUID, day: date) -> Agreement | None:
    """The agreement in force on a day."""
    return Agreement.objects.filter(consortium=consortium, from_on__lte=day).order_by("-from_on").first()


def shares_on(consortium: UUID, day: date) -> dict[UUID, Decimal]:
    """Each partner's percentage on a day, in the partners' fixed order; empty before the first agreement.

    Raises SharesNotWhole if they do not make 100.
    """
    agreement = agreement_on(consortium, day)
    if agreement is None:
        return {}
    shares = dict(
        Share.objects.filter(agreement=agreement).order_by("partner_id").values_list("partner_id", "percent")
    )
    check_whole(shares.values())
    return shares


def check_whole(percents: Iterable[Decimal]) -> None:
    """Raises SharesNotWhole unless these percentages make exactly 100."""
    found = sum(percents, Decimal(0))
    if found != WHOLE:
        raise SharesNotWhole(sum=str(found))
