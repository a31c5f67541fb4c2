"""What differs between our books and the gateway's, both ways: told from both sides' rows whenever it is asked for.

What the gateway does not have is only told of a time that was read whole (`GatewayReading`), an hour before its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast

from billing.findings import EXPLAIN, GIVE_BACK, SEND_AGAIN, TAKE_FEE, Finding, found
from billing.models import (
    Dispute,
    Explained,
    GatewayReading,
    GatewayTransaction,
    Issuer,
    Movement,
    Payment,
    Payout,
    Refund,
)
from billing.papers.freeze import ITALY
from billing.papers.registers import cents
from billing.paying.given_twice import given_twice
from core.clock import now
from core.ids import encode
from core.money import Money
from core.periods import local_date, local_day

K = GatewayTransaction.Kind
GATEWAY_METHODS = ("card", "sepa")
WAITING = (Payment.State.CREATED, Payment.State.AWAITING)
SURE_AFTER = timedelta(hours=1)
ARRIVES_WITHIN = timedelta(days=7)


def findings(issuer: Issuer, first: date, until: date) -> Iterator[Finding]:
    """All of an issuer's between two days (`until` excluded) that nobody explained."""
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    told = set(Explained.objects.values_list("code", "thing"))
    rows = GatewayTransaction.objects.filter(issuer=issuer, at__gte=begin, at__lt=end)
    everything = (
        *_charges(rows.filter(kind=K.CHARGE)),
        *_refunds(rows.filter(kind=K.REFUND)),
        *_adjustments(rows.filter(kind=K.ADJUSTMENT)),
        *_payments_missing(issuer, begin, end),
        *_refunds_missing(issuer, begin, end),
        *_payouts(issuer, begin, end),
        *_disputes(issuer, begin, end),
        *_given_twice(issuer, begin, end),
    )
    return (f for f in everything if (f.code, f.thing) not in told)


# -- what the gateway has --------------------------------------------------------------------------------


def _sums(kind: str, column: str, refs: Iterable[str]) -> dict[str, Any]:
    """By reference: what the gateway has of it in all, over any time, and its first transaction."""
    rows = GatewayTransaction.objects.filter(kind=kind, **{f"{column}__in": list(refs)}).order_by()
    return {
        row[column]: row
        for row in rows.values(column).annotate(amount=Sum("amount"), fee=Sum("fee"), first=Min("at"))
    }


def _label(row: GatewayTransaction) -> str:
    return f"{local_date(row.at, ITALY):%d/%m/%Y} · {row.payment_ref or row.source_ref or row.ref}"


def _charges(rows: QuerySet[GatewayTransaction]) -> Iterator[Finding]:
    charges = list(rows.filter(amount__gt=0).order_by("at", "ref"))
    refs = {row.payment_ref for row in charges}
    ours = {p.payment_ref: p for p in _captured().filter(payment_ref__in=refs)}
    sums = _sums(K.CHARGE, "payment_ref", refs)
    back = _sums(K.REFUND, "payment_ref", refs - ours.keys())
    named = _captured().filter(pk__in=_ids(row.our_id for row in charges if row.payment_ref not in ours))
    taken = {str(pk) for pk in named.values_list("pk", flat=True)}
    # A debit is there before it has settled: it waits to be ours, and is told if it never is.
    open_ = Payment.objects.filter(pk__in=_ids(row.our_id for row in charges), state__in=WAITING)
    waiting = {str(pk) for pk in open_.values_list("pk", flat=True)}
    for row in charges:
        mine = ours.get(row.payment_ref)
        has = sums[row.payment_ref]
        if mine is None:
            left = cents(has["amount"]) + cents(back.get(row.payment_ref, {}).get("amount"))
            if left and row.our_id not in waiting:
                code = "charged-twice" if row.our_id in taken else "charge-unknown"
                yield found(code, _label(row), encode("gtx", row.pk), left, mends=(GIVE_BACK, EXPLAIN))
        elif off := cents(has["amount"]) - mine.amount:
            yield found("amount-differs", _label(row), encode("gtx", row.pk), off, mends=(EXPLAIN,))
        elif off := cents(has["fee"]) - mine.fee:
            mends = (TAKE_FEE, EXPLAIN) if off + mine.fee >= Money(0) else (EXPLAIN,)
            yield found("fee-differs", _label(row), encode("pay", mine.pk), off, mends=mends)


def _refunds(rows: QuerySet[GatewayTransaction]) -> Iterator[Finding]:
    refunds = list(rows.filter(amount__lt=0).order_by("at", "ref"))
    ours = {
        r.refund_ref: r for r in Refund.objects.filter(refund_ref__in={row.source_ref for row in refunds})
    }
    # Asked, and not noted yet: it waits to be done, and is told as that.
    asked = Refund.objects.filter(pk__in=_ids(row.our_id for row in refunds)).exclude(state=Refund.State.DONE)
    waiting = {str(pk) for pk in asked.values_list("pk", flat=True)}
    sums = _sums(K.REFUND, "source_ref", {row.source_ref for row in refunds})
    known = set(
        _captured()
        .filter(payment_ref__in={r.payment_ref for r in refunds})
        .values_list("payment_ref", flat=True)
    )
    charged = _sums(K.CHARGE, "payment_ref", {r.payment_ref for r in refunds} - known)
    back = _sums(K.REFUND, "payment_ref", {r.payment_ref for r in refunds} - known)
    for row in refunds:
        mine = ours.get(row.source_ref)
        has = cents(sums[row.source_ref]["amount"])
        if mine is not None:
            if off := has + mine.amount:
                yield found("amount-differs", _label(row), encode("gtx", row.pk), off, mends=(EXPLAIN,))
        elif row.our_id not in waiting and has:
            # What came in without us may go back without us.
            whole = cents(charged.get(row.payment_ref, {}).get("amount"))
            if row.payment_ref in known or not whole or whole + cents(back[row.payment_ref]["amount"]):
                yield found("refund-unknown", _label(row), encode("gtx", row.pk), has, mends=(EXPLAIN,))


def _adjustments(rows: QuerySet[GatewayTransaction]) -> Iterator[Finding]:
    for row in rows.order_by("at", "ref"):
        label = f"{local_date(row.at, ITALY):%d/%m/%Y} · {row.about or row.ref}"
        yield found(
            "adjustment-unknown", label, encode("gtx", row.pk), row.amount - row.fee, mends=(EXPLAIN,)
        )


def _captured() -> QuerySet[Payment]:
    return Payment.objects.filter(state=Payment.State.CAPTURED)


def _ids(texts: Iterable[str]) -> list[UUID]:
    """Those that are ids as we write them; the gateway brings back whatever anybody wrote there."""
    found_: list[UUID] = []
    for text in texts:
        try:
            found_.append(UUID(text))
        except ValueError:
            continue
    return found_


# -- what we have ----------------------------------------------------------------------------------------


def _read_whole(column: str) -> Exists:
    """Whether the time of a row was read whole."""
    sure = ExpressionWrapper(OuterRef(column) + Value(SURE_AFTER), output_field=DateTimeField())
    return Exists(GatewayReading.objects.filter(since__lte=OuterRef(column), until__gt=sure))


def _payments_missing(issuer: Issuer, begin: datetime, end: datetime) -> Iterator[Finding]:
    there = GatewayTransaction.objects.filter(kind=K.CHARGE, payment_ref=OuterRef("payment_ref"))
    rows = (
        _captured()
        .filter(collected_by=issuer.partner_id, captured_at__gte=begin, captured_at__lt=end)
        .filter(_read_whole("captured_at"), ~Exists(there), method__in=GATEWAY_METHODS)
        .exclude(payment_ref="")
        .select_related("order__person", "order__organisation")
    )
    for p in rows.order_by("captured_at", "pk"):
        yield found(
            "payment-not-at-gateway", p.order.payer.name, encode("pay", p.pk), p.amount, mends=(EXPLAIN,)
        )


def _refunds_missing(issuer: Issuer, begin: datetime, end: datetime) -> Iterator[Finding]:
    named = Q(source_ref=OuterRef("refund_ref")) | Q(our_id=Cast(OuterRef("pk"), CharField()))
    there = GatewayTransaction.objects.filter(named, kind=K.REFUND)
    rows = (
        Refund.objects.filter(
            payment__collected_by=issuer.partner_id,
            state=Refund.State.DONE,
            done_at__gte=begin,
            done_at__lt=end,
        )
        .filter(_read_whole("done_at"), ~Exists(there), method__in=GATEWAY_METHODS)
        .exclude(refund_ref="")
        .select_related("payment__order__person", "payment__order__organisation")
    )
    for r in rows.order_by("done_at", "pk"):
        yield found(
            "refund-not-at-gateway",
            r.payment.order.payer.name,
            encode("rfd", r.pk),
            r.amount,
            mends=(SEND_AGAIN, EXPLAIN),
        )


# -- what is on its way, and what is disputed ------------------------------------------------------------


def _payouts(issuer: Issuer, begin: datetime, end: datetime) -> Iterator[Finding]:
    rows = (
        Payout.objects.filter(issuer=issuer, made_at__gte=begin, made_at__lt=end)
        .exclude(state__in=[Payout.State.FAILED, Payout.State.CANCELED])
        .annotate(net=Sum(F("parts__amount") - F("parts__fee")))
    )
    arrived = set(
        Payout.objects.filter(pk__in=rows.values("pk"), matches__isnull=False).values_list("pk", flat=True)
    )
    last = (
        Movement.objects.filter(issuer=issuer)
        .order_by("-booked_on")
        .values_list("booked_on", flat=True)
        .first()
    )
    for payout in rows.order_by("made_at", "pk"):
        label = f"{payout.arrives_on:%d/%m/%Y} · {payout.ref}"
        if off := payout.amount - cents(payout.net):
            yield found("payout-apart", label, encode("pot", payout.pk), off, mends=(EXPLAIN,))
        # Only an office that brings in its bank's statements can miss something in them.
        if last and payout.arrives_on + ARRIVES_WITHIN < last and payout.pk not in arrived:
            yield found(
                "payout-not-arrived",
                label,
                encode("pot", payout.pk),
                payout.amount,
                stops=False,
                mends=(EXPLAIN,),
            )


def _disputes(issuer: Issuer, begin: datetime, end: datetime) -> Iterator[Finding]:
    """Those of the month, and in the present month the older ones too, while they can still be answered."""
    rows = Dispute.objects.filter(issuer=issuer, state=Dispute.State.OPEN, answer=None, opened_at__lt=end)
    if now() >= end:
        rows = rows.filter(opened_at__gte=begin)
    for d in rows.filter(Q(answer_by=None) | Q(answer_by__gte=now())).order_by("answer_by", "pk"):
        by = f"{local_date(d.answer_by, ITALY):%d/%m/%Y}" if d.answer_by else d.ref
        yield found("dispute-to-answer", by, encode("dsp", d.pk), d.amount, stops=False)


def _given_twice(issuer: Issuer, begin: datetime, end: datetime) -> Iterator[Finding]:
    for twice in given_twice(issuer):
        if begin <= twice.at < end:
            thing = encode(twice.thing.prefix, twice.thing.pk)
            label = f"{local_date(twice.at, ITALY):%d/%m/%Y} · {twice.reference}"
            yield found("given-back-twice", label, thing, twice.amount, stops=False, mends=(EXPLAIN,))
