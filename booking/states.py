"""The legal moves of a booking, and nothing else."""

from __future__ import annotations

from booking.models import Booking
from core.errors import IllegalMove

S = Booking.State

MOVES: dict[str, set[str]] = {
    S.HELD: {S.REQUESTED, S.CONFIRMED, S.CANCELLED, S.LAPSED},
    S.OFFERED: {S.HELD, S.CONFIRMED, S.CANCELLED, S.LAPSED},
    S.REQUESTED: {S.CONFIRMED, S.REFUSED, S.CANCELLED, S.LAPSED},
    S.CONFIRMED: {S.CANCELLED},
    # Money that arrives after the hold lapsed may still find the slot free.
    S.LAPSED: {S.CONFIRMED, S.REQUESTED},
    S.REFUSED: set(),
    S.CANCELLED: set(),
}
LIVE = {S.HELD, S.OFFERED, S.REQUESTED, S.CONFIRMED}


def may(booking: Booking, to: str) -> bool:
    """Whether the move is legal."""
    return to in MOVES[booking.state]


def move(booking: Booking, to: str) -> None:
    """The booking is in state `to`, unsaved. Raises IllegalMove."""
    if not may(booking, to):
        raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
    booking.state = to


def undo(booking: Booking, to: str) -> None:
    """The one way back: a cancellation taken back within its seconds, unsaved. Raises IllegalMove."""
    if booking.state != S.CANCELLED or S.CANCELLED not in MOVES[to]:
        raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
    booking.state = to
