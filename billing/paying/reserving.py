"""What the bank says to a deposit: asked outside any transaction, each time under the id of a row that was there before;
its answers only ever move things forward, whatever their order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from billing import gateways, states
from billing.gateways.base import LEAST_SESSION, SESSION, Intent
from billing.models import Authorisation, Deposit, Order, Payment
from billing.paying import deposits, payments
from billing.paying.deposits import A, D, free_all, latest_hold, locked
from booking.models import Booking
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove
from core.ids import encode
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.money import ZERO
from people.models import Person

RENEWED = timedelta(hours=24)  # before the bank lets go of it
AGAIN = timedelta(hours=12)  # after a renewal that was refused: a card that is asked each hour is blocked


def said_of(deposit: Deposit) -> str:
    """What the bank shows: the same whenever it is asked again under the same key."""
    return f"Cauzione · Deposit {deposit.booking.code}"


# -- reserving -----------------------------------------------------------------------------------------------------


@outbox.handler("billing.deposit")
def on_deposit(payload: dict[str, Any]) -> None:
    due = deposits.square(UUID(payload["booking"]))
    if due is not None:
        reserve(due)


@outbox.handler("billing.renew_deposit")
def on_renew(payload: dict[str, Any]) -> None:
    reserve(UUID(payload["deposit"]))


def reserve(deposit_id: UUID) -> None:
    """The card that is known is asked for the deposit; without one, its person is. Outside any transaction."""
    deposit = Deposit.objects.get(pk=deposit_id)
    customer, method = card_of(deposit)
    asked = _begin(deposit_id, customer, method)
    if asked is not None:
        ask_bank(asked)


def ask_bank(asked: Authorisation) -> None:
    """The bank is asked, or answers again what it answered to the same row before."""
    deposit = asked.deposit
    came = gateways.current().charge(
        str(asked.pk),
        asked.amount,
        said_of(deposit),
        asked.customer_ref,
        asked.method_ref,
        hold=True,
    )
    hear(asked.pk, came)


def card_of(deposit: Deposit) -> tuple[str, str]:
    """The card that it was reserved on before, or that paid for the booking; empty if there is none."""
    if deposit.method_ref:
        return deposit.customer_ref, deposit.method_ref
    paid = Payment.objects.filter(
        order__lines__booking=deposit.booking_id,
        order__person=deposit.person_id,
        state=Payment.State.CAPTURED,
        method="card",
    ).exclude(payment_ref="")
    payment = paid.order_by("-captured_at").first()
    if payment is None:
        return "", ""
    came = gateways.current().read_intent(payment.payment_ref)
    usable = came.method_kind == "card" and came.customer_ref
    return (came.customer_ref, came.method_ref) if usable else ("", "")


@patient_act
def _begin(deposit_id: UUID, customer: str, method: str) -> Authorisation | None:
    """The row under whose id the bank is asked: the one of a try that was cut short, or a new one."""
    deposit = locked(deposit_id)
    if deposit.state not in (D.ASKED, D.HELD) or deposit.booking.state != Booking.State.CONFIRMED:
        return None
    if not method:
        if deposit.state == D.ASKED:
            _need(deposit, "no-card")
        return None
    rows = deposit.authorisations.select_related("deposit__booking")
    cut_short = rows.filter(state=A.CREATED, session_until=None).first()
    if cut_short is not None:
        return cut_short
    if deposit.state == D.HELD and (not _ends_too_soon(deposit) or _just_refused(deposit)):
        return None
    deposit.customer_ref, deposit.method_ref = customer, method
    deposit.save(update_fields=["customer_ref", "method_ref"])
    return Authorisation.objects.create(
        deposit=deposit,
        gateway=gateways.current().name,
        amount=deposit.amount,
        customer_ref=customer,
        method_ref=method,
    )


def _ends_too_soon(deposit: Deposit) -> bool:
    held = latest_hold(deposit)
    if held is None or held.capture_before is None:
        return False
    return held.capture_before <= min(now() + RENEWED, deposit.release_at)


def _just_refused(deposit: Deposit) -> bool:
    tries = deposit.authorisations.filter(state=A.FAILED, session_until=None)
    return tries.filter(made_at__gt=now() - AGAIN).exists()


def _need(deposit: Deposit, why: str) -> None:
    """Inside an act: its person has to reserve it themselves, and is told so."""
    states.move(deposit, D.NEEDED)
    deposit.why = why[:40]
    deposit.save(update_fields=["state", "why"])
    record(None, "need", deposit)
    tries = deposit.authorisations.count()
    outbox.put("billing.deposit_mail", {"deposit": str(deposit.pk)}, key=f"needed:{deposit.pk}:{tries}")


@patient_act
def hear(authorisation_id: UUID, came: Intent) -> None:
    """What the bank says of it is written down, and its deposit is reserved, needs its person, or is gone. Any order,
    any number of times."""
    deposit = _with_its_sale(
        Authorisation.objects.values_list("deposit_id", flat=True).get(pk=authorisation_id)
    )
    asked = Authorisation.objects.get(pk=authorisation_id)
    asked.customer_ref = asked.method_ref = ""
    if came.state == "held" and states.may(asked, A.HELD):
        states.move(asked, A.HELD)
        asked.payment_ref, asked.capture_before = came.ref, came.capture_before
        asked.save(update_fields=["state", "payment_ref", "capture_before", "customer_ref", "method_ref"])
        _is_held(deposit, asked, came)
    elif came.state in ("declined", "needs_action", "cancelled") and states.may(asked, A.FAILED):
        _failed(deposit, asked, came)
    elif came.state == "cancelled" and states.may(asked, A.GONE):
        states.move(asked, A.GONE)
        asked.save(update_fields=["state"])
        _is_gone(deposit)


def _is_held(deposit: Deposit, held: Authorisation, came: Intent) -> None:
    if deposit.state in (D.ASKED, D.NEEDED) and held.amount != deposit.amount:
        # Its reply was lost, or its page was open, and meanwhile another amount is asked.
        outbox.put("billing.free_authorisation", {"authorisation": str(held.pk)})
        outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
        return
    if deposit.state in (D.ASKED, D.NEEDED):
        states.move(deposit, D.HELD)
        deposit.why = ""
        deposit.customer_ref, deposit.method_ref = came.customer_ref, came.method_ref
        deposit.save(update_fields=["state", "why", "customer_ref", "method_ref"])
        record(None, "hold", deposit)
    if deposit.state == D.HELD:
        free_all(deposit, but=held)
    else:  # it is over, or being taken of another one
        outbox.put("billing.free_authorisation", {"authorisation": str(held.pk)})


def _failed(deposit: Deposit, asked: Authorisation, came: Intent) -> None:
    states.move(asked, A.FAILED)
    asked.payment_ref = came.ref
    asked.save(update_fields=["state", "payment_ref", "customer_ref", "method_ref"])
    if asked.session_until is not None:
        return  # a page that was closed or left: it can be opened again
    if deposit.state == D.ASKED:
        _need(deposit, came.why or came.state)
    elif deposit.state == D.HELD:
        held = latest_hold(deposit)
        outbox.put(
            "billing.deposit_warning", {"deposit": str(deposit.pk)}, key=f"ends:{held.pk if held else ''}"
        )


def _is_gone(deposit: Deposit) -> None:
    """The bank has let go of it: if nothing else is reserved, its person is asked again while that is of use."""
    if deposit.authorisations.filter(state=A.HELD).exists():
        if deposit.state == D.TAKING:
            outbox.put("billing.take_deposit", {"deposit": str(deposit.pk)})  # of the other one
        return
    if deposit.state == D.TAKING:
        _lose(deposit)
    elif (
        deposit.state == D.HELD
        and deposit.booking.state == Booking.State.CONFIRMED
        and now() < deposit.release_at
    ):
        _need(deposit, "expired")
        outbox.put(
            "billing.deposit_warning", {"deposit": str(deposit.pk)}, key=f"gone:{deposit.pk}:{now():%j%H}"
        )
    elif deposit.state == D.HELD:
        states.move(deposit, D.LAPSED)
        deposit.save(update_fields=["state"])


# -- by its person, on the gateway's page --------------------------------------------------------------------------


def open_page(by: Person, deposit_id: UUID) -> str:
    """Where its person reserves it on a card. Raises IllegalMove if that is not needed, GatewayDown."""
    asked = _paged(by, deposit_id)
    deposit = asked.deposit
    session = gateways.current().open_session(
        str(asked.pk),
        deposit.amount,
        said_of(deposit),
        deposit.person.email,
        f"{settings.SITE_URL}/bookings/{encode('bkg', deposit.booking_id)}",
        asked.session_until or now(),
        card="hold",
    )
    Authorisation.objects.filter(pk=asked.pk, session_ref="").update(session_ref=session.ref)
    return session.url


@act
def _paged(by: Person, deposit_id: UUID) -> Authorisation:
    """The row of a page that can still be opened, or of a new one."""
    deposit = locked(deposit_id)
    if deposit.state != D.NEEDED or deposit.booking.state != Booking.State.CONFIRMED:
        raise IllegalMove(state=deposit.get_state_display(), data={"state": deposit.state})
    rows = deposit.authorisations.filter(state=A.CREATED, amount=deposit.amount.cents)
    # The same page for as long as it is open; one that was never opened, while the gateway would still open it.
    usable = rows.filter(session_until__gt=now()).exclude(session_ref="") | rows.filter(
        session_ref="", session_until__gte=now() + LEAST_SESSION
    )
    found = usable.select_related("deposit__person", "deposit__resource", "deposit__booking").first()
    if found is not None:
        return found
    record(by, "reserve", deposit)
    return Authorisation.objects.create(
        deposit=deposit,
        gateway=gateways.current().name,
        amount=deposit.amount,
        session_until=now() + SESSION,
    )


def look_again(session_ref: str, our_reference: str | None) -> bool:
    """The deposit of this page is what the gateway now says; whether the page is one of a deposit's."""
    asked = Authorisation.objects.filter(session_ref=session_ref).first()
    if asked is None and our_reference:
        # The gateway was quicker than the row that notes its session.
        asked = Authorisation.objects.filter(pk=UUID(our_reference)).first()
    if asked is None:
        return False
    session = gateways.current().read_session(session_ref)
    # A page whose first card was refused has an intent already, and is still open for another.
    if session.complete and session.payment_ref:
        hear(asked.pk, gateways.current().read_intent(session.payment_ref))
    elif session.expired:
        hear(asked.pk, Intent("", "cancelled", None, "", "", "", "expired"))
    return True


def look_at(payment_ref: str) -> None:
    """The authorisation that the bank speaks of is what it now says, if it is one of ours."""
    asked = Authorisation.objects.filter(payment_ref=payment_ref).first()
    if asked is not None:
        hear(asked.pk, gateways.current().read_intent(payment_ref))


# -- taken, or free again ------------------------------------------------------------------------------------------


@outbox.handler("billing.take_deposit")
def on_take(payload: dict[str, Any]) -> None:
    """What staff have decided to take is taken, paid for and documented; or it is known that the bank gives nothing."""
    chosen = _choose(UUID(payload["deposit"]))
    if chosen is None:
        return
    payment, held = chosen
    gateway = gateways.current()
    came = gateway.capture(f"take:{held.pk}", held.payment_ref, payment.amount)
    if came.state != "paid":
        hear(held.pk, came)
        return
    payments.settle(payment.pk, held.payment_ref, gateway.fee_of(held.payment_ref))
    _is_taken(held.deposit_id, held.pk)


@patient_act
def _choose(deposit_id: UUID) -> tuple[Payment, Authorisation] | None:
    """The payment, and the one hold that it is taken of: written down before the bank is asked, so that every later try
    is of the same one until the bank has let go of it. Nothing to take of: it is lost."""
    deposit = _with_its_sale(deposit_id)
    if deposit.state != D.TAKING or deposit.order is None:
        return None
    payment = deposit.order.payments.get()
    rows = deposit.authorisations.filter(state=A.HELD).order_by("-made_at")
    held = rows.filter(payment_ref=payment.payment_ref).first() or rows.first()
    if held is None:
        _lose(deposit)
        return None
    payment.payment_ref = held.payment_ref
    payment.save(update_fields=["payment_ref"])
    return payment, held


@patient_act
def _is_taken(deposit_id: UUID, authorisation_id: UUID) -> None:
    deposit = locked(deposit_id)
    if deposit.state != D.TAKING:
        return
    states.move(deposit, D.TAKEN)
    deposit.save(update_fields=["state"])
    Authorisation.objects.filter(pk=authorisation_id, state=A.HELD).update(state=A.CAPTURED)
    free_all(deposit)
    record(None, "taken", deposit)


def _with_its_sale(deposit_id: UUID) -> Deposit:
    """Inside an act: the deposit, and the order of what is being taken of it, are ours until commit."""
    sale = Deposit.objects.filter(pk=deposit_id, order__isnull=False).values_list("order_id", flat=True)
    lock_rows(Locks.ORDERS, Order, sale)
    return locked(deposit_id)


def _lose(deposit: Deposit) -> None:
    if deposit.state != D.TAKING:
        return
    states.move(deposit, D.LAPSED)
    Order.objects.filter(deposit=deposit).update(state=Order.State.DROPPED)
    Payment.objects.filter(order__deposit=deposit).update(state=Payment.State.FAILED)
    deposit.taken = ZERO
    deposit.save(update_fields=["state", "taken"])
    record(None, "lost", deposit)
    outbox.put("billing.deposit_warning", {"deposit": str(deposit.pk)}, key=f"lost:{deposit.pk}")


@outbox.handler("billing.free_authorisation")
def on_free(payload: dict[str, Any]) -> None:
    """The bank reserves nothing by it any more, and no page of it can be filled in."""
    asked = Authorisation.objects.select_related("deposit").get(pk=payload["authorisation"])
    gateway = gateways.current()
    if asked.state == A.CREATED and asked.session_ref:
        session = gateway.close_session(asked.session_ref)
        if session.complete and session.payment_ref:
            hear(asked.pk, gateway.read_intent(session.payment_ref))
        else:
            hear(asked.pk, Intent("", "cancelled", None, "", "", "", "closed"))
    elif asked.state == A.HELD and _spare(asked):
        hear(asked.pk, gateway.release(str(asked.pk), asked.payment_ref))


def _spare(held: Authorisation) -> bool:
    """Whether nothing will be taken of it: its deposit is over, or of another amount, or a newer one stands in its
    place."""
    deposit = held.deposit
    if deposit.state == D.ASKED or deposit.state not in Deposit.LIVE:
        return True
    if deposit.state != D.TAKING and held.amount != deposit.amount:
        return True
    newer = deposit.authorisations.filter(state=A.HELD, made_at__gt=held.made_at)
    return deposit.state == D.HELD and newer.exists()
