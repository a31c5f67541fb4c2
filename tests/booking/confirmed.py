"""A booking that stands, made by the acts themselves."""

from booking import lifecycle
from booking.claims import Ask
from booking.holds import Wish, hold, locked
from booking.models import Booking
from core.locks import act
from tests.cast import period


def book(person, resource, start="2026-12-03 10:00", minutes=60, **more):
    booking = hold(Wish(person, [Ask(resource, period(start, minutes))], made_by=person, **more))

    @act
    def confirm():
        lifecycle.confirm(locked(booking.pk), person)

    confirm()
    return Booking.objects.get(pk=booking.pk)
