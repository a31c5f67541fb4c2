"""Those who are late are reminded, step by step, in the issuer's words; once each, and not while they are paused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from billing.models import DunningPause, DunningStep, Issuer, Reminder
from billing.papers.freeze import ITALY
from billing.papers.messages import reader, readers_of
from billing.papers.pdf import money
from billing.papers.references import reference
from billing.paying.customer_credit import could_pay
from billing.paying.debts import Debt, debts, held_by, of_document, of_order, open_documents, owed_orders
from billing.paying.delivered import monthly
from core import mail, outbox
from core.audit import record
from core.clock import now
from core.ids import decode, encode
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import ZERO, Money
from core.periods import local_date
from core.words import Words
from people.models import Organisation, Person

# What an issuer begins with, once it says that it reminds at all.
USUAL = (
    (
        7,
        "Forse ti è sfuggito: il pagamento qui sotto è scaduto da qualche giorno.",
        "You may have missed it: the payment below fell due some days ago.",
    ),
    (
        30,
        "Il pagamento qui sotto è scaduto da un mese. Ti chiediamo di provvedere o di scriverci.",
        "The payment below has been due for a month. Please pay it, or write to us.",
    ),
    (
        60,
        "Nonostante i nostri solleciti il pagamento qui sotto è ancora aperto. È l'ultimo avviso.",
        "In spite of our reminders the payment below is still open. This is the last notice.",
    ),
)


def steps_of(issuer: Issuer) -> list[DunningStep]:
    """The issuer's steps, the earliest first."""
    return list(DunningStep.objects.filter(issuer=issuer).order_by("days"))


@act
def write_steps(by: Person, issuer: Issuer, told: list[dict[str, Any]]) -> list[DunningStep]:
    """These are the issuer's steps, and no others; what was sent stays as it was sent."""
    lock_rows(Locks.MONTH, Issuer, [issuer.pk])
    DunningStep.objects.filter(issuer=issuer).delete()
    made = DunningStep.objects.bulk_create(
        DunningStep(
            issuer=issuer,
            days=step["days"],
            text_it=step["text_it"],
            text_en=step["text_en"],
            fee=step["fee"],
        )
        for step in told
    )
    record(by, "dunning-steps", issuer, steps=[step.days for step in made])
    return sorted(made, key=lambda step: step.days)


@act
def pause(
    by: Person, issuer: Issuer, payer: Person | Organisation, until_on: date | None, reason: str
) -> DunningPause:
    """The customer is not reminded until that day, or until it is lifted."""
    who: dict[str, Any] = {"organisation": payer} if isinstance(payer, Organisation) else {"person": payer}
    told = {"until_on": until_on, "reason": reason, "made_by": by, "made_at": now()}
    made, _ = DunningPause.objects.update_or_create(issuer=issuer, **who, defaults=told)
    record(by, "dunning-pause", made)
    return made


@act
def lift(by: Person, pause_id: UUID) -> None:
    """The customer is reminded again."""
    for found in DunningPause.objects.filter(pk=pause_id):
        record(by, "dunning-lift", found)
        found.delete()


def paused(issuer: Issuer, today: date) -> set[UUID]:
    """The ids of persons and organisations that are not reminded on a day."""
    rows = DunningPause.objects.filter(Q(until_on=None) | Q(until_on__gt=today), issuer=issuer)
    return {pk for pair in rows.values_list("person_id", "organisation_id") for pk in pair if pk}


def step_due(steps: list[DunningStep], late: int) -> DunningStep | None:
    """The last step whose day has come: those before it that were missed are not made up for. Pure."""
    return next((step for step in reversed(steps) if late >= step.days), None)


def remind_all() -> None:
    """Every day: each debt that reached a step has its row and its message."""
    for issuer in Issuer.objects.filter(dunning_steps__isnull=False).distinct():
        outbox.put("billing.dun", {"issuer": str(issuer.pk)}, key=f"dun:{issuer.pk}:{_today()}")


def _today() -> date:
    return local_date(now(), ITALY)


def _reached(issuer: Issuer) -> Iterator[tuple[Debt, DunningStep]]:
    """The issuer's debts that reached a step, each with it: of nobody who rests, and of nothing that a bill will ask for."""
    today = _today()
    on_a_bill = set(monthly(issuer).values_list("order_id", flat=True))
    steps, resting = steps_of(issuer), paused(issuer, today)
    for debt in debts(issuer):
        step = step_due(steps, debt.late(today))
        waits = debt.order is not None and debt.order.pk in on_a_bill  # its month's bill is what asks for it
        if step is not None and debt.payer is not None and debt.payer.pk not in resting and not waits:
            yield debt, step


def covered(issuer: Issuer) -> list[Debt]:
    """What reached a step and is not reminded of, for a credit of its customer could pay all of it; the oldest first."""
    credit = could_pay(issuer)
    return [debt for debt, _ in _reached(issuer) if debt.open == credit.get(debt.thing)] if credit else []


@outbox.handler("billing.dun")
def dun(payload: dict[str, Any]) -> None:
    """An issuer's debts that reached a step are on their way to be reminded; a debt each, so that one fault stops one."""
    issuer = Issuer.objects.get(pk=payload["issuer"])
    credit = could_pay(issuer)
    for debt, step in _reached(issuer):
        if debt.open == credit.get(debt.thing):
            continue
        told = {"issuer": str(issuer.pk), "step": str(step.pk), "debt": debt.public}
        outbox.put("billing.remind", told, key=f"remind:{debt.public}:{step.days}")


@outbox.handler("billing.remind")
def _remind(payload: dict[str, Any]) -> None:
    remind(UUID(payload["issuer"]), UUID(payload["step"]), payload["debt"])


@act
def remind(issuer_id: UUID, step_id: UUID, debt_id: str) -> None:
    """The reminder's row and message are written together, once; nothing if it has been paid or paused meanwhile, or its
    customer has a credit that could pay it."""
    issuer = Issuer.objects.select_related("partner__organisation").get(pk=issuer_id)
    step = DunningStep.objects.filter(pk=step_id).first()
    lock_rows(Locks.MONTH, Issuer, [issuer_id])
    debt = next((d for d in _debts_like(issuer, debt_id)), None)
    if step is None or debt is None or debt.payer is None or debt.payer.pk in paused(issuer, _today()):
        return
    known = Reminder.objects.filter(
        issuer=issuer, document=debt.document, order=debt.order, days__gte=step.days
    )
    if known.exists():
        return
    credit = could_pay(issuer, held_by(debt.payer)).get(debt.thing, ZERO)
    if credit == debt.open:
        return
    made = Reminder.objects.create(
        issuer=issuer, document=debt.document, order=debt.order, days=step.days, fee=step.fee
    )
    _write(issuer, step, debt, made, credit)


def _debts_like(issuer: Issuer, public: str) -> list[Debt]:
    if public.startswith("doc_"):
        return [of_document(d) for d in open_documents(issuer).filter(pk=decode("doc", public))]
    return [of_order(order) for order in owed_orders(issuer).filter(pk=decode("ord", public))]


TO = Words("{label}: {open}, da pagare entro il {day}.", "{label}: {open}, to be paid by {day}.")
# What the house owes its customer is not asked for.
CREDIT = Words(
    "Hai però un credito di {credit}: lo tratteniamo per questo, e restano da pagare {left}.",
    "But you have a credit of {credit}: we use it for this, and {left} is left to pay.",
)
# Told, and asked for apart: what is paid now is the debt alone.
FEE = Words(
    "Le spese di questo sollecito, {fee}, ti saranno chieste a parte: ora paga solo {left}.",
    "The cost of this reminder, {fee}, will be asked for apart: pay only {left} now.",
)
HOW = Words(
    "Con bonifico a {seller}{iban}, causale {reference}. Se hai già pagato, non tenerne conto.",
    "By bank transfer to {seller}{iban}, reason {reference}. If you have paid already, please ignore this.",
)


def _write(issuer: Issuer, step: DunningStep, debt: Debt, made: Reminder, credit: Money) -> None:
    person = debt.person
    body = debt.payer if isinstance(debt.payer, Organisation) else None
    if person is not None and (body is None or not body.email):
        _say(issuer, step, debt, made, credit, reader(person))
    elif body is not None:
        for to in readers_of(body):
            _say(issuer, step, debt, made, credit, to)


def _say(
    issuer: Issuer, step: DunningStep, debt: Debt, made: Reminder, credit: Money, to: mail.Reader
) -> None:
    link = (
        (Words("Paga ora", "Pay now"), f"/checkout/{encode('cho', debt.order.checkout.pk)}")
        if debt.order is not None and not credit  # that page asks for the whole
        else None
    )
    besides = [*([CREDIT] if credit else []), *([FEE] if step.fee else [])]
    mail.write(
        to,
        Words("Sollecito di pagamento: {label}", "Payment reminder: {label}"),
        [Words(_plain(step.text_it), _plain(step.text_en)), TO, *besides, HOW],
        link=link,
        attachments=[{"kind": "document", "id": str(debt.document.pk)}] if debt.document else [],
        key=f"reminder:{made.pk}:{to.email}",
        label=debt.label,
        open=money(debt.open.cents, to.language),
        credit=money(credit.cents, to.language),
        left=money((debt.open - credit).cents, to.language),
        day=f"{debt.due_on:%d/%m/%Y}",
        fee=money(step.fee.cents, to.language),
        seller=str(issuer),
        iban=f" ({issuer.iban})" if issuer.iban else "",
        reference=reference(debt.thing),
    )


def _plain(text: str) -> str:
    # The office's words are no sentence of ours: a brace in them fills nothing.
    return text.replace("{", "{{").replace("}", "}}")


outbox.every(timedelta(days=1), "billing.remind_all")(remind_all)
