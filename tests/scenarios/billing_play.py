"""A billing case played against the API: its seller and customer made, its document asked for, its files read back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lxml import etree

from billing.models import Issuer, NumberCounter, NumberSeries
from core.ids import encode
from core.money import Money
from people.models import Consortium, Organisation, Partner, Person, Role
from tests.api import client

ROME = ZoneInfo("Europe/Rome")
KEYS = itertools.count()
KINDS = {"public body": "public", "association, no VAT no.": "association"}
NUMBER = re.compile(r"([A-Z]+)-(\d{4})/(\d+)")
IBAN = "IT60X0542811101000000123456"


class Made(NamedTuple):
    """A document's answer and its two files."""

    answer: dict[str, Any]
    xml: bytes
    pdf: bytes


class Books:
    """The sellers, customers and cases of one file."""

    def __init__(self, data: dict[str, Any], hold_clock: Callable[[datetime], Any]) -> None:
        self.data, self.hold_clock = data, hold_clock
        self.sellers: dict[str, Issuer] = {}
        self.customers: dict[str, Person | Organisation] = {}
        self.consortium = Consortium.objects.create(name="Centro")
        self.accountant = Person.objects.create_user("commercialista@example.org", None, name="Franca Conti")
        self.office = client(self.accountant)

    def play(self, case: dict[str, Any]) -> Made:
        """The case's document, after the one it corrects if it corrects one."""
        corrects = case["expected"].get("DatiFattureCollegate")
        original = self._original(case, corrects[0]) if corrects else None
        return self._issue(case, original)

    def _original(self, case: dict[str, Any], linked: dict[str, str]) -> str:
        known = next((c for c in self.data["cases"] if c["number"] == linked["IdDocumento"]), None)
        if known is None:
            # The file tells only what is credited: the document had all of it.
            credits = [
                c
                for c in self.data["cases"]
                if linked in c["expected"].get("DatiFattureCollegate", []) and c["seller"] == case["seller"]
            ]
            lines = [line for c in credits for line in c["input_lines"]]
            known = case | {"input_lines": lines, "number": linked["IdDocumento"], "date": linked["Data"]}
            known["expected"] = {"TipoDocumento": "TD01"}
        return str(self._issue(known, None).answer["id"])

    def _issue(self, case: dict[str, Any], corrects: str | None) -> Made:
        self.hold_clock(
            datetime.combine(date.fromisoformat(case["date"]), datetime.min.time(), ROME).replace(hour=12)
        )
        seller, customer = self._seller(case["seller"]), self._customer(case["customer"])
        self._count(seller, case["number"])
        answer = self.office.post(
            "/api/v1/documents",
            self._body(case, seller, customer, corrects),
            headers={"Idempotency-Key": f"b{next(KEYS)}"},
        )
        assert answer.status_code == 201, answer.json()
        made = answer.json()
        files = [self.office.get(f"/api/v1/documents/{made['id']}/files/{kind}") for kind in ("xml", "pdf")]
        assert [f.status_code for f in files] == [200, 200]
        return Made(made, files[0].content, files[1].content)

    def _body(
        self, case: dict[str, Any], seller: Issuer, customer: Person | Organisation, corrects: str | None
    ) -> dict[str, Any]:
        options = case["options"]
        methods = {"MP05": "transfer", "MP08": "card", "MP22": "withheld", "MP01": "cash", "MP19": "sepa"}
        method = methods[options.get("mp", "MP08")]
        body: dict[str, Any] = {
            "issuer_id": encode("iss", seller.pk),
            f"{'person' if isinstance(customer, Person) else 'organisation'}_id": encode(
                customer.prefix, customer.pk
            ),
            "kind": "credit_note" if corrects else "invoice",
            "type": case["expected"]["TipoDocumento"],
            "with_vat": case["price_mode"] == "gross",
            "lines": [_line(told) for told in case["input_lines"]],
            "stamp": "recharged" if options.get("recharge", True) else "borne",
            "split": bool(options.get("split")),
            "method": method,
        }
        if corrects:
            body["corrects_id"] = corrects
        if asked := options.get("pa"):
            body["asked"] = {"id": asked["id"], "cig": asked.get("cig", ""), "cup": asked.get("cup", "")}
        if fund := options.get("cassa"):
            body["fund"] = {
                "kind": fund["tipo"],
                "percent": fund["al"],
                "rate": fund["rate"],
                "withheld": fund["rit"],
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
                third_sector=name == "APS",
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
