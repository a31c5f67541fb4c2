"""The whole town, planted in under a minute: places, people, and two years of bookings, paid and documented.

Past bookings are written in bulk with the same pure rules (prices, VAT, snapshots, hash chains) that the acts use;
the guard judges them like any others.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from psycopg.types.range import TimestamptzRange

from billing.models import (
    Checkout,
    Document,
    Entry,
    Issuer,
    NumberCounter,
    NumberSeries,
    Order,
    OrderLine,
    Payment,
    Refund,
    Revision,
)
from billing.papers import documents
from billing.papers.amounts import Line, reckon
from billing.papers.freeze import ITALY, Issue, new_document, rates_of, rows_of
from billing.papers.snapshots import Paper, snapshot_of
from billing.papers.vat import RateKey, net_of
from billing.prices.priced import describe, parts_of
from billing.prices.tariffs import PriceList
from booking.holding.lapsing import HISTORY_AFTER
from booking.measuring import tally
from booking.models import Booking, Item
from config.town.budgets import plant_budgets
from config.town.gateway import plant_gateway
from config.town.harvest import Harvest
from config.town.people import Crowd, plant_people
from config.town.places import plant_places
from config.town.rhythm import Wanted, bookings
from config.town.settling import settle_months
from config.town.wishes import plant_wishes
from core.clock import now
from core.money import Money
from core.periods import local_date
from people.models import Organisation, Person
from spaces.models import Resource, Venue

PAST_DAYS, FUTURE_DAYS = 480, 60
S, A = Booking.State, Booking.Attendance


@transaction.atomic
def plant(seed: int = 1975, days: tuple[int, int] = (PAST_DAYS, FUTURE_DAYS)) -> dict[str, int]:
    """The town stands; returns how many bookings and documents it has. The database must be empty."""
    chance, moment = random.Random(seed), now()
    today = local_date(moment, ITALY)
    town = plant_places(today)
    crowd = plant_people(town, chance, today)
    harvest = Harvest()
    press = Press(harvest, [body for body, _ in crowd.bodies[:3]], today)
    makers = _Makers(chance, crowd)
    first, last = today - timedelta(days=days[0]), today + timedelta(days=days[1])
    sales: list[Sale] = []
    for wanted in bookings(chance, first, last):
        sales.append(_booking(chance, wanted, makers, moment, harvest))
    # Documents are numbered in the order in which they were paid.
    for sale in sorted((s for s in sales if s.paid_at), key=lambda s: (s.paid_at, s.booking.code)):
        press.sell(sale)
    press.finish()
    harvest.write()
    plant_gateway(moment)
    # History is written past the triggers that count: its hours are counted once, at the end.
    tally.settle([r.pk for r in town.resources.values()], tally.Days(first, today))
    settle_months(town, crowd, today)
    plant_budgets(town, crowd, today)
    plant_wishes(town, random.Random(seed), first, today)
    return {"bookings": len(sales), "documents": len(harvest.rows[Document])}


@dataclass
class Sale:
    """One booking and what became of it."""

    wanted: Wanted
    booking: Booking
    item: Item
    organisation: Organisation | None
    paid_at: datetime | None
    refunded_percent: int = 0


class _Makers:
    """Who books what: certified people the laser, associations the hall in the evening."""

    def __init__(self, chance: random.Random, crowd: Crowd) -> None:
        self.chance, self.crowd = chance, crowd
        self.laser = [p for n, p in enumerate(crowd.makers) if n == 0 or (n - 1) % 3 == 0]

    def who(self, wanted: Wanted) -> tuple[Person, Organisation | None]:
        kind = wanted.resource.kind
        if kind in ("hall", "courtyard") or (kind in ("classroom", "kitchen") and self.chance.random() < 0.5):
            body, delegate = self.chance.choice(self.crowd.bodies)
            return delegate, body
        return self.chance.choice(self.laser if kind == "laser" else self.crowd.makers), None


TITLES = {
    "hall": "Assemblea",
    "courtyard": "Festa di quartiere",
    "classroom": "Corso",
    "kitchen": "Laboratorio di cucina",
    "meeting_room": "Riunione",
}


def _booking(
    chance: random.Random, wanted: Wanted, makers: _Makers, moment: datetime, harvest: Harvest
) -> Sale:
    person, body = makers.who(wanted)
    made_at = min(
        wanted.period.start - timedelta(hours=chance.randint(2, 24 * 20)),
        moment - timedelta(minutes=chance.randint(20, 3000)),
    )
    past = wanted.period.end <= moment
    cancelled = chance.random() < 0.11
    asked = not past and wanted.resource.kind in ("hall", "courtyard") and chance.random() < 0.3
    state = S.CANCELLED if cancelled else S.REQUESTED if asked else S.CONFIRMED
    came = past and state == S.CONFIRMED and chance.random() < 0.94
    running = (
        wanted.period.start <= moment < wanted.period.end and state == S.CONFIRMED and chance.random() < 0.8
    )
    ended_at = (
        min(moment, wanted.period.start - timedelta(hours=chance.choice((3, 30, 60, 90))))
        if cancelled
        else None
    )
    if ended_at is not None and ended_at < made_at:
        made_at = ended_at - timedelta(hours=1)
    until = moment + timedelta(days=3) if asked else None
    booking = Booking(
        code=harvest.code(chance),
        venue=wanted.resource.venue,
        person=person,
        organisation=body,
        made_by=person,
        state=state,
        period=wanted.period,
        title=TITLES.get(wanted.resource.kind, ""),
        people=chance.randint(2, wanted.resource.capacity)
        if wanted.resource.capacity and wanted.resource.capacity > 2
        else None,
        needs_approval=wanted.resource.kind in ("hall", "courtyard"),
        held_until=until,
        earliest_start=wanted.period.start,
        attendance=A.LEFT
        if came
        else A.PRESENT
        if running
        else A.NO_SHOW
        if past and state == S.CONFIRMED
        else A.EXPECTED,
        arrived_at=wanted.period.start if came or running else None,
        left_at=wanted.period.end if came else None,
        made_at=made_at,
        ended_at=ended_at,
    )
    before = (wanted.period.start - wanted.padded.start) // timedelta(minutes=1)
    after = (wanted.padded.end - wanted.period.end) // timedelta(minutes=1)
    item = Item(
        booking=booking,
        resource=wanted.resource,
        period=wanted.period,
        set_up_minutes=before,
        clean_up_minutes=after,
    )
    harvest.add(booking, item)
    if state != S.CANCELLED:
        kind = "requested" if asked else "booked"
        during = TimestamptzRange(wanted.padded.start, wanted.padded.end, "[)")
        shelf = harvest.past if wanted.padded.end < moment - HISTORY_AFTER else harvest.claims
        shelf.extend((unit, during, kind, until, item.pk) for unit in wanted.units)
    paid = None if asked else made_at + timedelta(minutes=5)
    hours_before = (wanted.period.start - ended_at) // timedelta(hours=1) if ended_at else 0
    percent = (100 if hours_before >= 48 else 50 if hours_before >= 24 else 0) if cancelled else 0
    return Sale(wanted, booking, item, body, paid, percent)


class Press:
    """Orders, payments, documents and ledger of the past, by the same pure rules as today's."""

    def __init__(self, harvest: Harvest, on_account: Iterable[Organisation], today: date) -> None:
        self.harvest = harvest
        # These pay once a month, and their bills since the last month are not out yet.
        self.on_account = {body.pk for body in on_account}
        self.unbilled_from = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        self.prices: dict[tuple[Any, Any], PriceList] = {}
        self.issuers = {i.partner_id: i for i in Issuer.objects.select_related("partner__organisation")}
        self.series = {s.issuer_id: s for s in NumberSeries.objects.filter(code="FE")}
        self.counters: dict[tuple[UUID, int], NumberCounter] = {}
        self.resources = list(Resource.objects.all())
        self.lead = next((i for i in self.issuers.values() if i.partner.is_lead), None)

    def _by_share(self, lines: list[tuple[OrderLine, Money]]) -> bool:
        """Whether the lead partner issues these in each one's name."""
        return any(line.item is not None and line.item.resource.issuing == "share" for line, _ in lines)

    def sell(self, sale: Sale) -> None:
        resource, booking = sale.wanted.resource, sale.booking
        prices = self._prices(sale)
        found = prices.price(resource, sale.wanted.period)
        order = Order(
            person=booking.person,
            organisation=sale.organisation,
            state=Order.State.PAID,
            total=found.gross,
            terms=[
                {"hours_before": 48, "percent_back": 100, "text": ""},
                {"hours_before": 24, "percent_back": 50, "text": ""},
            ],
            made_at=booking.made_at,
        )
        self.harvest.add(order)
        if not found.gross or sale.paid_at is None or found.vat_rate_id is None:
            return
        lines = [
            OrderLine(
                order=order, position=n, booking=booking, item=sale.item, issuer=self.issuers[side.issuing], partner_id=side.earning,
                description=describe(sale.item, booking), quantity=1, unit="", unit_price=Decimal(gross.cents) / 100, gross=gross,
                vat_rate_id=found.vat_rate_id, steps=[],
            )
            for n, (side, gross) in enumerate(parts_of(resource, found.gross, sale.item.period), 1)
        ]  # fmt: skip
        if self._waits_for_bill(sale):
            order.state, order.due_at = Order.State.OWED, booking.made_at + timedelta(days=30)
            way = Checkout(order=order, made_by=booking.person, method="account", state=Checkout.State.DONE)
            self.harvest.add(*lines, way)
            return
        method = "account" if sale.organisation else "card"
        payment = Payment(
            order=order, amount=found.gross, method=method, state=Payment.State.CAPTURED, gateway="stripe" if method == "card" else "",
            payment_ref=f"pi_past_{order.pk.hex}" if method == "card" else "", collected_by_id=lines[0].issuer.partner_id,
            fee=Money(round(found.gross.cents * 0.015) + 25) if method == "card" else Money(0),
            made_at=sale.paid_at, captured_at=sale.paid_at, settled_at=sale.paid_at, refunded=Money(0),
        )  # fmt: skip
        self.harvest.add(*lines, payment)
        issued = [
            self._freeze(
                "invoice", line.issuer, order, payment, [(line, line.gross)], found.vat, sale.paid_at
            )
            for line in lines
        ]
        for line, document in zip(lines, issued, strict=True):
            self._enter("sale", line, document, payment, found.vat, line.gross, None, sale)
        if sale.refunded_percent:
            self._refund(sale, order, payment, lines, issued, found.vat)

    def _waits_for_bill(self, sale: Sale) -> bool:
        late = local_date(sale.booking.period.end, ITALY) >= self.unbilled_from
        stands = sale.booking.state == S.CONFIRMED
        return late and stands and sale.organisation is not None and sale.organisation.pk in self.on_account

    def _prices(self, sale: Sale) -> PriceList:
        key = (sale.booking.person_id, sale.organisation and sale.organisation.pk)
        if key not in self.prices:
            self.prices[key] = PriceList(self.resources, sale.booking.person, sale.organisation)
        return self.prices[key]

    def _refund(
        self,
        sale: Sale,
        order: Order,
        payment: Payment,
        lines: list[OrderLine],
        issued: list[Document],
        vat: RateKey,
    ) -> None:
        amount = order.total.times(Decimal(sale.refunded_percent) / 100)
        at = sale.booking.ended_at or payment.made_at
        refund = Refund(
            payment=payment,
            amount=amount,
            state=Refund.State.DONE,
            method=payment.method,
            reason="cancelled",
            refund_ref=payment.payment_ref.replace("pi_", "re_", 1),
            made_at=at,
            done_at=at,
        )
        payment.refunded = amount
        self.harvest.add(refund)
        for line, invoice, part in zip(
            lines, issued, amount.split([line.gross.cents for line in lines]), strict=True
        ):
            if part:
                # Numbered with its own day's documents would need another pass: the past credits on the invoice's day.
                note = self._freeze(
                    "credit_note",
                    line.issuer,
                    order,
                    payment,
                    [(line, part)],
                    vat,
                    payment.made_at,
                    refund,
                    invoice,
                )
                self._enter("refund", line, note, payment, vat, -part, refund, sale)

    def _freeze(
        self, kind: str, issuer: Issuer, order: Order, payment: Payment, lines: list[tuple[OrderLine, Money]], vat: RateKey,
        at: datetime, refund: Refund | None = None, corrects: Document | None = None,
    ) -> Document:  # fmt: skip
        series, day = self.series[issuer.pk], local_date(at, ITALY)
        counter = self.counters.setdefault((series.pk, day.year), NumberCounter(series=series, year=day.year))
        counter.last += 1
        rows = [Line(line.description, Decimal(gross.cents) / 100, vat) for line, gross in lines]
        came = reckon(rows, with_vat=True, stamp=documents.stamp_of(issuer, "borne"))
        payer = order.payer
        corrected = [(corrects.number, corrects.issued_on)] if corrects else []
        lead = self.lead if self._by_share(lines) and issuer != self.lead else None
        paper = Paper(
            "TD04" if corrects else "TD01",
            corrected,
            method=payment.method,
            on_behalf=lead,
            activity=Document.Activity.COMMERCIAL,
        )
        document = new_document(Issue(issuer, kind, series, day, payer, order), counter.last, came, paper)
        document.payment, document.refund, document.corrects, document.issued_at = (
            payment,
            refund,
            corrects,
            at,
        )
        snapshot = snapshot_of(document, payer, came, paper)
        digest = hashlib.sha256(
            counter.last_hash.encode() + orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
        ).hexdigest()
        self.harvest.add(
            document,
            Revision(document=document, snapshot=snapshot, sha256=digest, previous_sha256=counter.last_hash, made_at=at),
            *rates_of(document, came),
            *rows_of(document, came, [line for line, _ in lines]),
        )  # fmt: skip
        counter.last_hash = digest
        return document

    def _enter(
        self,
        kind: str,
        line: OrderLine,
        document: Document,
        payment: Payment,
        vat: RateKey,
        gross: Money,
        refund: Refund | None,
        sale: Sale,
    ) -> None:
        net = -net_of(-gross, vat.rate) if gross.cents < 0 else net_of(gross, vat.rate)
        self.harvest.add(
            Entry(
                kind=kind, on=document.issued_on, issuer=line.issuer, partner_id=line.partner_id, resource=sale.wanted.resource, booking=sale.booking,
                order=line.order, payment=payment, refund=refund, document=document, rate=vat.rate, natura=vat.natura,
                net=net, vat=gross - net, gross=gross,
            )
        )  # fmt: skip

    def finish(self) -> None:
        self.harvest.add(*self.counters.values())


def is_empty() -> bool:
    return not Venue.objects.exists()
