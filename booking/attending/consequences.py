"""What a no-show leads to by the rules of its booking; appealed against, upheld or undone.

The fee is owed, never taken: billing hears of it and writes the order (billing/changes/no_shows.py). What was undone does
not count among one's no-shows any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.attending.watch import staff_of
from booking.events import booking_changed
from booking.holding.locking import lock_bookings
from booking.judging.coming import after_no_shows
from booking.judging.reasons import reason
from booking.models import Booking, Consequence
from booking.telling.messages import GREETING, WHAT, facts
from core import mail
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Reason, Refused
from core.ids import encode
from core.locks import act, patient_act
from core.money import Money
from core.periods import local_date, local_day, next_month
from core.words import Words
from people.models import Person

K, S = Consequence.Kind, Consequence.State
OPEN = (S.STANDING, S.APPEALED)
BECAUSE = Words(
    "non risulta che tu sia arrivato entro l'orario previsto dalle regole.",
    "you do not seem to have come within the time that the rules allow.",
)
FREED = Words(
    "Il resto del tempo è tornato libero per altri.", "The rest of the time is free again, for others."
)
TOLD = {
    K.FEE: Words("Per questo devi {amount}.", "For this you owe {amount}."),
    K.SHORTER_HORIZON: Words(
        "È la {no_shows}ª volta: fino al {last_day} puoi prenotare solo fino a {days} giorni prima.",
        "It is no-show number {no_shows}: until {last_day} you may book only {days} days ahead.",
    ),
    K.NOTED: Words(
        "Non ti costa nulla, ma resta annotata come mancata presentazione.",
        "It costs you nothing, but it stays on record as a no-show.",
    ),
}
NOT_SO = Words(
    "Se c'eri, o c'è un motivo, aprila e spiegalo: lo legge una persona.",
    "If you were there, or there is a reason, open it and say so: a person will read it.",
)

HEARD = Words("Si può fare fino al {heard_until}.", "It can be done until {heard_until}.")


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
    if not made and (booking.attendance_terms.get("release") or after is not None):
        made.append(Consequence(booking=booking, person_id=booking.person_id, kind=K.NOTED))
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


def heard_until(one: Consequence) -> datetime | None:
    """Until when it may be appealed against, by the rules of its booking: so many days after, or a day of the month
    after, whichever is earlier; None: always."""
    terms, zone = one.booking.attendance_terms, one.booking.venue.zone
    day, last = local_date(one.made_at, zone), []
    if days := terms.get("appeal_days"):
        last.append(day + timedelta(days=days))
    if until_day := terms.get("appeal_until_day"):
        last.append(next_month(day.replace(day=1)).replace(day=until_day))
    return local_day(min(last), zone).end if last else None


def reasons_against_appeal(standing: Sequence[datetime | None], zone: ZoneInfo) -> list[Reason]:
    """Why nothing can be appealed of what stands, each heard until then; an appeal is heard once."""
    if any(until is None or now() < until for until in standing):
        return []
    ends = [until for until in standing if until is not None]
    if not ends:
        return [reason("nothing-to-appeal")]
    last = local_date(max(ends) - timedelta(seconds=1), zone)
    return [reason("too-late-to-appeal", last_day=f"{last:%d/%m/%Y}")]


@act
def appeal(by: Person, booking_id: Any, words: str) -> Booking:
    """What the no-show led to waits for staff to look at it again, with these words. Raises Refused."""
    (booking,) = lock_bookings([booking_id])
    standing = list(booking.consequences.filter(state=S.STANDING))
    if against := reasons_against_appeal([heard_until(one) for one in standing], booking.venue.zone):
        raise Refused(against)
    found = [one for one in standing if (until := heard_until(one)) is None or now() < until]
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


def sentences(one: Consequence) -> list[Words]:
    """What followed, to be filled with what is `spoken` of it; that time was freed is said once, with the first."""
    terms = one.booking.attendance_terms
    first = one.kind != K.SHORTER_HORIZON or not terms.get("fee")
    # Marked when its time was over, it had nothing left to free.
    freed = bool(terms.get("release")) and one.made_at < one.booking.period.end
    return [*([FREED] if first and freed else []), TOLD[K(one.kind)]]


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
    followed = dict.fromkeys(words for one in made for words in sentences(one))
    until = heard_until(made[0])
    if until is not None:
        last = local_date(until - timedelta(seconds=1), booking.venue.zone)
        said["heard_until"] = f"{last:%d/%m/%Y}"
    mail.write(
        mail.Reader(booking.person.pk, booking.person.email, booking.person.language),
        Words("Mancata presentazione: {what}", "No-show: {what}"),
        [GREETING, BECAUSE, WHAT, *followed, NOT_SO, *([HEARD] if until is not None else [])],
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
