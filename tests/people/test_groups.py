"""A partner's members: how many on its card, who behind it, and who looked."""

import pytest

from core.ids import encode
from core.models import LogEntry
from people.models import Group, GroupMember
from tests.api import client

pytestmark = pytest.mark.django_db


def test_a_partner_s_card_counts_who_is_in_its_groups_today_and_the_names_are_behind_it_and_logged(cast, at):
    at("2026-11-30 09:00")
    _ = cast.dario, cast.elena
    theirs, empty = (Group.objects.create(name=name, partner=cast.member) for name in ("Soci", "Artigiani"))
    house_s = Group.objects.create(name="Amici", partner=cast.lead)
    for person, until in ((cast.ada, None), (cast.bruno, "2027-01-01"), (cast.carla, "2026-11-30")):
        GroupMember.objects.create(group=theirs, person=person, from_on="2026-01-01", until_on=until)
    GroupMember.objects.create(group=theirs, organisation=cast.association, from_on="2026-11-30")
    GroupMember.objects.create(group=house_s, person=cast.ada, from_on="2026-12-01")

    def counted(person):
        rows = client(person).get("/api/v1/partners").json()["data"]
        return {
            row["name"]: [(group["name"], group["members"]) for group in row["detail"]["groups"]]
            for row in rows
            if row["detail"]
        }

    assert counted(cast.elena) == {cast.member.short_name: [("Artigiani", 0), ("Soci", 3)]}
    assert counted(cast.dario)[cast.lead.short_name] == [("Amici", 0)]
    path = f"/api/v1/groups/{encode('grp', theirs.pk)}/members"
    rows = client(cast.elena).get(path).json()["data"]
    assert {(row["kind"], row["name"]) for row in rows} == {
        ("person", cast.ada.name),
        ("person", cast.bruno.name),
        ("organisation", cast.association.name),
    }
    seen = LogEntry.objects.get(act="see-members")
    assert (seen.by_id, seen.thing_id) == (cast.elena.pk, cast.member.pk)
    assert set(seen.data["whose"]) == {str(cast.ada.pk), str(cast.bruno.pk)}
    assert client(cast.dario).get(path).status_code == 200  # the lead sees all
    assert client(cast.elena).get(f"/api/v1/groups/{encode('grp', house_s.pk)}/members").status_code == 404
    assert client(cast.elena).get(f"/api/v1/groups/{encode('grp', empty.pk)}/members").json()["data"] == []
