"""One table says who may do what; what is not written is denied."""

from datetime import date
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from core.errors import Forbidden, Missing, Unknown
from people.models import Membership, Role
from people.roles import MAY, As, OfPartner, allow, allow_somewhere, standing

pytestmark = pytest.mark.django_db


class Thing:
    def __init__(self, partner, person=None, organisation=None):
        self.partner, self.whose = partner, (person, organisation)

    def governed_by(self):
        return [self.partner]

    def belongs_to(self):
        return self.whose


def again(person):
    """The person as the next request reads them."""
    return type(person).objects.get(pk=person.pk)


@pytest.mark.parametrize("act", MAY)
def test_nobody_unknown_may_anything(act):
    with pytest.raises(Unknown):
        allow(AnonymousUser(), act, OfPartner(uuid4()))


@pytest.mark.parametrize("act", MAY)
def test_a_person_without_roles_may_nothing_with_what_is_another_s(cast, act):
    with pytest.raises(Missing):
        allow(cast.carla, act, Thing(cast.lead.pk, cast.ada.pk))


@pytest.mark.parametrize("act", MAY)
@pytest.mark.parametrize(
    ("who", "capacity"), [("gina", As.STAFF), ("dario", As.MANAGER), ("franco", As.ACCOUNTANT)]
)
def test_a_role_holds_for_its_own_partner_only(cast, act, who, capacity):
    has = standing(getattr(cast, who))
    assert has.allows(act, OfPartner(cast.lead.pk)) is (capacity in MAY[act])
    assert not has.allows(act, OfPartner(cast.member.pk))


@pytest.mark.parametrize("act", MAY)
def test_an_administrator_may_what_the_table_says_everywhere(cast, act):
    assert standing(cast.ivo).allows(act, OfPartner(uuid4())) is (As.ADMINISTRATOR in MAY[act])


def test_an_owner_may_see_and_cancel_but_not_approve(cast):
    thing = Thing(cast.lead.pk, cast.ada.pk)
    allow(cast.ada, "booking.cancel", thing)
    with pytest.raises(Forbidden):
        allow(cast.ada, "booking.approve", thing, seen_by="booking.see")


def test_a_thing_of_nobody_s_is_not_everybody_s(cast):
    assert not standing(cast.carla).allows("booking.see", Thing(cast.lead.pk, None, None))
    assert not standing(AnonymousUser()).allows("booking.see", Thing(cast.lead.pk, None, None))


def test_a_delegation_ends_on_its_last_day(cast, at):
    thing = Thing(cast.lead.pk, None, cast.association.pk)
    Membership.objects.update(until_on=date(2026, 12, 1))
    at("2026-11-30 12:00")
    allow(again(cast.bruno), "booking.cancel", thing)
    at("2026-12-01 12:00")
    with pytest.raises(Missing):
        allow(again(cast.bruno), "booking.cancel", thing)


def test_a_delegation_begins_and_ends_at_midnight_in_italy(cast, at):
    """Half past midnight there is still the day before in UTC."""
    _ = cast.bruno, cast.association
    Membership.objects.update(from_on=date(2026, 6, 10), until_on=date(2026, 7, 1))
    for moment, spends in (
        ("2026-06-09 23:30", False),
        ("2026-06-10 00:30", True),
        ("2026-06-30 23:30", True),
        ("2026-07-01 00:30", False),
    ):
        at(moment)
        assert (cast.association.pk in standing(again(cast.bruno)).delegate_of) is spends, moment


def test_a_member_who_is_no_delegate_does_not_spend(cast):
    Membership.objects.create(person=cast.carla, organisation=cast.association, from_on=date(2025, 1, 1))
    assert not standing(cast.carla).allows("booking.cancel", Thing(cast.lead.pk, None, cast.association.pk))


def test_a_lost_role_bites_at_the_next_request(cast):
    assert allow_somewhere(cast.gina, "desk.see")
    Role.objects.filter(person=cast.gina).delete()
    with pytest.raises(Forbidden):
        allow_somewhere(again(cast.gina), "desk.see")


def test_somebody_shut_out_may_nothing(cast):
    cast.ivo.is_active = False
    cast.ivo.save()
    assert not standing(again(cast.ivo)).allows("booking.see", OfPartner(cast.lead.pk))


def test_only_the_lead_partner_s_office_leads(cast):
    assert standing(cast.dario).lead_of == {cast.consortium.pk} == standing(cast.franco).lead_of
    assert not standing(cast.elena).lead_of
    assert not standing(cast.gina).lead_of


def test_standing_costs_two_statements_once(cast, queries):
    dario = again(cast.dario)
    with queries(2):
        standing(dario)
        standing(dario)
