"""The letter that those affected would have, before anybody declares anything: nothing is written, held or sent.

The words are those of the rescue itself (`letters.letter_of`); what they offer is what could be held now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from booking import instead, obstacles, outages, standing
from booking.claims import Ask
from booking.letters import letter_of
from booking.models import Booking, Claim, Outage, RescueCase
from booking.obstacles import Obstacle
from booking.outages import Declared
from booking.rescues import About, answer_by, drafted
from core.mail import Said
from people.models import Person
from spaces.layout import takes

LANGUAGES = ("it", "en")
NO_SECRET = "…"  # the real one is made when the letter is


@dataclass(frozen=True, slots=True)
class Preview:
    """How many bookings would be affected; and what the first of their people would read, by language."""

    affected: int
    to: Person | None = None
    letters: dict[str, Said] = field(default_factory=dict)


def preview(by: Person, said: Declared) -> Preview:
    """As things are now. Raises Invalid for units that are not the resource's."""
    outage = outages.outage_of(by, said, takes([said.resource.pk]))
    obstacle = obstacles.of_outage(outage)
    met = _without_another_seat(outage, obstacle)
    asked_already = RescueCase.objects.filter(answer="").values("booking")
    first = met.exclude(pk__in=asked_already).first()
    affected = met.count()
    if first is None:
        return Preview(affected)
    own = met.filter(person=first.person).exclude(pk__in=asked_already)
    rescue = drafted(by, About(said.resource.venue, said.reason, outage=outage))
    cases = _cases(own, obstacle)
    for case in cases:
        case.until = answer_by(case, rescue.hours)
    letter = letter_of(rescue, cases, NO_SECRET)
    return Preview(affected, first.person, {language: letter.say(language) for language in LANGUAGES})


def _without_another_seat(outage: Outage, obstacle: Obstacle) -> QuerySet[Booking]:
    """Who is met, without those whom the declaration itself would move to a seat that works."""
    met = obstacle.bookings()
    if not outage.units or not obstacle.units:
        return met
    trees = takes([outage.resource_id])
    moves = outages.seats_that_work(trees[outage.resource_id], standing.of_outages([outage])[0])
    staying = Claim.objects.filter(unit__in=obstacle.units, kind__in=["booked", "requested"])
    return met.filter(items__claims__in=staying.exclude(pk__in=moves))


def _cases(bookings: QuerySet[Booking], obstacle: Obstacle) -> list[RescueCase]:
    """For each of one person's bookings the best that could be held now and that no other of theirs would have."""
    found: list[RescueCase] = []
    chosen: list[Ask] = []
    for booking in bookings:
        offers = instead.offers_for(booking, obstacle)
        best = next((n for n, asks in enumerate(offers) if not _meet(asks, chosen)), None)
        chosen += offers[best] if best is not None else []
        said = [instead.said(asks) for asks in offers]
        found.append(RescueCase(booking=booking, offers=said, chosen=best))
    return found


def _meet(asks: Sequence[Ask], others: Sequence[Ask]) -> bool:
    return any(a.resource == b.resource and a.period.overlaps(b.period) for a in asks for b in others)
