"""When: bookings, what they promise, the claims that hold it, and what may change them."""

from booking.models.booking import Booking, Item, Series
from booking.models.change import Change, Condition, Outage, OutsideEvent, Waiting
from booking.models.claim import Block, Claim, ClaimPast
from booking.models.feed import Feed
from booking.models.plan import SeriesPlan

__all__ = [
    "Block",
    "Booking",
    "Change",
    "Claim",
    "ClaimPast",
    "Condition",
    "Feed",
    "Item",
    "Outage",
    "OutsideEvent",
    "Series",
    "SeriesPlan",
    "Waiting",
]
