"""A billing case played against the API: its seller and customer made, its document asked for, its files read back."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lxml import etree

from billing.models import Issuer, NumberCounter, NumberSeries
from core.ids import encode
from core.money import Money
from core.periods import next_month
from people.models import Consortium, Organisation, Partner, Person, Role
from tests.api import client
from tests.scenarios.cases import Misread

ROME = ZoneInfo("Europe/Rome")
KEYS = itertools.count()
KINDS = {"public body": "public", "association, no VAT no.": "association"}
NUMBER = re.compile(r"([A-Z]+)-(\d{4})/(\d+)")
METHODS = {"MP05": "transfer", "MP08": "card", "MP22": "withheld", "MP01": "cash", "MP19": "sepa"}
NEEDED = ("id", "seller", "customer", "price_mode", "date", "number", "input_lines", "options", "expected")
OPTIONS = {"mp", "recharge", "split", "due", "causale", "pa", "cassa", "ritenuta", "terzo"}
LINE = {"desc", "qty", "um", "price", "rate", "nat", "rif", "disc", "rit", "per"}
IBAN = "IT60X0542811101000000123456"


class Made(NamedTuple):
    """A document's answer and its two files."""

    answer: dict[str, Any]
    xml: bytes
    pdf: bytes


def cases_in(path: Path) -> dict[str, Any]:
    """What a file of billing cases says. Raises Misread for what is none, and names the case that cannot be played."""
    try:
        data: dict[str, Any] = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise Misread(path, error.lineno, f"no JSON: {error.msg}") from error
    lacking = [
        name for name in ("sellers", "customers", "cases") if not isinstance(data, dict) or name not in data
    ]
    if lacking:
        raise Misread(path, 1, f"a file of billing cases says {', '.join(lacking)}")
    seen: set[str] = set()
    for number, case in enumerate(data["cases"], 1):
        name = case.get("id") or f"case {number}"
        if missing := [word for word in NEEDED if word not in case]:
            raise Misread(path, 1, f"{name}: it has no {', '.join(missing)}")
        for word, known in (("seller", data["sellers"]), ("customer", data["customers"])):
            if case[word] not in known:
                raise Misread(path, 1, f"{name}: no such {word}: {case[word]!r}")
        if name in seen:
            raise Misread(path, 1, f"{name}: two cases have this id")
        seen.add(name)
    return data


class Refused(Exception):
    """A document that was not issued, and why."""


class Books:
    """The sellers, customers and cases of one file."""

    def __init__(self, data: dict[str, Any], hold_clock: Callable[[datetime], Any]) -> None:
        self.data, self.hold_clock = data, hold_clock
        self.sellers: dict[str, Issuer] = {}
        self.customers: dict[str, Person | Organisation] = {}
        self.issued: dict[tuple[str, str], str] = {}
        self.consortium = Consortium.objects.create(name="Centro")
        self.accountant = Person.objects.create_user("commercialista@example.org", None, name="Franca Conti")

    def play(self, case: dict[str, Any]) -> Made:
        """The case's document, after those it names; a credit note after the credits before it, too."""
        for earlier in self._before(case):
            self._issue(earlier)
        return self._issue(case)

    def _before(self, case: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The file's earlier credits of what this one credits: the last of them takes the remainder."""
        if not _is_credit(case):
            return
        for other in itertools.takewhile(lambda c: c is not case, self.data["cases"]):
            if (
                _is_credit(other)
                and other["seller"] == case["seller"]
                and any(one in _named(case) for one in _named(other))
            ):
                yield other

    def _original(self, case: dict[str, Any], linked: dict[str, str]) -> str:
        """The document that a case names, issued once: the file's own, else one with what is told of it."""
        known = next(
            (
                c
                for c in self.data["cases"]
                if c["number"] == linked["IdDocumento"] and c["seller"] == case["seller"]
            ),
            None,
        )
        key = case["seller"], linked["IdDocumento"]
        if key not in self.issued:
            self.issued[key] = str(self._issue(known or self._untold(case, linked)).answer["id"])
        return self.issued[key]

    def _untold(self, case: dict[str, Any], linked: dict[str, str]) -> dict[str, Any]:
        """A document of which the file tells only what is credited, all of it, or that it was an advance."""
        found = case | {"number": linked["IdDocumento"], "date": linked.get("Data", case["date"])}
        if not _is_credit(case):
            line = {"desc": "Acconto", "qty": "1", "price": "100.00", "rate": "22"}
            return found | {"input_lines": [line], "options": {}, "expected": {"TipoDocumento": "TD02"}}
        credits = [
            c
            for c in self.data["cases"]
            if _is_credit(c) and linked in _named(c) and c["seller"] == case["seller"]
        ]
        lines = [line for c in credits for line in c["input_lines"]]
        return found | {"input_lines": lines, "expected": {"TipoDocumento": "TD01"}}

    def _issue(self, case: dict[str, Any]) -> Made:
        if words := unknown(case):
            raise Refused(f"{', '.join(words)}")
        named = [self._original(case, linked) for linked in _named(case)]
        self.hold_clock(
            datetime.combine(date.fromisoformat(case["date"]), datetime.min.time(), ROME).replace(hour=12)
        )
        seller, customer = self._seller(case["seller"]), self._customer(case["customer"])
        self._count(seller, case["number"])
        office = client(self.accountant)  # signed in on the case's day, however far off: a session ends
        answer = office.post(
            "/api/v1/documents",
            self._body(case, seller, customer, named),
            headers={"Idempotency-Key": f"b{next(KEYS)}"},
        )
        if answer.status_code != 201:
            raise Refused(f"{case['number']} was refused: {_why(answer.json())}")
        made = answer.json()
        files = [office.get(f"/api/v1/documents/{made['id']}/files/{kind}") for kind in ("xml", "pdf")]
        assert [f.status_code for f in files] == [200, 200]
        return Made(made, files[0].content, files[1].content)

    def _body(
        self, case: dict[str, Any], seller: Issuer, customer: Person | Organisation, named: list[str]
    ) -> dict[str, Any]:
        options = case["options"]
        code = options.get("mp", "MP08")
        body: dict[str, Any] = {
            "issuer_id": encode("iss", seller.pk),
            f"{'person' if isinstance(customer, Person) else 'organisation'}_id": encode(
                customer.prefix, customer.pk
            ),
            "kind": "credit_note" if _is_credit(case) else "invoice",
            "type": case["expected"]["TipoDocumento"],
            "with_vat": case["price_mode"] == "gross",
            "lines": [_line(told) for told in case["input_lines"]],
            "stamp": "recharged" if options.get("recharge", True) else "borne",
            "split": bool(options.get("split")),
            "method": METHODS[code],
            "due_on": options.get("due") or (_in_a_month(case["date"]) if code == "MP05" else None),
            "reasons": options.get("causale", []),
        }
        if _is_credit(case):
            body["corrects_id"], *named = named
        body["related_ids"] = named
        if asked := options.get("pa"):
            body["asked"] = {"id": asked["id"], "cig": asked.get("cig", ""), "cup": asked.get("cup", "")}
        if fund := options.get("cassa"):
            body["fund"] = {
                "kind": fund["tipo"],
                "percent": fund["al"],
                "withheld": fund["rit"],
                **_rate(fund, case["input_lines"]),
            }
        if held := options.get("ritenuta"):
            body["withholding"] = {"kind": held["tipo"], "percent": held["al"], "reason": held["causale"]}
        if other := options.get("terzo"):
            body["issued_by_id"] = encode("iss", self._seller(other).pk)
        return body

    def _seller(self, name: str) -> Issuer:
        if name not in self.sellers:
            told = self.data["sellers"][name]
            body = Organisation.objects.create(
                name=_name(told),
                kind="company",
                vat_number=told["piva"],
                tax_code=told["cf"],
                **_address(told),
            )
            partner = Partner.objects.create(
                organisation=body, short_name=name, consortium=self.consortium, is_lead=not self.sellers
            )
            Role.objects.create(person=self.accountant, kind="accountant", partner=partner)
            office, number, capital = told.get("rea") or ("", "", "0")
            self.sellers[name] = Issuer.objects.create(
                partner=partner,
                regime=told["rf"],
                rea=f"{office}-{number}" if office else "",
                capital=Money(int(Decimal(capital) * 100)),
                iban=IBAN,
                third_sector=bool(told.get("ets", name == "APS")),
            )
        return self.sellers[name]

    def _count(self, seller: Issuer, number: str) -> None:
        """The issuer's series stand so that the next number is the case's."""
        found = NUMBER.fullmatch(number)
        code, year, ordinal = (found[1], int(found[2]), int(found[3])) if found else ("PR", 2026, 8)
        NumberSeries.objects.filter(issuer=seller).update(kinds=[])
        series, _ = NumberSeries.objects.update_or_create(
            issuer=seller, code=code, defaults={"kinds": ["invoice", "credit_note", "receipt"]}
        )
        NumberCounter.objects.update_or_create(series=series, year=year, defaults={"last": ordinal - 1})

    def _customer(self, name: str) -> Person | Organisation:
        if name not in self.customers:
            told = self.data["customers"][name]
            code = told["cod"] if told["cod"].strip("0") else ""
            common = {
                "tax_code": told.get("cf", ""),
                "vat_number": told.get("c", "") if told.get("c", "").strip("0") else "",
                "recipient_code": code,
                "certified_email": told.get("pec", ""),
                **_address(told),
            }
            if "nome" in told:
                mail = f"{name.lower()}@example.org"
                self.customers[name] = Person.objects.create_user(mail, None, name=_name(told), **common)
            else:
                kind = KINDS.get(told["kind"], "company")
                self.customers[name] = Organisation.objects.create(name=_name(told), kind=kind, **common)
        return self.customers[name]


def unknown(case: dict[str, Any]) -> list[str]:
    """The words of a case that would be passed over, and the ways of payment that are not ours."""
    found = {f"options.{word}" for word in set(case["options"]) - OPTIONS}
    found |= {f"input_lines.{word}" for line in case["input_lines"] for word in set(line) - LINE}
    if (code := case["options"].get("mp")) is not None and code not in METHODS:
        found.add(f"options.mp {code}")
    return sorted(found)


def _why(told: dict[str, Any]) -> str:
    """The code of a problem and what it points at."""
    faults = [f"{p['pointer']} {p['code']}" for p in told.get("pointers", [])]
    return ", ".join([told["code"], *(r["code"] for r in told.get("reasons", [])), *faults])


def _is_credit(case: dict[str, Any]) -> bool:
    return bool(case["expected"]["TipoDocumento"] == "TD04")


def _named(case: dict[str, Any]) -> list[dict[str, str]]:
    return list(case["expected"].get("DatiFattureCollegate") or [])


def _in_a_month(day: str) -> str:
    """Thirty days as invoices count them: the same day of the next month."""
    found = date.fromisoformat(day)
    first = next_month(found.replace(day=1))
    last = next_month(first) - timedelta(days=1)
    return min(first + timedelta(days=found.day - 1), last).isoformat()


def _rate(told: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, str]:
    """The rate of a fund; where it has no VAT, the natura and law of its own, else those of the lines."""
    rate = told["rate"]
    if Decimal(rate):
        return {"rate": rate}
    like = told if told.get("nat") else next(line for line in lines if not Decimal(line["rate"]))
    return {"rate": rate, "natura": like["nat"], "legal_text": like.get("rif", "")}


def _name(told: dict[str, Any]) -> str:
    return told.get("name") or f"{told['nome']} {told['cognome']}"


def _address(told: dict[str, Any]) -> dict[str, str]:
    return {
        "street": f"{told['ind']} {told.get('civ', '')}".strip(),
        "postcode": told["cap"],
        "city": told["com"],
        "province": told.get("prov", ""),
        "country": told.get("naz", "IT"),
    }


def _line(told: dict[str, Any]) -> dict[str, Any]:
    discounts = [
        {"percent": d["perc"]} if "perc" in d else {"amount": d["imp"]} for d in told.get("disc", [])
    ]
    first, last = told.get("per") or (None, None)
    return {
        "description": told["desc"],
        "quantity": told["qty"],
        "unit": told.get("um", ""),
        "unit_price": told["price"],
        "rate": told["rate"],
        "natura": told.get("nat", ""),
        "legal_text": told.get("rif", ""),
        "discounts": discounts,
        "withheld": bool(told.get("rit")),
        "first_on": first,
        "last_on": last,
    }


def said(xml: bytes) -> dict[str, Any]:
    """What a file says, in the words of the cases' `expected`."""
    root = etree.fromstring(xml)
    text = root.findtext
    found: dict[str, Any] = {
        "TipoDocumento": text(".//TipoDocumento"),
        "FormatoTrasmissione": text(".//FormatoTrasmissione"),
        "CodiceDestinatario": text(".//CodiceDestinatario"),
        "lines": [
            _said(line, "Quantita", "PrezzoUnitario", "PrezzoTotale", "AliquotaIVA", "Natura")
            for line in root.iter("DettaglioLinee")
        ],
        "riepilogo": [
            _said(row, "AliquotaIVA", "Natura", "ImponibileImporto", "Imposta", "RiferimentoNormativo")
            for row in root.iter("DatiRiepilogo")
        ],
        "bollo": text(".//ImportoBollo") or "0.00",
        "ImportoTotaleDocumento": text(".//ImportoTotaleDocumento"),
        "da_pagare": text(".//ImportoPagamento"),
        "DatiFattureCollegate": [
            _said(row, "IdDocumento", "Data") for row in root.iter("DatiFattureCollegate")
        ],
        "ritenuta": text(".//ImportoRitenuta"),
        "cassa": text(".//ImportoContributoCassa"),
    }
    return found


def _said(element: Any, *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := element.findtext(name)) is not None}


def leaves(xml: bytes) -> list[tuple[str, str]]:
    """Every value of a file with the names that lead to it, in order; street and number in one, as we write them,
    and the summaries, which have no order of their own, by rate."""
    root = etree.fromstring(xml)
    for goods in root.iter("DatiBeniServizi"):
        # Moved to the end one by one; nothing else stands behind them there.
        goods.extend(
            sorted(
                goods.findall("DatiRiepilogo"),
                key=lambda row: (row.findtext("AliquotaIVA"), row.findtext("Natura") or ""),
            )
        )
    for seat in root.iter("Sede"):
        number = seat.find("NumeroCivico")
        if number is not None:
            seat.find("Indirizzo").text += f" {number.text}"
            seat.remove(number)
    found = [("versione", root.get("versione"))]
    for element in root.iter():
        if not len(element):
            names = [e.tag for e in reversed([element, *element.iterancestors()])][1:]
            found.append(("/".join(names), (element.text or "").strip()))
    return found
