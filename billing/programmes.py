"""Programmes: who may spend of them, how they join, what is left, and what the sponsor is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from billing.messages import reader
from billing.models import Beneficiary, Budget, Draw, Programme
from core import mail, outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Missing
from core.locks import act
from core.money import ZERO, Money
from core.periods import local_day
from core.words import Words
from people.models import Person

State = Beneficiary.State
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
    """These addresses may spend of it; those who had asked are approved."""
    found = []
    known = {person.email: person for person in Person.objects.filter(email__in=emails)}
    for email in sorted(set(emails)):
        one, made = Beneficiary.objects.get_or_create(
            programme=programme, email=email, defaults={"person": known.get(email), "decided_by": by}
        )
        if not made and one.state != State.APPROVED:
            one.state, one.decided_by = State.APPROVED, by
            one.save(update_fields=["state", "decided_by"])
        found.append(one)
    record(by, "invite", programme, n=str(len(found)))
    return found


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
    one.state, one.reason, one.decided_by = state, reason, by
    one.save(update_fields=["state", "reason", "decided_by"])
    record(by, state, one, reason=reason)
    outbox.put("billing.programme_answer", {"beneficiary": str(one.pk), "state": state})
    return one


ANSWERS = {
    State.APPROVED: Words(
        "La tua domanda per «{programme}» è stata accolta: da ora le tue prenotazioni lo usano.",
        "Your application to “{programme}” was approved: your bookings draw on it from now on.",
    ),
    State.REFUSED: Words(
        "La tua domanda per «{programme}» non è stata accolta. {reason}",
        "Your application to “{programme}” was not approved. {reason}",
    ),
}


@outbox.handler("billing.programme_answer")
def answer(payload: dict[str, Any]) -> None:
    """Whoever applied knows what was decided."""
    one = Beneficiary.objects.select_related("programme", "person").get(pk=payload["beneficiary"])
    if one.person is None or one.state != payload["state"]:
        return
    mail.write(
        reader(one.person),
        Words("Programma «{programme}»", "Programme “{programme}”"),
        [ANSWERS[State(one.state)]],
        link=(Words("I tuoi programmi", "Your programmes"), "/me"),
        key=f"programme:{one.pk}:{one.state}",
        programme=one.programme.name,
        reason=one.reason,
    )


# -- what the sponsor is told ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Used:
    """One booking of a beneficiary that the programme paid for, in whole or in part."""

    who: str
    what: str
    code: str
    start: datetime
    minutes: int
    value: Money  # the list value of the part that was covered
    paid: Money
    outcome: str


def report(programme: Programme, language: str | None = None) -> list[Used]:
    """Who used what of it until now, by day; with numbers for names where the programme says so. Two statements."""
    people: dict[UUID | None, Beneficiary] = {}
    numbers: dict[UUID | None, int] = {}
    for n, one in enumerate(programme.beneficiaries.select_related("person").order_by("made_at", "pk"), 1):
        people[one.person_id], numbers[one.person_id] = one, n
    rows = Draw.objects.filter(budget__programme=programme, item__isnull=False)
    sums: dict[UUID, tuple[Draw, int, Money]] = {}
    for draw in rows.select_related("person", "booking", "item__resource"):
        _, units, worth = sums.get(draw.item_id or draw.pk, (draw, 0, ZERO))
        sums[draw.item_id or draw.pk] = (draw, units + draw.units, worth + draw.worth)
    found = []
    for draw, units, paid in sums.values():
        item, booking, person = draw.item, draw.booking, draw.person
        if not units or item is None or booking is None:
            continue
        place, hides = people.get(draw.person_id), programme.hides_names
        number = NUMBERED.say(language, n=numbers.get(draw.person_id, 0))
        found.append(
            Used(
                number if hides or person is None else person.name,
                item.resource.name,
                "" if hides else booking.code,
                item.period.start,
                item.period.minutes,
                paid.times(Fraction(100, programme.percent)),
                paid,
                place.outcome if place is not None else "",
            )
        )
    return sorted(found, key=lambda used: (used.start, used.what, used.who))
