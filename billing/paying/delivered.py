"""What an organisation on account has had and no document says yet: line by line, with what is left out of a bill and why.

An order on account is a promise to pay later. What of it is over at the end of a month, in its venue's zone, and that
nobody contests, changes or is paying just now, belongs on that month's bill; the rest waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from billing.models import (
    GivenBack,
    Instalment,
    Issuer,
    Match,
    NoShowFee,
    Order,
    OrderLine,
    Payment,
    PlanPeriod,
    Rate,
    TimeUsed,
)
from billing.papers.freeze import ITALY
from billing.paying.collecting import on_its_way
from billing.prices.rate_rules import RESERVATION
from booking.models import Booking, Change, Consequence, RescueCase
from core.clock import now
from core.ids import decode
from core.money import Money, total
from core.periods import local_date, next_month
from core.words import Words

INSTANT = timedelta(microseconds=1)
# Why a line is not on the bill of a month, in the order in which it is looked for.
WHY = {
    "later": Words("Finisce dopo questo mese.", "It ends after this month."),
    "not-over": Words("Non è ancora finita.", "It is not over yet."),
    "contested": Words(
        "L'addebito è contestato: si decide sul ricorso.",
        "The fee is contested: the appeal is being decided.",
    ),
    "change-waits": Words("C'è una modifica in attesa di risposta.", "A change of it waits for an answer."),
    "rescue-open": Words(
        "Non si è potuta tenere: si aspetta la risposta del cliente.",
        "It could not be kept: the customer has not answered yet.",
    ),
    "given-back": Words(
        "Una parte è stata restituita: altri possono ancora usarla.",
        "A part of it was given back, and others may still have it.",
    ),
    "use-not-known": Words(
        "Si paga a uso, e l'uso non è ancora misurato.", "It is charged by use, which is not measured yet."
    ),
    "being-paid": Words("La stanno pagando ora.", "It is being paid just now."),
    "partly-paid": Words(
        "Un bonifico ne ha già pagato una parte.", "A bank transfer has paid a part of it already."
    ),
    "plan": Words("Gli abbonamenti si pagano da soli.", "Memberships are paid by themselves."),
    "no-invoice-left": Words(
        "Della fattura che corregge non resta abbastanza.", "Not enough is left of the invoice it corrects."
    ),
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A line of an order on account, in which days it was had, and why it is not on the bill ("": it is)."""

    line: OrderLine
    first_on: date
    last_on: date
    why: str = ""

    @property
    def order(self) -> Order:
        return self.line.order

    @property
    def is_credit(self) -> bool:
        return self.line.order.corrects_id is not None

    @property
    def booking(self) -> Booking | None:
        """The booking it leads back to: its own, or the one whose no-show it is the fee of."""
        return self.line.booking or (fee.consequence.booking if (fee := _fee(self.order)) else None)


def _fee(order: Order) -> NoShowFee | None:
    """The no-show whose fee an order is, or makes less."""
    found: NoShowFee | None = getattr(order.corrects or order, "no_show_fee", None)
    return found


def on_account(issuer: Issuer, organisations: Iterable[UUID] | None = None) -> QuerySet[OrderLine]:
    """The issuer's lines of what organisations owe, of these or of all; what one chose to pay by a transfer of its own is
    no part of it."""
    rows = OrderLine.objects.filter(
        issuer=issuer, order__state=Order.State.OWED, order__organisation__isnull=False
    ).exclude(order__checkout__method="transfer")
    return rows if organisations is None else rows.filter(order__organisation__in=list(organisations))


def of_memberships(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """Those of these lines that are a membership's: its first period, a renewal, an instalment, the difference to another
    plan."""
    parts = Instalment.objects.filter(order__isnull=False)
    ours = Q(order__in=PlanPeriod.objects.values("order")) | Q(order__in=parts.values("order"))
    return lines.filter(Q(plan__isnull=False) | (Q(booking=None, pass_kind=None) & ours))


def monthly(issuer: Issuer) -> QuerySet[OrderLine]:
    """The issuer's lines of what organisations owe that a month's bill asks for, sooner or later: of an order that was paid
    in part none does."""
    paid = Match.objects.filter(order__state=Order.State.OWED).values("order")
    lines = on_account(issuer).exclude(order__in=paid)
    return lines.exclude(pk__in=of_memberships(lines).values("pk"))


def delivered(
    issuer: Issuer, month: date, organisations: Iterable[UUID] | None = None
) -> dict[UUID, list[Delivered]]:
    """By organisation: all its lines on account, those for the bill of the month (its first day) and those left out;
    the oldest first. A dozen statements for any number."""
    lines = _read(on_account(issuer, organisations))
    until, at = next_month(month), now()
    held_up = _held_up(lines)
    found: dict[UUID, list[Delivered]] = {}
    for line in lines:
        first_on, last_on, over_at = _days(line)
        late = "later" if last_on >= until else "not-over" if over_at > at else ""
        organisation = line.order.organisation_id
        assert organisation is not None
        found.setdefault(organisation, []).append(
            Delivered(line, first_on, last_on, late or held_up.get(line.pk, ""))
        )
    for rows in found.values():
        rows.sort(key=lambda row: (row.last_on, row.first_on, row.order.made_at, row.line.position))
    return found


FEE_OF = "no_show_fee__consequence__booking__venue"


def _read(lines: QuerySet[OrderLine]) -> list[OrderLine]:
    return list(
        lines.select_related(
            "booking__venue",
            "vat_rate",
            "order__person",
            "order__organisation",
            "order__corrects__bill",
            f"order__{FEE_OF}",
            f"order__corrects__{FEE_OF}",
        )
    )


def _days(line: OrderLine) -> tuple[date, date, datetime]:
    """The first and last day in which it was had, in its venue's zone, and from when on nothing of it is to come."""
    order, booking, fee = line.order, line.booking, _fee(line.order)
    if booking is None or order.corrects_id is not None:
        day = local_date(order.made_at, fee.consequence.booking.venue.zone if fee else ITALY)
        return day, day, order.made_at
    zone = booking.venue.zone
    if (
        booking.state == Booking.State.CANCELLED
    ):  # what its terms kept is owed since; it can be taken back for a while
        over_at = booking.held_until or booking.ended_at or booking.period.end
        return local_date(over_at, zone), local_date(over_at, zone), over_at
    return (
        local_date(booking.period.start, zone),
        local_date(booking.period.end - INSTANT, zone),
        booking.period.end,
    )


def _held_up(lines: Sequence[OrderLine]) -> dict[UUID, str]:
    """Why lines that are over do not go on a bill all the same, by line."""
    orders, bookings = (
        {line.order_id for line in lines},
        {line.booking_id for line in lines if line.booking_id},
    )
    opening = Q(state=Payment.State.CREATED, session_until__gt=now())
    paying = _ids(Payment.objects.filter(on_its_way() | opening, order__in=orders), "order_id")
    matched = _ids(Match.objects.filter(order__in=orders), "order_id")
    changing = _ids(Change.objects.filter(booking__in=bookings, state=Change.State.PENDING), "booking_id")
    rescued = _ids(RescueCase.objects.filter(booking__in=bookings, answer="", left_out=False), "booking_id")
    given = _ids(GivenBack.objects.filter(booking__in=bookings, closed_at=None), "booking_id")
    used = _ids(TimeUsed.objects.filter(booking__in=bookings), "booking_id")
    memberships = _ids(of_memberships(OrderLine.objects.filter(pk__in=[line.pk for line in lines])), "pk")
    by_use = _by_use(lines)
    found = {}
    for line in lines:
        fee, booking = _fee(line.order), line.booking
        why = [
            ("contested", fee is not None and fee.consequence.state == Consequence.State.APPEALED),
            ("change-waits", line.booking_id in changing),
            ("rescue-open", line.booking_id in rescued),
            ("given-back", line.booking_id in given),
            (
                "use-not-known",
                line.pk in by_use
                and booking is not None
                and booking.attendance in (Booking.Attendance.PRESENT, Booking.Attendance.LEFT)
                and booking.pk not in used,
            ),
            ("being-paid", line.order_id in paying),
            ("partly-paid", line.order_id in matched),
            ("plan", line.pk in memberships),
        ]
        if (code := next((code for code, holds in why if holds), "")) != "":
            found[line.pk] = code
    return found


def _ids(rows: QuerySet[Any], column: str) -> set[UUID]:
    return set(rows.values_list(column, flat=True))


def _by_use(lines: Sequence[OrderLine]) -> set[UUID]:
    """The lines whose rate charges the use, or the greater of use and reservation."""
    rates = {line.pk: {step["rate"] for step in line.steps if step.get("rate")} for line in lines}
    wanted = {decode("rat", rate) for of_line in rates.values() for rate in of_line}
    charged = Rate.objects.filter(pk__in=wanted).exclude(charge_by=RESERVATION)
    ids = set(charged.values_list("pk", flat=True))
    return {pk for pk, of_line in rates.items() if any(decode("rat", rate) in ids for rate in of_line)}


def ready(rows: Iterable[Delivered]) -> list[Delivered]:
    """Those that nothing keeps from the bill."""
    return [row for row in rows if not row.why]


def worth(rows: Iterable[Delivered]) -> Money:
    """What they come to, VAT included."""
    return total(row.line.gross for row in rows)


def fingerprint(rows: Iterable[Delivered], *said: object) -> str:
    """What is on the bill, in a word: an order made anew, a cent, or what is `said` besides, makes it another."""
    lines = sorted(f"{row.line.pk}:{row.line.gross.cents}" for row in ready(rows))
    plain = "|".join([*lines, repr(said)])
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
