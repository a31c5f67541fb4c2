"""Cards and accounts that people save at the gateway: on its own page, seen here by their last digits, removed for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from billing import gateways
from billing.gateways.base import LEAST_SESSION, SESSION, Kept
from billing.models import Payment, SavedMethod, Subscription
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import GatewayDown, IllegalMove, Missing
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from people.models import Organisation, Person

S = SavedMethod.State


def open_page(by: Person, organisation: Organisation | None) -> str:
    """Where somebody saves a card or an account, for themselves or a body: the same page while it is open. Outside any
    transaction; raises GatewayDown."""
    made = _awaited(by, organisation)
    known = _of(by, organisation).exclude(customer_ref="").order_by("made_at").first()
    session = gateways.current().open_setup(
        str(made.pk),
        by.email,
        known.customer_ref if known is not None and known.made_at < made.made_at else "",
        f"{settings.SITE_URL}/me",
        made.session_until,
    )
    SavedMethod.objects.filter(pk=made.pk, session_ref="").update(session_ref=session.ref)
    return session.url


def _of(person: Person, organisation: Organisation | None) -> Any:
    if organisation is not None:
        return SavedMethod.objects.filter(organisation=organisation)
    return SavedMethod.objects.filter(person=person, organisation=None)


@act
def _awaited(by: Person, organisation: Organisation | None) -> SavedMethod:
    lock_rows(Locks.WHO, Person, [by.pk])
    rows = _of(by, organisation).filter(person=by, state=S.AWAITING)
    still_open = rows.filter(session_until__gt=now()).exclude(session_ref="")
    never_opened = rows.filter(session_ref="", session_until__gte=now() + LEAST_SESSION)
    found: SavedMethod | None = still_open.first() or never_opened.first()
    if found is not None:
        return found
    return SavedMethod.objects.create(
        person=by,
        organisation=organisation,
        gateway=gateways.current().name,
        session_until=now() + SESSION,
    )


def look_again(session_ref: str, our_reference: str | None = None) -> bool:
    """What was saved on this page is known; whether the page is one for saving."""
    found = SavedMethod.objects.filter(session_ref=session_ref).first()
    if found is None and our_reference:
        # The gateway was quicker than the row that notes its session.
        found = SavedMethod.objects.filter(pk=UUID(our_reference)).first()
    if found is None:
        return False
    session = gateways.current().read_session(session_ref)
    if session.complete:
        kept = gateways.current().read_kept(session_ref)
        if not _keep(found.pk, kept):
            gateways.current().forget(kept.method_ref)  # its person had gone, or had taken it away, meanwhile
    elif session.expired:
        _keep(found.pk, None)
    return True


@patient_act
def _keep(method_id: UUID, kept: Kept | None) -> bool:
    """Whether what the page saved, if anything, is usable now."""
    lock_rows(Locks.PAYMENTS, SavedMethod, [method_id])
    found = SavedMethod.objects.get(pk=method_id)
    if found.state != S.AWAITING:
        # What was removed and is not forgotten yet is asked for its answers first (`_forget`).
        return found.state == S.USABLE or bool(found.method_ref)
    if kept is None:
        found.state = S.REMOVED
        found.save(update_fields=["state"])
        return False
    found.state = S.USABLE
    found.kind, found.brand, found.last4 = kept.kind, kept.brand[:30], kept.last4
    found.expires_on = kept.expires_on
    found.customer_ref, found.method_ref = kept.customer_ref, kept.method_ref
    found.save()
    record(found.person, "save", found)
    return True


@act
def remove(by: Person, method_id: UUID) -> None:
    """Nothing is asked of it any more, and the gateway forgets it; the plans that it paid are owed as before. Raises
    IllegalMove if it is gone already."""
    lock_rows(Locks.PAYMENTS, SavedMethod, [method_id])
    found = SavedMethod.objects.get(pk=method_id)
    if found.state != S.USABLE:
        raise IllegalMove(state=found.get_state_display())
    lock_rows(Locks.PASSES, Subscription, found.subscriptions.values_list("pk", flat=True))
    found.subscriptions.update(method=None)
    found.state = S.REMOVED
    found.save(update_fields=["state"])
    record(by, "remove", found)
    outbox.put("billing.forget_method", {"method": str(found.pk)}, key=f"forget:{found.pk}")


@outbox.handler("billing.forget_method")
def on_remove(payload: dict[str, Any]) -> None:
    _forget(SavedMethod.objects.get(pk=payload["method"]))


def _forget(removed: SavedMethod) -> None:
    if removed.payments.filter(state=Payment.State.CREATED).exists():
        raise outbox.NotYet  # an answer was lost, and is asked for again by the same words
    if removed.method_ref:
        gateways.current().forget(removed.method_ref)
        SavedMethod.objects.filter(pk=removed.pk, state=S.REMOVED).update(method_ref="")


@act
def choose(by: Person, subscription_id: UUID, method_id: UUID | None) -> Subscription:
    """The plan's next periods are asked of this, or owed and paid by hand. Raises Missing for what is not its holder's."""
    lock_rows(Locks.PASSES, Subscription, [subscription_id])
    found = Subscription.objects.get(pk=subscription_id)
    if method_id is not None:
        theirs = SavedMethod.objects.filter(pk=method_id, state=S.USABLE)
        theirs = (
            theirs.filter(organisation=found.organisation_id)
            if found.organisation_id
            else theirs.filter(person=found.person_id, organisation=None)
        )
        if not theirs.exists():
            raise Missing
    found.method_id = method_id
    found.save(update_fields=["method"])
    record(by, "choose-method", found)
    return found


@outbox.every(timedelta(minutes=5), "billing.saved_methods")
def sweep() -> None:
    """What a lost message left open is looked at; a page that was never opened is over."""
    before = now() - timedelta(seconds=settings.SWEEP_GRACE_SECONDS)
    waiting = SavedMethod.objects.filter(state=S.AWAITING, made_at__lt=before)
    try:
        for one in waiting.exclude(session_ref="")[:200]:
            look_again(one.session_ref)
        asked = Payment.objects.filter(state=Payment.State.CREATED, saved__isnull=False).values("saved")
        for one in (
            SavedMethod.objects.filter(state=S.REMOVED).exclude(method_ref="").exclude(pk__in=asked)[:200]
        ):
            _forget(one)
        # Pages that were still open when their person was erased.
        left = SavedMethod.objects.filter(state=S.REMOVED, method_ref="", session_until__gt=now())
        for one in left.exclude(session_ref="")[:200]:
            _close_page(one)
    except GatewayDown:
        return
    for one in waiting.filter(session_ref="", session_until__lt=before)[:200]:
        _keep(one.pk, None)


def _close_page(removed: SavedMethod) -> None:
    """Nothing can be saved on it any more; what was, just before, the gateway forgets."""
    ended = gateways.current().close_session(removed.session_ref)
    if ended.complete:
        gateways.current().forget(gateways.current().read_kept(removed.session_ref).method_ref)
    SavedMethod.objects.filter(pk=removed.pk, state=S.REMOVED).update(session_until=now())
