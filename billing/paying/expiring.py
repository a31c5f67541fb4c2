"""Whoever relies on a saved card knows a month and a week before that it expires."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from billing.models import Deposit, SavedMethod, Subscription
from billing.papers.messages import reader
from core import mail, outbox
from core.clock import now
from core.words import Words

BEFORE = (7, 30)  # days; of each one message
RELIES = Words(
    "Ciao {name}, la carta salvata {card} scade il {day}, e qualcosa conta su di lei: un abbonamento o una cauzione.",
    "Hello {name}, the saved card {card} expires on {day}, and something relies on it: a membership or a deposit.",
)
ANOTHER = Words(
    "Salvane un'altra e sceglila per i tuoi rinnovi: altrimenti il prossimo andrà pagato a mano.",
    "Save another and choose it for your renewals: otherwise the next one has to be paid by hand.",
)


@outbox.every(timedelta(hours=6), "billing.expiring_cards")
def sweep() -> None:
    """Cards that expire within thirty days, and then within seven, are told of: once each."""
    today = now().date()
    plans = Subscription.objects.filter(method=OuterRef("pk"), state=Subscription.State.ACTIVE)
    deposits = Deposit.objects.filter(method_ref=OuterRef("method_ref"), state__in=Deposit.LIVE)
    rows = SavedMethod.objects.filter(
        Q(Exists(plans)) | Q(Exists(deposits)),
        state=SavedMethod.State.USABLE,
        expires_on__gte=today,
        expires_on__lte=today + timedelta(days=max(BEFORE)),
    )
    for found in rows:
        outbox.put(
            "billing.card_expires",
            {"method": str(found.pk)},
            key=f"card-expires:{found.pk}:{_step(found, today)}",
        )


def _step(found: SavedMethod, today: date) -> int | None:
    """Within how many days it expires, as they are told of; None for later."""
    until = found.expires_on
    return min((n for n in BEFORE if until and until <= today + timedelta(days=n)), default=None)


@outbox.handler("billing.card_expires")
def tell(payload: dict[str, Any]) -> None:
    """Whoever saved it knows until when it can be asked."""
    found = SavedMethod.objects.select_related("person").get(pk=payload["method"])
    days = _step(found, now().date())
    if found.state != SavedMethod.State.USABLE or found.expires_on is None or days is None:
        return
    mail.write(
        reader(found.person),
        Words("La tua carta sta per scadere: {card}", "Your card is about to expire: {card}"),
        [RELIES, ANOTHER],
        link=(Words("Le tue carte", "Your cards"), "/me"),
        key=f"card-expires:{found.pk}:{days}",
        name=found.person.name,
        card=f"{found.brand} ·· {found.last4}",
        day=f"{found.expires_on:%d/%m/%Y}",
    )
