"""A quotation whose last day has passed is written anew in one act: today's figures, another number, and what is different."""

from __future__ import annotations

import pytest

from billing.models import Document, Issuer, Preliminary
from billing.papers.pdf import page_of
from billing.papers.rewriting import differences
from core import outbox
from core.ids import decode
from people.models import Organisation
from tests.api import client, codes
from tests.billing.test_preliminaries import N22, accept, frozen, post, write, written

pytestmark = pytest.mark.django_db
__all__ = ["write", "written"]


@pytest.fixture
def expired(written, at, cast):
    """A quotation of 20 October, valid for 41 days; the office signs in on the day after its last."""

    def made(**more):
        paper = written(**more)
        at("2026-12-01 09:00")
        return client(cast.franco), paper

    return made


def rewrite(api, paper, key=None, **body):
    return post(api, f"/preliminaries/{paper['id']}/rewrite", body, key)


def one(api, paper):
    return api.get(f"/api/v1/preliminaries/{paper['id']}").json()


def test_it_is_written_anew_at_the_same_figures_with_days_and_a_number_of_today(expired):
    office, paper = expired(reasons=["Corso di ceramica"])
    answer = rewrite(office, paper)
    assert answer.status_code == 201, answer.json()
    anew = answer.json()
    assert (anew["number"], anew["written_on"], anew["valid_until"]) == (
        "PREV-2026/2",
        "2026-12-01",
        "2027-01-11",
    )
    assert (anew["gross"], anew["state"], anew["changes"]) == (paper["gross"], "open", [])
    assert anew["in_place_of"] == {"id": paper["id"], "name": "PREV-2026/1"}
    page = page_of(frozen(anew).snapshot)
    assert "Corso di ceramica" in page
    assert "Rif. preventivo PREV-2026/1 del 20/10/2026" in page
    # The old one stays as it was, and says what took its place.
    old = one(office, paper)
    assert (old["state"], old["rewritten_as"]) == ("expired", {"id": anew["id"], "name": "PREV-2026/2"})
    assert frozen(paper).sha256 == frozen(old).sha256
    assert accept(office, anew).json()["state"] == "accepted"
    outbox.drain()
    assert Document.objects.count() == 1


def test_what_is_different_is_told_with_both_amounts(expired, cast, alfa):
    office, paper = expired(lines=[N22 | {"quantity": "1", "unit_price": "100.00"}])
    Issuer.objects.filter(partner=cast.lead).update(third_sector=True)  # which owes no stamp duty
    Organisation.objects.filter(pk=alfa.pk).update(city="Ivrea")
    anew = rewrite(office, paper).json()
    told = [
        (c["change"], c["before"] and c["before"]["cents"], c["after"] and c["after"]["cents"])
        for c in anew["changes"]
    ]
    assert told == [("total", 10200, 10000), ("lines", None, None), ("buyer", None, None)]
    assert one(office, anew)["changes"] == anew["changes"]


def test_another_last_day_may_be_said_and_none_that_has_passed(expired):
    office, paper = expired()
    past = rewrite(office, paper, valid_until="2026-11-30")
    assert [(p["pointer"], p["code"]) for p in past.json()["pointers"]] == [("/valid_until", "past")]
    assert rewrite(office, paper, valid_until="2026-12-24").json()["valid_until"] == "2026-12-24"


def test_it_is_written_anew_once_unless_that_one_was_withdrawn(expired):
    office, paper = expired()
    anew = rewrite(office, paper, "same").json()
    assert rewrite(office, paper, "same").json()["id"] == anew["id"]
    again = rewrite(office, paper)
    assert (again.status_code, codes(again)) == (409, ["preliminary-rewritten"])
    assert "PREV-2026/2" in one(office, paper)["actions"]["rewrite"]["reasons"][0]["detail"]
    post(office, f"/preliminaries/{anew['id']}/withdraw", {})
    assert rewrite(office, paper).json()["number"] == "PREV-2026/3"


def test_one_that_is_open_accepted_or_withdrawn_is_not(office, written):
    paper = written()
    assert codes(rewrite(office, paper)) == ["preliminary-open"]
    assert "rewrite" not in one(office, paper)["actions"]
    post(office, f"/preliminaries/{paper['id']}/withdraw", {})
    assert codes(rewrite(office, paper)) == ["preliminary-withdrawn"]
    other = written()
    accept(office, other)
    assert codes(rewrite(office, other)) == ["preliminary-accepted"]
    assert Preliminary.objects.count() == 2


def test_a_pro_forma_whose_day_has_passed_too_and_nobody_but_its_office(expired, cast):
    office, paper = expired(kind="pro_forma", valid_until="2026-11-30")
    assert rewrite(client(cast.elena), paper).status_code == 404
    assert rewrite(client(cast.carla), paper).status_code == 404
    assert rewrite(office, paper).json()["number"] == "PROF-2026/2"


def test_a_list_with_expired_ones_costs_as_many_statements_however_many(expired, written, queries, cast):
    for _ in range(4):
        written()
    office, paper = expired()
    rewrite(office, paper)
    office.get("/api/v1/preliminaries")
    with queries(11):
        assert len(office.get("/api/v1/preliminaries").json()["data"]) == 6


def test_differences_are_told_line_by_line_while_the_lines_are_the_same():
    line = {"description": "Sala", "gross": 1000, "rate": "22", "natura": ""}
    bar = line | {"description": "Bar"}
    old = {"gross": 2000, "lines": [line, bar], "seller": {}, "buyer": {}}
    dearer = old | {"gross": 2300, "lines": [line, bar | {"gross": 1300}]}
    assert [(d.code, d.what) for d in differences(old, dearer)] == [("total", ""), ("line", "Bar")]
    taxed = old | {"lines": [line | {"rate": "10"}, bar], "seller": {"iban": "x"}}
    assert [(d.code, d.what) for d in differences(old, taxed)] == [("rate", "Sala"), ("seller", "")]
    assert differences(old, dict(old)) == []


@pytest.mark.django_db(transaction=True)
def test_the_old_is_forgotten_after_ten_years_and_the_new_one_stays(expired, as_owner):
    from core import retention

    office, paper = expired()
    anew = rewrite(office, paper).json()
    as_owner(
        "UPDATE billing_preliminary SET written_on = '2014-03-01' WHERE id = %s", [decode("pre", paper["id"])]
    )
    retention.forget()
    assert Preliminary.objects.get().pk == decode("pre", anew["id"])
    assert one(office, anew)["in_place_of"] is None
