"""What a no-show leads to by the rules of its booking; appealed against, upheld or undone.

The fee is owed, never taken: billing hears of it and writes the order (billing/no_shows.py). What was undone does
not count among one's no-shows any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from booking.coming import after_no_shows
from booking.events import booking_changed
from booking.locking import lock_bookings
from booking.messages import GREETING, WHAT, facts
from booking.models import Booking, Consequence
from booking.reasons import reason
from booking.watch import staff_of
from core import mail
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Reason, Refused
from core.ids import encode
from core.locks import act, patient_act
from core.money import Money
from core.words import Words
from people.models import Person

K, S = Consequence.Kind, Consequence.State
OPEN = (S.STANDING, S.APPEALED)
BECAUSE = Words(
    "non risulta che tu sia arrivato entro l'orario previsto dalle regole.",
    "you do not seem to have come within the time that the rules allow.",
)
TOLD = {
    K.FEE: Words("Per questo devi {amount}.", "For this you owe {amount}."),
    K.SHORTER_HORIZON: Words(
        "È la {no_shows}ª volta: fino al {last_day} puoi prenotare solo fino a {days} giorni prima.",
        "It is no-show number {no_shows}: until {last_day} you may book only {days} days ahead.",
    ),
}
NOT_SO = Words(
    "Se c'eri, o c'è un motivo, aprila e spiegalo: lo legge una persona.",
    "If you were there, or there is a reason, open it and say so: a person will read it.",
)


def impose(booking: Booking) -> list[Consequence]:
    """Inside an act that locked booking and person: what its rules say follows from this no-show, told by mail."""
    made = []
    if fee := booking.attendance_terms.get("fee"):
        made.append(Consequence(booking=booking, person_id=booking.person_id, kind=K.FEE, amount=Money(fee)))
    after = after_no_shows(booking)
    if after is not None and (count := missed(booking, after.within_days)) >= after.count:
        made.append(
            Consequence(
                booking=booking,
                person_id=booking.person_id,
                kind=K.SHORTER_HORIZON,
                horizon_days=after.shorter_horizon_days,
                no_shows=count,
                until=now() + timedelta(days=after.for_days),
            )
        )
    Consequence.objects.bulk_create(made)
    if made:
        _tell_guest(booking, made)
    return made


def missed(booking: Booking, within_days: int) -> int:
    """How often the person has not come to this venue in so many days; what was excused does not count."""
    rows = Booking.objects.filter(
        person=booking.person_id,
        venue=booking.venue_id,
        attendance=Booking.Attendance.NO_SHOW,
        period__startswith__gt=now() - timedelta(days=within_days),
    )
    return rows.exclude(consequences__state=S.UNDONE).count()


def reasons_against_appeal(found: Sequence[Consequence]) -> list[Reason]:
    """Why nothing can be appealed of these; an appeal is heard once."""
    return [] if any(c.state == S.STANDING for c in found) else [reason("nothing-to-appeal")]


@act
def appeal(by: Person, booking_id: Any, words: str) -> Booking:
    """What the no-show led to waits for staff to look at it again, with these words. Raises Refused."""
    (booking,) = lock_bookings([booking_id])
    found = list(booking.consequences.filter(state=S.STANDING))
    if against := reasons_against_appeal(found):
        raise Refused(against)
    for one in found:
        one.state, one.words, one.appealed_at = S.APPEALED, words, now()
    Consequence.objects.bulk_update(found, ["state", "words", "appealed_at"])
    record(by, "appeal", booking)
    _tell_staff(booking)
    return booking


@patient_act
def grant(by: Person, consequence_id: Any, words: str) -> Consequence:
    """The consequence is undone, with a reason; a fee is dropped or given back. Raises IllegalMove."""
    found = _decide(by, consequence_id, S.UNDONE, words)
    booking_changed.announce([found.booking], found.booking.state, "excused")
    return found


@act
def uphold(by: Person, consequence_id: Any, words: str) -> Consequence:
    """The appeal is refused, with a reason. Raises IllegalMove."""
    return _decide(by, consequence_id, S.UPHELD, words)


def _decide(by: Person, consequence_id: Any, to: str, words: str) -> Consequence:
    seen = Consequence.objects.get(pk=consequence_id)
    (booking,) = lock_bookings([seen.booking_id])
    found = Consequence.objects.get(pk=consequence_id)
    may_be = OPEN if to == S.UNDONE else (S.APPEALED,)
    if found.state not in may_be:
        raise IllegalMove(state=found.state)
    found.booking, found.state, found.answer = booking, to, words
    found.decided_by, found.decided_at = by, now()
    found.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    record(by, to, found, booking=str(booking.pk))
    _tell_decision(found)
    return found


# -- words -----------------------------------------------------------------------------------------------


def _link(booking: Booking) -> tuple[Words, str]:
    return Words("Apri la prenotazione", "Open the booking"), f"/bookings/{encode('bkg', booking.pk)}"


def spoken(one: Consequence) -> dict[str, Any]:
    """What the sentence about a consequence is filled with."""
    if one.until is None:
        return {"amount": str(one.amount)}
    zone = one.booking.venue.zone
    return {
        "no_shows": one.no_shows,
        "days": one.horizon_days,
        "last_day": f"{one.until.astimezone(zone):%d/%m/%Y}",
    }


def _tell_guest(booking: Booking, made: Sequence[Consequence]) -> None:
    said = {name: value for one in made for name, value in spoken(one).items()}
    mail.write(
        mail.Reader(booking.person.pk, booking.person.email, booking.person.language),
        Words("Mancata presentazione: {what}", "No-show: {what}"),
        [GREETING, BECAUSE, WHAT, *(TOLD[K(one.kind)] for one in made), NOT_SO],
        link=_link(booking),
        key=f"no-show:{booking.pk}",
        name=booking.person.name,
        **said,
        **facts(booking),
    )


def _tell_staff(booking: Booking) -> None:
    for person in staff_of(booking.venue):
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            Words("Ricorso da leggere: {what}", "Appeal to read: {what}"),
            [
                Words(
                    "{asker} fa ricorso per una mancata presentazione.", "{asker} appeals against a no-show."
                ),
                WHAT,
            ],
            link=(Words("Apri la segreteria", "Open the desk"), "/desk"),
            key=f"appealed:{booking.pk}:{person.pk}",
            asker=str(booking.organisation or booking.person),
            **facts(booking),
        )


def _tell_decision(found: Consequence) -> None:
    booking, undone = found.booking, found.state == S.UNDONE
    mail.write(
        mail.Reader(booking.person.pk, booking.person.email, booking.person.language),
        Words("Ricorso accolto: {what}", "Appeal granted: {what}")
        if undone
        else Words("Ricorso respinto: {what}", "Appeal not granted: {what}"),
        [
            GREETING,
            Words("abbiamo annullato la conseguenza: {answer}", "we have undone it: {answer}")
            if undone
            else Words("la conseguenza resta: {answer}", "it stays as it is: {answer}"),
            WHAT,
        ],
        link=_link(booking),
        key=f"decided:{found.pk}",
        name=booking.person.name,
        answer=found.answer,
        **facts(booking),
    )
