"""A paper whose last day has passed, written anew: today's prices and day, another number; and what is different in it.

The expired one stays as it was written, and says what took its place (docs/adr/0120).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from billing.models import Preliminary
from billing.papers.preliminaries import (
    EXPIRED,
    OPEN,
    OVER,
    day_now,
    latest_for_customers,
    named,
    standing_of,
    write_inside,
)
from billing.papers.wish import Wish
from booking.models import Booking
from core.clock import now
from core.errors import IllegalMove, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import ZERO, Money
from core.words import Words
from people.models import Person
from people.roles import Standing

CODES = ("total", "line", "rate", "lines", "seller", "buyer")
STILL_OPEN = Words("È ancora valido.", "It is still valid.")
ANEW = Words("È già stato scritto di nuovo: {number}.", "It has been written anew already: {number}.")
NOT_HELD = Words(
    "Gli spazi non sono più tenuti: scegli di nuovo le date e chiedi un altro preventivo.",
    "The places are no longer held: choose the dates again and ask for another quotation.",
)


def heirs(papers: Iterable[Preliminary]) -> dict[UUID, Preliminary]:
    """Of papers that were written anew the one in their place, unless that was withdrawn. One statement."""
    rows = Preliminary.objects.filter(in_place_of__in=[paper.pk for paper in papers], withdrawn_at=None)
    return {paper.in_place_of_id: paper for paper in rows if paper.in_place_of_id}


def held(papers: Iterable[Preliminary]) -> set[UUID]:
    """The bookings of these papers' baskets that are still held. One statement."""
    wanted = {pk for paper in papers for pk in paper.bookings}
    rows = Booking.objects.filter(pk__in=wanted, state=Booking.State.HELD, held_until__gt=now())
    return set(rows.values_list("pk", flat=True)) if wanted else set()


def against(paper: Preliminary, heir: Preliminary | None, still_held: Collection[UUID]) -> list[Reason]:
    """Why an expired paper is not to be written anew; nothing if it may be."""
    state = standing_of(paper)
    if state != EXPIRED:
        return [Reason(f"preliminary-{state}", STILL_OPEN if state == OPEN else OVER[state])]
    if heir is not None:
        return [Reason("preliminary-rewritten", ANEW, {"number": heir.number})]
    if not set(paper.bookings) <= set(still_held):
        return [Reason("places-not-held", NOT_HELD, fixable_by="you")]
    return []


def heed(paper: Preliminary) -> None:
    """Nothing, if the paper may be written anew. Raises IllegalMove with the reasons."""
    if reasons := against(paper, heirs([paper]).get(paper.pk), held([paper])):
        raise IllegalMove(reasons=reasons, state=reasons[0].detail, data={"state": standing_of(paper)})


def until(paper: Preliminary) -> date | None:
    """The last day of the paper in its place, if nobody says another: it is valid for as many days."""
    if paper.valid_until is None:
        return None
    as_before = day_now() + (paper.valid_until - paper.written_on)
    return min(as_before, latest_for_customers()) if paper.bookings else as_before


@act
def rewrite(
    by: Person, has: Standing, pk: UUID, wish: Wish, valid_until: date | None, basket: Money = ZERO
) -> Preliminary:
    """The paper is written anew of `wish`, which is what it asked for as it is understood today, and of a basket with what
    all of it comes to; once, whoever asks.

    Raises IllegalMove with the reasons, Invalid for a day that has passed.
    """
    lock_rows(Locks.ORDERS, Preliminary, [pk])
    paper = Preliminary.objects.get(pk=pk)
    heed(paper)
    wish = replace(wish, paper=replace(wish.paper, reasons=[*wish.paper.reasons, named(paper)]))
    return write_inside(by, has, paper.kind, wish, paper.asked, valid_until, paper.bookings, basket, paper)


# -- what is different ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the paper in place says otherwise: of what (a line's description), and both amounts, if it is one of
    amounts. `code`: one of `CODES`."""

    code: str
    what: str = ""
    before: Money | None = None
    after: Money | None = None


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """What the second of two frozen papers says otherwise than the first, numbers and days apart. Pure."""
    found = []
    if old["gross"] != new["gross"]:
        found.append(Difference("total", "", Money(old["gross"]), Money(new["gross"])))
    found += _lines(old["lines"], new["lines"])
    found += [Difference(side) for side in ("seller", "buyer") if old[side] != new[side]]
    return found


def _lines(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[Difference]:
    if [line["description"] for line in old] != [line["description"] for line in new]:
        return [Difference("lines")]
    found = []
    for one, other in zip(old, new, strict=True):
        if one["gross"] != other["gross"]:
            amounts = Money(one["gross"]), Money(other["gross"])
            found.append(Difference("line", one["description"], *amounts))
        if (one["rate"], one["natura"]) != (other["rate"], other["natura"]):
            found.append(Difference("rate", one["description"]))
    return found
