"""When: bookings, what they promise, the claims that hold it, and what may change them."""

from booking.models.attendance import Consequence, Door, Silence, Watch
from booking.models.booking import Booking, Item, Series
from booking.models.change import Change, Condition
from booking.models.claim import Block, Claim, ClaimPast
from booking.models.demand import Demand, DemandTold
from booking.models.feed import Feed
from booking.models.outage import Outage
from booking.models.plan import SeriesPlan
from booking.models.preference import MailPreference
from booking.models.rescue import Rescue, RescueCase, RescueLetter
from booking.models.saved import SavedView
from booking.models.source import CalendarSource, OutsideEvent
from booking.models.waiting import WaitedFor, Waiting, WaitingItem, WaitingLine

__all__ = [
    "Block",
    "Booking",
    "CalendarSource",
    "Change",
    "Claim",
    "ClaimPast",
    "Condition",
    "Consequence",
    "Demand",
    "DemandTold",
    "Door",
    "Feed",
    "Item",
    "MailPreference",
    "Outage",
    "OutsideEvent",
    "Rescue",
    "RescueCase",
    "RescueLetter",
    "SavedView",
    "Series",
    "SeriesPlan",
    "Silence",
    "WaitedFor",
    "Waiting",
    "WaitingItem",
    "WaitingLine",
    "Watch",
]
