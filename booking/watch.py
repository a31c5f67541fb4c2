"""Who was there to check people in, and when nobody was: the desk's screen, and the tablets at the doors.

Each is heard from at least once a minute. When it comes back after longer, the time between is a silence, and it
speaks for the guest: nobody is a no-show in it (docs/adr/0018).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from booking.coming import opens_at
from booking.models import Booking, Door, Silence, Watch
from core import mail
from core.clock import now
from core.periods import Period
from core.words import Words
from people.models import Person, Role
from spaces.models import Venue

SILENT_AFTER = timedelta(minutes=3)
HEARD_EVERY = timedelta(seconds=20)  # a screen that asks more often does not write more often
TOLD_AFTER = timedelta(minutes=15)
KEPT = timedelta(days=60)


def heard(venue: UUID, door: Door | None = None) -> None:
    """The desk of the venue, or this door, is there now."""
    moment = now()
    watch = Watch.objects.filter(venue=venue, door=door).first()
    if watch is None:
        first = Watch(venue_id=venue, door=door, since_at=moment, seen_at=moment)
        Watch.objects.bulk_create([first], ignore_conflicts=True)  # of two that begin at once, one is enough
        return
    if moment - watch.seen_at < HEARD_EVERY:
        return
    # Of two that come back at once, one moves the hand and writes the silence.
    moved = Watch.objects.filter(pk=watch.pk, seen_at=watch.seen_at).update(seen_at=moment)
    if moved and moment - watch.seen_at > SILENT_AFTER:
        Silence.objects.create(watch=watch, during=Period(watch.seen_at, moment))


def is_silent(watch: Watch, at: datetime) -> bool:
    return at - watch.seen_at > SILENT_AFTER


def grace_of(booking: Booking) -> Period | None:
    """The time in which a booking's no-show is decided: from its start, or, where the grace ends before that, from
    when one may check in. None if it has no end."""
    end = booking.no_show_at
    if end is None:
        return None
    start = booking.period.start if end > booking.period.start else opens_at(booking)
    return Period(start, end) if start < end else None


def was_kept(booking: Booking) -> bool:
    """Whether the booking could have been checked in all through its grace: by every door it has; if it has none,
    by the desk."""
    window = grace_of(booking)
    if window is None:
        return False
    resources = booking.items.values("resource")
    doors = Watch.objects.filter(
        Q(door__resource__in=resources) | Q(door__resource=None),
        venue=booking.venue_id,
        door__isnull=False,
        door__revoked_at=None,
    )
    # A door that was paired and never opened has no watch, and a place with one is not kept by the desk alone.
    paired = Door.objects.filter(
        Q(resource__in=resources) | Q(resource=None), venue=booking.venue_id, revoked_at=None
    ).count()
    watches = list(doors) if paired else list(Watch.objects.filter(venue=booking.venue_id, door=None))
    if not watches or len(watches) < paired:
        return False
    if any(w.since_at > window.start or w.seen_at < window.end - SILENT_AFTER for w in watches):
        return False
    return not Silence.objects.filter(watch__in=watches, during__overlap=window).exists()


def tell_of_silence() -> None:
    """Staff know, once for each silence, which door is not heard from while people are expected there."""
    moment = now()
    rows = Watch.objects.filter(
        door__isnull=False,
        door__revoked_at=None,
        seen_at__lt=moment - TOLD_AFTER,
        seen_at__gt=moment - timedelta(days=1),
    )
    for watch in rows.select_related("door__resource", "venue"):
        expected = Booking.objects.filter(
            venue=watch.venue_id,
            state=Booking.State.CONFIRMED,
            attendance=Booking.Attendance.EXPECTED,
            no_show_at__isnull=False,
            period__overlap=Period(watch.seen_at, moment + timedelta(hours=1)),
        )
        if watch.door is not None and watch.door.resource_id is not None:
            expected = expected.filter(items__resource=watch.door.resource_id)
        if expected.exists():
            _tell(watch)


def _tell(watch: Watch) -> None:
    assert watch.door is not None
    for person in staff_of(watch.venue):
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            Words("Il tablet {door} tace", "The tablet {door} is silent"),
            [
                Words(
                    "Il tablet {door} ({venue}) non si fa sentire dalle {since}.",
                    "The tablet {door} ({venue}) has not been heard from since {since}.",
                ),
                Words(
                    "Finché tace nessuno risulta assente e nessun orario viene liberato: controlla che sia acceso e in rete.",
                    "While it is silent nobody is a no-show and no slot is let go: see that it is on and connected.",
                ),
            ],
            link=(Words("Apri la segreteria", "Open the desk"), "/desk"),
            key=f"silent:{watch.pk}:{watch.seen_at.isoformat()}:{person.pk}",
            door=watch.door.name,
            venue=watch.venue.name,
            since=f"{watch.seen_at.astimezone(watch.venue.zone):%H:%M}",
        )


def staff_of(venue: Venue) -> list[Person]:
    """Who works at the venue's desk."""
    roles = Role.objects.filter(kind=Role.Kind.STAFF, partner=venue.partner_id, person__is_active=True)
    return list(Person.objects.filter(roles__in=roles).distinct().order_by("pk"))


def forget_old() -> None:
    """Silences of two months ago decide nothing any more."""
    Silence.objects.filter(during__endswith__lt=now() - KEPT).delete()
