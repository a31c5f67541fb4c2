"""What the gateway's account does to the books besides payments and refunds: so that ours says what is there.

Payments and refunds are posted from our rows; here is what the gateway has beyond them: fees, disputes, what nobody of
ours made, and payouts to the bank. Of a payout of several issuers' money, each issuer's part leaves its own books and
is owed to it by the one to whom the gateway pays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value

from billing.models import Account, Dispute, Entry, GatewayTransaction, Issuer, Payment, Payout, Refund
from billing.papers.freeze import ITALY
from billing.papers.registers import cents
from billing.paying.given_twice import given_twice
from billing.posting import Posting, lines
from core.money import ZERO, Money
from core.periods import local_date, local_day
from core.words import Words

K, R = GatewayTransaction.Kind, Account.Role
WHAT = {
    K.CHARGE: Words("Incasso al gestore", "Payment at the provider"),
    K.REFUND: Words("Rimborso al gestore", "Refund at the provider"),
    K.DISPUTE: Words("Contestazione", "Dispute"),
    K.FEE: Words("Commissione del gestore", "Provider's fee"),
    K.ADJUSTMENT: Words("Rettifica del gestore", "Provider's adjustment"),
    K.PAYOUT: Words("Accredito tornato indietro", "Payout sent back"),
}
PAID_OUT = Words("Accredito in banca", "Payout to the bank")
LOST = Words("Contestazione persa", "Dispute lost")
TWICE = Words("Restituito due volte", "Given back twice")


def transactions(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What the gateway has between two days beyond what our payments and refunds say."""
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    rows = with_ours(GatewayTransaction.objects.filter(issuer=issuer, at__gte=begin, at__lt=end))
    rows = rows.exclude(kind=K.PAYOUT, amount__lt=0)  # a payout is posted on the day it arrives
    for t in rows.order_by("at", "pk").iterator(chunk_size=1000):
        if told := _lines(t):
            yield Posting(
                local_date(t.at, ITALY),
                f"6{t.pk}",
                WHAT[K(t.kind)],
                t.payment_ref or t.source_ref or t.ref,
                told,
            )


def with_ours(rows: Any) -> Any:
    """Transactions with what our own rows say of each: `paid` and `paid_fee`, or `given_back`; nothing of what is not ours."""
    payment = Payment.objects.filter(state=Payment.State.CAPTURED, payment_ref=OuterRef("payment_ref"))
    refund = Refund.objects.filter(state=Refund.State.DONE, refund_ref=OuterRef("source_ref"))
    return rows.annotate(
        paid=Subquery(payment.exclude(payment_ref="").values("amount")[:1]),
        paid_fee=Subquery(payment.exclude(payment_ref="").values("fee")[:1]),
        given_back=Subquery(refund.exclude(refund_ref="").values("amount")[:1]),
    )


def beyond(t: Any) -> tuple[Money, Money]:
    """(amount, fee) of the transaction beyond what our own rows say of it."""
    if t.kind == K.CHARGE and t.paid is not None and t.amount.cents > 0:
        return t.amount - cents(t.paid), t.fee - cents(t.paid_fee)
    if t.kind == K.REFUND and t.given_back is not None and t.amount.cents < 0:
        return t.amount + cents(t.given_back), t.fee
    return t.amount, t.fee


AGAINST = {K.DISPUTE: R.DISPUTED, K.FEE: R.FEES, K.PAYOUT: R.BANK}


def _lines(t: Any) -> Any:
    amount, fee = beyond(t)
    against = AGAINST.get(t.kind, R.SUSPENSE)
    return lines((R.GATEWAY, amount - fee), (R.FEES, fee), (against, -amount))


def payouts(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What left for the bank and arrived between two days: whole to the one it is paid to, with whose it was."""
    rows = Payout.objects.filter(arrives_on__gte=first, arrives_on__lt=until, state__in=SENT)
    others: dict[UUID, dict[UUID, Money]] = {}
    # A payout of one issuer's money has nothing to share, and most are.
    parts = GatewayTransaction.objects.filter(payout__in=rows).exclude(issuer=F("payout__issuer"))
    for row in parts.values("payout", "issuer").annotate(s=Sum(F("amount") - F("fee"))).order_by():
        others.setdefault(row["payout"], {})[row["issuer"]] = cents(row["s"])
    mine = Q(issuer=issuer) | Q(pk__in=[pk for pk, sums in others.items() if issuer.pk in sums])
    for p in rows.filter(mine).order_by("arrives_on", "pk").iterator(chunk_size=500):
        theirs = others.get(p.pk, {})
        if p.issuer_id == issuer.pk:
            owed = sum(theirs.values(), ZERO)
            told = lines((R.BANK, p.amount), (R.GATEWAY, owed - p.amount), (R.PARTNERS, -owed))
        else:
            told = lines((R.PARTNERS, theirs[issuer.pk]), (R.GATEWAY, -theirs[issuer.pk]))
        yield Posting(p.arrives_on, f"7{p.pk}", PAID_OUT, p.ref, told)


# One that came back left all the same: its return is a transaction of its own.
SENT = [Payout.State.IN_TRANSIT, Payout.State.PAID, Payout.State.FAILED, Payout.State.CANCELED]


def losses(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """Disputes that were lost between two days: what was being decided is gone, of a cart of several issuers from each
    its part, which it owes to whoever collected."""
    begin, end = local_day(first, ITALY).start, local_day(until, ITALY).start
    theirs = Entry.objects.filter(kind=Entry.Kind.SALE, issuer=issuer, payment=OuterRef("payment"))
    rows = Dispute.objects.with_own(Value(issuer.pk)).filter(
        Q(issuer=issuer) | Exists(theirs),
        state=Dispute.State.LOST,
        closed_at__gte=begin,
        closed_at__lt=end,
    )
    for d in rows.select_related("answer").order_by("closed_at", "pk"):
        # Whoever paid owes it again; what the house left to them, and what is nobody's payment, is lost.
        against = R.CUSTOMERS if d.payment_id and not d.given_up else R.LOSSES
        if d.issuer_id == issuer.pk:
            told = lines((against, d.own), (R.PARTNERS, d.amount - d.own), (R.DISPUTED, -d.amount))
        else:
            told = lines((against, d.own), (R.PARTNERS, -d.own))
        if d.closed_at is not None and told:
            yield Posting(local_date(d.closed_at, ITALY), f"8{d.pk}", LOST, d.ref, told)


def twice(issuer: Issuer, first: date, until: date) -> Iterator[Posting]:
    """What refunds and lost disputes between two days gave back beyond what was there: no customer owes it, it is lost."""
    found = [(local_date(one.at, ITALY), one) for one in given_twice(issuer)]
    for day, one in sorted(found, key=lambda pair: (pair[0], str(pair[1].thing.pk))):
        if first <= day < until:
            told = lines((R.LOSSES, one.amount), (R.CUSTOMERS, -one.amount))
            yield Posting(day, f"9{one.thing.pk}", TWICE, one.reference, told)
