"""The letters that those affected would have, before anybody declares anything: nothing is written, held or sent.

The words are those of the rescue itself (`letters.letter_of`); what they offer is what could be held now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from booking.models import Booking, Claim, Outage, Rescue, RescueCase
from booking.obstructing import obstacles, standing
from booking.obstructing.obstacles import Obstacle
from booking.rescuing import instead, outages
from booking.rescuing.instead import Instead
from booking.rescuing.letters import Named, letter_of, named
from booking.rescuing.outages import Declared
from booking.rescuing.rescues import About, answer_by, drafted, period_of
from core.mail import Said
from people.models import Person
from spaces.layout import takes

LANGUAGES = ("it", "en")
KINDS = ["same_time", "other_time", "some", "nothing"]
MOST = 100  # bookings for which something else is looked for
NO_SECRET = "…"  # the real one is made when the letter is


@dataclass(frozen=True, slots=True)
class Shown:
    """What one of those affected would read of all their bookings, by language; and what kind of letter it is: all of
    it kept at the same time elsewhere, all of it kept but some at another time, nothing found, or some of it."""

    to: Person
    kind: str  # of KINDS
    bookings: list[Booking]
    letters: dict[str, Said]


@dataclass(frozen=True, slots=True)
class Preview:
    """How many bookings would be affected; what their people would read, whoever is met first first; and of how many
    bookings, farther ahead, nothing was looked for yet."""

    affected: int
    shown: list[Shown] = field(default_factory=list)
    unread: int = 0


def preview(by: Person, said: Declared) -> Preview:
    """As things are now; a fixed number of statements for the first hundred bookings. Raises Invalid for units that are
    not the resource's."""
    outage = outages.outage_of(by, said, takes([said.resource.pk]))
    obstacle = obstacles.of_outage(outage)
    reseated = _seats_that_work(outage, obstacle)
    met = obstacle.bookings()
    if reseated:
        staying = Claim.objects.filter(unit__in=obstacle.units, kind__in=["booked", "requested"])
        met = met.filter(items__claims__in=staying.exclude(pk__in=reseated))
    asked_already = RescueCase.objects.filter(answer="").values("booking")
    affected = met.count()
    to_ask = met.exclude(pk__in=asked_already)
    bookings = list(to_ask[: MOST + 1])
    unread = to_ask.count() - MOST if len(bookings) > MOST else 0
    bookings = bookings[:MOST]
    if not bookings:
        return Preview(affected)
    rescue = drafted(by, About(said.resource.venue, said.reason, outage=outage))
    found = Instead(bookings, obstacle, before=True, reseated=reseated)
    cases: dict[UUID, list[RescueCase]] = defaultdict(list)
    for booking in bookings:
        cases[booking.person_id].append(_case(found, booking, rescue.hours))
    names = named([case for own in cases.values() for case in own])
    return Preview(affected, [_shown(rescue, own, names) for own in cases.values()], unread)


def _case(found: Instead, booking: Booking, hours: int) -> RescueCase:
    """The booking with the best that could be held for it, which nobody after it can have."""
    offers = found.offers(booking)
    if offers:
        found.hold(booking, offers[0])
    case = RescueCase(
        booking=booking, offers=[instead.said(asks) for asks in offers], chosen=0 if offers else None
    )
    case.until = answer_by(case, hours)
    return case


def _shown(rescue: Rescue, cases: Sequence[RescueCase], names: Named) -> Shown:
    letter = letter_of(rescue, cases, NO_SECRET, names)
    said = {language: letter.say(language) for language in LANGUAGES}
    return Shown(cases[0].booking.person, _kind(cases), [case.booking for case in cases], said)


def _kind(cases: Sequence[RescueCase]) -> str:
    kept = [case for case in cases if case.chosen is not None]
    if len(kept) < len(cases):
        return "some" if kept else "nothing"
    same = all(period_of(case.offers[0]) == case.booking.period for case in kept)
    return "same_time" if same else "other_time"


def _seats_that_work(outage: Outage, obstacle: Obstacle) -> dict[int, UUID]:
    """Who the declaration itself would move to a seat that works, by claim."""
    if not outage.units or not obstacle.units:
        return {}
    trees = takes([outage.resource_id])
    return outages.seats_that_work(trees[outage.resource_id], standing.of_outages([outage])[0])
