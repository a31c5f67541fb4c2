"""A credit note begins with the lines of its invoice: sent back as they are read, they give all of it back."""

from __future__ import annotations

import itertools

import pytest

from billing.models import Document, Entry
from billing.papers.amounts import STAMP_TEXT
from billing.papers.as_written import as_written
from billing.papers.reissuing import reworded
from core import outbox
from tests.api import client
from tests.api import post as post_once
from tests.billing.conftest import LINE

pytestmark = pytest.mark.django_db

KEYS = itertools.count()
N22 = LINE | {"rate": "0", "natura": "N2.2", "legal_text": "Art. 4"}
WITH = {"kind": "RT01", "percent": "20", "reason": "A"}
FUND = {"kind": "TC22", "percent": "4", "rate": "22", "withheld": True}
INVOICES = {
    "net prices": {"lines": [LINE, LINE | {"rate": "10", "unit_price": "33.33"}]},
    "prices with VAT": {"with_vat": True, "lines": [LINE | {"quantity": "7", "unit_price": "14.29"}] * 3},
    "a discount": {"lines": [LINE | {"unit_price": "19.99", "discounts": [{"percent": "12.5"}]}]},
    "an amount off": {"lines": [LINE | {"discounts": [{"amount": "1.25"}]}]},
    "several discounts": {"lines": [LINE | {"discounts": [{"percent": "10"}, {"percent": "5"}]}]},
    "discounts of prices with VAT": {
        "with_vat": True,
        "lines": [LINE | {"quantity": "3", "unit_price": "9.99", "discounts": [{"percent": "33"}]}],
    },
    "stamp duty": {"lines": [N22 | {"quantity": "1", "unit_price": "100.00"}]},
    "stamp duty that the issuer bore": {
        "stamp": "borne",
        "lines": [N22 | {"quantity": "1", "unit_price": "100.00"}],
    },
    "no stamp duty though it was owed": {
        "stamp": "none",
        "lines": [N22 | {"quantity": "1", "unit_price": "100.00"}],
    },
    "a split": {"split": True, "lines": [LINE]},
    "a professional": {"lines": [LINE | {"withheld": True}], "fund": FUND, "withholding": WITH},
}


def post(api, path, body):
    return post_once(api, path, body, f"k{next(KEYS)}")


@pytest.mark.parametrize("told", INVOICES.values(), ids=INVOICES)
def test_what_is_read_is_the_credit_of_the_whole(office, ask, told):
    whole = post(office, "/documents", ask(**told)).json()
    read = office.get(f"/api/v1/documents/{whole['id']}/as-written").json()
    body = ask(
        kind="credit_note",
        corrects_id=whole["id"],
        with_vat=read["with_vat"],
        lines=read["lines"],
        stamp=read["stamp"],
        fund=read["fund"],
        withholding=read["withholding"],
    )
    note = post(office, "/documents", body)
    assert note.status_code == 201, note.json()
    for name in ("net", "vat", "gross"):
        assert note.json()[name] == whole[name]
    outbox.drain()
    assert sum(entry.gross.cents for entry in Entry.objects.all()) == 0
    credit = office.get(f"/api/v1/documents/{whole['id']}").json()["actions"]["credit"]
    assert [reason["code"] for reason in credit["reasons"]] == ["all-credited"]
    assert Document.objects.count() == 2


def test_stamp_duty_in_other_words_is_no_sale(office, ask):
    made = post(office, "/documents", ask(lines=[N22 | {"quantity": "1", "unit_price": "100.00"}])).json()
    snapshot = Document.objects.get().revisions.get().snapshot
    other = reworded(snapshot, {"lines": [{"place": 1, "description": "Bollo a carico del cliente"}]})
    written = as_written(other)
    assert (len(written["lines"]), written["stamp"]) == (1, "recharged")
    assert made["gross"]["cents"] == 10200


def test_what_was_frozen_before_tells_its_stamp_duty_by_its_words(office, ask):
    lines = [N22 | {"quantity": "1", "unit_price": "100.00"}]
    for stamp, said in (("recharged", "recharged"), ("borne", "borne")):
        post(office, "/documents", ask(stamp=stamp, lines=lines))
        snapshot = Document.objects.latest("ordinal").revisions.get().snapshot
        del snapshot["electronic"]["stamp_recharged"]
        written = as_written(snapshot)
        assert (len(written["lines"]), written["stamp"]) == (1, said)


@pytest.mark.parametrize(
    ("stamp", "price", "said"),
    [("none", "2.00", "none"), ("borne", "3.00", "borne"), ("none", "3.00", "none")],
)
def test_a_sale_that_is_called_stamp_duty_stays_one(office, ask, stamp, price, said):
    lines = [N22 | {"quantity": "1", "unit_price": "100.00"}]
    lines += [N22 | {"description": STAMP_TEXT, "quantity": "1", "unit_price": price}]
    post(office, "/documents", ask(stamp=stamp, lines=lines))
    snapshot = Document.objects.get().revisions.get().snapshot
    del snapshot["electronic"]["stamp_recharged"]
    written = as_written(snapshot)
    assert (len(written["lines"]), written["stamp"]) == (2, said)


def test_a_line_of_it_and_less_of_another_are_credited_for_what_they_cost(office, ask):
    lines = [LINE | {"description": "Sala"}, LINE | {"description": "Proiettore", "unit_price": "10.00"}]
    whole = post(office, "/documents", ask(lines=lines)).json()
    read = office.get(f"/api/v1/documents/{whole['id']}/as-written").json()["lines"]
    less = [read[0] | {"quantity": "1"}]
    note = post(office, "/documents", ask(kind="credit_note", corrects_id=whole["id"], lines=less)).json()
    assert (note["net"]["cents"], note["vat"]["cents"]) == (2500, 550)


def test_a_customer_reads_their_own_and_nobody_else_s(office, ask, cast):
    whole = post(office, "/documents", ask()).json()
    for person, status in ((cast.franco, 200), (cast.ada, 404), (cast.elena, 404), (None, 401)):
        assert client(person).get(f"/api/v1/documents/{whole['id']}/as-written").status_code == status
