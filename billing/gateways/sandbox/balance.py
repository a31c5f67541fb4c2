"""What comes into the balance and leaves it: a transaction each, and a payout a day of what is available."""

from __future__ import annotations

import secrets

from billing.gateways.sandbox.ledger import Ledger, Thing

DAY = 86_400
DAYS_UNTIL_AVAILABLE = {"charge": 2}  # anything else is available at the next midnight
MOST, USUAL = 100, 10


def book(
    ledger: Ledger, kind: str, amount: int, source: str, *, fee: int = 0, category: str = "", said: str = ""
) -> Thing:
    """A transaction of this moment: the amount with its sign, the fee that is kept of it."""
    moment = int(ledger.now())
    days = DAYS_UNTIL_AVAILABLE.get(kind, 1)
    return ledger.put(
        {
            "id": f"txn_{secrets.token_hex(12)}",
            "object": "balance_transaction",
            "type": kind,
            "reporting_category": category or kind,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "fee_details": [{"type": "stripe_fee", "amount": fee, "currency": "eur"}] if fee else [],
            "currency": "eur",
            "created": moment,
            "available_on": (moment // DAY + days) * DAY,
            "source": source or None,
            "description": said,
            "payout": None,
        }
    )


def pay_out(ledger: Ledger) -> None:
    """Each day's available balance has left at its midnight and arrives a day later; what is below nothing waits."""
    moment = int(ledger.now())
    for payout in ledger.all("payout"):
        if payout["status"] == "in_transit" and payout["arrival_date"] <= moment:
            ledger.announce("payout.paid", ledger.put(payout | {"status": "paid"}))
    waiting = [t for t in ledger.all("balance_transaction") if t["payout"] is None]
    due = sorted({t["available_on"] for t in waiting if t["available_on"] <= moment})
    for day in due:
        parts = [t for t in waiting if t["payout"] is None and t["available_on"] <= day]
        if (net := sum(t["net"] for t in parts)) > 0:
            _send(ledger, day, net, parts, arrived=day + DAY <= moment)


def _send(ledger: Ledger, day: int, net: int, parts: list[Thing], *, arrived: bool) -> None:
    ref = f"po_{secrets.token_hex(12)}"
    own = book(ledger, "payout", -net, ref)
    for part in (*parts, own):
        part["payout"] = ref
    ledger.put(own | {"created": day, "available_on": day})
    for part in parts:
        ledger.put(part)
    payout = ledger.put(
        {
            "id": ref,
            "object": "payout",
            "amount": net,
            "currency": "eur",
            "automatic": True,
            "created": day,
            "arrival_date": day + DAY,
            "balance_transaction": own["id"],
            "status": "paid" if arrived else "in_transit",
        }
    )
    ledger.announce("payout.paid" if arrived else "payout.created", payout)


def listed(ledger: Ledger, kind: str, form: dict[str, str]) -> Thing:
    """A page of a list, the newest first, as Stripe answers."""
    things = [t for t in ledger.all(kind) if _fits(t, form)]
    things.sort(key=lambda t: (t["created"], t["id"]), reverse=True)
    ids = [t["id"] for t in things]
    begin = ids.index(form["starting_after"]) + 1 if form.get("starting_after") in ids else 0
    end = begin + min(int(form.get("limit", USUAL)), MOST)
    page = [shown(t) for t in things[begin:end]]
    if "data.source" in [value for name, value in form.items() if name.startswith("expand")]:
        page = [t | {"source": ledger.get(t["source"]) if t["source"] else None} for t in page]
    return {"object": "list", "url": f"/v1/{kind}s", "has_more": end < len(things), "data": page}


def _fits(thing: Thing, form: dict[str, str]) -> bool:
    return (
        int(form.get("created[gte]", 0)) <= thing["created"] < int(form.get("created[lt]", 1 << 62))
        and form.get("payout", thing.get("payout")) == thing.get("payout")
    )  # fmt: skip


def shown(thing: Thing) -> Thing:
    """As Stripe tells it: a transaction does not say by which payout it left."""
    if thing["object"] != "balance_transaction":
        return thing
    return {name: value for name, value in thing.items() if name != "payout"}
