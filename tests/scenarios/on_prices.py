"""What something costs: it is held, quoted, and let go again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing.prices.steps import recomputed
from core.money import Money
from tests.scenarios.expect import met
from tests.scenarios.on_bookings import WISH, wish
from tests.scenarios.steps import step

if TYPE_CHECKING:
    from tests.scenarios.play import Play


def cents(said: Any) -> int:
    """`12.50` as cents."""
    return int(Decimal(str(said)) * 100)


@step("cost", words=(*WISH, "coupon"), held_to=("total", "list_price", "why", "net", "vat", "lines"))
def cost(play: Play, step: dict[str, Any], at: str) -> None:
    """The total of a quote; each of its lines is worked out again from its own steps. `why`: what the coupon is
    refused with."""
    asked = {k: v for k, v in step.items() if k in ("as", "language")}
    held = play.good(play.ask(asked, "post", "/bookings", wish(play, step, at)), 201)
    body = {"booking_ids": [held["id"]], **({"coupon": step["coupon"]} if "coupon" in step else {})}
    answer = play.ask(asked, "post", "/quotes", body)
    found = answer.json()
    if "why" in step:
        met("why", step["why"], found.get("code"), answer)
    else:
        play.good(answer, 201)
        for line in found["lines"]:
            met("steps", Money(line["gross"]["cents"]), recomputed(line["steps"]), answer)
        held_to_sums(step, found, answer)
    play.ask(asked, "post", f"/bookings/{held['id']}/release", {})


def held_to_sums(step: dict[str, Any], found: dict[str, Any], answer: Any) -> None:
    """A quote's sums, and the prices of its lines."""
    if "lines" in step:
        met("lines", [cents(one) for one in step["lines"]], [x["gross"]["cents"] for x in found["lines"]])
    came = {
        "total": found["total"]["cents"],
        "list_price": sum(line["list_price"]["cents"] for line in found["lines"]),
        "net": sum(rate["net"]["cents"] for rate in found["vat"]),
        "vat": sum(rate["vat"]["cents"] for rate in found["vat"]),
    }
    for word, said in came.items():
        if word in step:
            met(word, cents(step[word]), said, answer)
