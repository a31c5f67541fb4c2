"""Tablets at doors: paired and revoked by staff; what they show of a day, and to whom they open their three acts.

A tablet hangs where anybody can touch it: it knows one place, no names but initials at most, and nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.core.cache import cache

from booking.attending import watch
from booking.inviting import passes
from booking.models import Booking, Door
from core.audit import record
from core.clock import now
from core.errors import TooMany
from core.locks import act
from core.periods import Period, local_date, local_day
from people.models import Person
from spaces.models import Resource, Venue

SECRET_BYTES = 32
LOOKS_AHEAD = timedelta(hours=2)
MOST_WRONG, WRONG_FOR = 5, timedelta(minutes=1)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@act
def pair(by: Person, venue: Venue, resource: Resource | None, name: str, names: str) -> tuple[Door, str]:
    """A door, and its secret: shown now and never again."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    made = Door.objects.create(
        venue=venue, resource=resource, name=name, names=names, secret_sha256=hashed(secret), made_by=by
    )
    record(by, "pair-door", made)
    return made, secret


@act
def revoke(by: Person, door: Door) -> Door:
    """The tablet is a stranger from now on."""
    door.revoked_at = door.revoked_at or now()
    door.save(update_fields=["revoked_at"])
    record(by, "revoke-door", door)
    return door


def known(secret: str) -> Door | None:
    """The door of this secret, heard from now; None for an unknown or revoked one."""
    rows = Door.objects.select_related("venue", "resource")
    door = rows.filter(secret_sha256=hashed(secret), revoked_at=None).first()
    if door is not None:
        watch.heard(door.venue_id, door)
    return door


def today(door: Door) -> Period:
    """The place's day, and shortly before midnight what begins just after it: who comes for that stands there already."""
    day = local_day(local_date(now(), door.venue.zone), door.venue.zone)
    return Period(day.start, max(day.end, now() + LOOKS_AHEAD))


def bookings_of(door: Door) -> list[Booking]:
    """What is confirmed at this place today, in order, with who booked and what."""
    rows = Booking.objects.filter(
        venue=door.venue_id, state=Booking.State.CONFIRMED, period__overlap=today(door)
    )
    if door.resource_id is not None:
        rows = rows.filter(items__resource=door.resource_id)
    rows = rows.select_related("venue", "person", "organisation").prefetch_related("items__resource")
    return list(rows.distinct().order_by("period", "pk"))


def whose(door: Door, booking: Booking) -> str | None:
    """Whose it is, as far as the door may say."""
    if door.names == Door.Names.NONE:
        return None
    return initials(str(booking.organisation or booking.person))


def initials(name: str) -> str:
    """`A. B.`"""
    return " ".join(f"{word[0].upper()}." for word in name.split() if word[0].isalpha())[:12]


def shown(door: Door, found: Sequence[Booking], qr: str | None, code: str | None) -> Booking | None:
    """The booking of a pass, or of a code among today's here. Raises TooMany after five that were wrong.

    At a door the code is believed because whoever says it stands there, at the hour, and may not guess on.
    """
    key = f"door-tries:{door.pk}"
    if cache.get(key, 0) >= MOST_WRONG:
        raise TooMany(retry_after=int(WRONG_FOR.total_seconds()))
    booking = passes.read(qr.strip()) if qr is not None else _by_code(found, code or "")
    if booking is None:
        cache.add(key, 0, WRONG_FOR.total_seconds())
        cache.incr(key)
    return booking


def _by_code(found: Sequence[Booking], code: str) -> Booking | None:
    wanted = code.strip().upper()
    return next((booking for booking in found if booking.code == wanted), None)
