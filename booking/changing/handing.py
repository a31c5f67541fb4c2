"""A booking passes to another person, who is judged as if they had asked for it; until then the giver keeps it.

Nothing is claimed for it, so the slot is never free in between. An address is never looked up when it is written:
it shows whose it is when they sign in, and who hands over learns nothing of who is known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from booking.changing import changes
from booking.changing.changes import KIND, WAITS, lock_for, plan_lapse
from booking.changing.moves import NEVER, items_of, pending_of, unmovable
from booking.claims import Ask
from booking.events import booking_changed, hand_over_ended
from booking.inviting import invitations
from booking.judging.clauses import Given, needs_approval
from booking.judging.gathering import gather
from booking.judging.judge import Verdict, judge, state_of
from booking.judging.reasons import reason
from booking.models import Booking, Change
from booking.telling.messages import facts as words_for
from core import mail
from core.audit import record
from core.clock import now
from core.errors import OfferLapsed, Reason, Refused
from core.ids import encode
from core.locks import act
from core.periods import local_date
from core.words import Words
from people.models import Person
from spaces.policy import policies

ANSWER_WITHIN = timedelta(days=3)
DAY = timedelta(days=1)
# Each is a mail to any address, with words of the giver's own, from the house's domain.
MOST_OF_A_BOOKING, MOST_OF_A_PERSON = 3, 20


def reasons_against(booking: Booking, *, house: bool) -> list[Reason]:
    """Why the booking cannot be handed over now."""
    if state_of(booking) != Booking.State.CONFIRMED:
        return [reason("wrong-state", state=Booking.State(state_of(booking)).label)]
    if found := unmovable(booking, house=house):
        return found
    return [reason("already-started")] if now() >= booking.period.start else []


def reasons_of_today(by: Person, booking: Booking) -> list[Reason]:
    """Why it was handed over often enough in the last day: this booking, or by this person any. Two statements."""
    made = Change.objects.filter(kind=KIND.HAND_OVER, made_at__gt=now() - DAY).order_by("-made_at")
    limits = (
        (made.filter(booking=booking), MOST_OF_A_BOOKING, "handed-too-often"),
        (made.filter(asked_by=by), MOST_OF_A_PERSON, "hands-over-too-many"),
    )
    found = []
    for rows, most, code in limits:
        times = list(rows.values_list("made_at", flat=True)[:most])
        if len(times) == most:
            found.append(reason(code, most=most, holds_from=times[-1] + DAY))
    return found


@act
def offer(by: Person, booking_id: UUID, email: str, message: str = "", *, house: bool = False) -> Booking:
    """Whoever has this address may take the booking over, within three days and before it begins. Raises Refused, also
    where it, or its giver, has written to enough people today."""
    booking = lock_for(booking_id, people=[by.pk])
    against = reasons_against(booking, house=house)
    if not against and not house:
        against = reasons_of_today(by, booking)
    if not against and email.lower() == booking.person.email:
        against = [reason("nothing-changes")]
    if against:
        raise Refused(against)
    made = Change.objects.create(
        booking=booking,
        kind=KIND.HAND_OVER,
        waits_for=WAITS.ANSWER,
        to_email=email.lower(),
        message=message,
        sequence=booking.sequence,
        asked_by=by,
        until=min(booking.period.start, now() + ANSWER_WITHIN),
    )
    plan_lapse(made)
    record(by, "hand-over", booking, change=str(made.pk))
    _invite(made, booking)
    return booking


def _invite(change: Change, booking: Booking) -> None:
    mail.write(
        mail.Reader(None, change.to_email, booking.person.language),
        Words("{giver} ti passa una prenotazione: {what}", "{giver} hands a booking over to you: {what}"),
        [
            Words(
                "{giver} vorrebbe passarti questa prenotazione: {what}, {when} ({venue}).",
                "{giver} would like to hand this booking over to you: {what}, {when} ({venue}).",
            ),
            Words("{message}", "{message}"),
            Words(
                "Accedi con questo indirizzo per vedere se puoi averla e quanto costa, e accettare o rifiutare.",
                "Sign in with this address to see whether you may have it and what it costs, and accept or decline.",
            ),
        ],
        link=(Words("Apri la prenotazione", "Open the booking"), f"/bookings/{encode('bkg', booking.pk)}"),
        key=f"handed:{change.pk}",
        until=change.until,
        giver=booking.person.name,
        message=change.message,
        **words_for(booking),
    )


ENDED = {
    "hand-over-withdrawn": (
        Words("{giver} tiene la prenotazione: {what}", "{giver} keeps the booking: {what}"),
        Words(
            "{giver} non ti passa più questa prenotazione: {what}, {when} ({venue}). Non devi fare nulla.",
            "{giver} no longer hands this booking over to you: {what}, {when} ({venue}). There is nothing to do.",
        ),
    ),
    "change-refused": (
        Words("La prenotazione non passa a te: {what}", "The booking does not pass to you: {what}"),
        Words(
            "La segreteria non ha potuto accogliere il passaggio: {what}, {when} ({venue}). La prenotazione resta a {giver}.",
            "The desk could not accept the hand-over: {what}, {when} ({venue}). The booking stays with {giver}.",
        ),
    ),
    "lapsed": (
        Words("Il tempo per prenderla è scaduto: {what}", "The time to take it over has run out: {what}"),
        Words(
            "Il tempo per prendere questa prenotazione è scaduto: {what}, {when} ({venue}). Resta a {giver}.",
            "The time to take this booking over has run out: {what}, {when} ({venue}). It stays with {giver}.",
        ),
    ),
    "": (
        Words("Non si può più prendere: {what}", "It cannot be taken over any more: {what}"),
        Words(
            "La prenotazione che {giver} voleva passarti è cambiata o finita: {what}, {when} ({venue}). Non devi fare nulla.",
            "The booking that {giver} wanted to hand over to you has changed or is over: {what}, {when} ({venue}). There is nothing to do.",
        ),
    ),
}


@hand_over_ended.hear
def on_hand_over_ended(change: Change, why: str) -> None:
    """Who was written to hears that there is nothing to take over any more, unless it was they who declined."""
    if why == "hand-over-declined":
        return
    booking, known = change.booking, change.to_person
    subject, body = ENDED[why]
    mail.write(
        mail.Reader(known.pk, known.email, known.language)
        if known
        else mail.Reader(None, change.to_email, booking.person.language),
        subject,
        [body],
        key=f"kept:{change.pk}",
        giver=booking.person.name,
        **words_for(booking),
    )


def is_for(change: Change, person: Person) -> bool:
    """Whether this hand-over is this person's to answer."""
    return change.kind == KIND.HAND_OVER and change.to_email == person.email


def waits_for(booking: Booking, person: Person) -> bool:
    """Whether the booking waits to be taken over, or declined, by this person."""
    change = pending_of(booking)
    return change is not None and is_for(change, person)


def to_accept(booking: Booking) -> dict[str, list[str]]:
    """The terms that whoever takes the booking over has to accept, each with the names of its things that ask for them."""
    items = items_of(booking)
    rules = policies([item.resource for item in items])
    found: dict[str, list[str]] = defaultdict(list)
    for item in items:
        day = local_date(item.period.start, item.resource.venue.zone)
        if terms := rules[item.resource_id].on(day).policy.terms:
            found[terms].append(item.resource.name)
    return found


def judged_for(
    booking: Booking, receiver: Person, terms: Collection[str], *, locked: bool = False
) -> tuple[Verdict, bool]:
    """Whether the receiver, who accepts these terms, may have the booking as it is, by today's rules; and whether staff
    have to agree."""
    asks = [Ask.of(item) for item in items_of(booking)]
    facts = gather(
        {a.resource for a in asks}, booking.period.padded(DAY, DAY), receiver, None, leaving=[booking.pk]
    )
    given = Given(booking.people, frozenset(terms), booking.answers)
    found = judge(facts, asks, given, locked=locked)
    kept = [r for r in found.reasons if r.code not in NEVER]
    return (
        Verdict(kept, found.placed, found.moves, found.bookable_from),
        any(needs_approval(facts, ask.resource, ask.period) for ask in asks),
    )


def awaited(booking: Booking, receiver: Person) -> Change:
    """The hand-over that this person has to answer. Raises OfferLapsed."""
    change = pending_of(booking)
    if change is None or change.waits_for != WAITS.ANSWER or not is_for(change, receiver):
        raise OfferLapsed
    return change


def agree(change: Change, receiver: Person, terms: frozenset[str]) -> None:
    """Inside an act: the receiver takes the booking over, and accepts these terms."""
    change.to_person = receiver
    change.plan = {"accepted_terms": sorted(terms), "accepted_at": now().isoformat()}
    change.save(update_fields=["to_person", "plan"])


def accepted(change: Change, receiver: Person, waits_for: str) -> None:
    """Inside an act: the receiver said yes, and it waits for money or for staff."""
    change.to_person = receiver
    change.save(update_fields=["to_person"])
    changes.wait_longer(change, change.booking.period.start, waits_for)


def pass_on(change: Change, booking: Booking, by: Person | None) -> None:
    """Inside an act: the booking is the receiver's; its claims have not moved. Raises OfferLapsed where nobody is named."""
    giver, receiver = booking.person, change.to_person
    if receiver is None:
        raise OfferLapsed
    change.state, change.ended_at, change.waits_for = Change.State.SETTLED, now(), ""
    booking.accepted_terms = change.plan.get("accepted_terms", [])
    change.plan |= {"from": str(giver.pk)}
    change.save(update_fields=["state", "ended_at", "waits_for", "plan", "to_person"])
    booking.person, booking.organisation = receiver, None
    series = booking.series_id
    # A series is its own person's; what left their hands is no date of it any more.
    booking.series, booking.series_date, booking.series_ordinal = None, None, None
    booking.sequence += 1
    booking.save(
        update_fields=[
            "person",
            "organisation",
            "accepted_terms",
            "series",
            "series_date",
            "series_ordinal",
            "sequence",
        ]
    )
    record(by, "handed-over", booking, giver=str(giver.pk))
    withdrawn = invitations.to_dates_of(series) if series else invitations.withdrawn_from(booking, giver)
    _tell_giver(change, booking, giver, withdrawn)
    booking_changed.announce([booking], booking.state, "handed-over")


def _tell_giver(change: Change, booking: Booking, giver: Person, withdrawn: dict[str, Any]) -> None:
    mail.write(
        mail.Reader(giver.pk, giver.email, giver.language),
        Words("Prenotazione passata: {what}", "Booking handed over: {what}"),
        [
            Words("Ciao {name},", "Hello {name},"),
            Words(
                "la tua prenotazione è passata a chi avevi indicato: {what}, {when} ({venue}).",
                "your booking has passed to whom you named: {what}, {when} ({venue}).",
            ),
        ],
        attachments=[withdrawn],
        key=f"passed-on:{change.pk}",
        name=giver.name,
        **words_for(booking),
    )
