"""The words about bookings: written when a booking changes, in the reader's language, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from booking import invitations, reminders  # noqa: F401
from booking.events import booking_changed
from booking.models import Booking, MailPreference
from booking.preferences import Kind, wants
from core import mail
from core.ids import encode
from core.words import Words
from people.models import Person, Role

GREETING = Words("Ciao {name},", "Hello {name},")
WHAT = Words("{what}, {when} ({venue}). Codice {code}.", "{what}, {when} ({venue}). Code {code}.")
SUBJECTS = {
    "confirmed": Words("Prenotazione confermata: {what}", "Booking confirmed: {what}"),
    "paid": Words("Prenotazione confermata: {what}", "Booking confirmed: {what}"),
    "approved": Words("Richiesta approvata: {what}", "Request approved: {what}"),
    "requested": Words("Richiesta ricevuta: {what}", "Request received: {what}"),
    "refused": Words("Richiesta non accolta: {what}", "Request refused: {what}"),
    "cancelled": Words("Prenotazione disdetta: {what}", "Booking cancelled: {what}"),
    "moved": Words("Prenotazione cambiata: {what}", "Booking changed: {what}"),
    "reminder": Words("Promemoria: {what}", "Reminder: {what}"),
    "given-back": Words("Tempo restituito: {what}", "Time given back: {what}"),
    "undone": Words("Disdetta annullata: {what}", "Cancellation taken back: {what}"),
    "handed-over": Words("Prenotazione tua: {what}", "The booking is yours: {what}"),
    "proposed": Words("Un altro orario per te: {what}", "Another time for you: {what}"),
    "change-approved": Words("Modifica approvata: {what}", "Change approved: {what}"),
    "change-refused": Words("Modifica non accolta: {what}", "Change refused: {what}"),
    "change-lapsed": Words("Modifica decaduta: {what}", "Change lapsed: {what}"),
}
BODIES = {
    "confirmed": Words("la tua prenotazione è confermata.", "your booking is confirmed."),
    "paid": Words("la tua prenotazione è pagata e confermata.", "your booking is paid and confirmed."),
    "approved": Words("la segreteria ha approvato la tua richiesta.", "the desk has approved your request."),
    "requested": Words(
        "la tua richiesta è arrivata: l'orario è tuo mentre la segreteria decide.",
        "your request has arrived; the time is yours while the desk decides.",
    ),
    "refused": Words(
        "la segreteria non ha potuto accogliere la richiesta: {reason}",
        "the desk could not accept the request: {reason}",
    ),
    "cancelled": Words("la prenotazione è stata disdetta.", "the booking has been cancelled."),
    "moved": Words(
        "la tua prenotazione è cambiata: ecco com'è ora.", "your booking has changed; this is how it is now."
    ),
    "reminder": Words("ti aspettiamo:", "we expect you:"),
    "given-back": Words(
        "il tempo che hai restituito è di nuovo libero. Se altri lo prendono, te ne accreditiamo la parte.",
        "the time you gave back is free again. If others take it, their part of it is credited to you.",
    ),
    "undone": Words("la prenotazione vale come prima.", "the booking stands as before."),
    "handed-over": Words(
        "la prenotazione che ti è stata passata ora è tua.", "the booking handed over to you is yours now."
    ),
    "proposed": Words(
        "la segreteria ti propone un altro orario al posto di quello chiesto. {reason} Apri la prenotazione per vederlo e rispondere.",
        "the desk proposes another time instead of the one you asked for. {reason} Open the booking to see it and answer.",
    ),
    "change-approved": Words(
        "la modifica è approvata: apri la prenotazione per pagare la differenza.",
        "the change is approved: open the booking to pay the difference.",
    ),
    "change-refused": Words(
        "la modifica non è stata accolta: la prenotazione resta com'era. {reason}",
        "the change was refused: the booking stays as it was. {reason}",
    ),
    "change-lapsed": Words(
        "il tempo per la modifica è scaduto: la prenotazione resta com'era.",
        "the time for the change has run out: the booking stays as it was.",
    ),
}


def when(booking: Booking) -> str:
    """The day and hours by the venue's clock."""
    zone = booking.venue.zone
    start, end = booking.period.start.astimezone(zone), booking.period.end.astimezone(zone)
    return f"{start:%d/%m/%Y %H:%M}–{end:%H:%M}"


def facts(booking: Booking) -> dict[str, Any]:
    names = booking.items.order_by("pk").values_list("resource__name", flat=True)
    return {
        "what": ", ".join(names),
        "when": when(booking),
        "venue": booking.venue.name,
        "code": booking.code,
        "reason": booking.reason,
    }


# What may be declined; the others always reach their reader.
KINDS: dict[str, str] = {
    "confirmed": Kind.CONFIRMATION,
    "paid": Kind.CONFIRMATION,
    "approved": Kind.CONFIRMATION,
    "requested": Kind.CONFIRMATION,
    "reminder": Kind.REMINDER,
}


@booking_changed.hear
def on_booking_changed(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    """Whoever booked is told, and reminded the day before; staff are told of a request, and of nothing else."""
    for booking in bookings:
        if booking.state == Booking.State.CONFIRMED:
            reminders.plan(booking)
        if why not in SUBJECTS:
            continue
        if wants(booking.person, KINDS.get(why)):
            tell_of(booking, why)
        if why == "requested":
            tell_staff(booking)


def tell_of(booking: Booking, why: str, *, until: datetime | None = None) -> None:
    """Whoever booked gets this message once for each version of the booking, with the invitation of its state."""
    mail.write(
        mail.Reader(booking.person.pk, booking.person.email, booking.person.language),
        SUBJECTS[why],
        [GREETING, BODIES[why], WHAT],
        link=(Words("Apri la prenotazione", "Open the booking"), f"/bookings/{encode('bkg', booking.pk)}"),
        attachments=[{"kind": "invitation", "id": str(booking.pk)}],
        key=f"booking:{booking.pk}:{why}:{_version(booking, why)}",
        until=until,
        name=booking.person.name,
        **facts(booking),
    )


def _version(booking: Booking, why: str) -> str:
    """What makes the message another one: the booking's version, and for a change that leaves it as it is, which."""
    of_a_change = why == "proposed" or why.startswith("change-")
    return f"{booking.sequence}:{booking.changes.count()}" if of_a_change else str(booking.sequence)


def tell_staff(booking: Booking) -> None:
    """Staff hear that this booking, or a change of it, waits for their yes."""
    roles = Role.objects.filter(
        kind=Role.Kind.STAFF, partner=booking.venue.partner_id, person__is_active=True
    )
    declined = MailPreference.objects.filter(kind=Kind.APPROVAL, wanted=False).values("person")
    for person in Person.objects.filter(roles__in=roles).exclude(pk__in=declined).distinct().order_by("pk"):
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            Words("Da approvare: {what}", "To approve: {what}"),
            [Words("{asker} chiede {what}, {when}.", "{asker} asks for {what}, {when}.")],
            link=(Words("Apri la segreteria", "Open the desk"), "/desk"),
            key=f"asked:{booking.pk}:{person.pk}:{booking.sequence}",
            asker=str(booking.organisation or booking.person),
            **facts(booking),
        )
