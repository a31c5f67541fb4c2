"""From held bookings to their money: rows first, in one transaction; the gateway after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from billing import gateways
from billing.budgets import draws, passes, plans
from billing.changes import changing
from billing.gateways.base import LEAST_SESSION, SESSION
from billing.models import Checkout, Order, Payment, Quote
from billing.papers import preliminaries
from billing.paying import collecting, deposits, paying_by_credit, payments, refunds
from billing.paying.credit_limits import heed_limit
from billing.paying.delivery import deliver
from billing.paying.orders import drop_of_change, drop_promised, lock_orders, new_order
from billing.prices.priced import Priced
from billing.quoting.quotes import fingerprint, heed_allowances, priced, quote
from booking import states
from booking.changing import changes
from booking.changing.changes import lock_for, wait_longer
from booking.changing.moves import pending_of, resources_in
from booking.events import booking_changed
from booking.holding import lifecycle
from booking.holding.holds import AFTER_THE_GATEWAY, end, extend_for_gateway
from booking.holding.locking import lock_bookings
from booking.judging.judge import state_of
from booking.models import Booking, Change
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import (
    BudgetSpent,
    FiscalDataMissing,
    HoldLapsed,
    IllegalMove,
    Pointer,
    PriceChanged,
    QuoteExpired,
)
from core.ids import encode
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import total
from core.words import Words
from people import fiscal
from people.models import Organisation, Person

AT_THE_DESK = ("cash", "pos")
ON_ACCOUNT = ("account", "transfer")
S = Booking.State
UNDER_WAY = Words("un addebito è in corso", "it is being debited")


def checkout(by: Person, quote_id: UUID, method: str) -> Checkout:
    """The quote's bookings are promised at its price, and the way to pay is open.

    Nothing to pay, or a request: done at once. Raises HoldLapsed, PriceChanged (with a new quote), QuoteExpired,
    AllowanceSpent, CreditSpent, CreditTooSmall, FiscalDataMissing, and GatewayDown after everything was promised (`retry` opens the page later).
    """
    try:
        made = _promise(by, quote_id, method)
    except PriceChanged as error:
        old = Quote.objects.get(pk=quote_id)
        fresh = anew(old)
        error.data = {"quote_id": encode("quo", fresh.pk), "total": fresh.total}
        raise
    if made.method == "card" and made.state == Checkout.State.AWAITING_PAYMENT:
        open_page(made)
    if made.method == "credit":
        for payment in made.order.payments.all():
            payments.settle(payment.pk)
    return made


def anew(old: Quote) -> Quote:
    """The same question at today's prices."""
    bookings = list(old.bookings.select_related("venue", "person", "organisation"))
    if old.change is None:
        also = [*passes.lines_of(old.pass_kinds), *plans.lines_of(old.plan)]
        return quote(old.person, bookings, old.organisation, also=also)
    lines = changing.lines_of(bookings[0], old.change)
    return quote(old.person, bookings, old.organisation, change=old.change, lines=lines)


@act
def _promise(by: Person, quote_id: UUID, method: str) -> Checkout:
    offered = Quote.objects.select_related("person", "organisation").get(pk=quote_id)
    if offered.change_id is not None:
        return _promise_change(by, offered, method)
    body = offered.organisation
    bookings = lock_bookings(
        offered.bookings.values_list("pk", flat=True), organisations=[body.pk] if body is not None else []
    )
    if any(state_of(b) == S.LAPSED for b in bookings):
        raise HoldLapsed
    if any(b.state != S.HELD for b in bookings):
        raise IllegalMove(state=bookings[0].get_state_display())
    if offered.expires_at <= now():
        raise QuoteExpired
    lines = lines_of(offered, bookings)
    heed_allowances(lines, offered.organisation)
    if fingerprint(lines) != offered.fingerprint:
        raise _changed(offered, lines)
    if (to_leave := deposits.as_quoted(offered, bookings)) is None:
        raise PriceChanged
    amount = total(line.gross for line in lines)
    if amount:
        _check_payer(body or offered.person)
    # A request is owed once it is approved, however it was meant to be paid.
    if body is not None and (method == "account" or any(b.needs_approval for b in bookings)):
        heed_limit(by, lines, body)
    lock_orders(*bookings)
    drop_promised(bookings)  # an earlier try to pay the same
    order = new_order(offered.person, offered.organisation, bookings, lines)
    preliminaries.ordered(order, [booking.pk for booking in bookings])
    made = Checkout.objects.create(
        order=order, quote=offered, made_by=by, method=method if amount else "none"
    )
    record(by, "checkout", made, order=str(order.pk))
    deposits.ask(to_leave, offered.person)
    if made.method not in AT_THE_DESK:  # there, settling draws
        draws.take(order, anew=True)
    _go_on(by, made, order, bookings)
    return made


def lines_of(offered: Quote, bookings: Sequence[Booking]) -> list[Priced]:
    """What the quote was asked for, at today's prices."""
    lines = priced(bookings, offered.person, offered.organisation)
    return [*lines, *passes.lines_of(offered.pass_kinds), *plans.lines_of(offered.plan)]


def _changed(offered: Quote, lines: Sequence[Priced]) -> PriceChanged:
    """Why the price is another: what was to pay for it has been spent, or a price list has changed."""
    drawn = sum(d["worth"]["cents"] for line in offered.lines for d in line.get("draws", ()))
    still = sum(part.worth.cents for line in lines for part in line.draws)
    return BudgetSpent() if still < drawn else PriceChanged()


def _promise_change(by: Person, offered: Quote, method: str) -> Checkout:
    """The difference that a change makes is promised; the booking stays as it is until it is paid."""
    (booking_id,) = offered.bookings.values_list("pk", flat=True)
    booking = lock_for(booking_id)
    change = changing.to_pay(booking)
    if change.pk != offered.change_id:
        raise HoldLapsed
    if offered.expires_at <= now():
        raise QuoteExpired
    lines = changing.lines_of(booking, change)
    heed_allowances(lines, offered.organisation)
    if fingerprint(lines) != offered.fingerprint:
        raise PriceChanged
    drop_of_change([change.pk])  # an earlier try to pay the same
    _check_payer(offered.organisation or offered.person)
    if offered.organisation is not None and method not in ("card", "transfer", *AT_THE_DESK):
        heed_limit(by, lines, offered.organisation)
    order = new_order(offered.person, offered.organisation, [booking], lines, change)
    order.draws = changing.draws_of(booking, change)
    order.save(update_fields=["draws"])
    made = Checkout.objects.create(
        order=order, quote=offered, made_by=by, method=method if order.total else "none"
    )
    record(by, "checkout", made, order=str(order.pk))
    if made.method == "card":
        until = now() + SESSION
        _wait_while_paid(change, until)
        payments.new_payment(order, "card", session_until=until)
    elif made.method in AT_THE_DESK:
        payments.take(payments.new_payment(order, made.method).pk, [booking])
        _finish(made)
    else:
        _stand_unpaid(order, booking, change)
        _finish(made)
    return made


def _wait_while_paid(change: Change, session_until: datetime) -> None:
    """Inside an act: the change waits at least as long as its first page can be paid, however many are opened after
    that: what it holds is wanted by others too."""
    if not Payment.objects.filter(order__change=change, session_until__isnull=False).exists():
        wait_longer(change, max(change.until, session_until + AFTER_THE_GATEWAY))


def _stand_unpaid(order: Order, booking: Booking, change: Change) -> None:
    """Inside an act: the change is done before its money, which is owed."""
    backs = changing.backs_of(order, [booking])
    if not changing.stand(change, booking):
        raise HoldLapsed
    lock_rows(Locks.PAYMENTS, Payment, [back.payment.pk for back in backs])
    draws.take(order)
    if order.total:
        owe(order)
    else:
        order.state = Order.State.PAID
        order.save(update_fields=["state"])
    refunds.give_all_back(None, booking, backs, changing.REASON[change.kind], refunds.desk_for([], backs))


def _check_payer(payer: Person | Organisation) -> None:
    """Fiscal data are asked for before money, so that a document can follow it."""
    if missing := fiscal.missing(payer):
        where = "organisation" if isinstance(payer, Organisation) else "person"
        raise FiscalDataMissing(
            pointers=[Pointer(f"/{where}/{name}", "required", "") for name in missing], data={"payer": where}
        )


def _go_on(by: Person, made: Checkout, order: Order, bookings: Sequence[Booking]) -> None:
    """What follows the promise: a request, a confirmation, or a payment that is awaited."""
    if any(b.needs_approval for b in bookings):
        lifecycle.request_all(bookings, by)
        _finish(made)
    elif not order.total:
        lifecycle.confirm_all(bookings, by)
        order.state = Order.State.PAID
        order.save(update_fields=["state"])
        deliver(order)
        _finish(made)
    elif made.method in ON_ACCOUNT:
        lifecycle.confirm_all(bookings, by)
        owe(order)
        deliver(order)
        _finish(made)
    elif made.method == "credit":
        lifecycle.confirm_all(bookings, by)
        deliver(order)
        # Owed until the act that settles it, which follows at once; nobody is asked to pay it meanwhile.
        order.state, order.due_at = Order.State.OWED, now()
        order.save(update_fields=["state", "due_at"])
        paying_by_credit.pay(by, order)
        _finish(made)
    elif made.method in AT_THE_DESK:
        if draws.missing(order):
            raise BudgetSpent
        taken = payments.new_payment(order, made.method)
        payments.take(taken.pk, bookings)
        _finish(made)
    else:
        until = now() + SESSION
        payments.new_payment(order, "card", session_until=until)
        for booking in bookings:
            extend_for_gateway(booking, until)


def _finish(made: Checkout) -> None:
    made.state = Checkout.State.DONE
    made.save(update_fields=["state"])


def owe(order: Order) -> None:
    """Inside an act: what was promised is a debt, to be paid within 30 days."""
    order.state, order.due_at = Order.State.OWED, now() + timedelta(days=30)
    order.save(update_fields=["state", "due_at"])
    outbox.put("billing.payment_request", {"order": str(order.pk)}, key=f"owed:{order.pk}")


def open_page(made: Checkout) -> None:
    """The hosted page exists and its address is stored. Outside any transaction; raises GatewayDown."""
    pages = made.order.payments.filter(session_until__isnull=False)
    payment = pages.order_by("-made_at").first()
    if payment is None or payment.session_until is None:
        raise IllegalMove(state=made.get_state_display())
    session = gateways.current().open_session(
        str(payment.pk),
        payment.amount,
        ", ".join(made.order.lines.order_by("position").values_list("description", flat=True)[:3]),
        made.order.person.email,
        f"{settings.SITE_URL}/checkout/{encode('cho', made.pk)}",
        payment.session_until,
        card="keep" if deposits.of_payment(payment).exists() else "",
    )
    Payment.objects.filter(pk=payment.pk, state=Payment.State.CREATED).update(
        state=Payment.State.AWAITING, gateway=gateways.current().name, session_ref=session.ref
    )
    Checkout.objects.filter(pk=made.pk).update(redirect_url=session.url)
    made.redirect_url = session.url


def retry(by: Person, checkout_id: UUID) -> Checkout:
    """A page to pay what is still owed or promised. Raises IllegalMove, HoldLapsed, GatewayDown."""
    made = _renew(by, checkout_id)
    open_page(made)
    return made


@act
def _renew(by: Person, checkout_id: UUID) -> Checkout:
    seen = Checkout.objects.select_related("order__person").get(pk=checkout_id)
    bookings = lock_bookings(seen.order.lines.values_list("booking_id", flat=True))
    lock_rows(Locks.ORDERS, Order, [seen.order_id])
    order = Order.objects.select_related("person", "change").get(pk=seen.order_id)
    if any(state_of(b) == S.LAPSED for b in bookings) or _gone(order):
        raise HoldLapsed
    if collecting.under_way(order):
        raise IllegalMove(state=str(UNDER_WAY))
    standing = [b for b in bookings if b.state in (S.HELD, S.CONFIRMED)]
    if order.state not in (Order.State.PROMISED, Order.State.OWED) or len(standing) < len(bookings):
        raise IllegalMove(state=order.get_state_display())
    # A page that was never opened is asked for only while the gateway would still open it; else it is another payment.
    usable = Q(state="awaiting", session_until__gt=now()) | Q(
        state="created", session_until__gte=now() + LEAST_SESSION
    )
    if not order.payments.filter(usable).exists():
        until = now() + SESSION
        if order.change is not None and order.state == Order.State.PROMISED:
            _wait_while_paid(order.change, until)
        payments.new_payment(order, "card", session_until=until)
        for booking in bookings:
            if booking.state == S.HELD:
                extend_for_gateway(booking, until)
    seen.state, seen.method, seen.why = Checkout.State.AWAITING_PAYMENT, "card", ""
    seen.save(update_fields=["state", "method", "why"])
    return seen


def _gone(order: Order) -> bool:
    """Whether the change that this order would pay waits for it no more."""
    change = order.change
    if change is None or order.state != Order.State.PROMISED:
        return False
    return change.state != Change.State.PENDING or change.until <= now()


@act
def abandon(by: Person, checkout_id: UUID) -> Checkout:
    """The person goes no further: held bookings are given back, the page is closed, late money comes back. Raises
    IllegalMove where it is paid, owed, or over already."""
    seen = Checkout.objects.select_related("order__change").get(pk=checkout_id)
    change = seen.order.change
    bookings = lock_bookings(
        seen.order.lines.values_list("booking_id", flat=True), resources=resources_in(change)
    )
    lock_rows(Locks.ORDERS, Order, [seen.order_id])
    seen.refresh_from_db()
    owed = Order.objects.filter(pk=seen.order_id, state=Order.State.OWED).exists()
    stands = change is None and any(b.state == S.CONFIRMED for b in bookings)
    if seen.state != Checkout.State.AWAITING_PAYMENT or owed or stands:
        raise IllegalMove(state=seen.get_state_display())
    if change is not None and pending_of(bookings[0]) == change:
        handed = change.kind == Change.Kind.HAND_OVER
        changes.drop(bookings[0], by, "hand-over-declined" if handed else "change-withdrawn")
    for booking in bookings:
        if booking.state == S.HELD:
            states.move(booking, S.CANCELLED)
            end(booking, partial(booking_changed.announce, [booking], S.HELD, "abandoned"))
    Order.objects.filter(pk=seen.order_id).update(state=Order.State.DROPPED)
    seen.state = Checkout.State.ABANDONED
    seen.save(update_fields=["state"])
    record(by, "abandon", seen)
    outbox.put("billing.close_session", {"order": str(seen.order_id)})
    return seen
