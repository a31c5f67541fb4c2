"""Steps about money: an order of what one holds, passes and a plan; its payment; the document that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.ids import encode
from tests.scenarios.expect import met
from tests.scenarios.on_prices import cents, held_to_sums
from tests.scenarios.steps import step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

BOUGHT = ("passes", "plan", "organisation", "coupon", "method", "called")
PAPER = ("number", "kind", "total", "net", "vat")
SUMS = ("total", "list_price", "net", "vat", "lines")


@step("order", words=(*BOUGHT, *SUMS, "state", "why"))
def order(play: Play, step: dict[str, Any], told: Any) -> None:
    """These bookings (a name or a list, which may be empty) are quoted with what is bought besides, and checked out by
    the `method`; `why`: what the quote is refused with. Its document is `paper` of what the order is `called`."""
    names = told if isinstance(told, list) else [told]
    ids = [play.world.bookings[name] for name in names]
    body: dict[str, Any] = {"booking_ids": ids} if ids else {}
    if "passes" in step:
        body["pass_kind_ids"] = [play.world.id_of(name) for name in step["passes"]]
    if "plan" in step:
        body["plan_id"] = play.world.id_of(step["plan"])
    if "coupon" in step:
        body["coupon"] = step["coupon"]
    if "organisation" in step:
        body["organisation_id"] = encode("org", play.world.organisations[step["organisation"]].pk)
    asked = {k: v for k, v in step.items() if k in ("as", "language")}
    answer = play.ask(asked, "post", "/quotes", body)
    if "why" in step:
        met("why", step["why"], answer.json().get("code"), answer)
        return
    quote = play.good(answer, 201)
    held_to_sums(step, quote, answer)
    promise = {"quote_id": quote["id"], "booking_ids": ids, "method": step.get("method", "card")}
    answer = play.ask(asked, "post", "/checkouts", promise)
    made = play.good(answer, 201)
    met("total of the checkout", quote["total"], made["total"], answer)
    play.world.ids[step.get("called", "order")] = made["id"]
    if "state" in step:
        met("state", step["state"], made["state"], answer)


def _checkout(play: Play, step: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = play.good(play.ask(step, "get", f"/checkouts/{play.world.ids[name]}"))
    return found


@step("pay", words=("card",), held_to=("state", "why"))
def pay(play: Play, step: dict[str, Any], name: str) -> None:
    """On the gateway's page, by a `card` that behaves so; the gateway tells us, and what follows is worked off."""
    asked = {k: v for k, v in step.items() if k == "as"}
    assert play.bank is not None, "who pays by card needs the gateway"
    play.bank.pay(_checkout(play, asked, name)["redirect_url"], step.get("card", "ok"))
    _heard(play, step, asked, name)


def _heard(play: Play, step: dict[str, Any], asked: dict[str, Any], name: str) -> None:
    """All that the gateway says arrives, and what follows is worked off."""
    assert play.bank is not None
    play.bank.tell_everything()
    found = _checkout(play, asked, name)
    for word in ("state", "why"):
        if word in step:
            met(word, step[word], found[word])


@step("late", words=("card", "meanwhile"), held_to=("state", "why"))
def late(play: Play, step: dict[str, Any], name: str) -> None:
    """Paid in time, but the gateway's word comes after what happened `meanwhile` (steps)."""
    asked = {k: v for k, v in step.items() if k == "as"}
    assert play.bank is not None, "who pays by card needs the gateway"
    play.bank.pay(_checkout(play, asked, name)["redirect_url"], step.get("card", "ok"))
    for told in step.get("meanwhile", []):
        play.do(told)
    _heard(play, step, asked, name)


@step("told-again")
def told_again(play: Play, step: dict[str, Any], times: Any) -> None:
    """All that the gateway ever said is said again, so many times."""
    assert play.bank is not None, "who pays by card needs the gateway"
    for _ in range(int(times)):
        play.bank.tell_everything()


@step("paper", held_to=("count", *PAPER))
def paper(play: Play, step: dict[str, Any], name: str) -> None:
    """The documents of an order: how many, and what the first says."""
    asked = {k: v for k, v in step.items() if k in ("as", "language")}
    papers = _checkout(play, asked, name)["document_ids"]
    if "count" in step:
        met("documents", step["count"], len(papers))
    if step.keys() & set(PAPER):
        found = play.good(play.ask(asked, "get", f"/documents/{papers[0]}"))
        play.world.ids[f"{name}-paper"] = papers[0]  # for `call`
        for word, key in (("number", "number"), ("kind", "kind")):
            if word in step:
                met(word, step[word], found[key])
        for word, key in (("total", "gross"), ("net", "net"), ("vat", "vat")):
            if word in step:
                met(word, cents(step[word]), found[key]["cents"])


@step("owed", held_to=("total", "paid", "refunded", "due"))
def owed(play: Play, step: dict[str, Any], name: str) -> None:
    """What a booking costs, what of it was paid, came back, and is still to be paid."""
    asked = {k: v for k, v in step.items() if k == "as"}
    money = play.good(play.ask(asked, "get", f"/bookings/{play.world.bookings[name]}"))["money"]
    for word in ("total", "paid", "refunded", "due"):
        if word in step:
            met(word, cents(step[word]), money[word]["cents"])


@step("left", held_to=("of",))
def left(play: Play, step: dict[str, Any], told: Any) -> None:
    """What is left of somebody's passes and of what their plans include, in minutes, days or entries, the first given first
    (`left: [60, 0], of: passes`)."""
    asked = {k: v for k, v in step.items() if k == "as"}
    if step["of"] == "passes":
        rows = play.good(play.ask(asked, "get", "/passes"))["data"]
        found = [row["left"] for row in sorted(rows, key=lambda row: row["id"])]
    else:
        subscriptions = play.good(play.ask(asked, "get", "/subscriptions"))["data"]
        found = [row["left"] for one in subscriptions for row in one["included"]]
    met(f"left of {step['of']}", told, found)
