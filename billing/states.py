"""The legal moves of what billing keeps at a bank, and nothing else."""

from __future__ import annotations

from billing.models import Authorisation, Deposit
from core.errors import IllegalMove

D, A = Deposit.State, Authorisation.State

DEPOSITS: dict[str, set[str]] = {
    D.ASKED: {D.NEEDED, D.HELD, D.DROPPED},
    D.NEEDED: {D.HELD, D.DROPPED},
    # The bank may let go of it before its time; then its person is asked again, or it is over. A booking that moves far
    # ahead is asked for anew when that time comes.
    D.HELD: {D.ASKED, D.NEEDED, D.TAKING, D.RELEASED, D.LAPSED},
    D.TAKING: {D.TAKEN, D.LAPSED},
    D.TAKEN: set(),
    D.RELEASED: set(),
    D.DROPPED: set(),
    D.LAPSED: set(),
}
AUTHORISATIONS: dict[str, set[str]] = {
    A.CREATED: {A.HELD, A.FAILED},
    A.HELD: {A.CAPTURED, A.GONE},
    A.CAPTURED: set(),
    A.GONE: set(),
    A.FAILED: set(),
}


def may(thing: Deposit | Authorisation, to: str) -> bool:
    moves = DEPOSITS if isinstance(thing, Deposit) else AUTHORISATIONS
    return to in moves[thing.state]


def move(thing: Deposit | Authorisation, to: str) -> None:
    """It is in state `to`, unsaved. Raises IllegalMove."""
    if not may(thing, to):
        raise IllegalMove(state=thing.get_state_display(), data={"state": thing.state})
    thing.state = to
