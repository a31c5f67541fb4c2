"""A month among partners, step by step through the API."""

from core.ids import encode
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.cast import rome

NOVEMBER = "2026-11"


def ids(cast):
    return encode("con", cast.consortium.pk), encode("prt", cast.lead.pk), encode("prt", cast.member.pk)


def rule(cast, kind="shares", **more):
    from_on = more.pop("from_on", "2026-11-01")
    rules = [{"of": "takings", "kind": kind, **more}]
    body = {"consortium_id": ids(cast)[0], "from_on": from_on, "rules": rules}
    answer = post(client(cast.dario), "/split-rules", body, key=f"rule-{kind}")
    assert answer.status_code == 201, answer.content


def sold(cast, at, day, hour=10, resource=None):
    at(f"2026-11-{day:02} 08:00")
    return sell(cast.ada, book(cast.ada, resource or cast.room, rome(f"2026-11-{day:02}T{hour:02}:00")))


def begun(cast, month=NOVEMBER):
    answer = post(
        client(cast.dario), "/settlements", {"consortium_id": ids(cast)[0], "month": month}, key=month
    )
    assert answer.status_code == 201, answer.content
    return answer.json()


def do(person, settlement, act, body=None, key=None):
    return post(
        client(person), f"/settlements/{settlement['id']}/{act}", body, key=key or f"{act}-{person.pk}"
    )


def shared(cast, at, moment="2026-12-01 09:00"):
    at(moment)
    made = begun(cast)
    answer = do(cast.dario, made, "share", {"objections_until": "2026-12-10"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def closed(cast, at):
    made = shared(cast, at)
    for person in (cast.dario, cast.elena):
        assert do(person, made, "approve").status_code == 200
    answer = do(cast.dario, made, "close")
    assert answer.status_code == 200, answer.content
    return answer.json()


def row(shown, name):
    return next(p for p in shown["figures"]["partners"] if p["name"] == name)
