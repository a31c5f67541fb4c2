"""The contract of a series: parties, rule, every date with hours and price, terms; one PDF, the same bytes for the same series."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.template.loader import render_to_string

from billing.models import Issuer, OrderLine
from billing.papers import pdf
from billing.papers.pdf import money
from billing.papers.snapshots import identity_of
from billing.prices.cancellation import terms_of
from billing.quoting.quotes import priced
from booking.judging.rule_words import MONDAY_FIRST, day_of, spell
from booking.models import Booking, Item, Series
from booking.states import LIVE
from core import outbox
from core.clock import now
from core.ids import encode
from core.locks import act
from core.models import Job, JobFile
from core.money import Money, total
from core.periods import local_date
from core.words import Words
from people.models import Person

KIND = "contract"
KEPT = timedelta(days=7)
LABELS = {
    "vat_number": Words("P. IVA", "VAT no."),
    "tax_code": Words("C.F.", "Tax code"),
    "title": Words("Contratto di prenotazione in serie", "Contract for a series of bookings"),
    "of": Words("del", "of"),
    "house": Words("Chi concede", "The house"),
    "guest": Words("Chi prenota", "Who books"),
    "by": Words("rappresentato da", "represented by"),
    "what": Words("Oggetto", "Object"),
    "rule": Words("Quando", "When"),
    "dates": Words("Date", "Dates"),
    "day": Words("Giorno", "Day"),
    "hours": Words("Ore", "Hours"),
    "where": Words("Dove", "Where"),
    "price": Words("Prezzo (IVA inclusa)", "Price (VAT included)"),
    "total": Words("Totale", "Total"),
    "terms": Words("Condizioni accettate", "Terms accepted"),
    "cancelling": Words("Disdetta", "Cancelling"),
    "late": Words("Oltre questi termini non c'è rimborso.", "After these terms there is no refund."),
    "no_refund": Words("Non è previsto alcun rimborso.", "There is no refund."),
    "signed": Words("Luogo, data e firma", "Place, date and signature"),
}


@act
def start(by: Person, series: Series, language: str) -> Job:
    """A job that will hold the contract as the series is when it is drawn."""
    job = Job.objects.create(
        kind=KIND,
        person_id=by.pk,
        payload={"series": str(series.pk), "language": language},
        expires_at=now() + KEPT,
        total=1,
    )
    outbox.put("billing.contract", {"job": str(job.pk)}, key=f"job:{job.pk}")
    return job


@outbox.handler("billing.contract")
def make(payload: dict[str, Any]) -> None:
    """The contract is there."""
    job = Job.objects.get(pk=payload["job"])
    if job.state == Job.State.DONE:
        return
    series = Series.objects.select_related("venue__partner__organisation", "person", "organisation").get(
        pk=job.payload["series"]
    )
    content = draw(snapshot_of(series, job.payload["language"]))
    JobFile.objects.update_or_create(
        job=job,
        name=f"{encode('ser', series.pk)}.pdf",
        defaults={
            "media_type": "application/pdf",
            "content": content,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    )
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, done=1)


def snapshot_of(series: Series, language: str) -> dict[str, Any]:
    """All that the contract says, in plain values; a fixed number of statements for any number of dates."""
    rows = series.bookings.filter(state__in=LIVE).select_related("venue", "person", "organisation")
    bookings = list(rows.order_by("period", "pk"))
    prices = _prices(series, bookings)
    names: dict[UUID, list[str]] = {booking.pk: [] for booking in bookings}
    for booking, name in (
        Item.objects.filter(booking__in=bookings).order_by("pk").values_list("booking_id", "resource__name")
    ):
        names[booking].append(name)
    house = series.venue.partner.organisation
    payer = series.organisation or series.person
    issuer = Issuer.objects.filter(partner=series.venue.partner).first()
    return {
        "language": language,
        "name": encode("ser", series.pk),
        "title": series.title,
        "made_on": day_of(local_date(series.made_at, series.venue.zone), language),
        "made": local_date(series.made_at, series.venue.zone).isoformat(),
        "venue": {"name": series.venue.name, "street": series.venue.street, "city": series.venue.city},
        "colour": issuer.colour if issuer else "#26211c",
        "logo": issuer.logo if issuer else "",
        "house": identity_of(house, house.name),
        "guest": identity_of(payer, payer.name),
        "by": series.person.name if series.organisation else "",
        "what": sorted({name for found in names.values() for name in found}),
        "rule": spell(series.asked, language),
        "dates": [
            _date(booking, names[booking.pk], prices.get(booking.pk), language) for booking in bookings
        ],
        "total": money(total(prices.values()).cents, language),
        "terms": series.asked.get("accepted_terms", []),
        "cancelling": [term["text"] for term in _cancelling(bookings, language)],
    }


def _date(booking: Booking, names: list[str], price: Money | None, language: str) -> dict[str, Any]:
    zone = booking.venue.zone
    start, end = booking.period.start.astimezone(zone), booking.period.end.astimezone(zone)
    last = "24:00" if end.time().isoformat() == "00:00:00" else f"{end:%H:%M}"
    return {
        "weekday": MONDAY_FIRST[start.weekday()].say(language),
        "day": day_of(start.date(), language),
        "hours": f"{start:%H:%M}–{last}",
        "where": ", ".join(names),
        "code": booking.code,
        "price": money((price or Money(0)).cents, language),
    }


def _prices(series: Series, bookings: list[Booking]) -> dict[UUID, Money]:
    """What was promised for each; what the tariff says for those that nothing was promised for yet."""
    found: dict[UUID, Money] = {}
    lines = OrderLine.objects.filter(booking__in=bookings).exclude(order__state="dropped")
    for booking, gross in lines.values_list("booking_id", "gross"):
        if booking is not None:
            found[booking] = found.get(booking, Money(0)) + (
                gross if isinstance(gross, Money) else Money(gross)
            )
    open_ = [booking for booking in bookings if booking.pk not in found]
    for line in priced(open_, series.person, series.organisation) if open_ else []:
        if line.booking is not None:
            found[line.booking.pk] = found.get(line.booking.pk, Money(0)) + line.gross
    return found


def _cancelling(bookings: list[Booking], language: str) -> list[dict[str, Any]]:
    """The terms of the day when the dates were promised; the house's present ones for what is not yet."""
    line = OrderLine.objects.filter(booking__in=bookings).exclude(order__state="dropped")
    order = (
        line.select_related("order")
        .order_by("-order__made_at")
        .values_list("order__terms", flat=True)
        .first()
    )
    found = order if order is not None else terms_of(bookings)
    return [
        term | {"text": BACK.say(language, hours=term["hours_before"], percent=term["percent_back"])}
        for term in found
    ]


BACK = Words(
    "Fino a {hours} ore prima di ogni data: rimborso del {percent}%.",
    "Up to {hours} hours before each date: {percent}% back.",
)


def page_of(snapshot: dict[str, Any]) -> str:
    """The contract as HTML, in its own language."""
    say = {name: words.say(snapshot["language"]) for name, words in LABELS.items()}
    return render_to_string("billing/contract.html", {"c": snapshot, "say": say})


def draw(snapshot: dict[str, Any]) -> bytes:
    """The contract as a tagged PDF; the same snapshot gives the same bytes."""
    digest = hashlib.sha256(orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return pdf.render(page_of(snapshot), digest, snapshot["logo"])
