"""A booking that stands, made by the acts themselves."""

from billing.changes.acts import cancel, square_cancelled
from booking.changing import changes
from booking.claims import Ask
from booking.holding import lifecycle
from booking.holding.holds import Wish, hold, locked
from booking.models import Booking, Change
from core.clock import now
from core.locks import act
from tests.cast import period


def book(person, resource, start="2026-12-03 10:00", minutes=60, **more):
    booking = hold(Wish(person, [Ask(resource, period(start, minutes))], made_by=person, **more))

    @act
    def confirm():
        lifecycle.confirm(locked(booking.pk), person)

    confirm()
    return Booking.objects.get(pk=booking.pk)


def cancel_for_good(by, booking_id):
    """Cancelled, with the ten seconds gone in which it could be taken back, and its money on the way."""
    cancel(by, booking_id)
    final(booking_id)


def final(booking_id):
    """The ten seconds of a cancellation are over."""
    Change.objects.filter(booking=booking_id, kind="cancel").update(until=now())
    changes.sweep()
    square_cancelled(booking_id)
