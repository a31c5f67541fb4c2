"""The words about deposits: to whoever leaves one, and to the staff who have to look."""

from __future__ import annotations

from typing import Any

from billing.models import Deposit
from billing.papers.messages import reader
from billing.papers.pdf import money
from billing.paying.deposits import latest_hold
from booking.attending.watch import staff_of
from core import mail, outbox
from core.ids import encode
from core.words import Words

D = Deposit.State
NEEDED = (
    Words("Serve la cauzione: {amount}", "A deposit is needed: {amount}"),
    Words(
        "Ciao {name}, per {what} (prenotazione {code}) va riservata una cauzione di {amount} su una carta.",
        "Hello {name}, a deposit of {amount} has to be reserved on a card for {what} (booking {code}).",
    ),
    Words(
        "Non è un pagamento: l'importo resta tuo e torna libero dopo l'uso, se non c'è nulla da riparare.",
        "It is not a payment: the amount stays yours and is free again after the use, if nothing is to be repaired.",
    ),
)
RELEASED = (
    Words("Cauzione liberata: {amount}", "Deposit released: {amount}"),
    Words(
        "Ciao {name}, la cauzione di {amount} per {what} (prenotazione {code}) è stata liberata.",
        "Hello {name}, the deposit of {amount} for {what} (booking {code}) has been released.",
    ),
    Words(
        "Non abbiamo trattenuto nulla. La tua banca può impiegare qualche giorno a mostrarlo.",
        "We have taken nothing. Your bank may need a few days to show it.",
    ),
)
LINK = Words("La tua prenotazione", "Your booking")


@outbox.handler("billing.deposit_mail")
def tell(payload: dict[str, Any]) -> None:
    """Whoever leaves the deposit knows that a card is needed, or that it is free again."""
    deposit = Deposit.objects.select_related("booking", "person", "resource").get(pk=payload["deposit"])
    words = {D.NEEDED: NEEDED, D.RELEASED: RELEASED}.get(D(deposit.state))
    if words is None:
        return
    person = deposit.person
    tries = deposit.authorisations.count()
    mail.write(
        reader(person),
        words[0],
        list(words[1:]),
        link=(LINK, f"/bookings/{encode('bkg', deposit.booking_id)}"),
        key=f"deposit:{deposit.pk}:{deposit.state}:{tries}",
        name=person.name,
        amount=money(deposit.amount.cents, person.language),
        what=deposit.resource.name,
        code=deposit.booking.code,
    )


MISSING = Words(
    "La cauzione di {amount} per {what} (prenotazione {code}, {who}) non è riservata.",
    "The deposit of {amount} for {what} (booking {code}, {who}) is not reserved.",
)
WARNINGS = {
    D.ASKED: MISSING,
    D.NEEDED: MISSING,
    D.HELD: Words(
        "La cauzione di {amount} per {what} (prenotazione {code}, {who}) non si rinnova: la banca la libera il {ends}. "
        "Se c'è un danno, trattienila prima.",
        "The deposit of {amount} for {what} (booking {code}, {who}) cannot be renewed: the bank lets go of it on "
        "{ends}. If something is damaged, take it before.",
    ),
    D.LAPSED: Words(
        "La cauzione di {amount} per {what} (prenotazione {code}, {who}) non si può più trattenere: la banca l'aveva già liberata.",
        "The deposit of {amount} for {what} (booking {code}, {who}) can no longer be taken: the bank had let go of it.",
    ),
}


@outbox.handler("billing.deposit_warning")
def warn(payload: dict[str, Any]) -> None:
    """Staff know, while there is time, that a deposit is missing or will soon be gone."""
    deposit = Deposit.objects.select_related("booking__venue", "person", "resource").get(
        pk=payload["deposit"]
    )
    words = WARNINGS.get(D(deposit.state))
    if words is None:
        return
    held = latest_hold(deposit)
    until = held.capture_before if held is not None else None
    venue = deposit.booking.venue
    for person in staff_of(venue):
        mail.write(
            reader(person),
            Words("Cauzione da guardare: {code}", "A deposit to look at: {code}"),
            [words],
            link=(Words("La prenotazione", "The booking"), f"/bookings/{encode('bkg', deposit.booking_id)}"),
            key=f"deposit-{deposit.state}:{held.pk if held else deposit.pk}:{person.pk}",
            amount=money(deposit.amount.cents, person.language),
            what=deposit.resource.name,
            code=deposit.booking.code,
            who=deposit.person.name,
            ends=f"{until.astimezone(venue.zone):%d/%m/%Y %H:%M}" if until else "",
        )
