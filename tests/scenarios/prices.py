"""The prices of a case: rates and coupons of its first venue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing.models import (
    CancellationTerms,
    Coupon,
    Included,
    PassKind,
    Plan,
    Rate,
    Tariff,
    VatRate,
)
from core.clock import now
from core.ids import encode
from core.money import Money
from tests.scenarios import when

if TYPE_CHECKING:
    from tests.scenarios.places import Places

LONG_AGO = date(2001, 1, 1)
MEASURES = ("minutes", "days", "entries")
PERS = [per for per in Rate.Per.values if per != "use"]


def plant(places: Places, data: dict[str, Any]) -> None:
    """The tariffs of the first venue, published, its coupons, cancellation terms, passes and plans."""
    if "rates" in data:
        _tariff(places, LONG_AGO, None, data["rates"])
    for told in data.get("tariffs") or []:
        until = when.day(str(told["until"]), places.today) if "until" in told else None
        _tariff(places, when.day(str(told["from"]), places.today), until, told["rates"])
    for code, told in (data.get("coupons") or {}).items():
        Coupon.objects.create(
            venue=places.venue, code=code, name=code, from_on=LONG_AGO,
            percent=Decimal(str(told.get("percent", 0))), amount=_money(told.get("amount", 0)),
            until_on=when.day(str(told["until"]), places.today) if "until" in told else None,
            most_uses=told.get("most_uses"), most_each=told.get("most_each"),
        )  # fmt: skip
    for hours, percent in (data.get("terms") or {}).items():
        CancellationTerms.objects.create(venue=places.venue, hours_before=int(hours), percent_back=percent)
    for name, told in (data.get("passes") or {}).items():
        kind = PassKind.objects.create(
            venue=places.venue, name=name, kinds=told.get("kinds", []), price=_money(told.get("price", 0)),
            vat_rate=_vat(told.get("vat", 22)), valid_days=told.get("valid_days", 365), **_measured(told),
        )  # fmt: skip
        places.ids[name] = encode(PassKind.prefix, kind.pk)
    for name, told in (data.get("plans") or {}).items():
        _plan(places, name, told)


def _plan(places: Places, name: str, told: dict[str, Any]) -> None:
    made = Plan.objects.create(
        venue=places.venue, name=name, every=told.get("every", "month"), price=_money(told.get("price", 0)),
        vat_rate=_vat(told.get("vat", 22)), from_first=told.get("from_first", False),
        group=places.group(told["group"]) if "group" in told else None,
    )  # fmt: skip
    for part in told.get("includes", []):
        Included.objects.create(plan=made, kinds=part.get("kinds", []), **_measured(part))
    places.ids[name] = encode(Plan.prefix, made.pk)


def _measured(told: dict[str, Any]) -> dict[str, Any]:
    (unit,) = [word for word in MEASURES if word in told]
    return {"unit": unit, "amount": told[unit]}


def _tariff(places: Places, first: date, until: date | None, rates: list[dict[str, Any]]) -> None:
    made = Tariff.objects.create(
        venue=places.venue, partner=places.venue.partner, name=f"{first}", from_on=first, until_on=until,
        published_at=now(),
    )  # fmt: skip
    for told in rates:
        (per,) = [word for word in told if word in PERS]
        sold = per not in ("least", "reduction")
        Rate.objects.create(
            tariff=made,
            per=per,
            price=Money(0) if per == "reduction" else _money(told[per]),
            percent=Decimal(str(told[per])) if per == "reduction" else 0,
            minutes=told.get("minutes", 0),
            resource=places.resources[told["on"]] if "on" in told else None,
            kind=told.get("kind", ""),
            group=places.group(told["group"]) if "group" in told else None,
            charge_by=told.get("charge_by", Rate.ChargeBy.RESERVATION),
            vat_rate=_vat(told.get("vat", 22)) if sold else None,
            **_times(places, told),
        )


def _times(places: Places, told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "at" in told:
        ((weekdays, start, end, *_),) = when.hours(told["at"], places.today)
        found |= {"weekdays": list(weekdays), "from_time": start, "until_time": end}
    if "season" in told:
        first, last = (date.fromisoformat(day) for day in told["season"].split(".."))
        found |= {"season_from": first, "season_until": last, "yearly": True}
    return found


def _vat(percent: Any) -> VatRate:
    return VatRate.objects.get_or_create(percent=Decimal(str(percent)), defaults={"name": f"IVA {percent}%"})[
        0
    ]


def _money(said: Any) -> Money:
    return Money(int(Decimal(str(said)) * 100))
