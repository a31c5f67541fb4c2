"""What was held, offered or asked for until an instant is free after it; and what is long over leaves the guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from booking import claims, states
from booking.events import booking_changed, time_freed
from booking.holding import pending
from booking.models import Booking, Change, Claim, ClaimPast
from core.clock import now
from core.locks import Again, Order, act, lock_rows
from spaces.layout import domains_of

HISTORY_AFTER = timedelta(days=35)


def lapse_dead(units: Iterable[UUID]) -> None:
    """Whatever is dead in the domains of these units has lapsed: a transaction of its own, before the act.

    The whole domain, because somebody may be re-seated there. Costs one statement when nothing is dead.
    """
    units = list(units)
    dead = Claim.objects.filter(unit__domain__units__in=units, until__lte=now())
    venues = set(dead.values_list("unit__venue_id", flat=True))
    for venue in venues:
        _lapse(venue, domains_of(units))


@act
def _lapse(venue: UUID, domains: list[int]) -> None:
    dying = Claim.objects.filter(unit__domain_id__in=domains, until__lte=now(), item__isnull=False)
    everywhere = set(
        Claim.objects.filter(item__booking__items__claims__in=dying).values_list("unit__domain_id", flat=True)
    )
    claims.lock(venue, [], {*domains, *everywhere})
    bookings = sorted(set(dying.values_list("item__booking_id", flat=True)))
    now_everywhere = set(
        Claim.objects.filter(item__booking_id__in=bookings).values_list("unit__domain_id", flat=True)
    )
    if not now_everywhere <= {*domains, *everywhere}:
        raise Again
    lapse_bookings(bookings)


def lapse_bookings(bookings: Sequence[UUID]) -> None:
    """Under their locks: these bookings' dead claims are gone, and who was held or requested is lapsed."""
    lock_rows(Order.BOOKINGS, Booking, bookings)
    ended, freed = pending.end_dead(bookings)
    freed += claims.drop(Claim.objects.filter(item__booking_id__in=bookings, until__lte=now()))
    for change in ended:
        if change.kind == Change.Kind.CANCEL:
            freed += claims.let_go(change.booking)  # also what a rescue still held for it
        _tell_of_end(change)
    lapsed: dict[str, list[Booking]] = defaultdict(list)
    for booking in Booking.objects.filter(pk__in=bookings, state__in=states.MOVES).select_related("venue"):
        own = Claim.objects.filter(item__booking=booking)
        if own.exclude(reason=Claim.Reason.RESCUE).exists() or not states.may(booking, Booking.State.LAPSED):
            continue
        freed += claims.drop(own)
        lapsed[booking.state].append(booking)
        states.move(booking, Booking.State.LAPSED)
        booking.held_until, booking.ended_at = None, now()
        booking.save(update_fields=["state", "held_until", "ended_at"])
    for before, together in lapsed.items():
        booking_changed.announce(together, before, "lapsed")
    time_freed.announce(freed)


def _tell_of_end(change: Change) -> None:
    """A change has lapsed; a cancellation that lapsed is one that nobody has undone: it is final now."""
    booking = change.booking
    if change.kind != Change.Kind.CANCEL:
        booking_changed.announce([booking], booking.state, "change-lapsed")
        return
    booking.held_until = None
    booking.save(update_fields=["held_until"])
    booking_changed.announce([booking], change.plan["state"], "cancelled")


def sweep_dead() -> None:
    """Every minute: what died and nobody touched has lapsed."""
    for unit in Claim.objects.filter(until__lte=now()).values_list("unit_id", flat=True).distinct()[:500]:
        lapse_dead([unit])


def move_to_history() -> None:
    """Every night: claims that ended over 35 days ago leave the guard, which grows with the future only."""
    columns = "id, during, kind, reason, until, unit_id, item_id, block_id, outage_id, outside_id"
    with transaction.atomic(), connection.cursor() as cursor:
        # Nothing that the tally counts has changed: it need not count it twice.
        cursor.execute("SELECT set_config('booking.moving_to_history', 'on', true)")
        cursor.execute(
            f"WITH old AS (DELETE FROM {Claim._meta.db_table} WHERE upper(during) < %s RETURNING {columns}) "
            f"INSERT INTO {ClaimPast._meta.db_table} ({columns}) SELECT {columns} FROM old",
            [now() - HISTORY_AFTER],
        )
        cursor.execute("SELECT set_config('booking.moving_to_history', 'off', true)")
