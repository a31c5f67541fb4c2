"""What the office writes itself: looked at, refused with the SdI's own codes, issued, sent, answered, mended."""

from __future__ import annotations

import io
import itertools
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing import exports, sdi
from billing.models import Document, Entry, File, Revision, Transmission
from core import outbox
from core.models import Job
from people.models import Organisation
from tests.api import client
from tests.api import post as post_once
from tests.billing.conftest import LINE

pytestmark = pytest.mark.django_db

KEYS = itertools.count()


def post(api, path, body, key=None):
    return post_once(api, path, body, key or f"k{next(KEYS)}")


def issued(office, body):
    answer = post(office, "/documents", body)
    assert answer.status_code == 201, answer.json()
    outbox.drain()
    return office.get(f"/api/v1/documents/{answer.json()['id']}").json()


def test_what_is_looked_at_is_what_is_issued_and_nothing_is_written_before(office, ask):
    seen = office.post("/api/v1/documents/preview", ask()).json()
    assert (seen["net"]["cents"], seen["vat"]["cents"], seen["due"]["cents"]) == (7500, 1650, 9150)
    assert not seen["faults"]
    assert not Document.objects.exists()
    made = issued(office, ask())
    assert made["gross"] == seen["gross"]
    assert made["sdi"] == {"state": "to_send", "faults": []}
    content = office.get(f"/api/v1/documents/{made['id']}/files/xml")
    assert b"<ImportoTotaleDocumento>91.50</ImportoTotaleDocumento>" in content.content
    assert content["Content-Disposition"].endswith('_00001.xml"')


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


def receipt(name, kind="RicevutaConsegna", inside=""):
    return (
        f'<ns:{kind} xmlns:ns="http://www.fatturapa.gov.it/sdi/messaggi/v1.0" versione="1.0">'
        f"<IdentificativoSdI>111</IdentificativoSdI><NomeFile>{name}</NomeFile>{inside}</ns:{kind}>"
    ).encode()


REFUSED = "<ListaErrori><Errore><Codice>00311</Codice><Descrizione>x</Descrizione></Errore></ListaErrori>"


def upload(office, content, name="r.xml"):
    return office.post(
        "/api/v1/sdi-receipts", {"file": SimpleUploadedFile(name, content)}, format="multipart"
    )


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

    assert standing() == {"state": "to_write", "faults": []}
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
    assert standing() == {"state": "to_send", "faults": []}
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


def test_strangers_and_other_partners_issue_nothing(cast, ask):
    for person, status in ((cast.carla, 403), (cast.ada, 403), (cast.gina, 403), (cast.elena, 404)):
        assert post(client(person), "/documents", ask()).status_code == status
    assert post(client(None), "/documents", ask()).status_code == 401
