"""A document's figures: the worked cases to the cent, and what must hold of any lines."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.papers.amounts import Discount, Fund, Line, Withholding, reckon
from billing.papers.vat import RateKey
from core.money import Money, total

CASES = Path(__file__).resolve().parents[3] / "shared" / "acceptance" / "billing-cases.json"
ALL: list[dict[str, Any]] = json.loads(CASES.read_text())["cases"] if CASES.exists() else []


def test_the_cases_are_there() -> None:
    assert ALL, f"no cases at {CASES}: the acceptance files belong beside the project"


def line_of(told: dict[str, Any]) -> Line:
    discounts = tuple(
        Discount(Decimal(d["perc"]) if "perc" in d else None, Decimal(d["imp"]) if "imp" in d else None)
        for d in told.get("disc", [])
    )
    key = RateKey(Decimal(told["rate"]), told.get("nat", ""), told.get("rif", ""))
    return Line(
        told["desc"],
        Decimal(told["price"]),
        key,
        Decimal(told["qty"]),
        told.get("um", ""),
        discounts,
        bool(told.get("rit")),
    )


def reckoned(case: dict[str, Any]) -> Any:
    options = case["options"]
    fund, held = options.get("cassa"), options.get("ritenuta")
    return reckon(
        [line_of(told) for told in case["input_lines"]],
        with_vat=case["price_mode"] == "gross",
        stamp="recharged" if options.get("recharge", True) else "borne",
        fund=fund and Fund(fund["tipo"], Decimal(fund["al"]), RateKey(Decimal(fund["rate"])), fund["rit"]),
        withholding=held and Withholding(held["tipo"], Decimal(held["al"]), held["causale"]),
        split=bool(options.get("split")),
    )


def cents(text: str) -> Money:
    return Money(int(Decimal(text) * 100))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_a_worked_case_comes_to_its_cents(case: dict[str, Any]) -> None:
    came, wanted = reckoned(case), case["expected"]
    assert list(came.nets) == [cents(line["PrezzoTotale"]) for line in wanted["lines"]]
    summaries = {(Decimal(r["AliquotaIVA"]), r.get("Natura", "")): r for r in wanted["riepilogo"]}
    assert len(came.summaries) == len(summaries)
    for summary in came.summaries:
        told = summaries[summary.key.rate, summary.key.natura]
        assert (summary.net, summary.vat) == (cents(told["ImponibileImporto"]), cents(told["Imposta"]))
    assert came.stamp == cents(wanted["bollo"])
    assert came.gross == cents(wanted["ImportoTotaleDocumento"])
    assert came.due == cents(wanted["da_pagare"])
    assert came.withheld == cents(wanted.get("ritenuta", "0"))
    assert came.fund == cents(wanted.get("cassa", "0"))


RATES = [
    RateKey(Decimal(22)),
    RateKey(Decimal(10)),
    RateKey(Decimal(4)),
    RateKey(Decimal(0), "N4", "Esente"),
    RateKey(Decimal(0), "N1", "Escluso"),
]
LINES = st.lists(
    st.builds(
        Line,
        st.just("x"),
        st.decimals("-500", "5000", places=4),
        st.sampled_from(RATES),
        st.decimals("0", "300", places=2),
    ),
    min_size=1,
    max_size=12,
)


@given(LINES, st.booleans(), st.sampled_from(["none", "borne", "recharged"]), st.booleans())
def test_sums_hold_for_any_lines(lines: list[Line], with_vat: bool, stamp: str, split: bool) -> None:
    came = reckon(lines, with_vat=with_vat, stamp=stamp, split=split)
    assert came.net + came.vat == came.gross
    for summary in came.summaries:
        own = [net for line, net in zip(came.lines, came.nets, strict=True) if line.rate == summary.key]
        assert total(own) == summary.net
    assert total(came.grosses) == came.gross
    if with_vat:
        assert list(came.grosses) == [line.worth for line in came.lines]
    assert came.due == came.gross - (came.vat if split else Money(0))
    # Control 00421: within a cent of the rate times the base.
    for summary in came.summaries:
        assert abs(summary.net.cents * summary.key.rate / 100 - summary.vat.cents) < 1


@given(st.integers(1, 50_000))
def test_the_stamp_is_due_only_above_its_threshold(cents: int) -> None:
    line = Line("corso", Decimal(cents) / 100, RATES[3])
    came = reckon([line], with_vat=False, stamp="recharged")
    assert bool(came.stamp) == (cents > 7747)
    assert came.gross.cents == cents + (200 if cents > 7747 else 0)


def test_a_flat_rate_payer_recharges_the_stamp_under_the_law_of_the_other_lines() -> None:
    law = "Regime forfettario art. 1 c. 54-89 L. 190/2014"
    came = reckon(
        [Line("Docenza", Decimal(100), RateKey(Decimal(0), "N2.2", law))],
        with_vat=False,
        stamp="recharged",
        regime="RF19",
    )
    assert [(s.key.legal_text, s.net.cents) for s in came.summaries] == [(law, 10200)]
