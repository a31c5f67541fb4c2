"""Calendars that other programs read: made, revoked, and what they say.

A feed says what its maker may see at the moment it is read: whoever loses a role or a delegation takes its feeds
with them. Whom a place is taken by, only the house's own feeds say.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from icalendar import Event

from booking.finding.timeline import timeline
from booking.inviting.calendars import bare, event, titled, written
from booking.models import Block, Booking, Feed
from booking.states import LIVE
from core.audit import Sight, record, saw_anew
from core.clock import now
from core.errors import Missing
from core.ids import encode
from core.locks import act
from core.periods import Period, merged
from core.words import Words
from people.models import Organisation, Person
from people.roles import NOBODY, OfPartner, standing
from spaces.models import Resource, Venue

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
GONE = timedelta(days=30)  # a cancelled booking is said to be, for a while, so that calendars take it away
TAKEN = Words("Occupato", "Busy")
SECRET_BYTES = 16
KINDS = {
    Person.prefix: "person",
    Organisation.prefix: "organisation",
    Resource.prefix: "resource",
    Venue.prefix: "venue",
}


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@act
def make(by: Person, of: Person | Organisation | Resource | Venue, *, names: bool) -> tuple[Feed, str]:
    """A feed, and its secret: shown now and never again."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    # By its prefix: whoever is signed in comes as a lazy object, whose type says nothing.
    made = Feed.objects.create(
        **{KINDS[of.prefix]: of}, names=names, made_by=by, secret_sha256=hashed(secret)
    )
    record(by, "make-feed", made)
    return made, secret


@act
def revoke(by: Person, feed: Feed) -> Feed:
    """The address answers nobody any more."""
    feed.revoked_at = feed.revoked_at or now()
    feed.save(update_fields=["revoked_at"])
    record(by, "revoke-feed", feed)
    return feed


def read(secret: str) -> bytes:
    """The calendar under this secret. Raises Missing for an unknown or revoked one, or whose maker lost the right."""
    rows = Feed.objects.select_related("made_by", "organisation", "resource__venue", "venue", "person")
    found = rows.filter(secret_sha256=hashed(secret), revoked_at=None).first()
    if found is None or not may_still(found):
        raise Missing
    Feed.objects.filter(pk=found.pk).update(read_at=now())
    shown = list(_bookings(found).prefetch_related("items__resource"))
    if found.names:
        saw_anew(
            found.made_by,
            "bookings",
            [
                Sight(encode("bkg", b.pk), b.venue.partner_id, b.person_id)
                for b in shown
                if b.person_id != found.made_by_id
            ],
        )
    return written(
        _events(found, shown), name=str(found.person or found.organisation or found.resource or found.venue)
    )


def may_still(feed: Feed) -> bool:
    """Whether the feed's maker may still see what it shows."""
    has = standing(feed.made_by)
    if has.person is None:
        return False
    if feed.person_id is not None:
        return feed.person_id == feed.made_by_id
    if feed.organisation_id is not None:
        return feed.organisation_id in has.delegate_of
    venue = feed.venue or (feed.resource.venue if feed.resource else None)
    return venue is not None and (not feed.names or has.allows("desk.see", OfPartner(venue.partner_id)))


def _events(feed: Feed, bookings: Iterable[Booking]) -> Iterator[Event]:
    """What the feed tells of these bookings, and of its blocks."""
    own = feed.person_id is not None or feed.organisation_id is not None
    language = feed.made_by.language
    for booking in bookings:
        if own:
            yield event(booking, titled(booking))
        elif feed.names:
            yield event(booking, f"{booking.organisation or booking.person} · {titled(booking)}")
        elif booking.state in LIVE:
            yield _busy(veiled(feed, booking.pk), booking, language)
    for block in [] if own else _blocks(feed):
        made = bare(veiled(feed, block.pk), block.period, TAKEN.say(language))
        if feed.names:
            made["summary"] = f"{block.resource.name} · {block.reason}"
        made.add("dtstamp", block.made_at)
        yield made


def veiled(feed: Feed, thing: UUID) -> str:
    """A name that stays the same in this feed and tells nothing of the thing."""
    return f"{hashed(f'{feed.pk} {thing}')[:32]}@busy"


def _busy(name: str, booking: Booking, language: str) -> Event:
    made = bare(name, booking.period, TAKEN.say(language))
    made.add("dtstamp", booking.made_at)
    made.add("sequence", booking.sequence)
    return made


def _bookings(feed: Feed) -> QuerySet[Booking]:
    at = now()
    rows = Booking.objects.select_related("venue", "person", "organisation").filter(
        period__endswith__gt=at - BACK, period__startswith__lt=at + AHEAD
    )
    live = Q(state__in=LIVE) & (Q(held_until=None) | Q(held_until__gt=at))
    gone = Q(state=Booking.State.CANCELLED, ended_at__gt=at - GONE)
    whose = (
        Q(person=feed.person_id, organisation=None)
        if feed.person_id
        else Q(organisation=feed.organisation_id)
        if feed.organisation_id
        else Q(items__resource=feed.resource_id)
        if feed.resource_id
        else Q(venue=feed.venue_id)
    )
    return rows.filter(whose, live | gone).distinct().order_by("period", "pk")


def _blocks(feed: Feed) -> QuerySet[Block]:
    at = now()
    rows = Block.objects.select_related("resource").filter(lifted_at=None, period__endswith__gt=at - BACK)
    return (
        rows.filter(resource=feed.resource_id)
        if feed.resource_id
        else rows.filter(resource__venue=feed.venue_id)
    )


NOT_FREE = {"taken", "held", "blocked", "setup", "cleanup"}
SHOWN = timedelta(days=60)


def public(resource: Resource) -> bytes:
    """When a resource cannot be had, for anybody: stretches run together, without whose, why or how many."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    spans = timeline([resource], Period(today, today + SHOWN), NOBODY)[resource.pk].spans
    public_id = encode(Resource.prefix, resource.pk)
    made = []
    for stretch in merged(span.period for span in spans if span.kind in NOT_FREE):
        made.append(bare(f"{public_id}-{stretch.start:%Y%m%dT%H%M}", stretch, TAKEN.say()))
        made[-1].add("dtstamp", today)
    return written(made, name=resource.name)
