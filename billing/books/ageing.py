"""What is open today, by how late it is, beside the credit of its customer that could pay it: an issuer's ageing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from billing.models import Issuer
from billing.papers.freeze import ITALY
from billing.paying.customer_credit import could_pay
from billing.paying.debts import BUCKET_WORDS, BUCKETS, bucket, debts
from core.clock import now
from core.money import ZERO
from core.periods import local_date
from core.tables import Column, Kind, Table
from core.words import Words

AGEING = (
    Column(Words("Cliente", "Customer")),
    Column(Words("Documento o riferimento", "Document or reference")),
    Column(Words("Scadenza", "Due on"), Kind.DAY),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Pagato", "Paid"), Kind.MONEY, summed=True),
    Column(Words("Aperto", "Open"), Kind.MONEY, summed=True),
    Column(
        Words("Credito del cliente che può pagarlo", "The customer's credit that could pay it"),
        Kind.MONEY,
        summed=True,
    ),
    Column(Words("Giorni di ritardo", "Days late"), Kind.COUNT),
    Column(Words("Fascia", "Bucket")),
    Column(Words("Ultimo sollecito", "Last reminder"), Kind.DAY),
    Column(Words("Spese di sollecito, a parte", "Reminder fees, apart"), Kind.MONEY, summed=True),
)


def ageing(issuer: Issuer) -> Table:
    """What is open today, by how late it is."""

    def rows() -> Iterator[tuple[Any, ...]]:
        today, credit = local_date(now(), ITALY), could_pay(issuer)
        for debt in debts(issuer):
            late = debt.late(today)
            yield (
                debt.name,
                debt.label,
                debt.due_on,
                debt.amount,
                debt.amount - debt.open,
                debt.open,
                credit.get(debt.thing),
                late,
                BUCKET_WORDS[bucket(late)].say(),
                debt.reminded_on,
                debt.fees,
            )

    return Table("scadenzario", AGEING, rows())


BY_BUCKET = (
    Column(Words("Fascia", "Bucket")),
    Column(Words("Quanti", "How many"), Kind.COUNT, summed=True),
    Column(Words("Aperto", "Open"), Kind.MONEY, summed=True),
    Column(Words("Crediti che possono pagarlo", "Credits that could pay it"), Kind.MONEY, summed=True),
)


def by_bucket(issuer: Issuer) -> Table:
    """What is open by bucket, the empty ones too."""
    today, credit = local_date(now(), ITALY), could_pay(issuer)
    count = dict.fromkeys(BUCKETS, 0)
    open_ = dict.fromkeys(BUCKETS, ZERO)
    covered = dict.fromkeys(BUCKETS, ZERO)
    for debt in debts(issuer):
        name = bucket(debt.late(today))
        count[name] += 1
        open_[name] += debt.open
        covered[name] += credit.get(debt.thing, ZERO)
    rows = [(BUCKET_WORDS[name].say(), count[name], open_[name], covered[name]) for name in BUCKETS]
    return Table("scadenzario-fasce", BY_BUCKET, rows)
