"""A document written by hand carries the day of what it is for: twelve days back at most, later with a reason, never ahead."""

import pytest

from billing.models import AccountingMonth, Document, Entry, Settlement
from core.clock import now
from core.models import LogEntry
from tests.billing.office import issued, post

pytestmark = pytest.mark.django_db(transaction=True)


def looked_at(office, body):
    answer = post(office, "/documents/preview", body)
    assert answer.status_code == 200, answer.json()
    return [(c["code"], c["place"], c["detail"]) for c in answer.json()["cautions"]]


def pointers(answer):
    assert answer.status_code == 422, answer.json()
    return [(p["pointer"], p["code"]) for p in answer.json()["pointers"]]


def test_k04_within_twelve_days_it_has_the_next_number_and_the_day_of_the_operation(office, ask):
    assert issued(office, ask())["number"].endswith("/1")  # today, the 20th
    of_the_15th = ask(operation_on="2026-10-15")
    ((code, place, said),) = looked_at(office, of_the_15th)
    assert (code, place, "20/10/2026" in said) == ("out-of-order", "/operation_on", True)
    made = issued(office, of_the_15th)
    assert (made["number"][-2:], made["issued_on"]) == ("/2", "2026-10-15")
    content = office.get(f"/api/v1/documents/{made['id']}/files/xml").content.decode()
    assert "<Data>2026-10-15</Data>" in content
    assert str(Entry.objects.get(document__ordinal=2).on) == "2026-10-15"


@pytest.mark.parametrize(("day", "dated"), [("2026-10-08", "2026-10-08"), ("2026-10-07", "2026-10-20")])
def test_the_thirteenth_day_is_late_and_wants_its_reason_which_the_log_keeps(office, ask, day, dated):
    told = issued(office, ask(operation_on=day, late="perso tra le carte"))
    assert told["issued_on"] == dated
    kept = LogEntry.objects.get(act="issue").data
    assert kept == ({} if dated == day else {"operation": day, "late": "perso tra le carte"})


@pytest.mark.parametrize(("now_", "dated"), [("2026-11-15", "2026-10-03"), ("2026-11-16", "2026-11-16")])
def test_a_deferred_invoice_is_in_time_until_the_fifteenth_of_the_next_month(office, ask, at, now_, dated):
    at(f"{now_} 10:00")
    made = issued(office, ask(type="TD24", operation_on="2026-10-03", late="tardi"))
    assert (made["type"], made["issued_on"]) == ("TD24", dated)


def test_k04_a_late_one_without_a_reason_draws_no_number(office, ask):
    late = ask(operation_on="2026-10-01")
    assert [code for code, _, _ in looked_at(office, late)] == ["issued-late"]
    assert pointers(post(office, "/documents", late)) == [("/late", "required")]
    assert pointers(post(office, "/documents", late | {"late": "  "})) == [("/late", "required")]
    assert not Document.objects.exists()


@pytest.mark.parametrize("path", ["/documents", "/documents/preview"])
def test_k04_a_day_to_come_is_always_refused(office, ask, path):
    ahead = ask(operation_on="2026-10-21", late="domani")
    assert pointers(post(office, path, ahead)) == [("/operation_on", "to-come")]
    assert not Document.objects.exists()


def test_of_a_closed_month_it_is_dated_today_and_says_so_first(office, ask, cast, at):
    at("2026-11-05 10:00")
    month, _ = AccountingMonth.objects.get_or_create(issuer=cast.lead.issuer, first_on="2026-10-01")
    AccountingMonth.objects.filter(pk=month.pk).update(closed_at=now())
    body = ask(operation_on="2026-10-31")
    assert [code for code, _, _ in looked_at(office, body)] == ["month-taken"]
    assert issued(office, body)["issued_on"] == "2026-11-05"


@pytest.mark.parametrize(
    ("day", "state", "operation", "codes", "dated"),
    [
        ("2026-11-05", "shared", "2026-10-31", ["month-taken"], "2026-11-05"),
        ("2026-11-05", "draft", "2026-10-31", [], "2026-10-31"),
        ("2026-10-20", "shared", "2026-10-19", [], "2026-10-19"),  # what is of this month's is never passed
    ],
)
def test_what_is_said_of_a_month_that_partners_divide_is_what_is_done(
    office, ask, cast, at, day, state, operation, codes, dated
):
    at(f"{day} 10:00")
    Settlement.objects.create(consortium=cast.consortium, first_on="2026-10-01", state=state)
    body = ask(operation_on=operation)
    assert [code for code, _, _ in looked_at(office, body)] == codes
    assert issued(office, body)["issued_on"] == dated


def test_what_is_of_today_or_of_the_last_document_s_day_is_in_order(office, ask):
    for day in ("2026-10-19", "2026-10-19", "2026-10-20"):
        assert looked_at(office, ask(operation_on=day)) == []
        assert issued(office, ask(operation_on=day))["issued_on"] == day


def test_a_late_one_is_looked_at_as_of_today_whose_date_it_has(office, ask):
    made = issued(office, ask())
    late = ask(kind="credit_note", corrects_id=made["id"], operation_on="2026-10-01", late="un errore")
    assert [code for code, _, _ in looked_at(office, late)] == ["issued-late"]
    assert issued(office, late)["issued_on"] == "2026-10-20"


def test_a_credit_note_is_not_of_a_day_before_what_it_corrects(office, ask):
    made = issued(office, ask())
    before = ask(kind="credit_note", corrects_id=made["id"], operation_on="2026-10-19")
    answer = post(office, "/documents", before)
    assert [code for _, code in pointers(answer)] == ["00418"]
    assert Document.objects.count() == 1


def test_what_is_only_quoted_is_of_no_day_yet(office, ask):
    body = {"kind": "quotation", "valid_until": "2026-11-20", "document": ask(operation_on="2026-10-19")}
    assert [place for place, _ in pointers(post(office, "/preliminaries", body))] == [
        "/document/operation_on"
    ]
