"""What the accountant reads: totals that are the sum of the documents, filters that part them, CSV nobody can arm."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from billing.books import activities, exports, journal, squaring, vat_register
from billing.models import Document, DocumentRate
from billing.papers.registers import totals
from billing.papers.vat import RateKey, summaries
from core import outbox
from core.ids import encode
from core.models import Job, LogEntry
from core.money import Money, total
from core.periods import next_month
from tests.api import client, post
from tests.billing.sales import book, give_back, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
RATES = [RateKey(Decimal("22.00")), RateKey(Decimal("10.00")), RateKey(Decimal("0.00"), "N4", "art. 10")]
lines = st.lists(st.tuples(st.sampled_from(RATES), st.integers(1, 10**6).map(Money)), min_size=1, max_size=5)
papers = st.lists(st.tuples(st.sampled_from(["invoice", "credit_note"]), lines), max_size=8)


def written(cast, ordinal, kind, found):
    issuer = cast.lead.issuer
    document = Document.objects.create(
        issuer=issuer, series=issuer.number_series.get(code="FE"), kind=kind, year=2026, ordinal=ordinal,
        number=f"FE-2026/{ordinal}", issued_on=date(2026, 11, 30), person=cast.ada, customer_name="Ada",
        net=total(s.net for s in found), vat=total(s.vat for s in found), gross=total(s.gross for s in found),
    )  # fmt: skip
    for s in found:
        DocumentRate.objects.create(document=document, **s.key._asdict(), net=s.net, vat=s.vat, gross=s.gross)
    return document


@pytest.fixture
def customer_and_issuer(cast):
    return cast.ada, cast.lead


@pytest.mark.usefixtures("customer_and_issuer")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(papers)
def test_totals_by_rate_are_the_sum_of_the_documents(cast, many):
    with transaction.atomic():
        made = [written(cast, n, kind, summaries(sold)) for n, (kind, sold) in enumerate(many, 1)]
        shown = totals(Document.objects.all())
        transaction.set_rollback(True)
    for name in ("net", "vat", "gross"):
        signed = [(-1 if d.kind == "credit_note" else 1) * getattr(d, name).cents for d in made]
        assert shown[name].cents == sum(signed)
        assert sum(rate[name].cents for rate in shown["by_rate"]) == sum(signed)
    assert shown["documents"] == len(made)


@pytest.fixture
def month(cast):
    """Three invoices of November; the second is credited in part."""
    sold = [
        (booking, sell(cast.ada, booking))
        for hour in (9, 11, 13)
        for booking in [book(cast.ada, cast.laser, rome(f"2026-12-03 {hour:02}:00"))]
    ]
    give_back(*sold[1], 500)
    return sold


def listed(person, **asked):
    answer = client(person).get("/api/v1/documents", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_states_of_payment_part_the_documents(cast, month):
    whole = {d["id"]: d["payment_state"] for d in listed(cast.franco)["data"]}
    assert sorted(whole.values()) == ["paid", "paid", "refunded", "refunded"]
    for state in ("paid", "due", "refunded"):
        found = listed(cast.franco, payment_state=state, include="totals")
        assert {d["id"] for d in found["data"]} == {pk for pk, shown in whole.items() if shown == state}
        assert found["totals"]["documents"] == len(found["data"])


def test_a_credit_note_counts_with_a_minus(cast, month):
    assert listed(cast.franco, include="totals")["totals"]["gross"]["cents"] == 3 * 1830 - 500


def test_the_list_costs_the_same_for_one_or_many(cast, month, queries):
    api = client(cast.franco)
    for size in (1, 4):
        with queries(16):
            assert len(api.get("/api/v1/documents", {"limit": size}).json()["data"]) == size


def test_another_partner_s_accountant_sees_none(cast, month):
    assert listed(cast.elena)["data"] == []


def test_the_csv_says_what_the_documents_say(cast, month):
    cast.ada.name, cast.ada.tax_code = "changed later", ""
    cast.ada.save()
    answer = client(cast.franco).get("/api/v1/documents", {"output": "csv"})
    rows = read_csv(b"".join(answer.streaming_content))
    assert sum(cents(row["Totale"]) for row in rows) == 4990
    assert {row["Codice fiscale"] for row in rows} == {"RSSMRA80A01H501U"}
    assert {row["Ordine"][:4] for row in rows} == {"ord_"}
    assert {row["Data"] for row in rows} == {"30/11/2026"}


def test_the_workbook_has_the_columns_and_figures_of_the_csv(cast, month):
    api = client(cast.franco)
    rows = read_csv(b"".join(api.get("/api/v1/documents", {"output": "csv"}).streaming_content))
    answer = api.get("/api/v1/documents", {"output": "xlsx"})
    header, *body, last = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values
    assert list(header) == list(rows[0])
    assert [round(row[10] * 100) for row in body] == [cents(row["Totale"]) for row in rows]
    assert {row[3].date() for row in body} == {date(2026, 11, 30)}
    assert (last[0], last[10]) == ("Totale", 49.90)


def read_csv(content):
    text = content.decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))


def cents(text):
    return int(text.replace(",", ""))


def test_a_month_is_a_zip_whose_index_is_true(cast, month):
    api = client(cast.franco)
    body = {"kind": "month", "issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11"}
    job = post(api, "/exports", body).json()
    assert job["state"] == "queued"
    outbox.drain()
    done = api.get(f"/api/v1/jobs/{job['id']}").json()
    assert (done["state"], done["progress"]) == ("done", {"done": 4, "total": 4})
    content = b"".join(api.get(done["files"][0]["href"]).streaming_content)
    assert (len(content), sha256(content).hexdigest()) == (
        done["files"][0]["bytes"],
        done["files"][0]["sha256"],
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        index = read_csv(archive.read("indice.csv"))
        assert {row["Numero"] for row in index} == set(Document.objects.values_list("number", flat=True))
        assert {row["File"].rpartition(".")[2] for row in index} == {"pdf", "xml"}
        assert sum(cents(row["Totale"]) for row in index if row["File"].endswith(".pdf")) == 4990
        for row in index:
            page = archive.read(row["File"])
            assert (str(len(page)), sha256(page).hexdigest()) == (row["Byte"], row["SHA-256"])
    assert client(cast.dario).get(done["files"][0]["href"]).status_code == 404


def test_the_log_says_what_was_in_the_zip_and_not_what_its_filters_find_today(cast, month):
    api, asked = client(cast.franco), {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11"}
    job = post(api, "/exports", {"kind": "month", **asked, "payment_state": "paid"}).json()
    outbox.drain()
    paid = {encode("doc", payment.documents.get().pk) for _, payment in (month[0], month[2])}
    booking, payment = month[0]
    give_back(booking, payment, 300)  # no longer among what is paid
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-03 15:00")))
    (file,) = api.get(f"/api/v1/jobs/{job['id']}").json()["files"]
    assert api.get(file["href"]).status_code == 200
    seen = LogEntry.objects.filter(act="see-customers", by_id=cast.franco.pk).latest("at")
    assert (set(seen.data["ids"]), seen.data["n"]) == (paid, 2)


def test_of_a_zip_from_before_that_was_kept_the_log_says_what_its_filters_find(cast, month):
    api, asked = client(cast.franco), {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11"}
    job = post(api, "/exports", {"kind": "month", **asked, "kinds": ["credit_note"]}).json()
    outbox.drain()
    Job.objects.update(inside=None)
    (file,) = api.get(f"/api/v1/jobs/{job['id']}").json()["files"]
    assert api.get(file["href"]).status_code == 200
    seen = LogEntry.objects.filter(act="see-customers", by_id=cast.franco.pk).latest("at")
    assert seen.data["n"] == 1


def test_what_the_list_is_filtered_by_is_what_the_zip_has_and_who_left_finds_it(cast, month):
    api, asked = client(cast.franco), {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11"}

    def last(**more):
        return api.get("/api/v1/exports", asked | more).json()["job"]

    assert last() is None
    job = post(api, "/exports", {"kind": "month", **asked, "kinds": ["credit_note"]}).json()
    assert last(kinds=["credit_note"])["id"] == job["id"]
    assert (last(), last(kinds=["invoice"]), last(kinds=["credit_note"], q="Ada")) == (None, None, None)
    outbox.drain()
    done = last(kinds=["credit_note"])
    assert done["files"][0]["name"] == "2026-11-in-parte.zip"
    content = b"".join(api.get(done["files"][0]["href"]).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        numbers = {row["Numero"] for row in read_csv(archive.read("indice.csv"))}
    notes = Document.objects.filter(kind="credit_note").values_list("number", flat=True)
    assert numbers == set(notes) != set()
    other = client(cast.dario).get("/api/v1/exports", asked | {"kinds": ["credit_note"]})
    assert other.json().get("job") is None


def test_what_is_of_the_first_of_the_next_month_is_of_no_book_of_the_month_before(cast, month, at):
    november = set(Document.objects.values_list("number", flat=True))
    at("2026-12-01 00:05")
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-03 15:00")))
    december = {Document.objects.get(issued_on=date(2026, 12, 1)).number}
    office, issuer = client(cast.franco), cast.lead.issuer
    jobs = {}
    for day, numbers in ((date(2026, 11, 1), november), (date(2026, 12, 1), december)):
        days = day, next_month(day)
        asked = {"issuer_id": encode("iss", issuer.pk), "month": f"{day:%Y-%m}"}
        jobs[post(office, "/exports", {"kind": "month", **asked}, f"{day}").json()["id"]] = numbers
        assert {row[1] for row in vat_register.sales(issuer, *days).rows} == numbers
        assert {p.reference for p in journal.postings(issuer, *days) if p.what == journal.DOCUMENT} == numbers
        assert sum(row[4] for row in activities.by_activity(issuer, *days).rows) == len(numbers)
        assert {n for n in november | december if n in exports.fingerprints(issuer, *days)} == numbers
        unsent = [f for f in squaring.findings(issuer, *days) if f.code == "sdi-to-write"]
        assert {f.label for f in unsent} == numbers
    outbox.drain()
    for job, numbers in jobs.items():
        (file,) = office.get(f"/api/v1/jobs/{job}").json()["files"]
        content = b"".join(office.get(file["href"]).streaming_content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {row["Numero"] for row in read_csv(archive.read("indice.csv"))} == numbers
