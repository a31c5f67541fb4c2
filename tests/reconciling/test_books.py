"""What the gateway says, as the accountant reads it: payouts, fees, the TD17 to make, disputes, and a journal that has
at any time what is there."""

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.books import journal
from billing.models import Account, Dispute, GatewayTransaction, Match, Payment, Payout
from billing.paying.debts import debts
from billing.reconciling import gateway_registers
from core.ids import encode
from core.money import ZERO, Money, total
from tests.api import cents, client, post
from tests.reconciling.nights import differs, night

pytestmark = pytest.mark.django_db(transaction=True)
R = Account.Role
ALL = (date(2026, 1, 1), date(2027, 12, 31))


def balances(issuer):
    """What each account comes to, every posting balanced."""
    found: dict[str, Money] = {}
    for posting in journal.postings(issuer, *ALL):
        assert total(line.amount for line in posting.lines) == ZERO, posting
        for role, money in posting.lines:
            found[role] = found.get(role, ZERO) + money
    return found


def there(**of):
    """What the gateway has, as it was read."""
    return total(t.amount - t.fee for t in GatewayTransaction.objects.filter(**of))


def rows(office, cast, name, month="2026-11"):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": month}
    table = office.get(f"/api/v1/registers/{name}", asked).json()
    titles = [column["title"] for column in table["columns"]]
    return [dict(zip(titles, row, strict=True)) for row in table["rows"]]


def test_the_journal_has_what_is_at_the_gateway_whatever_happened(month, bank, cast, at):
    paid, _ = month
    won, lost = bank.dispute(paid[1].payment_ref), bank.dispute(paid[2].payment_ref, 700)
    bank.charge_again(paid[3].payment_ref)
    bank.change_fee(paid[3].payment_ref, 80)
    bank.keep_a_fee(199)
    night()
    assert balances(cast.lead.issuer)[R.GATEWAY] == there()
    assert balances(cast.lead.issuer)[R.DISPUTED] == Money(1830 + 700)
    bank.move_dispute(won, "won")
    bank.move_dispute(lost, "lost")
    at("2026-11-24 02:00")
    night()
    books = balances(cast.lead.issuer)
    assert books[R.GATEWAY] == there()
    assert (books.get(R.DISPUTED, ZERO), books.get(R.LOSSES, ZERO)) == (ZERO, ZERO)
    (owed,) = debts(cast.lead.issuer)
    assert books[R.CUSTOMERS] == owed.open == Money(700)
    assert books[R.SUSPENSE] == Money(-1830)
    assert books[R.BANK] == total(p.amount for p in Payout.objects.all()) != ZERO
    charged = GatewayTransaction.objects.exclude(kind="fee")
    assert books[R.FEES] == total(t.fee for t in charged) + Money(199)


def test_a_payout_of_two_issuers_money_leaves_each_one_s_own_books(month, cast, at):
    paid, _ = month
    Payment.objects.filter(pk=paid[1].pk).update(collected_by=cast.member)
    at("2026-11-24 02:00")
    night()
    ours, theirs = cast.lead.issuer, cast.member.issuer
    assert balances(theirs).get(R.GATEWAY, ZERO) == ZERO
    # The member has taken what the lead sold, and the lead has what came of it but for its fee.
    between = there(issuer=theirs) - paid[1].amount
    assert balances(theirs)[R.PARTNERS] == -balances(ours)[R.PARTNERS] == between == Money(1778 - 1830)
    assert balances(ours).get(R.GATEWAY, ZERO) == there()


def test_the_payouts_register_says_what_each_is_made_of(month, buy, bank, office, cast, at):
    paid, _ = month
    buy("09"), buy("10")
    bank.dispute(paid[3].payment_ref, 330)
    bank.keep_a_fee(10)
    at("2026-11-24 02:00")
    night()
    told = rows(office, cast, "payouts")
    assert [row["Accredito"] for row in told] == list(
        Payout.objects.order_by("arrives_on").values_list("ref", flat=True)
    )
    for row in told:
        parts = [row[name] for name in ("Incassi", "Rimborsi", "Contestazioni", "Altro", "Commissioni")]
        assert sum(cents(p) for p in parts) == cents(row["Accreditato"])
        assert (cents(row["Non torna"]), row["Stato"]) == (0, "arrivato")
    assert sum(cents(row["Incassi"]) for row in told) == 6 * 1830
    assert sum(cents(row["Rimborsi"]) for row in told) == -500
    assert sum(cents(row["Contestazioni"]) for row in told) == -330
    assert sum(cents(row["Commissioni"]) for row in told) == -(6 * 52 + 2000 + 10)
    moved = rows(office, cast, "payout-parts")
    assert {row["Operazione"] for row in moved} == {
        "incasso", "rimborso", "contestazione", "commissione", "accredito",
    }  # fmt: skip
    assert {row["Cliente"] for row in moved if row["Operazione"] == "incasso"} == {"Ada A."}


def test_the_td17_to_make_are_one_a_month_and_rate(month, bank, office, cast, at):
    bank.keep_a_fee(1000)
    night()
    told = rows(office, cast, "td17")
    assert [
        (r["Mese"], r["Paese"], cents(r["Imponibile"]), r["Natura"], r["Aliquota"], cents(r["IVA"]), cents(r["Totale"]))
        for r in told
    ] == [
        ("2026-11", "IE", 4 * 52, "N4", None, 0, 4 * 52),
        ("2026-11", "IE", 1000, None, "22", 220, 1220),
    ]  # fmt: skip
    assert {r["Da inviare entro"] for r in told} == {"2026-12-15"}
    fees = rows(office, cast, "fees")
    assert [(r["Operazioni"], cents(r["Commissioni (imponibile TD17)"])) for r in fees] == [
        (4, 208),
        (1, 1000),
    ]
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11", "output": "csv"}
    text = b"".join(office.get("/api/v1/registers/td17", asked).streaming_content).decode()
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert lines[2][5:] == ["10,00", "22,00", "", "2,20", "12,20", "15/12/2026"]


def test_what_was_not_read_yet_is_in_the_fees_as_our_payments_have_it(month, office, cast):
    assert [cents(r["Imponibile"]) for r in rows(office, cast, "td17")] == [208]


def test_disputes_are_listed_until_they_are_decided_whatever_the_month(month, bank, office, cast, at):
    paid, _ = month
    ref = bank.dispute(paid[0].payment_ref, 1330)
    bank.tell_everything()
    for asked in ("2026-11", "2026-12"):
        (row,) = rows(office, cast, "disputes", asked)
        assert (row["Stato"], row["Rispondere entro"], cents(row["Importo"])) == (
            "da rispondere", "2026-11-14", 1330,
        )  # fmt: skip
        assert (row["Cliente"], row["Motivo"]) == ("Ada A.", "Dice di non aver pagato")
        assert row["Documento"] == paid[0].documents.get(kind="invoice").number
        assert row["Prenotazione"]
    bank.move_dispute(ref, "won")
    bank.tell_everything()
    assert rows(office, cast, "disputes", "2026-12") == []
    assert rows(office, cast, "disputes")[0]["Chiusa il"] == "2026-11-07"
    assert Dispute.objects.get().state == "won"


def test_a_payout_on_the_bank_s_statement_is_proposed_and_matched(month, office, cast, at):
    at("2026-11-24 02:00")
    night()
    payout = Payout.objects.order_by("arrives_on")[0]
    euro = str(payout.amount.cents / 100).replace(".", ",")
    text = (
        "Data;Importo;Ordinante;Causale\n"
        f"{payout.arrives_on:%d/%m/%Y};{euro};STRIPE TECHNOLOGY EUROPE LTD;Bonifico vostro favore\n"
        f"20/11/2026;{euro};ALTRI SRL;Bonifico\n"
    )
    body = {
        "issuer_id": encode("iss", cast.lead.issuer.pk),
        "file": SimpleUploadedFile("banca.csv", text.encode()),
    }
    answer = office.post("/api/v1/bank-statements", body, format="multipart")
    assert answer.status_code == 201, answer.content
    asked = {"issuer_id": body["issuer_id"], "state": "open"}
    other, ours = sorted(
        office.get("/api/v1/bank-movements", asked).json()["data"],
        key=lambda m: m["name"].startswith("STRIPE"),
    )
    assert other["proposals"] == []
    (proposal, *_) = ours["proposals"]
    assert (proposal["debt"]["name"], proposal["why"]) == (payout.ref, "amount-and-name")
    wish = {"movement_id": ours["id"], "debt_id": proposal["debt"]["id"], "amount_cents": payout.amount.cents}
    before = balances(cast.lead.issuer)
    made = post(office, "/matches", wish, "m1")
    assert made.status_code == 201, made.content
    assert made.json()["matches"][0]["name"] == payout.ref
    # It was posted when it arrived: the bank has it once now, and nothing is to be assigned of it.
    moved = before | {
        R.BANK: before[R.BANK] - payout.amount,
        R.UNMATCHED: before[R.UNMATCHED] + payout.amount,
    }
    assert balances(cast.lead.issuer) == moved
    assert rows(office, cast, "payouts")[0]["In banca il"] == payout.arrives_on.isoformat()
    again = post(office, "/matches", wish | {"movement_id": other["id"]}, "m2")
    assert again.status_code == 409
    assert (
        client(cast.elena).post("/api/v1/matches", wish, headers={"Idempotency-Key": "x"}).status_code == 404
    )
    assert Match.objects.get().payout == payout


def test_a_payout_that_the_bank_s_statements_do_not_have_is_told_and_stops_nothing(month, office, cast, at):
    at("2026-11-24 02:00")
    night()
    assert differs(office, cast) == []
    body = {
        "issuer_id": encode("iss", cast.lead.issuer.pk),
        "file": SimpleUploadedFile("b.csv", b"Data;Importo;Ordinante;Causale\n23/11/2026;1,00;X SRL;x\n"),
    }
    assert office.post("/api/v1/bank-statements", body, format="multipart").status_code == 201
    told = differs(office, cast)
    assert {f["code"] for f in told} == {"payout-not-arrived"}
    assert not any(f["stops"] for f in told)


def test_the_payments_ledger_has_disputes_fees_and_payouts(month, bank, office, cast, at):
    paid, _ = month
    bank.dispute(paid[3].payment_ref)
    bank.keep_a_fee(150)
    at("2026-11-24 02:00")
    night()
    told = rows(office, cast, "payments")
    days = [row["Data"] for row in told]
    assert days == sorted(days)
    (dispute,) = [row for row in told if row["Operazione"] == "contestazione"]
    assert (cents(dispute["Importo"]), cents(dispute["Commissione"]), dispute["Cliente"]) == (
        -1830,
        2000,
        "Ada A.",
    )
    (fee,) = [row for row in told if row["Operazione"] == "commissione"]
    assert cents(fee["Importo"]) == -150
    left = [row for row in told if row["Operazione"] == "accredito in banca"]
    assert len(left) == 2 * Payout.objects.count()
    assert sum(cents(row["Importo"]) for row in left) == 0


def test_the_td17_are_made_by_whoever_holds_the_account(month, cast, at):
    paid, _ = month
    Payment.objects.filter(pk=paid[1].pk).update(collected_by=cast.member)
    night()
    first, until = date(2026, 11, 1), date(2026, 12, 1)
    assert [row[5] for row in gateway_registers.td17(cast.lead.issuer, first, until).rows] == [Money(4 * 52)]
    assert list(gateway_registers.td17(cast.member.issuer, first, until).rows) == []
    assert [row[4] for row in gateway_registers.fees(cast.member.issuer, first, until).rows] == [Money(52)]
    type(cast.member.issuer).objects.filter(pk=cast.member.issuer.pk).update(holds_gateway=True)
    assert [row[5] for row in gateway_registers.td17(cast.member.issuer, first, until).rows] == [
        Money(4 * 52)
    ]


def test_a_refund_that_came_back_and_was_given_by_transfer_is_not_the_gateway_s(
    month, bank, office, cast, at
):
    _, back = month
    night()
    bank.fail_refund(back.refund_ref)
    bank.tell_everything()
    body = {"method": "transfer", "on": "2026-11-07"}
    assert post(office, f"/refunds/{encode('rfd', back.pk)}/give", body).status_code == 200
    at("2026-11-10 02:00")
    night()
    books = balances(cast.lead.issuer)
    assert (books[R.GATEWAY], books.get(R.SUSPENSE, ZERO)) == (there(), ZERO)
    assert "amount-differs" not in [finding["code"] for finding in differs(office, cast)]
