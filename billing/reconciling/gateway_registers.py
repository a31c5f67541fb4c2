"""What the accountant reads of the gateway: payouts and their parts, what it kept, the TD17 to make, disputes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Case, DateField, Exists, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from billing.models import Account, Dispute, Document, GatewayTransaction, Issuer, Match, Payment, Payout
from billing.papers.freeze import ITALY
from billing.papers.registers import cents, within
from billing.reconciling.disputes import OTHER, WHY
from billing.reconciling.gateway_postings import SENT
from billing.reconciling.holder import holder
from billing.states import LIVE
from core.money import ZERO, Money
from core.periods import local_date, next_month
from core.tables import Column, Kind, Table
from core.words import Words

K, R = GatewayTransaction.Kind, Account.Role

# -- payouts ---------------------------------------------------------------------------------------------

PAYOUTS = (
    Column(Words("Arriva il", "Arrives on"), Kind.DAY),
    Column(Words("Accredito", "Payout")),
    Column(Words("Stato", "State")),
    Column(Words("Incassi", "Payments"), Kind.MONEY, summed=True),
    Column(Words("Rimborsi", "Refunds"), Kind.MONEY, summed=True),
    Column(Words("Contestazioni", "Disputes"), Kind.MONEY, summed=True),
    Column(Words("Altro", "Other"), Kind.MONEY, summed=True),
    Column(Words("Commissioni", "Fees"), Kind.MONEY, summed=True),
    Column(Words("Accreditato", "Paid out"), Kind.MONEY, summed=True),
    Column(Words("Non torna", "Apart"), Kind.MONEY, summed=True),
    Column(Words("In banca il", "At the bank on"), Kind.DAY),
)
PAYOUT_STATES = {
    Payout.State.PENDING: Words("da inviare", "not sent yet"),
    Payout.State.IN_TRANSIT: Words("in arrivo", "on its way"),
    Payout.State.PAID: Words("arrivato", "arrived"),
    Payout.State.FAILED: Words("respinto dalla banca", "sent back by the bank"),
    Payout.State.CANCELED: Words("annullato", "called back"),
}


def payouts(issuer: Issuer, first: date, until: date) -> Table:
    """Each payout that arrives between two days: what it is made of, and how far that is from what it is."""
    return Table("accrediti", PAYOUTS, _payouts(issuer, first, until))


def _part(*kinds: str) -> Sum:
    return Sum("parts__amount", filter=Q(parts__kind__in=kinds))


def _payouts(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    arrived = Match.objects.filter(payout=OuterRef("pk")).order_by("movement__booked_on")
    rows = Payout.objects.filter(issuer=issuer, arrives_on__gte=first, arrives_on__lt=until).annotate(
        charges=_part(K.CHARGE),
        refunds=_part(K.REFUND),
        disputed=_part(K.DISPUTE),
        other=_part(K.ADJUSTMENT, K.PAYOUT),
        # A fee by itself is an amount with minus; one kept of something is told beside it.
        charged=_part(K.FEE),
        kept=Sum("parts__fee"),
        arrived=Subquery(arrived.values("movement__booked_on")[:1], output_field=DateField()),
    )
    for p in rows.order_by("arrives_on", "made_at", "pk").iterator(chunk_size=500):
        fees = cents(p.charged) - cents(p.kept)
        sums = [cents(p.charges), cents(p.refunds), cents(p.disputed), cents(p.other), fees]
        state = PAYOUT_STATES[Payout.State(p.state)].say()
        yield (p.arrives_on, p.ref, state, *sums, p.amount, p.amount - sum(sums, ZERO), p.arrived)


PARTS = (
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Operazione", "What")),
    Column(Words("Cliente", "Customer")),
    Column(Words("Descrizione", "Description")),
    Column(Words("Riferimento", "Reference")),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Commissione", "Fee"), Kind.MONEY, summed=True),
    Column(Words("Netto", "Net"), Kind.MONEY, summed=True),
    Column(Words("Accredito", "Payout")),
    Column(Words("Arriva il", "Arrives on"), Kind.DAY),
)
KINDS = {
    K.CHARGE: Words("incasso", "payment"),
    K.REFUND: Words("rimborso", "refund"),
    K.DISPUTE: Words("contestazione", "dispute"),
    K.FEE: Words("commissione", "fee"),
    K.PAYOUT: Words("accredito", "payout"),
    K.ADJUSTMENT: Words("rettifica", "adjustment"),
}


def parts(issuer: Issuer, first: date, until: date) -> Table:
    """Every movement of the balance between two days, and by which payout it left."""
    return Table("movimenti-gestore", PARTS, _parts(issuer, first, until))


def _parts(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    rows = _with_customer(_between(Q(issuer=issuer), first, until))
    for t in rows.select_related("payout").order_by("at", "pk").iterator(chunk_size=500):
        yield (
            local_date(t.at, ITALY),
            KINDS[K(t.kind)].say(),
            t.customer,
            t.about or None,
            t.payment_ref or t.source_ref or t.ref,
            t.amount,
            t.fee,
            t.amount - t.fee,
            t.payout.ref if t.payout else None,
            t.payout.arrives_on if t.payout else None,
        )


def _between(whose: Q, first: date, until: date) -> Any:
    return GatewayTransaction.objects.filter(whose, within("at", first, until))


def _with_customer(rows: Any) -> Any:
    """Transactions with the name of whoever made the payment that each is about."""
    paid = Payment.objects.filter(payment_ref=OuterRef("payment_ref")).exclude(payment_ref="")
    name = Coalesce("order__organisation__name", "order__person__name")
    return rows.annotate(customer=Subquery(paid.annotate(n=name).values("n")[:1]))


# -- fees and the TD17 -----------------------------------------------------------------------------------

FEES = (
    Column(Words("Mese", "Month")),
    Column(Words("Gestore", "Provider")),
    Column(Words("Operazioni", "Transactions"), Kind.COUNT, summed=True),
    Column(Words("Movimentato", "Moved"), Kind.MONEY, summed=True),
    Column(Words("Commissioni (imponibile TD17)", "Fees (base of the TD17)"), Kind.MONEY, summed=True),
    Column(Words("Natura", "Natura")),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
)
TD17 = (
    Column(Words("Mese", "Month")),
    Column(Words("Prestatore", "Supplier")),
    Column(Words("Paese", "Country")),
    Column(Words("Partita IVA", "VAT number")),
    Column(Words("Descrizione", "Description")),
    Column(Words("Imponibile", "Net"), Kind.MONEY, summed=True),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    Column(Words("IVA", "VAT"), Kind.MONEY, summed=True),
    Column(Words("Totale", "Gross"), Kind.MONEY, summed=True),
    Column(Words("Da inviare entro", "To be sent by"), Kind.DAY),
)
OF_PAYMENTS = Words("Commissioni sui pagamenti", "Fees of payments")
OF_PRODUCTS = Words("Servizi del gestore", "The provider's services")


def _kept(issuer: Issuer | None, first: date, until: date) -> dict[tuple[str, str, bool], list[Any]]:
    """By (month, gateway, whether taxed): how many, how much was moved, how much was kept; of one issuer, or of all.

    What is kept of a payment is exempt (DPR 633/72 art. 10 c. 1 n. 1); what is asked for by itself is a service. What
    was not read yet is as our payments have it.
    """
    found: dict[tuple[str, str, bool], list[Any]] = {}

    def add(gateway: str, at: Any, taxed: bool, moved: Money, fee: Money) -> None:
        if fee:
            had = found.setdefault((f"{local_date(at, ITALY):%Y-%m}", gateway, taxed), [0, ZERO, ZERO])
            had[0], had[1], had[2] = had[0] + 1, had[1] + moved, had[2] + fee

    whose = Q(issuer=issuer) if issuer else Q()
    collected = Q(collected_by=issuer.partner_id) if issuer else Q()
    rows = _between(whose, first, until).exclude(fee=0, kind__in=[k for k in K if k != K.FEE])
    for t in rows.order_by("at", "pk").iterator(chunk_size=1000):
        if t.kind == K.FEE:
            add(t.gateway, t.at, True, ZERO, t.fee - t.amount)
        else:
            add(t.gateway, t.at, False, t.amount, t.fee)
    read = GatewayTransaction.objects.filter(kind=K.CHARGE, payment_ref=OuterRef("payment_ref"))
    unread = Payment.objects.filter(
        ~Exists(read.exclude(payment_ref="")),
        collected,
        within("captured_at", first, until),
        state=Payment.State.CAPTURED,
        fee__gt=0,
    )
    for p in unread.order_by("captured_at", "pk").iterator(chunk_size=1000):
        add(p.gateway, p.captured_at, False, p.amount, p.fee)
    return dict(sorted(found.items()))


def _tax(taxed: bool) -> tuple[str | None, Decimal | None]:
    if taxed:
        return None, Decimal(settings.GATEWAY_SERVICES_RATE)
    return settings.GATEWAY_FEES_NATURA, None


def fees(issuer: Issuer, first: date, until: date) -> Table:
    """What the gateway kept, by month and by how it is taxed."""
    rows = [
        (month, gateway or None, n, moved, fee, *_tax(taxed))
        for (month, gateway, taxed), (n, moved, fee) in _kept(issuer, first, until).items()
    ]
    return Table("commissioni", FEES, rows)


def td17(issuer: Issuer, first: date, until: date) -> Table:
    """The self-invoices to make for what a provider abroad kept: one line a month and rate, all made by whoever holds
    the account, for it is to them that the provider invoices.

    Sent by the 15th of the month after (AdE, guida alla compilazione 1.10, TD17).
    """
    return Table("td17", TD17, _td17(issuer, first, until))


def _td17(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    account = holder()
    if account is None or account.pk != issuer.pk:
        return
    sums: dict[tuple[str, bool], Money] = {}
    for (month, _, taxed), (_, _, fee) in _kept(None, first, until).items():
        sums[month, taxed] = sums.get((month, taxed), ZERO) + fee
    for (month, taxed), net in sorted(sums.items()):
        natura, rate = _tax(taxed)
        vat = net.times(rate / 100) if rate else ZERO
        after = next_month(date.fromisoformat(f"{month}-01")).replace(day=15)
        yield (
            month, settings.GATEWAY_PROVIDER, settings.GATEWAY_COUNTRY, settings.GATEWAY_VAT_NUMBER or None,
            (OF_PRODUCTS if taxed else OF_PAYMENTS).say(), net, rate, natura, vat, net + vat, after,
        )  # fmt: skip


# -- disputes --------------------------------------------------------------------------------------------

DISPUTES = (
    Column(Words("Rispondere entro", "Answer by"), Kind.DAY),
    Column(Words("Stato", "State")),
    Column(Words("Cliente", "Customer")),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Motivo", "Reason")),
    Column(Words("Prenotazione", "Booking")),
    Column(Words("Documento", "Document")),
    Column(Words("Aperta il", "Opened on"), Kind.DAY),
    Column(Words("Chiusa il", "Closed on"), Kind.DAY),
    Column(Words("Riferimento", "Reference")),
)
DISPUTE_STATES = {
    Dispute.State.OPEN: Words("da rispondere", "to be answered"),
    Dispute.State.ANSWERED: Words("in decisione", "being decided"),
    Dispute.State.WON: Words("vinta", "won"),
    Dispute.State.LOST: Words("persa", "lost"),
    Dispute.State.DROPPED: Words("ritirata", "dropped"),
}


def disputes(issuer: Issuer, first: date, until: date) -> Table:
    """Disputes opened between two days, and all that are not decided; what is to be answered first, the soonest first."""
    return Table("contestazioni", DISPUTES, _disputes(issuer, first, until))


def _disputes(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    opened = within("opened_at", first, until)
    rows = (
        Dispute.objects.filter(opened | Q(state__in=LIVE), issuer=issuer)
        .annotate(rank=Case(When(state=Dispute.State.OPEN, then=0), When(state__in=LIVE, then=1), default=2))
        .select_related("payment__order__person", "payment__order__organisation")
        .prefetch_related("payment__documents", "payment__order__lines__booking")
    )
    for d in rows.order_by("rank", "answer_by", "opened_at", "pk"):
        order = d.payment.order if d.payment else None
        numbers = (
            [x.number for x in d.payment.documents.all() if x.kind != Document.Kind.CREDIT_NOTE]
            if d.payment
            else []
        )
        codes = {line.booking.code for line in order.lines.all() if line.booking} if order else set()
        yield (
            local_date(d.answer_by, ITALY) if d.answer_by else None,
            DISPUTE_STATES[Dispute.State(d.state)].say(),
            order.payer.name if order else None,
            d.amount,
            WHY.get(d.reason, OTHER).say(),
            ", ".join(sorted(codes)) or None,
            ", ".join(numbers) or None,
            local_date(d.opened_at, ITALY),
            local_date(d.closed_at, ITALY) if d.closed_at else None,
            d.ref,
        )


# -- in the payments ledger ------------------------------------------------------------------------------

PAID_OUT = Words("accredito in banca", "payout to the bank")


def ledger(
    issuer: Issuer, first: date, until: date, accounts: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[Any, ...]]:
    """What moved the gateway's account besides payments and refunds, as rows of the payments ledger, by day: disputes,
    fees, adjustments, and what left it for the bank."""
    return heapq.merge(
        _apart(issuer, first, until, accounts),
        _sent(issuer, first, until, accounts),
        key=lambda row: (row[0], row[8]),
    )


def _apart(
    issuer: Issuer, first: date, until: date, accounts: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[Any, ...]]:
    kinds = [K.DISPUTE, K.FEE, K.ADJUSTMENT]
    rows = _with_customer(_between(Q(issuer=issuer), first, until).filter(kind__in=kinds))
    for t in rows.order_by("at", "pk").iterator(chunk_size=500):
        yield (
            local_date(t.at, ITALY), *accounts[R.GATEWAY], KINDS[K(t.kind)].say(), None, t.customer, t.amount, t.fee or None,
            t.source_ref or t.ref,
        )  # fmt: skip


def _sent(
    issuer: Issuer, first: date, until: date, accounts: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[Any, ...]]:
    rows = Payout.objects.filter(issuer=issuer, arrives_on__gte=first, arrives_on__lt=until, state__in=SENT)
    for p in rows.order_by("arrives_on", "ref").iterator(chunk_size=500):
        for role, amount in ((R.GATEWAY, -p.amount), (R.BANK, p.amount)):
            yield (p.arrives_on, *accounts[role], PAID_OUT.say(), None, None, amount, None, p.ref)
