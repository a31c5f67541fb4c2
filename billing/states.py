"""The legal moves of what billing keeps at a bank or a gateway, which go forward or nowhere, and of a settlement."""

from __future__ import annotations

from billing.models import Authorisation, Deposit, Dispute, DisputeAnswer, Payout, Refund, Settlement
from core.errors import IllegalMove

D, A, T, P, S = Deposit.State, Authorisation.State, Dispute.State, Payout.State, Settlement.State
F, W = Refund.State, DisputeAnswer.State

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
    # A page that was given up may have been filled in just before: what a bank reserves has to be known.
    A.FAILED: {A.HELD},
}
DISPUTES: dict[str, set[str]] = {
    T.OPEN: {T.ANSWERED, T.WON, T.LOST, T.DROPPED},
    T.ANSWERED: {T.WON, T.LOST, T.DROPPED},
    T.WON: set(),
    T.LOST: set(),
    T.DROPPED: set(),
}
# An answer is given once: a bank reads no second one.
ANSWERS: dict[str, set[str]] = {W.WAITING: {W.SENT, W.REFUSED}, W.SENT: set(), W.REFUSED: set()}
LIVE = {T.OPEN, T.ANSWERED}
# One that has arrived may still be sent back by the bank; none is on its way twice.
PAYOUTS: dict[str, set[str]] = {
    P.PENDING: {P.IN_TRANSIT, P.PAID, P.FAILED, P.CANCELED},
    P.IN_TRANSIT: {P.PAID, P.FAILED, P.CANCELED},
    P.PAID: {P.FAILED},
    P.FAILED: set(),
    P.CANCELED: set(),
}
PAYOUT_OPEN = {P.PENDING, P.IN_TRANSIT}
REFUNDS: dict[str, set[str]] = {
    F.DUE: {F.SENT, F.DONE, F.FAILED},
    # On a list of transfers; the bank may not take it.
    F.SENT: {F.DUE, F.DONE},
    # Refused for good: it goes back in another way. One that the gateway lost is asked of it once more.
    F.FAILED: {F.DUE},
    F.DONE: {F.DUE, F.FAILED},
}
# A month among partners: in which states each act may be done.
SETTLEMENT_ACTS: dict[str, set[str]] = {
    "share": {S.DRAFT},
    "object": {S.SHARED},
    "answer": {S.SHARED},
    "approve": {S.SHARED},
    "reopen": {S.SHARED},
    "close": {S.SHARED, S.CLOSED},
}
MOVES: dict[type, dict[str, set[str]]] = {
    Deposit: DEPOSITS,
    Authorisation: AUTHORISATIONS,
    Dispute: DISPUTES,
    DisputeAnswer: ANSWERS,
    Payout: PAYOUTS,
    Refund: REFUNDS,
}
Thing = Deposit | Authorisation | Dispute | DisputeAnswer | Payout | Refund


def may(thing: Thing, to: str) -> bool:
    """Whether the move is legal."""
    return to in MOVES[type(thing)][thing.state]


def move(thing: Thing, to: str) -> None:
    """It is in state `to`, unsaved. Raises IllegalMove."""
    if not may(thing, to):
        raise IllegalMove(state=thing.get_state_display(), data={"state": thing.state})
    thing.state = to
