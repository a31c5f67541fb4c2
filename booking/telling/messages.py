"""The words about bookings: written when a booking changes, in the reader's language, once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from booking.events import booking_changed
from booking.inviting import invitations
from booking.models import Booking, Item, MailPreference
from booking.telling.preferences import Kind, wants
from core import mail
from core.ids import encode
from core.periods import in_words
from core.words import Words
from people.models import Person, Role
from spaces.models import Resource

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
    "request-lapsed": Words("Richiesta decaduta: {what}", "Request lapsed: {what}"),
    "hand-over-declined": Words("Prenotazione non presa: {what}", "Booking not taken over: {what}"),
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
    "request-lapsed": Words(
        "nessuno ha deciso in tempo sulla tua richiesta: l'orario è di nuovo libero, e puoi chiederlo ancora.",
        "nobody decided on your request in time: the time is free again, and you can ask once more.",
    ),
    "hand-over-declined": Words(
        "chi avevi indicato non ha preso la prenotazione: resta tua.",
        "whom you named has not taken the booking over: it stays yours.",
    ),
}

SERIES_BODIES = {
    "confirmed": Words("le {count} date della tua serie sono confermate.", "the {count} dates of your series are confirmed."),
    "paid": Words("le {count} date della tua serie sono pagate e confermate.", "the {count} dates of your series are paid and confirmed."),
    "approved": Words("la segreteria ha approvato {count} date della tua serie.", "the desk has approved {count} dates of your series."),
    "requested": Words("la tua richiesta di {count} date è arrivata: gli orari sono tuoi mentre la segreteria decide.", "your request for {count} dates has arrived; the times are yours while the desk decides."),
    "refused": Words("la segreteria non ha potuto accogliere {count} date: {reason}", "the desk could not accept {count} dates: {reason}"),
    "cancelled": Words("{count} date della tua serie sono state disdette.", "{count} dates of your series have been cancelled."),
    "moved": Words("{count} date della tua serie sono cambiate.", "{count} dates of your series have changed."),
    "request-lapsed": Words("nessuno ha deciso in tempo su {count} date della tua serie: sono di nuovo libere, e puoi chiederle ancora.", "nobody decided in time on {count} dates of your series: they are free again, and you can ask once more."),
}  # fmt: skip
DATES = Words("{what} ({venue}): {dates}.", "{what} ({venue}): {dates}.")
EDITED = Words("la serie {what} ({venue}) è cambiata.", "the series {what} ({venue}) has changed.")
GONE = Words("Non ci sono più: {gone}.", "No longer there: {gone}.")
IN_PART = Words(
    "la segreteria ha deciso sulle date che hai chiesto per {what} ({venue}).",
    "the desk has decided on the dates that you asked for: {what} ({venue}).",
)
TAKEN = Words("Approvate ({yes}): {taken}.", "Approved ({yes}): {taken}.")
TURNED_DOWN = Words(
    "Non accolte ({no}): {turned_down}. Motivo: {reason}", "Refused ({no}): {turned_down}. Reason: {reason}"
)
MOST_TOLD = 40


def when(booking: Booking) -> str:
    """The day and hours by the venue's clock."""
    return in_words(booking.period, booking.venue.zone)


def facts(booking: Booking) -> dict[str, Any]:
    """What every message about a booking says of it."""
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
    """Whoever booked is told; staff are told of a request, and of nothing else.

    Dates of one series that change together are told of in one message.
    """
    if why == "lapsed" and before == Booking.State.REQUESTED:
        tell(bookings, "request-lapsed")
    if why in SUBJECTS:
        tell(bookings, why)


def tell(bookings: Sequence[Booking], why: str) -> None:
    """Whoever booked these is told why, if they want to know."""
    together: dict[UUID, list[Booking]] = defaultdict(list)
    for booking in bookings:
        together[booking.series_id or booking.pk].append(booking)
    for group in together.values():
        booking = group[0]
        if wants(booking.person, KINDS.get(why)):
            if len(group) == 1:
                tell_of(booking, why)
            else:
                tell_of_series(group, why)
        if why == "requested":
            tell_staff(*group)


def tell_of(booking: Booking, why: str, *, until: datetime | None = None) -> None:
    """Whoever booked gets this message once for each version of the booking, with the invitation of its state."""
    mail.write(
        mail.Reader(booking.person.pk, booking.person.email, booking.person.language),
        SUBJECTS[why],
        [GREETING, BODIES[why], WHAT],
        link=(Words("Apri la prenotazione", "Open the booking"), f"/bookings/{encode('bkg', booking.pk)}"),
        # A reminder of one date says nothing new of its series.
        attachments=[] if booking.series_id and why == "reminder" else [invitations.to(booking)],
        key=f"booking:{booking.pk}:{why}:{_version(booking, why)}",
        until=until,
        name=booking.person.name,
        **facts(booking),
    )


def _version(booking: Booking, why: str) -> str:
    """What makes the message another one: the booking's version, and for a change that leaves it as it is, which."""
    of_a_change = why == "proposed" or why.startswith(("change-", "hand-over-"))
    return f"{booking.sequence}:{booking.changes.count()}" if of_a_change else str(booking.sequence)


def tell_of_series(bookings: Sequence[Booking], why: str) -> None:
    """Whoever booked these dates of one series gets one message, with all of them and the invitation to the series."""
    _write_of_series(bookings, SUBJECTS[why], [GREETING, SERIES_BODIES[why], DATES], why)


def tell_of_decision(approved: Sequence[Booking], refused: Sequence[Booking]) -> None:
    """Whoever asked for these dates of one series reads in one message which they have, which they have not, and why."""
    _write_of_series(
        [*refused, *approved],
        Words("Richiesta accolta in parte: {what}", "Request accepted in part: {what}"),
        [GREETING, IN_PART, TAKEN, TURNED_DOWN],
        "decided",
        yes=len(approved),
        no=len(refused),
        taken=_days(approved),
        turned_down=_days(refused),
    )


def tell_of_edit(moved: Sequence[Booking], gone: Sequence[Booking]) -> None:
    """One message says what a change of the series did to dates that stood; what is only held is not told of."""
    told = [b for b in moved if b.state != Booking.State.HELD]
    ended = list(gone)
    if not told and not ended:
        return
    said: dict[str, str] = {}
    now: list[Words] = []
    for n, (things, bookings) in enumerate(_by_things(told).items()):
        said |= {f"things{n}": things, f"moved{n}": _days(bookings)}
        now.append(Words(f"Ora, {{things{n}}}: {{moved{n}}}.", f"Now, {{things{n}}}: {{moved{n}}}."))
    _write_of_series(
        [*told, *ended],
        Words("Serie cambiata: {what}", "Series changed: {what}"),
        [GREETING, EDITED, *now, *([GONE] if ended else [])],
        "edited",
        gone=_days(ended),
        **said,
    )


def _by_things(bookings: Sequence[Booking]) -> dict[str, list[Booking]]:
    """These bookings in order, by the names of what they take; one statement."""
    names: dict[UUID, list[str]] = defaultdict(list)
    rows = Item.objects.filter(booking__in=bookings).order_by("pk")
    for pk, name in rows.values_list("booking_id", "resource__name"):
        names[pk].append(name)
    found: dict[str, list[Booking]] = defaultdict(list)
    for booking in sorted(bookings, key=lambda b: b.period.start):
        found[", ".join(names[booking.pk])].append(booking)
    return found


def _write_of_series(
    bookings: Sequence[Booking], subject: Words, body: Sequence[Words], why: str, **more: Any
) -> None:
    first = bookings[0]
    series, person = first.series, first.person
    assert series is not None
    version = hashlib.sha256(" ".join(f"{b.pk}:{b.sequence}" for b in bookings).encode()).hexdigest()[:16]
    names = Resource.objects.filter(items__booking__in=bookings).distinct().order_by("name")
    mail.write(
        mail.Reader(person.pk, person.email, person.language),
        subject,
        body,
        link=(Words("Apri la serie", "Open the series"), f"/series/{encode('ser', series.pk)}"),
        attachments=[invitations.to_dates_of(series.pk)],
        key=f"series:{series.pk}:{why}:{version}",
        name=person.name,
        what=series.title or ", ".join(names.values_list("name", flat=True)),
        venue=first.venue.name,
        count=len(bookings),
        dates=_days(bookings),
        reason=first.reason,
        **more,
    )


def _days(bookings: Sequence[Booking]) -> str:
    """The days and hours in order; beyond forty the calendar file has the rest."""
    shown = [when(booking) for booking in sorted(bookings, key=lambda b: b.period.start)]
    return "; ".join(shown[:MOST_TOLD]) + (" …" if len(shown) > MOST_TOLD else "")


def tell_staff(*bookings: Booking) -> None:
    """Staff hear that these bookings of one series, or this one, or a change of it, wait for their yes."""
    _write_to_staff(
        bookings,
        Words("Da approvare: {what}", "To approve: {what}"),
        Words("{asker} chiede {what}, {when}.", "{asker} asks for {what}, {when}."),
        f"asked:{bookings[0].pk}",
    )


def tell_staff_again(bookings: Sequence[Booking]) -> None:
    """Staff hear that these requests of one series, or this one, lapse within a day."""
    first = bookings[0]
    assert first.held_until is not None
    until = first.held_until.astimezone(first.venue.zone)
    _write_to_staff(
        bookings,
        Words("Decade domani: {what}", "Lapses tomorrow: {what}"),
        Words(
            "La richiesta di {asker} per {what}, {when}, aspetta ancora: decade il {by}.",
            "The request of {asker} for {what}, {when}, still waits: it lapses on {by}.",
        ),
        f"lapses:{first.pk}:{until.isoformat()}",
        by=f"{until:%d/%m/%Y %H:%M}",
    )


def _write_to_staff(
    bookings: Sequence[Booking], subject: Words, sentence: Words, key: str, **more: str
) -> None:
    booking = bookings[0]
    said = facts(booking) | {"when": _days(bookings)} | more
    roles = Role.objects.filter(
        kind=Role.Kind.STAFF, partner=booking.venue.partner_id, person__is_active=True
    )
    declined = MailPreference.objects.filter(kind=Kind.APPROVAL, wanted=False).values("person")
    for person in Person.objects.filter(roles__in=roles).exclude(pk__in=declined).distinct().order_by("pk"):
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            subject,
            [sentence],
            link=(Words("Apri le richieste", "Open the requests"), "/manage/approvals"),
            key=f"{key}:{person.pk}:{booking.sequence}",
            asker=str(booking.organisation or booking.person),
            **said,
        )
