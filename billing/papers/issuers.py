"""How an issuer dresses and numbers its documents, and by which way they leave; what was issued stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Document, Issuer, NumberCounter, NumberSeries, SendingCounter, Transmission
from billing.papers import channels, numbering, vat_checks
from billing.papers.freeze import ITALY
from billing.papers.sdi import base36
from billing.schemas import Unreadable, read
from core import effect, outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Missing, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.periods import local_date
from core.words import Words
from people.models import Person

CODE = r"^[A-Z0-9]{1,8}$"  # it is in every number, of which the SdI takes twenty signs and no accent
MOST_LOGO = 200 * 1024
SVG = "{http://www.w3.org/2000/svg}svg"
TAKEN = Words("L'emittente ha già un sezionale {code}.", "The issuer has a number series {code} already.")
NUMBERED = Words("in questa serie ci sono già documenti", "this series has documents already")
NOT_ITS_KIND = Words(
    "Si sceglie tra i sezionali dell'emittente per questo tipo di documento.",
    "It is chosen among the issuer's number series for this kind of document.",
)
WRITTEN = Words("i suoi file hanno già un nome da qui", "its files have been named here already")
NOT_DRAWABLE = Words(
    "Il logo è un disegno SVG, di 200 KB al più, che non chiama altri file.",
    "The logo is an SVG drawing of 200 KB at most that names no other file.",
)

NOT_LOOKED_AT = Words(
    "Guarda bene e conferma: questo IBAN prende il posto di {old}.",
    "Look again and confirm: this IBAN takes the place of {old}.",
)


def is_logo(text: str) -> bool:
    """Whether a text is a drawing that can stand on a document: SVG, and nothing that runs or is fetched."""
    if len(text.encode()) > MOST_LOGO:
        return False
    try:
        root = read(text.encode())
    except Unreadable:
        return False
    return root.tag == SVG and not any(_reaches_out(node) for node in root.iter())


def _reaches_out(node: Any) -> bool:
    if not isinstance(node.tag, str):
        return False
    if node.tag.rpartition("}")[2] in ("script", "foreignObject"):
        return True
    return any(
        name.rpartition("}")[2].startswith("on")
        or (name.rpartition("}")[2] == "href" and not value.startswith(("#", "data:image/")))
        for name, value in node.attrib.items()
    )


def year_now() -> int:
    """The year in which numbers are drawn today."""
    return local_date(now(), ITALY).year


def series_of(issuer: Issuer) -> QuerySet[Any]:
    """The issuer's series by their code, each with `numbered`: whether a document has ever been in it."""
    issued = Document.objects.filter(series=OuterRef("pk"))
    return issuer.number_series.annotate(numbered=Exists(issued)).order_by("code")


def last_numbers(series: Sequence[NumberSeries]) -> dict[UUID, int]:
    """The last number drawn in each series this year."""
    rows = NumberCounter.objects.filter(series__in=series, year=year_now())
    return dict(rows.values_list("series_id", "last"))


@act
def edit(
    by: Person,
    issuer_id: UUID,
    told: dict[str, Any],
    series: Sequence[dict[str, Any]],
    iban_seen: str | None = None,
    last_file: str | None = None,
    numbered: Sequence[dict[str, Any]] = (),
) -> Issuer:
    """The issuer is as told, from its next document on.

    Another IBAN takes the place of one that is there only with `iban_seen`, the one that goes: money follows it.
    `last_file`: the last progressive in the names of files that another system sent. `numbered`: of each kind named, in
    which series it is numbered as usual, and in which for public offices (None: as usual).
    Raises Invalid for a channel that cannot be used, a logo that cannot be drawn, an IBAN that was not looked at, a
    series that is not for its kind; IllegalMove for a series that has documents, and for file names once a file was written.
    """
    lock_rows(Locks.MONTH, Issuer, [issuer_id])
    issuer = Issuer.objects.get(pk=issuer_id)
    before, asked = issuer.iban, issuer.asks_vies
    if before and told.get("iban", before) != before:
        if iban_seen != before:
            raise Invalid(pointers=[Pointer("/iban", "confirm", NOT_LOOKED_AT.say(old=before))])
        record(by, "change-iban", issuer, old=before, new=told["iban"])
    for name, value in told.items():
        setattr(issuer, name, value)
    if "logo" in told and told["logo"] and not is_logo(told["logo"]):
        raise Invalid(pointers=[Pointer("/logo", "invalid", NOT_DRAWABLE.say())])
    if "channel" in told and (why := channels.against(issuer, issuer.channel)) is not None:
        raise Invalid(pointers=[Pointer("/channel", why.code, why.detail)])
    issuer.save(update_fields=list(told))
    if issuer.asks_vies and not asked:
        outbox.put(vat_checks.ALL, {"issuer": str(issuer.pk)})
    for one in series:
        _renumber(issuer, **one)
    if last_file is not None:
        _rename(issuer, last_file)
    for n, choice in enumerate(numbered):
        _choose(issuer, n, **choice)
    record(by, "edit", issuer, fields=sorted(told), series=len(series), numbered=len(numbered))
    return issuer


def _choose(issuer: Issuer, n: int, kind: str, usual_id: UUID, public_id: UUID | None) -> None:
    """From its next document on a kind is numbered in these series of the issuer."""
    rows = [s for s in issuer.number_series.order_by("code") if kind in s.kinds]
    for name, pk in (("usual_id", usual_id), ("public_id", public_id)):
        if pk is not None and pk not in {s.pk for s in rows}:
            raise Invalid(pointers=[Pointer(f"/numbering/{n}/{name}", "another-kind", NOT_ITS_KIND.say())])
    for series in rows:
        series.usual_for = _with(series.usual_for, kind, series.pk == usual_id)
        series.public_for = _with(series.public_for, kind, series.pk == public_id)
    NumberSeries.objects.bulk_update(rows, ["usual_for", "public_for"])


def _with(kinds: Sequence[str], kind: str, here: bool) -> list[str]:
    return sorted({*kinds, kind} if here else {*kinds} - {kind})


@act
def add_series(by: Person, issuer_id: UUID, code: str, kinds: Sequence[str], last: int) -> NumberSeries:
    """The issuer has one more series, whose next number of this year follows `last`. What was usual for these kinds stays
    so, until another is chosen. Raises Invalid for a code that another series has."""
    lock_rows(Locks.MONTH, Issuer, [issuer_id])
    issuer = Issuer.objects.get(pk=issuer_id)
    rows = list(issuer.number_series.order_by("code"))
    if code in {s.code for s in rows}:
        raise Invalid(pointers=[Pointer("/code", "taken", TAKEN.say(code=code))])
    for kind in kinds:
        if (found := numbering.chosen(rows, kind)) is not None:
            found.usual.usual_for = _with(found.usual.usual_for, kind, True)
    NumberSeries.objects.bulk_update(rows, ["usual_for"])
    made = NumberSeries.objects.create(issuer=issuer, code=code, kinds=list(kinds))
    NumberCounter.objects.create(series=made, year=year_now(), last=last)
    record(by, "add-series", issuer, code=code, kinds=list(kinds))
    effect.note(made)
    return made


def _renumber(issuer: Issuer, id: UUID, code: str, last: int) -> None:
    """A series that nobody has drawn from goes on where another system left off, under the code that it had there."""
    if not NumberSeries.objects.filter(issuer=issuer, pk=id).exists():
        raise Missing
    counter, _ = NumberCounter.objects.get_or_create(series_id=id, year=year_now())
    lock_rows(Locks.NUMBERS, NumberCounter, [counter.pk])
    if Document.objects.filter(series=id).exists():
        raise IllegalMove(state=NUMBERED.say())
    if NumberSeries.objects.filter(issuer=issuer, code=code).exclude(pk=id).exists():
        raise Invalid(pointers=[Pointer("/series", "taken", TAKEN.say(code=code))])
    NumberSeries.objects.filter(pk=id).update(code=code)
    NumberCounter.objects.filter(pk=counter.pk).update(last=last)


def _rename(issuer: Issuer, last: str) -> None:
    """Its files are named from after this progressive on, as long as none has a name yet."""
    counter, _ = SendingCounter.objects.get_or_create(issuer=issuer)
    lock_rows(Locks.NUMBERS, SendingCounter, [counter.pk])
    if has_sent(issuer):
        raise IllegalMove(state=WRITTEN.say())
    SendingCounter.objects.filter(pk=counter.pk).update(last=int(last or "0", 36))


def has_sent(issuer: Issuer) -> bool:
    """Whether a file of this issuer was ever named."""
    return Transmission.objects.filter(revision__document__issuer=issuer).exists()


def last_file(issuer: Issuer) -> str:
    """The last progressive in a name of its files, written or told; empty if there is none."""
    counter = SendingCounter.objects.filter(issuer=issuer).first()
    return base36(counter.last) if counter is not None and counter.last else ""
