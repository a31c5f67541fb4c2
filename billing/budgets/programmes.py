"""Programmes: who may spend of them, how they join, what is left, and what the sponsor is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from billing.models import Beneficiary, Budget, Draw, Programme
from billing.papers.messages import reader
from billing.papers.pdf import day
from core import mail, outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Missing
from core.locks import act
from core.money import Money, total
from core.periods import local_day
from core.words import Words
from people.events import address_taken
from people.models import Person

State = Beneficiary.State
BETTER = (State.APPROVED, State.ASKED, State.REFUSED)
MOST_WORDS = 1000
NUMBERED = Words("Beneficiario {n}", "Beneficiary {n}")


@dataclass(frozen=True, slots=True)
class Grant:
    """A budget of a programme as it is asked for; `cap` is per beneficiary and month, in the budget's unit."""

    name: str
    unit: str
    given: int
    kinds: Sequence[str] = ()
    cap: int | None = None


@act
def start(by: Person, programme: Programme, grants: Iterable[Grant]) -> Programme:
    """The programme and its budgets exist."""
    return open_with(by, programme, grants)


def open_with(by: Person, programme: Programme, grants: Iterable[Grant]) -> Programme:
    """Inside a transaction: the programme and its budgets exist."""
    programme.save()
    zone = programme.venue.zone
    for grant in grants:
        made = Budget.objects.create(
            kind=Budget.Kind.PROGRAMME,
            venue=programme.venue,
            name=grant.name or programme.name,
            programme=programme,
            unit=grant.unit,
            given=grant.given,
            left=grant.given,
            kinds=list(grant.kinds),
            cap=grant.cap,
            percent=programme.percent,
            weekdays=programme.weekdays,
            from_at=local_day(programme.from_on, zone).start,
            until_at=local_day(programme.until_on, zone).start,
        )
        Draw.objects.create(budget=made, units=-grant.given, why="granted", by=by)
    record(by, "start", programme)
    return programme


# -- who takes part --------------------------------------------------------------------------------------------


@act
def invite(by: Person, programme: Programme, emails: Sequence[str]) -> list[Beneficiary]:
    """These addresses may spend of it; those who had asked are approved. Who may now and could not before is told."""
    found, new = [], []
    known = {person.email: person for person in Person.objects.filter(email__in=emails)}
    for email in sorted(set(emails)):
        one, made = Beneficiary.objects.get_or_create(
            programme=programme, email=email, defaults={"person": known.get(email), "decided_by": by}
        )
        if made or one.state != State.APPROVED:
            one.state, one.decided_by = State.APPROVED, by
            one.save(update_fields=["state", "decided_by"])
            new.append(str(one.pk))
        found.append(one)
    if new:
        outbox.put("billing.programme_invitations", {"beneficiaries": new, "at": now().isoformat()})
    record(by, "invite", programme, n=str(len(found)))
    return found


@address_taken.hear
def link(person: UUID, address: str) -> None:
    """Whoever was listed by an address before anybody had it is the one who has it now; and who has another address is
    listed by that, once in each programme: two places are one, with the better of what was decided."""
    rows = Beneficiary.objects.select_for_update().filter(Q(person=person) | Q(email=address))
    mine: dict[UUID, list[Beneficiary]] = defaultdict(list)
    of_others = set()
    for one in rows.order_by("made_at", "pk"):
        if one.person_id in (None, person):
            mine[one.programme_id].append(one)
        else:
            of_others.add(one.programme_id)
    for programme, (place, *others) in mine.items():
        if others:
            best = min([place, *others], key=lambda one: BETTER.index(State(one.state)))
            place.state, place.reason = best.state, best.reason
            place.outcome = "\n".join(filter(None, (one.outcome for one in (place, *others))))[:MOST_WORDS]
            record(None, "join-places", place, others=[str(one.pk) for one in others])
            Beneficiary.objects.filter(pk__in=[one.pk for one in others]).delete()
        place.person_id = person
        if programme not in of_others:
            place.email = address
        place.save(update_fields=["person", "email", "state", "reason", "outcome"])


@act
def join_by_code(person: Person, code: str) -> Programme:
    """Whoever knows the code may spend of the programme. Raises Missing for a code of none that is running."""
    today = now().date()
    found = Programme.objects.filter(
        joining=Programme.Joining.CODE, code=code, until_on__gt=today
    ).select_related("venue", "sponsor")
    programme = found.exclude(code="").first()
    if programme is None:
        raise Missing
    one, made = Beneficiary.objects.get_or_create(
        programme=programme, email=person.email, defaults={"person": person}
    )
    if not made and one.state == State.REFUSED:
        raise Missing
    record(person, "join", programme)
    return programme


@act
def apply_to(person: Person, programme: Programme, message: str) -> Beneficiary:
    """The person asks to take part; staff decide. Raises IllegalMove if they have been answered already."""
    one, made = Beneficiary.objects.get_or_create(
        programme=programme,
        email=person.email,
        defaults={"person": person, "state": State.ASKED, "message": message},
    )
    if not made and one.state != State.ASKED:
        raise IllegalMove(state=one.get_state_display())
    if not made:
        one.message = message
        one.save(update_fields=["message"])
    record(person, "apply", programme)
    return one


@act
def decide(by: Person, beneficiary_id: UUID, state: str, reason: str = "") -> Beneficiary:
    """The application is approved or refused, or somebody's place is taken back; they are told. Raises IllegalMove."""
    one = Beneficiary.objects.select_for_update().get(pk=beneficiary_id)
    if one.state == state:
        raise IllegalMove(state=one.get_state_display())
    before, one.state, one.reason, one.decided_by = one.state, state, reason, by
    one.save(update_fields=["state", "reason", "decided_by"])
    record(by, state, one, reason=reason)
    outbox.put(
        "billing.programme_answer",
        {"beneficiary": str(one.pk), "before": before, "state": state, "at": now().isoformat()},
    )
    return one


# By what they were and what they are now.
ANSWERS = {
    (State.ASKED, State.APPROVED): Words(
        "La tua domanda per «{programme}» è stata accolta: da ora le tue prenotazioni lo usano.",
        "Your application to “{programme}” was approved: your bookings draw on it from now on.",
    ),
    (State.ASKED, State.REFUSED): Words(
        "La tua domanda per «{programme}» non è stata accolta. {reason}",
        "Your application to “{programme}” was not approved. {reason}",
    ),
    (State.APPROVED, State.REFUSED): Words(
        "Non fai più parte di «{programme}»: le prossime prenotazioni non lo usano più, quelle che ha già pagato "
        "restano pagate. {reason}",
        "You are no longer part of “{programme}”: further bookings do not draw on it, those it has paid for stay paid. "
        "{reason}",
    ),
    (State.REFUSED, State.APPROVED): Words(
        "Fai parte di «{programme}»: da ora le tue prenotazioni lo usano.",
        "You are part of “{programme}”: your bookings draw on it from now on.",
    ),
}
ABOUT = Words("Programma «{programme}»", "Programme “{programme}”")
YOURS = Words("I tuoi programmi", "Your programmes")
INVITED = Words(
    "{sponsor} ti ha inserito tra chi usa «{programme}», presso {venue}: dal {first} al {last} paga il {percent}% delle "
    "prenotazioni previste.",
    "{sponsor} put you among those who use “{programme}” at {venue}: from {first} to {last} it pays {percent}% of the "
    "bookings it is for.",
)
WITH_THIS_ADDRESS = Words(
    "Vale per chi entra con questo indirizzo: {email}.",
    "It is for whoever signs in with this address: {email}.",
)


def reader_of(one: Beneficiary) -> mail.Reader:
    """Whoever takes part; who has no account yet is written to in Italian."""
    return reader(one.person) if one.person is not None else mail.Reader(None, one.email, "it")


@outbox.handler("billing.programme_answer")
def answer(payload: dict[str, Any]) -> None:
    """Whoever applied, or had a place, knows what was decided."""
    rows = Beneficiary.objects.select_related("programme", "person").filter(pk=payload["beneficiary"])
    one = rows.first()
    if one is None or one.state != payload["state"]:
        return  # decided otherwise meanwhile, or one with another place
    mail.write(
        reader_of(one),
        ABOUT,
        [ANSWERS[State(payload.get("before", State.ASKED)), State(one.state)]],
        link=(YOURS, "/me"),
        key=f"programme:{one.pk}:{one.state}:{payload.get('at', '')}",
        programme=one.programme.name,
        reason=one.reason,
    )


@outbox.handler("billing.programme_invitations")
def welcome(payload: dict[str, Any]) -> None:
    """Whoever was listed knows of what, until when, and by which address."""
    rows = Beneficiary.objects.filter(pk__in=payload["beneficiaries"], state=State.APPROVED)
    for one in rows.select_related("programme__venue", "programme__sponsor", "person").order_by("pk"):
        programme, to = one.programme, reader_of(one)
        mail.write(
            to,
            ABOUT,
            [INVITED, WITH_THIS_ADDRESS, *([Words("{text}", "{text}")] if programme.text else [])],
            link=(YOURS, "/me"),
            key=f"programme:{one.pk}:invited:{payload['at']}",
            programme=programme.name,
            sponsor=programme.sponsor.name,
            venue=programme.venue.name,
            first=day(programme.from_on.isoformat(), to.language),
            last=day((programme.until_on - timedelta(days=1)).isoformat(), to.language),
            percent=programme.percent,
            email=one.email,
            text=programme.text,
        )


# -- what the sponsor is told ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Used:
    """One booking of a beneficiary that the programme paid for, in whole or in part."""

    who: str
    what: str
    start: datetime
    minutes: int  # that the programme covered
    value: Money  # what they cost by the price list
    paid: Money
    outcome: str
    booking: UUID  # these two for the log of who was shown whose; neither is told
    person: UUID | None


def report(programme: Programme, language: str | None = None) -> list[Used]:
    """Who used what of it until now, by day; with numbers for names where the programme says so. Two statements.

    No booking's code is told: it opens the door to whoever has it, and a sponsor need not come in.
    """
    # By account, or by the address they were listed with: both are the same place, and the same number.
    places: dict[UUID | str, tuple[int, Beneficiary]] = {}
    for n, one in enumerate(programme.beneficiaries.order_by("made_at", "pk"), 1):
        places[one.person_id or one.email] = n, one
    rows = Draw.objects.filter(budget__programme=programme, item__isnull=False)
    moves: dict[UUID, list[Draw]] = {}
    for draw in rows.select_related("person", "booking", "item__resource").order_by("at", "pk"):
        moves.setdefault(draw.item_id or draw.pk, []).append(draw)
    found = []
    for drawn in moves.values():
        draw = drawn[-1]
        item, booking, person = draw.item, draw.booking, draw.person
        if not sum(one.units for one in drawn) or item is None or booking is None:
            continue
        none = (0, None)
        address = person.email if person is not None else ""
        n, place = places.get(draw.person_id or "", places.get(address, none))
        number = NUMBERED.say(language, n=n)
        found.append(
            Used(
                number if programme.hides_names or person is None else person.name,
                item.resource.name,
                item.period.start,
                sum(one.minutes for one in drawn),
                total(one.listed for one in drawn),
                total(one.worth for one in drawn),
                place.outcome if place is not None else "",
                booking.pk,
                draw.person_id,
            )
        )
    return sorted(found, key=lambda used: (used.start, used.what, used.who))
