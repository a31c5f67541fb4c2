"""The SdI's own controls, run before anything leaves, and on whatever is read.

Source: "Elenco dei controlli effettuati sul file fattura", version 2.0 of 31 January 2025, and technical specifications
1.9.1 for what it checks between private parties. What only the SdI can know (whether a code exists in its registers,
whether a number was sent before, whether a signature is good) is not here.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import combinations, islice
from typing import Any

from billing.papers.control_words import CONTROLS
from billing.papers.fault_places import place_of, whose
from billing.schemas import MOST_BYTES, VERSIONS, Unreadable, read, schema_of
from core.words import Words

CENT, UNIT = Decimal("0.01"), Decimal("1.00")
MOST_FAULTS = 50  # 00201: the SdI stops reading there
FILE_NAME = re.compile(r"[A-Z]{2}[A-Za-z0-9]{2,28}_[A-Za-z0-9]{1,5}\.xml(\.p7m)?")
OF_A_LINE = re.compile(r"DettaglioLinee\[(\d+)\]")
MOST_SIMPLIFIED = Decimal(400)
# Types in which buyer and seller have to differ, or to be the same; those of a seller abroad, of one in Italy (who sends
# it no invoice), and for a known buyer.
OF_TWO = {
    "TD01",
    "TD02",
    "TD03",
    "TD06",
    "TD16",
    "TD17",
    "TD18",
    "TD19",
    "TD20",
    "TD24",
    "TD25",
    "TD28",
    "TD29",
}
OF_ONE = {"TD21", "TD27"}
FROM_ABROAD = {"TD17", "TD18", "TD19", "TD28"}
FROM_ITALY = {"TD29"}
TO_A_TRADER = {"TD16", "TD17", "TD18", "TD19", "TD20", "TD22", "TD23", "TD28", "TD29"}
CREDIT = "TD04"


@dataclass(frozen=True, slots=True)
class Fault:
    """What the SdI would refuse: its code, where (an XPath), and what it found there."""

    code: str
    where: str
    found: str = ""
    described: int = 0  # lines of the file up to there that only go on describing the one before

    @property
    def sentence(self) -> Words:
        return CONTROLS[self.code].words

    @property
    def place(self) -> str:
        """The field to mend, as a JSON pointer; empty if there is no one field."""
        return place_of(self.code, self.where, self.described)

    @property
    def mend(self) -> str:
        """Whose data to mend: customer, issuer, lines or document."""
        return whose(self.place, CONTROLS[self.code].mend)


def faults(content: bytes, today: date, file_name: str | None = None) -> list[Fault]:
    """Every reason for which the SdI would refuse these bytes on this day (in Italy); none if it would take them."""
    if file_name is not None and not FILE_NAME.fullmatch(file_name):
        return [Fault("00001", "", file_name)]
    if not content.strip():
        return [Fault("00106", "")]
    if len(content) > MOST_BYTES:
        return [Fault("00003", "", str(len(content)))]
    try:
        root = read(content)
    except Unreadable as error:
        return [Fault("00200", "", str(error))]
    name = _local(root)
    if name not in VERSIONS:
        return [Fault("00200", "/", name)]
    schema = schema_of(name)
    if not schema.validate(root):
        wrong = [_counted(root, Fault("00200", e.path or "", e.message)) for e in schema.error_log]
        return wrong[:MOST_FAULTS] + [Fault("00201", "", str(len(wrong)))] * (len(wrong) > MOST_FAULTS)
    whole = _Simplified(root, today) if name.endswith("Semplificata") else _Ordinary(root, today)
    return [_counted(root, fault) for fault in whole.faults()]


def to_mend(faults: Iterable[Fault]) -> list[Fault]:
    """The faults as whoever mends them needs them: each code once a field, however many lines a description is told in."""
    return list(
        {(fault.code, fault.place or fault.where): fault for fault in reversed(list(faults))}.values()
    )[::-1]


def _counted(root: Any, fault: Fault) -> Fault:
    """The fault, with how many lines without a quantity, as ours are that only describe, stand up to it."""
    place = OF_A_LINE.search(fault.where)
    if place is None:
        return fault
    lines = islice(root.iter("DettaglioLinee"), int(place[1]))
    return replace(fault, described=sum(line.find("Quantita") is None for line in lines))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


class _Read(ABC):
    """A valid file, with its values at hand."""

    def __init__(self, root: Any, today: date) -> None:
        self.root, self.today = root, today

    @abstractmethod
    def faults(self) -> Iterator[Fault]:
        """What this kind of file breaks, in the order in which the SdI looks."""

    @staticmethod
    def text(element: Any, path: str) -> str:
        return str(element.findtext(path) or "").strip()

    @classmethod
    def number(cls, element: Any, path: str, default: str = "0") -> Decimal:
        return Decimal(cls.text(element, path) or default)

    def fault(self, code: str, element: Any, found: str = "") -> Fault:
        return Fault(code, re.sub(r"\*|\{.*?\}|\w+:", "", self.root.getroottree().getpath(element)), found)

    def _of_rate(self, codes: tuple[str, str], element: Any, *, but: bool = False) -> Iterator[Fault]:
        """No tax has a reason (natura), a tax has none."""
        rate, natura = self.number(element, "AliquotaIVA"), self.text(element, "Natura")
        if not rate and not natura:
            yield self.fault(codes[0], element)
        elif rate and natura and not but:
            yield self.fault(codes[1], element, natura)
        if rate and rate < 1:
            yield self.fault("00424", element, str(rate))
        if natura in ("N2", "N3", "N6"):
            yield self.fault("00445", element, natura)


class _Ordinary(_Read):
    def faults(self) -> Iterator[Fault]:
        header = self.root.find("FatturaElettronicaHeader")
        yield from self._header(header)
        for body in self.root.findall("FatturaElettronicaBody"):
            yield from self._general(header, body)
            yield from self._lines(body)
            yield from self._funds(body)
            yield from self._summaries(body)
            yield from self._sums(body)
        yield from self._twice()

    def _twice(self) -> Iterator[Fault]:
        """The same number twice in one file: within a year, or on a day where a decree lets numbers begin anew
        (Art73); credit notes are counted apart."""
        bodies = self.root.findall("FatturaElettronicaBody/DatiGenerali/DatiGeneraliDocumento")
        for one, other in combinations(bodies, 2):
            anew = all(self.text(each, "Art73") == "SI" for each in (one, other))
            number, again = (
                (
                    self.text(each, "Numero"),
                    self.text(each, "TipoDocumento") == CREDIT,
                    self.text(each, "Data")[: 10 if anew else 4],
                )
                for each in (one, other)
            )
            if number == again:
                yield self.fault("00409", other, number[0])

    def _header(self, header: Any) -> Iterator[Fault]:
        sent = header.find("DatiTrasmissione")
        form, to = self.text(sent, "FormatoTrasmissione"), self.text(sent, "CodiceDestinatario")
        if self.root.get("versione") != form:
            yield self.fault("00428", sent, form)
        if len(to) != (6 if form == "FPA12" else 7):
            yield self.fault("00427", sent, to)
        buyer = header.find("CessionarioCommittente/DatiAnagrafici")
        if buyer.find("IdFiscaleIVA") is None and buyer.find("CodiceFiscale") is None:
            yield self.fault("00417", buyer)
        countries = [
            self.text(header, f"{side}/DatiAnagrafici/IdFiscaleIVA/IdPaese")
            for side in ("CedentePrestatore", "CessionarioCommittente")
        ]
        if countries[0] != "IT" and countries[1] not in ("IT", ""):
            yield self.fault("00476", header, countries[1])
        if (
            to == "XXXXXXX"
            and (countries[1] or self.text(header, "CessionarioCommittente/Sede/Nazione")) == "IT"
        ):
            yield self.fault("00313", sent, to)
        if self.text(sent, "PECDestinatario").lower().endswith("@pec.fatturapa.it"):
            yield self.fault("00330", sent)

    def _general(self, header: Any, body: Any) -> Iterator[Fault]:
        general = body.find("DatiGenerali/DatiGeneraliDocumento")
        kind, issued = self.text(general, "TipoDocumento"), self.text(general, "Data")[:10]
        if date.fromisoformat(issued) > self.today:
            yield self.fault("00403", general, issued)
        if not any(sign.isdigit() for sign in self.text(general, "Numero")):
            yield self.fault("00425", general, self.text(general, "Numero"))
        withheld = [
            *body.findall("DatiBeniServizi/DettaglioLinee"),
            *general.findall("DatiCassaPrevidenziale"),
        ]
        for element in withheld:
            if self.text(element, "Ritenuta") == "SI" and general.find("DatiRitenuta") is None:
                yield self.fault("00415" if _local(element).startswith("DatiCassa") else "00411", element)
        for discount in general.findall("ScontoMaggiorazione"):
            if discount.find("Percentuale") is None and discount.find("Importo") is None:
                yield self.fault("00437", discount)
        if kind == CREDIT:
            for linked in body.findall("DatiGenerali/DatiFattureCollegate"):
                if (of := self.text(linked, "Data")[:10]) and issued < of:
                    yield self.fault("00418", linked, of)
        yield from self._sides(header, body, kind, general)

    def _sides(self, header: Any, body: Any, kind: str, general: Any) -> Iterator[Fault]:
        seller, buyer = (
            header.find(f"{side}/DatiAnagrafici") for side in ("CedentePrestatore", "CessionarioCommittente")
        )
        same = self._identity(seller) == self._identity(buyer)
        if kind in OF_TWO and same:
            yield self.fault("00471", general, kind)
        if kind in OF_ONE and not same:
            yield self.fault("00472", general, kind)
        italian = self.text(seller, "IdFiscaleIVA/IdPaese") == "IT"
        if (kind in FROM_ABROAD and italian) or (kind in FROM_ITALY and not italian):
            yield self.fault("00473", general, kind)
        rates = body.findall("DatiBeniServizi/DettaglioLinee/AliquotaIVA")
        if kind == "TD21" and any(not Decimal(rate.text) for rate in rates):
            yield self.fault("00474", general, kind)
        if kind in TO_A_TRADER and buyer.find("IdFiscaleIVA") is None:
            yield self.fault("00475", general, kind)

    def _identity(self, side: Any) -> tuple[str, str]:
        vat = self.text(side, "IdFiscaleIVA/IdPaese") + self.text(side, "IdFiscaleIVA/IdCodice")
        return (vat, "") if vat else ("", self.text(side, "CodiceFiscale"))

    def _lines(self, body: Any) -> Iterator[Fault]:
        kind = self.text(body, "DatiGenerali/DatiGeneraliDocumento/TipoDocumento")
        for line in body.findall("DatiBeniServizi/DettaglioLinee"):
            yield from self._of_rate(("00400", "00401"), line, but=kind == "TD16")
            for discount in line.findall("ScontoMaggiorazione"):
                if discount.find("Percentuale") is None and discount.find("Importo") is None:
                    yield self.fault("00438", discount)
            ideal = self.discounted(line) * self.number(line, "Quantita", "1")
            if abs(ideal - self.number(line, "PrezzoTotale")) >= CENT:
                yield self.fault("00423", line, f"{ideal.normalize():f}")

    def discounted(self, line: Any) -> Decimal:
        """The unit price after its discounts, one after the other; where both are given the amount counts."""
        price = self.number(line, "PrezzoUnitario")
        for discount in line.findall("ScontoMaggiorazione"):
            sign = -1 if self.text(discount, "Tipo") == "SC" else 1
            if amount := self.text(discount, "Importo"):
                price += sign * Decimal(amount)
            else:
                price += sign * price * self.number(discount, "Percentuale") / 100
        return price

    def _funds(self, body: Any) -> Iterator[Fault]:
        for fund in body.findall("DatiGenerali/DatiGeneraliDocumento/DatiCassaPrevidenziale"):
            yield from self._of_rate(("00413", "00414"), fund)

    def _summaries(self, body: Any) -> Iterator[Fault]:
        for summary in body.findall("DatiBeniServizi/DatiRiepilogo"):
            yield from self._of_rate(("00429", "00430"), summary)
            if self.text(summary, "EsigibilitaIVA") == "S" and self.text(summary, "Natura").startswith("N6"):
                yield self.fault("00420", summary)
            ideal = self.number(summary, "AliquotaIVA") * self.number(summary, "ImponibileImporto") / 100
            if abs(ideal - self.number(summary, "Imposta")) >= CENT:
                yield self.fault("00421", summary, f"{ideal.normalize():f}")

    def _sums(self, body: Any) -> Iterator[Fault]:
        """What the lines and the funds add up to is what the summaries say, rate by rate."""
        wanted: dict[Decimal, Decimal] = defaultdict(Decimal)
        came: dict[Decimal, Decimal] = defaultdict(Decimal)
        natures: set[str] = set()
        goods = body.find("DatiBeniServizi")
        for line in goods.findall("DettaglioLinee"):
            wanted[self.number(line, "AliquotaIVA")] += self.number(line, "PrezzoTotale")
            natures.add(self.text(line, "Natura"))
        for fund in body.findall("DatiGenerali/DatiGeneraliDocumento/DatiCassaPrevidenziale"):
            wanted[self.number(fund, "AliquotaIVA")] += self.number(fund, "ImportoContributoCassa")
            natures.add(self.text(fund, "Natura"))
        summaries = goods.findall("DatiRiepilogo")
        for summary in summaries:
            rate = self.number(summary, "AliquotaIVA")
            came[rate] += self.number(summary, "ImponibileImporto") - self.number(summary, "Arrotondamento")
        if len(summaries) < len(wanted):
            yield self.fault("00419", goods)
        for rate in sorted(wanted.keys() - came.keys()):
            yield self.fault("00443", goods, str(rate))
        told = {self.text(summary, "Natura") for summary in summaries}
        for natura in sorted(natures - told - {""}):
            yield self.fault("00444", goods, natura)
        for rate in sorted(wanted.keys() & came.keys()):
            if abs(wanted[rate] - came[rate]) >= UNIT:
                yield self.fault("00422", goods, f"{wanted[rate]} ≠ {came[rate]}")


class _Simplified(_Read):
    def faults(self) -> Iterator[Fault]:
        header = self.root.find("FatturaElettronicaHeader")
        sent = header.find("DatiTrasmissione")
        form, to = self.text(sent, "FormatoTrasmissione"), self.text(sent, "CodiceDestinatario")
        if self.root.get("versione") != form:
            yield self.fault("00428", sent, form)
        if len(to) != 7:
            yield self.fault("00427", sent, to)
        # Beyond the amount of a simplified invoice only some regimes may write one.
        free = self.text(header, "CedentePrestatore/RegimeFiscale") in ("RF19", "RF20")
        numbers = [
            self.text(header, f"{side}/IdFiscaleIVA/IdPaese")
            + self.text(header, f"{side}/IdFiscaleIVA/IdCodice")
            for side in ("CedentePrestatore", "CessionarioCommittente/IdentificativiFiscali")
        ]
        for body in self.root.findall("FatturaElettronicaBody"):
            general = body.find("DatiGenerali/DatiGeneraliDocumento")
            issued = self.text(general, "Data")[:10]
            if date.fromisoformat(issued) > self.today:
                yield self.fault("00403", general, issued)
            if not any(sign.isdigit() for sign in self.text(general, "Numero")):
                yield self.fault("00425", general, self.text(general, "Numero"))
            if self.text(general, "TipoDocumento") == "TD07" and numbers[0] == numbers[1]:
                yield self.fault("00471", general, "TD07")
            total = sum(
                (self.number(goods, "Importo") for goods in body.findall("DatiBeniServizi")), Decimal()
            )
            if total > MOST_SIMPLIFIED and not free:
                yield self.fault("00460", body, str(total))
