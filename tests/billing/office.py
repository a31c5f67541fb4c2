"""What the office issues, hands to the SdI and takes from it, closes and reads, as the tests of its papers say it."""

from __future__ import annotations

import itertools

from django.core.files.uploadedfile import SimpleUploadedFile

from core import outbox
from core.ids import encode
from tests.api import client
from tests.api import post as post_once

KEYS = itertools.count()


def post(api, path, body, key=None):
    return post_once(api, path, body, key or f"k{next(KEYS)}")


def issued(office, body):
    answer = post(office, "/documents", body)
    assert answer.status_code == 201, answer.json()
    outbox.drain()
    return office.get(f"/api/v1/documents/{answer.json()['id']}").json()


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


def close(cast, month="2026-11", key="k1"):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": month}
    return post(client(cast.franco), "/accounting-months/close", body, key)


def read(office, cast, name, **asked):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)} | (asked or {"month": "2026-10"})
    answer = office.get(f"/api/v1/registers/{name}", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def named(table):
    titles = [column["title"] for column in table["columns"]]
    return [dict(zip(titles, row, strict=True)) for row in table["rows"]]


def findings(office, cast, month="2026-10"):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": month}
    return office.get("/api/v1/reconciliation", asked).json()
