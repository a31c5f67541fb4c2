"""The partners of a consortium and their shares, which always make the whole, under versions of one agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from core.audit import record
from core.clock import today
from core.errors import Invalid, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.words import Words
from people.models import Agreement, Consortium, Partner, Person, Share

WHOLE = Decimal(100)
AHEAD = timedelta(days=731)


class SharesNotWhole(Invalid):
    code = "shares-not-whole"
    title = Words("Quote incomplete", "Shares not whole")
    sentence = Words(
        "Le quote di un accordo devono fare 100, non {sum}.",
        "The shares of an agreement must make 100, not {sum}.",
    )


TOO_EARLY = Words(
    "Un accordo vale da oggi in poi, e dopo il precedente: quanto è già venduto non cambia.",
    "An agreement holds from today on, and after the one before it: what is sold already does not change.",
)
TOO_LATE = Words("Un accordo si fissa al più due anni prima.", "An agreement is set at most two years ahead.")
LEAVES_A_GAP = Words(
    "Il primo accordo vale dal {day}: un altro al suo posto vale dallo stesso giorno, o i giorni fra i due non ne "
    "avrebbero nessuno.",
    "The first agreement holds from {day}: another in its place holds from the same day, or the days between the two would "
    "have none.",
)
NOT_A_PARTNER = Words("Non è un partner di questo raggruppamento.", "Not a partner of this consortium.")


def agreement_on(consortium: UUID, day: date) -> Agreement | None:
    """The agreement in force on a day."""
    return Agreement.objects.filter(consortium=consortium, from_on__lte=day).order_by("-from_on").first()


def shares_on(consortium: UUID, day: date) -> dict[UUID, Decimal]:
    """Each partner's percentage on a day, in the partners' fixed order; empty before the first agreement.

    Raises SharesNotWhole if they do not make 100.
    """
    agreement = agreement_on(consortium, day)
    return {} if agreement is None else shares_of(agreement)


def shares_of(agreement: Agreement) -> dict[UUID, Decimal]:
    """Each partner's percentage under an agreement, in the partners' fixed order. Raises SharesNotWhole."""
    rows = Share.objects.filter(agreement=agreement).order_by("partner_id")
    shares = dict(rows.values_list("partner_id", "percent"))
    check_whole(shares.values())
    return shares


def check_whole(percents: Iterable[Decimal]) -> None:
    """Raises SharesNotWhole unless these percentages make exactly 100."""
    found = sum(percents, Decimal(0))
    if found != WHOLE:
        raise SharesNotWhole(sum=str(found))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version of an agreement says: from when, by which mandate, for which fee, with which shares."""

    from_on: date
    shares: Mapping[UUID, Decimal]
    mandate_on: date | None = None
    mandate_ref: str = ""
    mandate_fee: Decimal = Decimal(0)
    between_rate: Decimal = Decimal(22)
    between_natura: str = ""


@act
def agree(by: Person, consortium_id: UUID, terms: Terms) -> Agreement:
    """The next version of the agreement is in force from its day on; the versions before it stay as they are.

    Raises SharesNotWhole, Invalid for a day that is past, too far, or not after the last version's, or for a stranger's share.
    """
    lock_rows(Locks.WHO, Consortium, [consortium_id])
    return agreed(by, consortium_id, terms)


def agreed(
    by: Person, consortium_id: UUID, terms: Terms, not_before: date | None = None, at: str = ""
) -> Agreement:
    """Inside an act that has the consortium: the same; in a version's place from that one's day (`not_before`) at the
    earliest, and from that day if it was the first and in force. Faults of the shares are told at `at`."""
    last = Agreement.objects.filter(consortium=consortium_id).order_by("-version").first()
    earliest = today() if not_before is None else min(today(), not_before)
    if terms.from_on < earliest or (last is not None and terms.from_on <= last.from_on):
        raise Invalid(pointers=[Pointer("/from_on", "too-early", TOO_EARLY.say())])
    if last is None and not_before is not None and not_before <= today() and terms.from_on > not_before:
        said = LEAVES_A_GAP.say(day=f"{not_before:%d/%m/%Y}")
        raise Invalid(pointers=[Pointer("/from_on", "too-late", said)])
    if terms.from_on > today() + AHEAD:
        raise Invalid(pointers=[Pointer("/from_on", "too-late", TOO_LATE.say())])
    partners = set(Partner.objects.filter(consortium=consortium_id).values_list("pk", flat=True))
    if strangers := [n for n, pk in enumerate(terms.shares) if pk not in partners]:
        raise Invalid(
            pointers=[Pointer(f"{at}/shares/{n}", "unknown", NOT_A_PARTNER.say()) for n in strangers]
        )
    check_whole(terms.shares.values())
    made = Agreement.objects.create(
        consortium_id=consortium_id,
        version=last.version + 1 if last else 1,
        from_on=terms.from_on,
        mandate_on=terms.mandate_on,
        mandate_ref=terms.mandate_ref,
        mandate_fee=terms.mandate_fee,
        between_rate=terms.between_rate,
        between_natura=terms.between_natura,
    )
    Share.objects.bulk_create(
        Share(agreement=made, partner_id=pk, percent=percent) for pk, percent in terms.shares.items()
    )
    record(by, "agree", made, version=made.version, from_on=made.from_on.isoformat())
    return made
