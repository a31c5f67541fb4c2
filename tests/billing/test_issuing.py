"""What the office writes itself: looked at, refused with the SdI's own codes, issued, sent, answered, mended."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest

from billing.books import exports, vat_register
from billing.models import DeskPayment, Document, Entry, File, Issuer, Revision, Transmission
from billing.papers import sdi
from billing.papers.pdf import page_of
from billing.paying.debts import with_left
from core import outbox
from core.files import pieces
from core.ids import decode, encode
from core.models import Job, JobFile
from people.models import Organisation
from tests.api import client
from tests.billing.conftest import LINE
from tests.billing.office import REFUSED, issued, post, receipt, upload
from tests.billing.sales import book, sell
from tests.cast import ADDRESS, rome

pytestmark = pytest.mark.django_db


def test_what_is_looked_at_is_what_is_issued_and_nothing_is_written_before(office, ask):
    seen = office.post("/api/v1/documents/preview", ask()).json()
    assert (seen["net"]["cents"], seen["vat"]["cents"], seen["due"]["cents"]) == (7500, 1650, 9150)
    assert not seen["faults"]
    assert not Document.objects.exists()
    made = issued(office, ask())
    assert made["gross"] == seen["gross"]
    assert made["sdi"] == {"state": "to_send", "faults": [], "again_by": None, "too_late": False}
    content = office.get(f"/api/v1/documents/{made['id']}/files/xml")
    assert b"<ImportoTotaleDocumento>91.50</ImportoTotaleDocumento>" in content.content
    assert content["Content-Disposition"].endswith('_00001.xml"')


def test_a_total_below_nothing_is_no_invoice(office, ask):
    discount = LINE | {"quantity": "1", "unit_price": "-80.00"}
    for path in ("/documents/preview", "/documents"):
        answer = post(office, path, ask(lines=[LINE, discount]))
        assert (answer.status_code, answer.json()["pointers"][0]["code"]) == (422, "below-nothing")
    assert not Document.objects.exists()
    nothing = ask(lines=[LINE, discount | {"unit_price": "-75.00"}])
    assert issued(office, nothing)["gross"]["cents"] == 0


def test_the_ledger_has_what_the_document_says(office, ask, cast):
    issued(office, ask())
    (entry,) = Entry.objects.all()
    assert (entry.net.cents, entry.vat.cents, entry.partner) == (7500, 1650, cast.lead.issuer.partner)


def test_asked_twice_with_one_key_is_issued_once(office, ask):
    first = post(office, "/documents", ask(), "same")
    again = post(office, "/documents", ask(), "same")
    assert first.json()["number"] == again.json()["number"]
    assert Document.objects.count() == 1


def test_what_the_sdi_would_refuse_is_told_by_its_code_and_no_number_is_drawn(office, ask, alfa):
    alfa.recipient_code, alfa.country = "ABC1234", "DE"
    alfa.vat_number = "DE 123"
    alfa.province = ""
    alfa.save()
    answer = post(office, "/documents", ask(lines=[LINE | {"rate": "0.5"}]))
    assert answer.status_code == 422
    assert answer.json()["code"] == "sdi-control"
    assert {p["code"] for p in answer.json()["pointers"]} == {"00424"}
    assert not Document.objects.exists()


def test_a_customer_without_fiscal_data_is_asked_for_them(office, ask, alfa):
    Organisation.objects.filter(pk=alfa.pk).update(vat_number="", city="")
    answer = post(office, "/documents", ask())
    assert answer.json()["code"] == "fiscal-data-missing"
    assert {p["pointer"] for p in answer.json()["pointers"]} == {"/payer-city", "/payer-vat-number"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("street", "", "issuer-street"), ("city", "", "issuer-city"), ("province", "T1", "issuer-province")],
)
def test_an_issuer_without_a_seat_draws_no_number(office, ask, cast, field, value, code):
    body = cast.lead.organisation
    Organisation.objects.filter(pk=body.pk).update(**{field: value})
    answer = post(office, "/documents", ask())
    assert (answer.status_code, answer.json()["code"]) == (422, "fiscal-data-missing")
    assert {p["pointer"] for p in answer.json()["pointers"]} == {f"/{code}"}
    assert not Document.objects.exists()


def test_a_code_of_tender_or_project_has_its_shape(office, ask):
    for told in ({"cig": "Z1A2B3C4D"}, {"cup": "J31B2600001000"}):
        assert post(office, "/documents", ask(asked={"id": "DET-1"} | told)).status_code == 422
    whole = {"id": "DET-1", "cig": "Z1A2B3C4D5", "cup": "J31B26000010001"}
    assert post(office, "/documents", ask(asked=whole)).status_code == 201


def test_documents_are_found_by_whose_they_are(office, ask, cast, alfa):
    body = ask(person_id=encode("per", cast.ada.pk))
    del body["organisation_id"]
    hers, theirs = issued(office, body), issued(office, ask())

    def found(**asked):
        return [row["id"] for row in office.get("/api/v1/documents", asked).json()["data"]]

    assert found(person_id=encode("per", cast.ada.pk)) == [hers["id"]]
    assert found(organisation_id=encode("org", alfa.pk)) == [theirs["id"]]
    assert found(person_id=encode("per", cast.bruno.pk)) == []


def test_credits_never_exceed_their_document_at_any_rate(office, ask):
    whole = issued(office, ask(with_vat=True, lines=[LINE | {"quantity": "1", "unit_price": "100.00"}]))
    for amount, net in (("33.33", 2732), ("33.33", 2732), ("33.34", 2733)):
        body = ask(
            kind="credit_note", with_vat=True, corrects_id=whole["id"], lines=[LINE | {"quantity": "1", "unit_price": amount}]
        )  # fmt: skip
        assert issued(office, body)["net"]["cents"] == net
    answer = post(office, "/documents", body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "refund-too-large"
    assert sum(e.gross.cents for e in Entry.objects.all()) == 0


def test_a_preview_of_a_credit_refuses_what_issuing_it_would(office, ask):
    whole = issued(office, ask(lines=[LINE | {"quantity": "1", "unit_price": "100.00"}]))
    for amount, status in (("60.00", 201), ("40.01", 409), ("40.00", 201), ("0.01", 409)):
        lines = [LINE | {"quantity": "1", "unit_price": amount}]
        body = ask(kind="credit_note", corrects_id=whole["id"], lines=lines)
        seen = office.post("/api/v1/documents/preview", body)
        answer = post(office, "/documents", body)
        assert (seen.status_code, answer.status_code) == (200 if status == 201 else 409, status)
        if status == 409:
            assert seen.json()["code"] == answer.json()["code"] == "refund-too-large"
            assert seen.json()["detail"] == answer.json()["detail"]


def creditable(office, number):
    rows = office.get("/api/v1/documents").json()["data"]
    (credit,) = [row["actions"]["credit"] for row in rows if row["number"] == number]
    return credit["allowed"], [reason["code"] for reason in credit["reasons"]]


def test_what_was_written_by_hand_is_credited_by_hand_however_it_was_paid(office, ask, cast):
    whole = issued(office, ask(lines=[LINE | {"quantity": "1", "unit_price": "100.00"}]))
    assert creditable(office, whole["number"]) == (True, [])
    document = Document.objects.get()
    DeskPayment.objects.create(
        issuer=document.issuer, document=document, amount=document.due, method="cash", taken_by=cast.franco
    )
    assert office.get("/api/v1/documents").json()["data"][0]["payment_state"] == "paid"
    assert creditable(office, whole["number"]) == (True, [])
    half = [LINE | {"quantity": "1", "unit_price": "50.00"}]
    note = issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=half))
    assert note["actions"]["credit"]["reasons"][0]["code"] == "corrects-itself"
    assert creditable(office, whole["number"]) == (True, [])
    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=half))
    assert creditable(office, whole["number"]) == (False, ["all-credited"])


def test_credits_of_a_net_price_can_give_all_of_it_back(office, ask):
    whole = issued(office, ask(lines=[LINE | {"quantity": "1", "unit_price": "1.00"}]))
    quarter = ask(
        kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "1", "unit_price": "0.25"}]
    )
    # 22 % of 0.25 is 0.055: each time 0.06 would be more than the 0.22 that were charged.
    assert [issued(office, quarter)["vat"]["cents"] for _ in range(4)] == [6, 5, 6, 5]
    assert sum(e.gross.cents for e in Entry.objects.all()) == 0
    assert post(office, "/documents", quarter).status_code == 409


def test_a_credit_note_of_a_split_payment_splits_too(office, ask, cast):
    whole = issued(office, ask(split=True, lines=[LINE | {"quantity": "3", "unit_price": "100.00"}]))
    hundred = LINE | {"quantity": "1", "unit_price": "100.00"}
    note = issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[hundred]))
    content = office.get(f"/api/v1/documents/{note['id']}/files/xml").content
    assert b"<EsigibilitaIVA>S</EsigibilitaIVA>" in content
    day = date(2026, 10, 1), date(2026, 11, 1)
    [row] = vat_register.by_rate(cast.lead.issuer, *day).rows
    assert (row[2], row[5].cents, row[6].cents) == ("S", 4400, 0)
    assert with_left(Document.objects.filter(kind="invoice")).get().left.cents == 20000


def test_a_balance_and_a_debit_note_name_what_they_go_on_from_and_take_nothing_back(office, ask, alfa):
    advance = issued(office, ask(type="TD02"))
    for kind in ("TD01", "TD05", "TD24"):
        made = issued(office, ask(type=kind, related_ids=[advance["id"], advance["id"]]))
        content = office.get(f"/api/v1/documents/{made['id']}/files/xml").content
        assert content.count(b"<DatiFattureCollegate>") == 1
        assert f"<IdDocumento>{advance['number']}</IdDocumento>".encode() in content
        assert b"<DatiPagamento>" in content  # it asks for its own money
    assert with_left(Document.objects.all()).get(type="TD02").left.cents == 9150
    other = Organisation.objects.create(
        name="Beta", vat_number="06987650378", recipient_code="ABC1234", **ADDRESS
    )
    refused = post(
        office, "/documents", ask(organisation_id=encode("org", other.pk), related_ids=[advance["id"]])
    )
    assert [p["code"] for p in refused.json()["pointers"]] == ["another-customer"]
    assert post(office, "/documents", ask(related_ids=[encode("doc", alfa.pk)])).status_code == 404


def page(made):
    return page_of(Revision.objects.get(document=decode("doc", made["id"])).snapshot)


def test_the_page_says_until_when_for_which_order_and_that_the_original_is_another(office, ask):
    whole = {"id": "DET-1", "cig": "Z1A2B3C4D5", "cup": "J31B26000010001"}
    made = issued(office, ask(due_on="2026-12-31", asked=whole))
    said = page(made)
    assert "Scadenza 31/12/2026" in said
    assert "Ordine DET-1 · CIG Z1A2B3C4D5 · CUP J31B26000010001" in said
    assert "Copia di cortesia" in said
    assert "art. 26" not in said
    said = page(issued(office, ask(kind="credit_note", corrects_id=made["id"])))
    assert "Nota di variazione in diminuzione, art. 26 DPR 633/72" in said
    assert "CIG" not in said


def test_a_line_says_when_how_much_and_at_which_price_it_was_asked(office, ask):
    """DPR 633/72 art. 21 c. 2: nature, quality and quantity, and the price with what was taken off it."""
    lines = [
        LINE | {"first_on": "2026-10-18", "last_on": "2026-10-19"},
        LINE | {"quantity": "4813", "unit": "g", "unit_price": "0.0387", "first_on": "2026-10-18"},
        LINE
        | {
            "quantity": "10",
            "unit": "",
            "unit_price": "30",
            "discounts": [{"percent": "10"}, {"amount": "-2.5"}],
        },
        LINE | {"quantity": "1"},
    ]
    said = page(issued(office, ask(lines=lines)))
    shown = re.findall(r"<small>(.*?)</small>", said)
    assert shown == [
        "18/10/2026–19/10/2026 · 3 ore × 25,00 €",
        "18/10/2026 · 4813 g × 0,0387 €",
        "10 × 30,00 € · sconto 10% · maggiorazione 2,50 €",
    ]
    gross = LINE | {"quantity": "3", "unit_price": "9.99", "discounts": [{"percent": "50"}]}
    assert "<small>3 ore × 4,9967 €</small>" in page(issued(office, ask(with_vat=True, lines=[gross])))


def test_the_page_says_what_it_goes_on_from_and_that_its_vat_is_due_on_payment(office, ask, cast):
    advance = issued(office, ask(type="TD02"))
    assert f"Fa seguito a {advance['number']} del 20/10/2026" in page(
        issued(office, ask(related_ids=[advance["id"]]))
    )
    assert "per cassa" not in page(advance)
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(regime="RF17")
    assert "Operazione con IVA per cassa art. 32-bis DL 83/2012" in page(issued(office, ask()))


def test_a_receipt_is_the_original(office, ask):
    exempt = LINE | {"rate": "0", "natura": "N2.2", "legal_text": "Art. 4"}
    assert "Copia di cortesia" not in page(issued(office, ask(kind="receipt", lines=[exempt])))


def test_for_a_buyer_abroad_the_page_is_the_invoice(office, ask, alfa):
    """They have no area at the Italian tax office: the file for the SdI reports the sale, the page is what they get."""
    Organisation.objects.filter(pk=alfa.pk).update(
        country="FR",
        vat_number="FR40303265045",
        tax_code="",
        recipient_code="",
        province="",
        postcode="75001",
    )
    made = issued(office, ask())
    assert made["type"] == "TD01"
    said = page(made)
    assert "Copia di cortesia" not in said
    assert "Amounts without VAT" in said  # nobody there has said that they read Italian
    assert "Importi IVA esclusa" not in said


def test_receipts_move_a_document_whatever_order_they_come_in(office, ask):
    made = issued(office, ask())
    name = Transmission.objects.get().file_name
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xml", receipt(name))
        archive.writestr("b.xml", receipt(name, "RicevutaImpossibilitaRecapito"))
        archive.writestr("c.xml", receipt("IT99999999999_00001.xml"))
        archive.writestr("d.txt", "nothing")
    answer = upload(office, packed.getvalue(), "all.zip").json()["data"]
    assert [row["result"] for row in answer] == ["read", "read", "unknown", "unknown"]
    assert office.get(f"/api/v1/documents/{made['id']}").json()["sdi"]["state"] == "delivered"
    assert [row["result"] for row in upload(office, receipt(name)).json()["data"]] == ["known"]


def test_a_refused_document_goes_out_again_under_its_number_with_mended_data(office, ask, alfa):
    made = issued(office, ask())
    first = Transmission.objects.get()
    assert post(office, f"/documents/{made['id']}/correct", {}).status_code == 409
    upload(office, receipt(first.file_name, "NotificaScarto", REFUSED))
    seen = office.get(f"/api/v1/documents/{made['id']}").json()["sdi"]
    assert (seen["state"], [f["code"] for f in seen["faults"]]) == ("refused_by_sdi", ["00311"])
    alfa.recipient_code = "XYZ9876"
    alfa.save()
    assert post(office, f"/documents/{made['id']}/correct", {}).status_code == 200
    outbox.drain()
    second = Transmission.objects.exclude(pk=first.pk).get()
    assert second.file_name != first.file_name
    content = office.get(f"/api/v1/documents/{made['id']}/files/xml").content
    assert b"XYZ9876" in content
    assert made["number"].encode() in content
    assert office.get(f"/api/v1/documents/{made['id']}").json()["sdi"]["state"] == "to_send"
    assert Revision.objects.count() == 2
    assert File.objects.filter(kind="xml").count() == 2


def test_a_file_that_the_sdi_would_refuse_is_held_back_with_its_codes_until_the_data_are_mended(office, ask):
    made = post(office, "/documents", ask()).json()

    def standing():
        return office.get(f"/api/v1/documents/{made['id']}").json()["sdi"]

    assert standing() == {"state": "to_write", "faults": [], "again_by": None, "too_late": False}
    assert post(office, f"/documents/{made['id']}/correct", {}).status_code == 409
    outbox.drain()
    first = Revision.objects.get()
    broken = first.snapshot | {"buyer": first.snapshot["buyer"] | {"recipient_code": "AB"}}
    second = Revision.objects.create(
        document=first.document, version=2, snapshot=broken, sha256="b" * 64, previous_sha256=first.sha256
    )
    sdi.make({"revision": str(second.pk)})
    seen = standing()
    assert seen["state"] == "to_mend"
    assert seen["faults"]
    assert all(fault["code"] and fault["detail"] for fault in seen["faults"])
    assert post(office, f"/documents/{made['id']}/correct", {}).status_code == 200
    assert standing()["state"] == "to_send"  # the first file is out there, until the new one takes its place
    outbox.drain()
    assert standing() == {"state": "to_send", "faults": [], "again_by": None, "too_late": False}
    assert Transmission.objects.filter(revision__version=3).count() == 1


def test_the_month_has_the_files_that_were_not_written_yet(office, ask):
    made = post(office, "/documents", ask()).json()
    body = {"kind": "month", "issuer_id": made["issuer"]["id"], "month": made["issued_on"][:7]}
    job = post(office, "/exports", body).json()
    exports.make({"job": str(Job.objects.get().pk)})
    done = office.get(f"/api/v1/jobs/{job['id']}").json()
    content = b"".join(office.get(done["files"][0]["href"]).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(name.rpartition(".")[2] for name in archive.namelist()) == ["csv", "pdf", "xml"]


def test_a_month_made_twice_at_once_names_the_documents_that_are_in_its_zip(office, ask, monkeypatch):
    made = post(office, "/documents", ask(), "one").json()
    body = {"kind": "month", "issuer_id": made["issuer"]["id"], "month": made["issued_on"][:7]}
    post(office, "/exports", body)
    job, write = Job.objects.get(), exports._write

    def meanwhile(*args):
        monkeypatch.setattr(exports, "_write", write)
        post(office, "/documents", ask(), "two")
        exports.make({"job": str(job.pk)})
        assert exports.inside(job).count() == 2
        write(*args)

    monkeypatch.setattr(exports, "_write", meanwhile)
    exports.make({"job": str(job.pk)})
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces(JobFile.objects.get())))) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".xml")]) == 1
    assert [str(document) for document in exports.inside(job)] == [made["number"]]


def test_strangers_and_other_partners_issue_nothing(cast, ask):
    for person, status in ((cast.carla, 403), (cast.ada, 403), (cast.gina, 403), (cast.elena, 404)):
        assert post(client(person), "/documents", ask()).status_code == status
    assert post(client(None), "/documents", ask()).status_code == 401


def test_a_credit_of_what_a_sale_was_paid_for_is_refused_while_one_writes_it(office, cast):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    paid = Document.objects.get()
    assert creditable(office, paid.number) == (False, ["refund-instead"])
    assert client(cast.ada).get("/api/v1/documents").json()["data"][0]["actions"] == {}
    body = {
        "issuer_id": encode("iss", cast.lead.issuer.pk),
        "person_id": encode("per", cast.ada.pk),
        "kind": "credit_note",
        "corrects_id": encode("doc", paid.pk),
        "lines": [LINE | {"quantity": "1", "unit_price": "1.00"}],
    }
    for answer in (office.post("/api/v1/documents/preview", body), post(office, "/documents", body)):
        assert answer.status_code == 422
        assert [(p["pointer"], p["code"]) for p in answer.json()["pointers"]] == [
            ("/corrects_id", "refund-instead")
        ]


def test_a_month_whose_zip_could_not_be_kept_is_not_done_and_is_made_again(office, ask, monkeypatch):
    made = post(office, "/documents", ask(), "one").json()
    body = {"kind": "month", "issuer_id": made["issuer"]["id"], "month": made["issued_on"][:7]}
    post(office, "/exports", body)
    job = Job.objects.get()

    def full(*args):
        monkeypatch.undo()
        raise OSError("no room")

    monkeypatch.setattr("billing.books.exports.keep", full)
    with pytest.raises(OSError, match="no room"):
        exports.make({"job": str(job.pk)})
    exports.make({"job": str(job.pk)})
    assert JobFile.objects.filter(job=job).count() == 1
