"""What the house can show about a disputed payment, from its own rows: no more of its customer than a bank needs.

No telephone, no address, no tax code but what the receipt prints; no text of a message, only which ones left and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from billing.gateways.base import EVIDENCE
from billing.models import Dispute, Document, File, Order, Payment, Refund
from billing.papers.freeze import ITALY
from billing.papers.pdf import KIND, money
from booking.changing.accepting import accepted_since
from booking.models import Booking
from core.models import Mail
from core.periods import in_words
from core.words import Words

MOST_MAILS = 30
MOST_BYTES = 4_500_000  # what the gateway takes of files with one answer

CAME = Words("{code}: arrivo registrato il {at}", "{code}: arrival recorded on {at}")
WENT = Words("uscita registrata il {at}", "departure recorded on {at}")
KEPT = Words(
    "{code}: nessuno è venuto; il posto è rimasto riservato fino alla fine",
    "{code}: nobody came; the place was kept until the end",
)
ACCEPTED = Words(
    "Prenotazione {code} fatta il {at}; condizioni accettate: {terms}",
    "Booking {code} made on {at}; terms accepted: {terms}",
)
LATER = Words("{code}: condizioni accettate il {at}: {terms}", "{code}: terms accepted on {at}: {terms}")
MADE = Words("Prenotazione {code} fatta il {at}", "Booking {code} made on {at}")
CANCELLED = Words("{code}: disdetta il {at}", "{code}: cancelled on {at}")
SHOWN = Words(
    "Mostrato prima del pagamento, il {at}: chi disdice almeno {hours} ore prima dell'inizio riceve il {percent}%",
    "Shown before payment, on {at}: whoever cancels at least {hours} hours before the start gets {percent}% back",
)
BACK = Words(
    "Rimborso di {amount}, chiesto il {at}: {state}", "Refund of {amount}, asked for on {at}: {state}"
)
DONE, COMING = Words("eseguito", "done"), Words("non ancora eseguito", "not done yet")
NOTHING_BACK = Words("Nessun rimborso", "No refund")
SENT = Words("Messaggio inviato il {at}: «{subject}»", 'Message sent on {at}: "{subject}"')


@dataclass(frozen=True, slots=True)
class Evidence:
    """What would leave: words by their name in `EVIDENCE`, and the document whose PDF goes along."""

    said: dict[str, str]
    paper: Document | None

    @property
    def fingerprint(self) -> str:
        """The same as long as the same would leave."""
        told = [self.said, str(self.paper.pk) if self.paper else None]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def with_words(self, words: str) -> dict[str, str]:
        said = self.said | {"words": words}
        return {name: said[name] for name in EVIDENCE if said.get(name)}


def assemble(dispute: Dispute) -> Evidence:
    """What the house has about this payment, in its customer's language, which their bank reads."""
    payment = dispute.payment
    if payment is None:
        return Evidence({}, None)
    order = payment.order
    language = order.person.language
    lines = list(order.lines.select_related("booking__venue").order_by("position"))
    bookings = list({line.booking.pk: line.booking for line in lines if line.booking}.values())
    said = {
        "customer": ", ".join(who.name for who in (order.person, order.organisation) if who),
        "email": order.person.email,
        "service": "\n".join(line.description for line in lines),
        "service_on": "; ".join(in_words(b.period, b.venue.zone) for b in bookings),
        "used": _lines(_use(bookings, language)),
        "cancellation": _lines(_terms(order, language)),
        "terms": _lines(_made(order, bookings, language)),
        "refunds": _lines(_refunds(payment, language)),
        "mails": _lines(_mails(payment, bookings, language)),
    }
    return Evidence({name: text for name, text in said.items() if text}, _paper(dispute, payment))


def _lines(found: Iterable[str]) -> str:
    return "\n".join(found)


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d/%m/%Y %H:%M}"


def _use(bookings: Sequence[Booking], language: str) -> Iterable[str]:
    for booking in bookings:
        zone, code = booking.venue.zone, booking.code
        if booking.arrived_at is not None:
            came = CAME.say(language, code=code, at=_at(booking.arrived_at, zone))
            yield f"{came}; {WENT.say(language, at=_at(booking.left_at, zone))}" if booking.left_at else came
        elif booking.attendance == Booking.Attendance.NO_SHOW:
            yield KEPT.say(language, code=code)


def _terms(order: Order, language: str) -> Iterable[str]:
    at = _at(order.made_at, ITALY)
    for term in sorted(order.terms, key=lambda t: -t["hours_before"]):
        yield SHOWN.say(language, at=at, hours=term["hours_before"], percent=term["percent_back"])


def _made(order: Order, bookings: Sequence[Booking], language: str) -> Iterable[str]:
    since = accepted_since(bookings)
    for booking in bookings:
        zone, code, later = booking.venue.zone, booking.code, since.get(booking.pk, {})
        # Of one that has passed to somebody else since it is known what they have accepted, no more what its payer had.
        accepted = booking.accepted_terms if booking.person_id == order.person_id else []
        first = [terms for terms in accepted if terms not in later]
        words = ACCEPTED if first else MADE
        yield words.say(language, code=code, at=_at(booking.made_at, zone), terms=", ".join(first))
        for terms in accepted:
            if terms in later:
                yield LATER.say(language, code=code, at=_at(later[terms], zone), terms=terms)
        if booking.state == Booking.State.CANCELLED and booking.ended_at:
            yield CANCELLED.say(language, code=booking.code, at=_at(booking.ended_at, booking.venue.zone))


def _refunds(payment: Payment, language: str) -> Iterable[str]:
    rows = list(payment.refunds.order_by("made_at", "pk"))
    if not rows:
        yield NOTHING_BACK.say(language)
    for refund in rows:
        state = (DONE if refund.state == Refund.State.DONE else COMING).say(language)
        amount = money(refund.amount.cents, language)
        yield BACK.say(language, amount=amount, at=_at(refund.made_at, ITALY), state=state)


def _mails(payment: Payment, bookings: Sequence[Booking], language: str) -> Iterable[str]:
    """Which messages about this payment and what it paid for have left to whoever paid: their subjects, no more."""
    about = Q(key=f"receipt:{payment.pk}")
    for booking in bookings:
        about |= Q(key__startswith=f"booking:{booking.pk}:")
    rows = Mail.objects.filter(
        about, person_id=payment.order.person_id, state=Mail.State.SENT, sent_at__isnull=False
    )
    for mail in rows.order_by("sent_at", "pk")[:MOST_MAILS]:
        if mail.sent_at is not None:
            yield SENT.say(language, at=_at(mail.sent_at, ITALY), subject=mail.subject)


def _paper(dispute: Dispute, payment: Payment) -> Document | None:
    """The document that proves the sale; of several issuers' that of the one who is asked."""
    drawn = File.objects.filter(kind=KIND, size__lte=MOST_BYTES).values("revision__document")
    rows = payment.documents.exclude(kind=Document.Kind.CREDIT_NOTE).filter(pk__in=drawn)
    return min(
        rows, key=lambda d: (d.issuer_id != dispute.issuer_id, -d.gross.cents, str(d.pk)), default=None
    )


def pdf_of(paper: Document) -> tuple[str, bytes]:
    """The name and the bytes of a document's PDF, as it was first drawn."""
    file = File.objects.filter(revision__document=paper, kind=KIND).order_by("made_at", "pk")[0]
    return f"{paper.number.replace('/', '-')}.pdf", bytes(file.content)
