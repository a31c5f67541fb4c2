"""Quotations and pro-formas: what would be invoiced, on paper that is no invoice; and the invoice that comes of one.

They are kept apart from documents, so that no register, total, series or file for the SdI can meet one (docs/adr/0120).
Law: they are no invoices (DPR 633/72 art. 21 and 6: VAT is due on what is invoiced, paid or done); as letters of the
business they are kept ten years (art. 2214 and 2220 c.c.).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from billing.models import Document, Issuer, NumberSeries, Order, Preliminary, Quote, VatRate
from billing.papers import issuing
from billing.papers.amounts import Line
from billing.papers.customers import people_of
from billing.papers.documents import stamp_of
from billing.papers.freeze import ITALY, Issue, new_document
from billing.papers.pdf import day as spoken_day
from billing.papers.pdf import money as spoken_money
from billing.papers.registers import month_of
from billing.papers.snapshots import IDENTITY, Paper, snapshot_of
from billing.papers.vat import RateKey
from billing.papers.visible import office_partners
from billing.papers.wish import Wish
from booking.models import Booking
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer, PriceChanged, Reason
from core.ids import encode
from core.locks import Order as Locks
from core.locks import act, lock_rows, lock_words, patient_act
from core.money import ZERO, Money
from core.periods import local_date
from core.words import Words
from people.models import Person
from people.roles import Standing

K = Preliminary.Kind
DROPPED = Order.State.DROPPED
OPEN, ACCEPTED, WITHDRAWN, EXPIRED = STATES = ("open", "accepted", "withdrawn", "expired")
CODES = {K.QUOTATION: "PREV", K.PRO_FORMA: "PROF"}
NAMES = {K.QUOTATION: Words("Preventivo", "Quotation"), K.PRO_FORMA: Words("Pro-forma", "Pro-forma")}
OVER = {
    ACCEPTED: Words("È già diventato una fattura.", "It has become an invoice already."),
    WITHDRAWN: Words("È stato ritirato.", "It has been withdrawn."),
    EXPIRED: Words("La sua validità è finita: va scritto di nuovo.", "It is no longer valid: write it anew."),
}
PAST = Words("È un giorno già passato.", "This day has passed already.")
TOO_LATE = Words("Al più fino al {day}.", "Until {day} at the latest.")
NOTHING = Words(
    "Di questo preventivo l'emittente non ha niente da farsi pagare.",
    "Nothing of this quote is to be paid to the issuer.",
)
NOT_HELD = Words(
    "Carnet e abbonamenti non si tengono per nessuno: il preventivo si scrive di un carrello di sole prenotazioni.",
    "Passes and memberships are held for nobody: a quotation is written of a basket of bookings alone.",
)
HELD = Words("Gli spazi sono tenuti fino a {at}.", "The places are held until {at}.")
TOGETHER = Words(
    "Si ordina insieme a quanto vendono altri emittenti.",
    "It is ordered together with what other issuers sell.",
)
WHOLE = Words("In tutto sono {total}.", "All of it comes to {total}.")
NEEDED = Words("Un preventivo dice fino a quando vale.", "A quotation says until when it is valid.")


def day_now() -> date:
    return local_date(now(), ITALY)


def visible(has: Standing, *, own: bool = False) -> QuerySet[Preliminary]:
    """The papers that somebody may see, whose invoices they would see; or only their `own` and their organisations'."""
    rows = Preliminary.objects.select_related(
        "issuer__partner__organisation", "document", "order__checkout", "in_place_of"
    )
    if has.administrator and not own:
        return rows
    if has.person is None:
        return rows.none()
    mine = Q(person=has.person, organisation=None) | Q(organisation__in=has.delegate_of)
    return rows.filter(mine if own else mine | Q(issuer__partner__in=office_partners(has)))


def standing_of(paper: Preliminary) -> str:
    """Where the paper stands today: open, accepted, withdrawn, or expired."""
    if paper.document_id is not None or (paper.order is not None and paper.order.state != DROPPED):
        return ACCEPTED
    if paper.withdrawn_at is not None:
        return WITHDRAWN
    return EXPIRED if paper.valid_until is not None and paper.valid_until < day_now() else OPEN


def filtered(rows: QuerySet[Preliminary], asked: dict[str, Any]) -> QuerySet[Preliminary]:
    """The papers that fit; a filter that is absent fits all."""
    if "issuer_id" in asked:
        rows = rows.filter(issuer=asked["issuer_id"])
    if asked.get("kind"):
        rows = rows.filter(kind__in=asked["kind"])
    if "month" in asked:
        first, last = month_of(asked["month"])
        rows = rows.filter(written_on__gte=first, written_on__lt=last)
    if asked.get("q"):
        rows = rows.filter(Q(customer_name__icontains=asked["q"]) | Q(number__icontains=asked["q"]))
    if asked.get("state"):
        taken = Q(document__isnull=False) | Q(order__isnull=False) & ~Q(order__state=DROPPED)
        waiting, over = ~taken & Q(withdrawn_at=None), Q(valid_until__lt=day_now())
        rows = rows.filter(
            {
                OPEN: waiting & ~over,
                EXPIRED: waiting & over,
                ACCEPTED: taken,
                WITHDRAWN: Q(withdrawn_at__isnull=False),
            }[asked["state"]]
        )
    return rows


def against(paper: Preliminary) -> list[Reason]:
    """Why nothing more can be done with the paper; nothing if it may be accepted or withdrawn."""
    state = standing_of(paper)
    return [] if state == OPEN else [Reason(f"preliminary-{state}", OVER[state])]


Seen = tuple[Money | None, Money | None]  # what it comes to, and what is to be paid of it


def latest_for_customers() -> date:
    """The last day until which a quotation that a customer writes for themselves may be valid."""
    return day_now() + timedelta(days=settings.QUOTATION_DAYS)


def heed_latest(valid_until: date) -> None:
    """Nothing, if a customer may write a quotation for themselves that is valid until then. Raises Invalid."""
    if valid_until > (latest := latest_for_customers()):
        said = TOO_LATE.say(day=f"{latest:%d/%m/%Y}")
        raise Invalid(pointers=[Pointer("/valid_until", "too-late", said)])


def write_inside(
    by: Person,
    has: Standing,
    kind: str,
    wish: Wish,
    asked: dict[str, Any],
    valid_until: date | None,
    bookings: Sequence[UUID] = (),
    basket: Money = ZERO,
    in_place_of: Preliminary | None = None,
    on: date | None = None,
) -> Preliminary:
    """Inside an act: the paper is written, under the next number of its kind, and frozen: of what somebody asked for by
    hand, or of a basket's bookings, with what all of them came to; today, unless it is told as of another day (`on`).

    Raises Invalid for a last day that has passed, and for a quotation without one.
    """
    day = on or day_now()
    if valid_until is not None and valid_until < day:
        raise Invalid(pointers=[Pointer("/valid_until", "past", PAST.say())])
    if kind == K.QUOTATION and valid_until is None:
        raise Invalid(pointers=[Pointer("/valid_until", "required", NEEDED.say())])
    came = issuing.figures(wish)
    lock_words(Locks.NUMBERS, [f"preliminary:{wish.issuer.pk}:{kind}:{day.year}"])
    numbered = Preliminary.objects.filter(issuer=wish.issuer, kind=kind, year=day.year)
    ordinal = (numbered.aggregate(last=Max("ordinal"))["last"] or 0) + 1
    series = NumberSeries(
        issuer=wish.issuer, code=CODES[K(kind)]
    )  # a code alone: it is no series of the issuer's
    told = new_document(Issue(wish.issuer, kind, series, day, wish.payer), ordinal, came, wish.paper)
    snapshot = snapshot_of(told, wish.payer, came, replace(wish.paper, type=""))
    snapshot["valid_until"] = valid_until.isoformat() if valid_until else None
    snapshot["electronic"]["stamp"] = 0  # paid on the invoice, if on any paper
    if isinstance(wish.payer, Person) and wish.payer != by and not people_of(has).filter(pk=wish.payer.pk):
        # Whoever may write a paper that costs nothing learns nothing by it of a person who never dealt with them.
        snapshot["buyer"] |= {name: "" for name in IDENTITY if name != "country"}
    text = orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
    made = Preliminary.objects.create(
        issuer=wish.issuer,
        kind=kind,
        year=day.year,
        ordinal=ordinal,
        number=told.number,
        written_on=day,
        valid_until=valid_until,
        person=told.person,
        organisation=told.organisation,
        customer_name=told.customer_name,
        net=came.net,
        vat=came.vat,
        gross=came.gross,
        due=came.due,
        asked=asked,
        bookings=list(bookings),
        basket=basket,
        in_place_of=in_place_of,
        snapshot=snapshot,
        sha256=hashlib.sha256(text).hexdigest(),
        written_by=by,
    )
    record(by, "write-preliminary", made)
    return made


write = act(write_inside)


def of_basket(offered: Quote, issuer: Issuer) -> Wish:
    """What this issuer would invoice of a quote, its prices with VAT as they were quoted. Raises Invalid for a quote of which
    nothing is its to be paid, for passes and memberships, which nobody holds, and for a change."""
    public = encode("iss", issuer.pk)
    lines = [line for line in offered.lines if line["issuer_id"] == public and line["gross"]["cents"]]
    if any(line["booking_id"] is None for line in offered.lines):
        raise Invalid(pointers=[Pointer("", "not-held", NOT_HELD.say())])
    if not lines or offered.change_id is not None:
        raise Invalid(pointers=[Pointer("/issuer_id", "nothing-to-pay", NOTHING.say())])
    laws = {
        (rate.percent, rate.natura): rate.legal_text
        for rate in VatRate.objects.exclude(natura="").order_by("-pk")
    }
    payer = offered.organisation or offered.person
    language = offered.person.language
    told = [_of_quote(line, laws) for line in lines]
    held = offered.bookings.filter(held_until__isnull=False).select_related("venue")
    first = held.order_by("held_until").first()
    said = [_held_until(first, language)] if first is not None else []
    if offered.total.cents != sum(line["gross"]["cents"] for line in lines):
        said.append(TOGETHER.say(language))
    # Stamp duty is the issuer's, as of all that is sold at a price with VAT.
    paper = Paper("", reasons=said, with_vat=True)
    return Wish(issuer, Document.Kind.INVOICE, payer, told, paper, stamp_of(issuer, "borne"))


def as_told(paper: Preliminary, *, own: bool) -> dict[str, Any]:
    """What the paper says to who reads it: as it was frozen; besides, to whom it is written (`own`), what all of a basket
    came to. To an office that would tell what another partner sold to its customer."""
    frozen: dict[str, Any] = paper.snapshot
    if not own or not paper.basket or paper.basket == paper.gross:
        return frozen
    language, told = frozen["language"], frozen["electronic"]
    whole = WHOLE.say(language, total=spoken_money(paper.basket.cents, language))
    return frozen | {"electronic": told | {"reasons": [*told["reasons"], whole]}}


def _held_until(booking: Booking, language: str) -> str:
    at = (booking.held_until or now()).astimezone(booking.venue.zone)
    return HELD.say(language, at=f"{spoken_day(at.date().isoformat(), language)} {at:%H:%M}")


def _of_quote(line: dict[str, Any], laws: dict[tuple[Decimal, str], str]) -> Line:
    key = Decimal(line["vat_rate"]), line["natura"]
    # A quote from before 2026-11-27 does not say the law.
    law = line.get("legal_text", laws.get(key, ""))
    return Line(line["description"], Decimal(line["gross"]["cents"]) / 100, RateKey(*key, law))


def ordered(order: Order, bookings: Iterable[UUID]) -> None:
    """Inside an act: the papers of which all was ordered now are accepted by that order, unless another is in their place."""
    taken = set(bookings)
    heirs = Preliminary.objects.filter(in_place_of=OuterRef("pk"), withdrawn_at=None)
    open_ones = Preliminary.objects.filter(~Exists(heirs), bookings__overlap=list(taken), withdrawn_at=None)
    Preliminary.objects.filter(
        pk__in=[pk for pk, of in open_ones.values_list("pk", "bookings") if taken.issuperset(of)]
    ).update(order=order)


def accept(by: Person, paper: Preliminary, wish: Wish, seen: Seen = (None, None)) -> Document:
    """What was offered is invoiced, in one act. `wish` is what the paper asked for, as it is understood today.

    Raises IllegalMove if the paper is no longer open; PriceChanged, with both amounts, if its invoice would come to
    another amount today, all of it or what is to be paid, and these are not the two that were `seen`; and what
    `issuing.issue` raises.
    """
    came = issuing.figures(wish)
    now_is, was = (came.net, came.vat, came.due), (paper.net, paper.vat, paper.due)
    if now_is != was and seen != (came.gross, came.due):
        told = {"quoted": paper.gross, "total": came.gross, "quoted_due": paper.due, "due": came.due}
        raise PriceChanged(data=told)
    wish = replace(wish, paper=replace(wish.paper, reasons=[*wish.paper.reasons, named(paper)]))
    issuing.check(wish)
    return _accept(by, paper.pk, wish)


def named(paper: Preliminary) -> str:
    """By what an invoice says that it was offered before."""
    return f"Rif. {NAMES[K(paper.kind)].it.lower()} {paper.number} del {paper.written_on:%d/%m/%Y}"


@patient_act
def _accept(by: Person, pk: UUID, wish: Wish) -> Document:
    paper = _locked(pk)
    paper.document = issuing.issue_inside(by, wish)
    paper.save(update_fields=["document"])
    record(by, "accept-preliminary", paper)
    return paper.document


@act
def withdraw(by: Person, pk: UUID) -> Preliminary:
    """The paper is offered no longer. Raises IllegalMove."""
    paper = _locked(pk)
    paper.withdrawn_at = now()
    paper.save(update_fields=["withdrawn_at"])
    record(by, "withdraw-preliminary", paper)
    return paper


def _locked(pk: UUID) -> Preliminary:
    """Inside an act: the paper is ours until commit, and open. Raises IllegalMove."""
    lock_rows(Locks.ORDERS, Preliminary, [pk])
    paper = Preliminary.objects.get(pk=pk)
    if (state := standing_of(paper)) != OPEN:
        raise IllegalMove(state=OVER[state].say(), data={"state": state})
    return paper
