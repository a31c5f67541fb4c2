"""Whom a desk finds: whoever its partner knows by a part of their name, anybody by the whole address or number."""

from datetime import date, timedelta

import pytest

from billing.models import Beneficiary, Budget, Issuer, Order, OrderLine, Plan, Programme, Subscription
from booking.models import Waiting
from core.clock import now
from core.ids import uuid7
from core.models import LogEntry
from core.money import Money
from equipment.models import Certification
from people.models import Group, GroupMember, Partner, Person, Role
from tests.api import client
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db


def found(person, q):
    answer = client(person).get("/api/v1/people", {"q": q})
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["data"]]


def test_a_desk_finds_by_name_who_has_booked_at_its_venue_and_another_partner_s_does_not(cast, at):
    at("2026-11-30 09:00")
    _ = cast.venue, cast.bruno
    for staff in (cast.gina, cast.dario, cast.elena, cast.ivo):
        assert found(staff, "bruno") == ([cast.bruno.name] if staff == cast.ivo else [])
    book(cast.bruno, cast.room)
    for q in ("bru", "Bruno B", "bruno@ex"):
        assert found(cast.gina, q) == found(cast.dario, q) == [cast.bruno.name]
        assert found(cast.elena, q) == []


def test_whoever_owns_a_room_in_another_s_venue_finds_who_booked_it(cast, at):
    at("2026-11-30 09:00")
    cast.other_room.owner = cast.member
    cast.other_room.save()
    book(cast.bruno, cast.other_room)
    book(cast.carla, cast.room)
    assert (found(cast.elena, "bruno"), found(cast.elena, "carla")) == ([cast.bruno.name], [])
    assert (found(cast.gina, "bruno"), found(cast.gina, "carla")) == ([cast.bruno.name], [cast.carla.name])


def test_a_lead_s_manager_finds_whom_its_consortium_knows_and_its_desk_its_own(cast):
    theirs = Group.objects.create(name="Soci", partner=cast.member)
    GroupMember.objects.create(group=theirs, person=cast.carla, from_on=LONG_AGO)
    assert found(cast.elena, "carla") == found(cast.dario, "carla") == [cast.carla.name]
    assert found(cast.gina, "carla") == []


def looked_for(person):
    """The partners for which it is written down that somebody looked, the latest time."""
    looks = LogEntry.objects.filter(act="see-people")
    before = set(looks.values_list("pk", flat=True))
    assert found(person, "bruno@example.org")
    return set(looks.exclude(pk__in=before).values_list("thing_id", flat=True))


def test_who_keeps_a_partner_s_books_looks_up_nobody_for_it(cast, at):
    at("2026-11-30 09:00")
    both = cast._with_role("Nora", "staff", cast.member)
    Role.objects.create(person=both, kind="accountant", partner=cast.lead)
    book(cast.bruno, cast.room)
    assert found(both, "bruno") == []
    assert looked_for(both) == {cast.member.pk}
    Role.objects.create(person=both, kind="staff", partner=cast.lead)
    assert found(both, "bruno") == [cast.bruno.name]
    assert looked_for(both) == {cast.member.pk, cast.lead.pk}


def test_a_look_is_written_down_for_every_partner_that_it_was_for(cast, at):
    at("2026-11-30 09:00")
    alone = Partner.objects.create(short_name="Circolo", organisation=cast.association)
    Role.objects.create(person=cast.dario, kind="accountant", partner=alone)
    _ = cast.bruno, cast.elena
    assert looked_for(cast.dario) == {cast.lead.pk, cast.member.pk}
    assert looked_for(cast.gina) == {cast.lead.pk}
    assert looked_for(cast.elena) == {cast.member.pk}
    assert looked_for(cast.ivo) == {None}


def test_anybody_is_found_by_the_whole_address_or_number_and_by_no_part_of_it(cast):
    Person.objects.filter(pk=cast.carla.pk).update(tax_code="RSSCRL85T41L219Z")
    assert found(cast.elena, "carla@example.org") == [cast.carla.name]
    assert found(cast.elena, " Carla@Example.org ") == [cast.carla.name]
    assert found(cast.elena, "rsscrl85t41 l219z") == [cast.carla.name]
    for q in ("carla@example.or", "arla@example.org", "RSSCRL85T41L219", "example.org", cast.carla.name):
        assert found(cast.elena, q) == []
    Person.objects.filter(pk=cast.carla.pk).update(is_active=False)
    assert found(cast.elena, "carla@example.org") == []


def works(cast):
    Role.objects.create(person=cast.bruno, kind="staff", partner=cast.lead)


def waits(cast):
    during = period("2026-12-02 10:00")
    Waiting.objects.create(person=cast.bruno, venue=cast.venue, resource=cast.room, window=during, minutes=60)


def has_a_pass(cast):
    until = now() + timedelta(days=30)
    Budget.objects.create(
        kind="pass", person=cast.bruno, venue=cast.venue, name="Dieci ore", unit="minutes", given=600, left=600,
        until_at=until,
    )  # fmt: skip


def is_on_a_plan(cast):
    plan = Plan.objects.create(venue=cast.venue, name="Flex", price=Money(9000), vat_rate=cast.vat22)
    Subscription.objects.create(plan=plan, person=cast.bruno, paid_by_line=uuid7())


def is_in_a_programme(cast):
    grant = Programme.objects.create(
        venue=cast.venue, sponsor=cast.association, name="Ore", from_on=LONG_AGO, until_on=date(2027, 1, 1)
    )
    Beneficiary.objects.create(programme=grant, email=cast.bruno.email, person=cast.bruno)


def is_certified(cast):
    Certification.objects.create(person=cast.bruno, skill=cast.laser_skill, from_on=LONG_AGO)


def has_bought(cast):
    order = Order.objects.create(person=cast.bruno, total=Money(0))
    OrderLine.objects.create(
        order=order, position=1, issuer=Issuer.objects.get(partner=cast.lead), partner=cast.lead,
        description="Filo", quantity=1, unit="pz", unit_price=0, gross=Money(0), vat_rate=cast.vat22,
    )  # fmt: skip


@pytest.mark.parametrize(
    "way", [works, waits, has_a_pass, is_on_a_plan, is_in_a_programme, is_certified, has_bought]
)
def test_a_partner_knows_whom_it_has_to_do_with(cast, at, way):
    at("2026-11-30 09:00")
    assert (cast.bruno.name, found(cast.gina, "bruno")) == ("Bruno B.", [])
    way(cast)
    assert (found(cast.gina, "bruno"), found(cast.elena, "bruno")) == ([cast.bruno.name], [])
