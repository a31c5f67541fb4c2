"""Who was there to check people in, and when nobody was: the desk's screen, and the tablets at the doors.

Each is heard from at least once a minute. When it comes back after longer, the time between is a silence, and it
speaks for the guest: nobody is a no-show in it (docs/adr/0018).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from booking.judging.coming import opens_at
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
LOOKED_BACK, SOON = timedelta(days=1), timedelta(hours=1)
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


def silent_since(door: Door, at: datetime) -> datetime | None:
    """From when the door has not been heard from (since it was paired, if it was never opened); None: it is there."""
    heard_: Watch | None = getattr(door, "watch", None)
    last = heard_.seen_at if heard_ is not None else door.made_at
    return last if at - last > SILENT_AFTER else None


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
    """Staff know, once for each silence, which door is not heard from while people are expected there; also one that
    fell silent days ago, when nobody was, or that was never opened."""
    moment = now()
    for door in Door.objects.filter(revoked_at=None).select_related("watch", "resource", "venue"):
        since = silent_since(door, moment)
        if since is None or not moment - KEPT < since < moment - TOLD_AFTER:
            continue
        expected = Booking.objects.filter(
            venue=door.venue_id,
            state=Booking.State.CONFIRMED,
            attendance=Booking.Attendance.EXPECTED,
            no_show_at__isnull=False,
            period__overlap=Period(max(since, moment - LOOKED_BACK), moment + SOON),
        )
        if door.resource_id is not None:
            expected = expected.filter(items__resource=door.resource_id)
        if expected.exists():
            _tell(door, since)


NOT_HEARD = Words(
    "Il tablet {door} ({venue}) non si fa sentire dalle {at} del {day}.",
    "The tablet {door} ({venue}) has not been heard from since {at} on {day}.",
)
NEVER_OPENED = Words(
    "Il tablet {door} ({venue}), abbinato alle {at} del {day}, non è mai stato aperto.",
    "The tablet {door} ({venue}), paired at {at} on {day}, was never opened.",
)


def _tell(door: Door, since: datetime) -> None:
    local = since.astimezone(door.venue.zone)
    for person in staff_of(door.venue):
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            Words("Il tablet {door} tace", "The tablet {door} is silent"),
            [
                NOT_HEARD if getattr(door, "watch", None) is not None else NEVER_OPENED,
                Words(
                    "Finché tace nessuno risulta assente e nessun orario viene liberato: controlla che sia acceso e in rete.",
                    "While it is silent nobody is a no-show and no slot is let go: see that it is on and connected.",
                ),
            ],
            link=(Words("Apri la segreteria", "Open the desk"), "/desk"),
            key=f"silent:{door.pk}:{since.isoformat()}:{person.pk}",
            door=door.name,
            venue=door.venue.name,
            at=f"{local:%H:%M}",
            day=f"{local:%d/%m/%Y}",
        )


def staff_of(venue: Venue) -> list[Person]:
    """Who works at the venue's desk."""
    roles = Role.objects.filter(kind=Role.Kind.STAFF, partner=venue.partner_id, person__is_active=True)
    return list(Person.objects.filter(roles__in=roles).distinct().order_by("pk"))


def forget_old() -> None:
    """Silences of two months ago decide nothing any more."""
    Silence.objects.filter(during__endswith__lt=now() - KEPT).delete()
