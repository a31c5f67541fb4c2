"""A settlement as files: PDF, table, and the transfers for a bank; drawn from its content alone, the same bytes each time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.template.loader import render_to_string

from billing.budgets.allowances import hours
from billing.consortium.settlement_content import Content
from billing.consortium.settlement_words import COLUMN_WORDS, LABELS, LINE_WORDS, RULE_WORDS
from billing.papers import pdf
from billing.papers.freeze import ITALY
from billing.paying import sepa
from core.errors import Invalid, Pointer
from core.money import Money
from core.tables import Column, Kind, Table, csv_lines, safe, without_hour, xlsx
from core.words import Words
from people.fiscal import is_iban
from spaces.holidays import next_bank_day

NOTHING_TO_PAY = Words("Da questo conto non parte nessun bonifico.", "No transfer leaves this account.")
NO_IBAN = Words("Manca un IBAN valido di {names}.", "{names} has no valid IBAN.")


@dataclass(frozen=True, slots=True)
class Approved:
    """Which partner approved, on which day (ISO), and by which paper, where somebody else wrote it down."""

    partner: str
    on: str
    paper: str = ""


Approvals = Sequence[Approved]


def draw(content: Content, state: str, sha256: str, approvals: Approvals, language: str) -> bytes:
    """The settlement as a tagged PDF, with which partner approved it when."""
    page = render_to_string("billing/settlement.html", _paper(content, state, sha256, approvals, language))
    said = [content, state, approvals, language]
    return pdf.render(page, hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest())


def _paper(content: Content, state: str, sha256: str, approvals: Approvals, language: str) -> dict[str, Any]:
    names = names_of(content)
    shown = [
        name for name in COLUMN_WORDS if any((p["columns"] or {}).get(name) for p in content["partners"])
    ]

    def euro(cents: int | None) -> str:
        return "" if cents is None else pdf.money(cents, language)

    return {
        "language": language,
        "say": {name: words.say(language) for name, words in LABELS.items()},
        "c": content,
        "month": content["month"],
        "made_on": f"{content['month']}-01",
        "state": LABELS[state].say(language),
        "sha256": sha256,
        "stretches": [
            {
                "from": pdf.day(s["from_on"], language),
                "until": pdf.day(_last(s["until_on"]), language),
                "version": s["version"],
                "shares": [
                    f"{names[pk]} {pdf.percent({'rate': percent, 'natura': ''}, language)}"
                    for pk, percent in s["shares"].items()
                ],
            }
            for s in content["stretches"]
        ],
        "partners": [p["name"] for p in content["partners"]],
        "ibans": [p["iban"] for p in content["partners"]],
        "columns": [
            (COLUMN_WORDS[name].say(language), [_cell(p, name, euro) for p in content["partners"]])
            for name in shown
        ],
        "balances": [
            LABELS["others"].say(language) if p["balance"] is None else euro(p["balance"])
            for p in content["partners"]
        ],
        "approvals": [
            " · ".join(part for part in (f"{a.partner}: {pdf.day(a.on, language)}", a.paper) if part)
            for a in approvals
        ],
        "lines": [
            {
                "what": what(row, names, language),
                "rule": RULE_WORDS[row["rule"]].say(language),
                "net": euro(row["net"]),
                "gross": euro(row["gross"]) if row["gross"] else "",
                "parts": [f"{names[pk]} {euro(part)}" for pk, part in row["parts"].items() if part],
            }
            for row in content["lines"]
        ],
        "papers": [
            {
                "seller": names[p["seller"]],
                "buyer": names[p["buyer"]],
                "kind": LABELS[p["kind"]].say(language),
                "rate": pdf.percent(p, language),
                "net": euro(p["net"]),
                "vat": euro(p["vat"]),
                "gross": euro(p["gross"]),
            }
            for p in content["papers"]
        ],
        "transfers": [
            {"payer": names[t["payer"]], "payee": names[t["payee"]], "amount": euro(t["cents"])}
            for t in content["transfers"]
        ],
        "total": {name: euro(cents) for name, cents in content["total"].items()},
    }


def _cell(partner: dict[str, Any], name: str, euro: Callable[[int | None], str]) -> str:
    """A partner's figure; of another's only its takings are told."""
    if partner["columns"] is None:
        return euro(partner["takings"]) if name == "takings" else ""
    return euro(partner["columns"][name])


def _last(until_on: str) -> str:
    """The last day of a stretch, by the day after it."""
    return date.fromordinal(date.fromisoformat(until_on).toordinal() - 1).isoformat()


def names_of(content: Content) -> dict[str, str]:
    """The partners' names by id."""
    return {p["id"]: p["name"] for p in content["partners"]}


def what(row: dict[str, Any], names: dict[str, str], language: str) -> str:
    """A line in words: what, where, from whom, of when."""
    said = [LINE_WORDS[row["kind"]].say(language)]
    if row["resource"]:
        said.append(row["resource"]["name"])
    if row["rate"] is not None:
        said.append(pdf.percent(row, language))
    if cost := row["cost"]:
        said += [
            part
            for part in (cost["supplier"], cost["document"], cost["description"], cost["category"])
            if part
        ]
    if late := row["late"]:
        said += [part for part in (late["booking"], late["month"]) if part]
    if taken := row.get("dispute"):
        said += [part for part in (taken["documents"], pdf.day(taken["on"], language)) if part]
    if row["bookings"]:
        said.append(f"× {row['bookings']}")
    if minutes := row.get("minutes"):
        said.append(hours(minutes))
    by = row["issuer"] or row["payer"]
    return " · ".join([*said, names[by]] if by in names else said)


def _as_title(name: str) -> Words:
    """A partner's name over a column: its braces are no places to fill, and it is no formula."""
    plain = safe(name).replace("{", "{{").replace("}", "}}")
    return Words(plain, plain)


def table_of(content: Content, language: str) -> Table:
    """The lines as a table, a column for each partner whose parts one may see."""
    names = names_of(content)
    seen = [p["id"] for p in content["partners"] if any(p["id"] in row["parts"] for row in content["lines"])]
    columns = [Column(LABELS[name]) for name in ("line", "kind", "what")]
    columns += [
        Column(LABELS["from"], Kind.DAY),
        Column(LABELS["until"], Kind.DAY),
        Column(LABELS["agreement"], Kind.COUNT),
    ]
    columns += [Column(LABELS["rule"])]
    columns += [Column(LABELS[name], Kind.MONEY) for name in ("net", "vat", "gross")]
    columns += [Column(_as_title(names[pk]), Kind.MONEY) for pk in seen]
    rows = []
    for row in content["lines"]:
        days = [date.fromisoformat(row["from_on"]), date.fromisoformat(_last(row["until_on"]))]
        said = [
            row["key"],
            LINE_WORDS[row["kind"]].say(language),
            what(row, names, language),
            *days,
            row["version"],
        ]
        money = [Money(row[name]) for name in ("net", "vat", "gross")]
        parts = [Money(row["parts"][pk]) if pk in row["parts"] else None for pk in seen]
        rows.append([*said, RULE_WORDS[row["rule"]].say(language), *money, *parts])
    return Table(content["month"], columns, rows)


def balances_of(content: Content) -> Table:
    """What each partner's balance is made of."""
    known = {name for p in content["partners"] for name in p["columns"] or ()}
    named = [name for name in COLUMN_WORDS if name in known]
    columns = [
        Column(LABELS["partner"]),
        *(Column(COLUMN_WORDS[name], Kind.MONEY, True) for name in named),
        Column(LABELS["balance"], Kind.MONEY, True),
        Column(LABELS["iban"]),
    ]
    rows = [
        [p["name"], *(Money(p["columns"][name]) for name in named), Money(p["balance"]), p["iban"]]
        for p in content["partners"]
        if p["columns"] is not None
    ]
    return Table("balances", columns, rows)


def papers_of(content: Content, language: str) -> Table:
    """The documents that partners have to issue to each other."""
    names = names_of(content)
    columns = [Column(LABELS[name]) for name in ("seller", "buyer", "kind", "rate", "natura")]
    columns += [Column(LABELS[name], Kind.MONEY) for name in ("net", "vat", "gross")]
    rows = [
        [
            names[p["seller"]],
            names[p["buyer"]],
            LABELS[p["kind"]].say(language),
            p["rate"],
            p["natura"],
            *(Money(p[name]) for name in ("net", "vat", "gross")),
        ]
        for p in content["papers"]
    ]
    return Table(LABELS["papers"].say(language), columns, rows)


def transfers_of(content: Content, language: str) -> Table:
    """Who has to send how much to whom, and to which account as far as one may see it."""
    people = {p["id"]: p for p in content["partners"]}
    columns = [Column(LABELS["payer"]), Column(LABELS["payee"]), Column(LABELS["iban"])]
    rows = [
        [
            people[t["payer"]]["name"],
            people[t["payee"]]["name"],
            people[t["payee"]]["iban"],
            Money(t["cents"]),
        ]
        for t in content["transfers"]
    ]
    return Table(LABELS["transfers"].say(language), [*columns, Column(LABELS["amount"], Kind.MONEY)], rows)


def shares_of(content: Content, language: str) -> Table:
    """The shares in force, with their days and the version that agreed them."""
    names = names_of(content)
    columns = [
        Column(LABELS["from"], Kind.DAY),
        Column(LABELS["until"], Kind.DAY),
        Column(LABELS["agreement"], Kind.COUNT),
        Column(LABELS["partner"]),
        Column(LABELS["share"], Kind.NUMBER),
    ]
    rows = [
        [
            date.fromisoformat(s["from_on"]),
            date.fromisoformat(_last(s["until_on"])),
            s["version"],
            names[pk],
            Decimal(percent),
        ]
        for s in content["stretches"]
        for pk, percent in s["shares"].items()
    ]
    return Table(LABELS["agreement"].say(language), columns, rows)


def standing_of(content: Content, state: str, sha256: str, approvals: Approvals, language: str) -> Table:
    """How far the month has come: its state, its hash, and who approved when."""
    columns = [Column(LABELS["line"]), Column(LABELS["from"], Kind.DAY), Column(LABELS["what"])]
    rows: list[list[Any]] = [
        [LABELS["state"].say(language), None, LABELS[state].say(language)],
        [LABELS["hash"].say(language), None, sha256],
    ]
    said = LABELS["approved"].say(language)
    rows += [[f"{said} {a.partner}", date.fromisoformat(a.on), a.paper] for a in approvals]
    return Table(LABELS["approvals"].say(language), columns, rows)


def as_csv(content: Content, language: str) -> bytes:
    """The settlement's lines as a CSV, in a language."""
    return "".join(csv_lines(table_of(content, language), language)).encode()


def as_xlsx(content: Content, state: str, sha256: str, approvals: Approvals, language: str) -> bytes:
    """A workbook with all that the paper says: lines, balances, documents and transfers, shares, state and approvals."""
    tables = [
        table_of(content, language),
        balances_of(content),
        papers_of(content, language),
        transfers_of(content, language),
        shares_of(content, language),
        standing_of(content, state, sha256, approvals, language),
    ]
    return without_hour(xlsx(tables, language))


def payer_of(content: Content, own: Sequence[str] | None) -> dict[str, Any] | None:
    """From whose account somebody pays: their partner's; the lead's, for who sees all. None: nobody's of that month."""
    partners: list[dict[str, Any]] = content["partners"]
    return next((p for p in partners if (p["is_lead"] if own is None else p["id"] in own[:1])), None)


def leaving(content: Content, own: Sequence[str] | None) -> list[dict[str, Any]]:
    """The transfers that leave that account."""
    payer = payer_of(content, own)
    return [t for t in content["transfers"] if payer and t["payer"] == payer["id"]]


def transfers_for(content: Content, own: Sequence[str] | None, closed_at: datetime) -> bytes:
    """The pain.001 of what leaves that account, for the first day on which banks can pay after it was closed. Raises
    Invalid, saying why there is none."""
    people = {p["id"]: p for p in content["partners"]}
    going, payer = leaving(content, own), payer_of(content, own)
    if payer is None or not going:
        raise Invalid(pointers=[Pointer("", "nothing-to-pay", NOTHING_TO_PAY.say())])
    involved = [payer, *(people[t["payee"]] for t in going)]
    if missing := [p["name"] for p in involved if not is_iban(p["iban"])]:
        raise Invalid(pointers=[Pointer("", "iban", NO_IBAN.say(names=", ".join(missing)))])
    month, made_at = content["month"], closed_at.astimezone(ITALY)
    return sepa.pain001(
        f"{month} {payer['id'][-20:]}",
        made_at,
        next_bank_day(made_at.date()),
        sepa.Account(payer["body"], payer["iban"]),
        [
            sepa.Transfer(
                sepa.Account(people[t["payee"]]["body"], people[t["payee"]]["iban"]),
                Money(t["cents"]),
                f"{month}-{t['payee'][-20:]}",
                f"Ripartizione {month} {content['consortium']['name']}",
            )
            for t in going
        ],
    )
