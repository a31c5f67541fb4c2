"""What a resource takes: trees of rooms, pools, machines that stand in a room; and a room that is divided later."""

from datetime import date

import pytest

from booking.claims import Ask
from booking.holding import blocks, lapsing
from booking.holding.holds import Wish, hold, release
from booking.models import Claim
from core.errors import SlotTaken, Unsatisfiable
from spaces import layout
from spaces.layout import Take, divide, give_units, quantity_of, takes
from spaces.models import LockDomain, Part, Unit
from tests.cast import period
from tests.races.conftest import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def taken_by(resource):
    """The names of the units of each take, and how many of them."""
    names = dict(Unit.objects.values_list("pk", "name"))
    return [(sorted(names[u] for u in t.choices), t.n) for t in takes([resource.pk])[resource.pk]]


def ask(person, resource, start="2026-12-01 10:00", minutes=60, quantity=1):
    return hold(Wish(person, [Ask(resource, period(start, minutes), quantity)], made_by=person))


def claimed(booking):
    return sorted(Claim.objects.filter(item__booking=booking).values_list("unit__name", flat=True))


def place(cast, slug, *units, any_of=None):
    """A resource that takes these units."""
    made = cast.resource(slug, "hall", slug)
    give_units(made, units, any_of)
    return cast._planned(made)


# -- trees --------------------------------------------------------------------------------------------------


def test_parts_hold_by_the_venue_s_day(cast, at):
    """Half past midnight there is still the day before in UTC."""
    old, new = layout.new_unit(cast.venue, "vecchia"), layout.new_unit(cast.venue, "nuova")
    moved = place(cast, "trasloco", old)
    Part.objects.filter(resource=moved).update(until_on=date(2026, 7, 1))
    Part.objects.create(resource=moved, from_on=date(2026, 7, 1)).units.add(new)
    for moment, unit in (("2026-06-30 23:30", "vecchia"), ("2026-07-01 00:30", "nuova")):
        at(moment)
        assert taken_by(moved) == [([unit], 1)]


def test_a_hall_takes_itself_and_its_halves_and_a_half_only_itself(cast):
    assert taken_by(cast.hall) == [(["Salone", "Salone A", "Salone B"], 3)]
    assert taken_by(cast.half) == [(["Salone A"], 1)]


@pytest.fixture
def building(cast):
    """A floor of two halls, of which one has two rooms: three levels."""
    floor, east, west, one, two = (
        layout.new_unit(cast.venue, name) for name in ("piano", "est", "ovest", "uno", "due")
    )
    return {
        "floor": place(cast, "piano", floor, east, west, one, two),
        "east": place(cast, "est", east, one, two),
        "west": place(cast, "ovest", west),
        "one": place(cast, "uno", one),
        "two": place(cast, "due", two),
    }


@pytest.mark.parametrize(
    ("first", "meets"),
    [
        ("floor", {"floor", "east", "west", "one", "two"}),
        ("east", {"floor", "east", "one", "two"}),
        ("west", {"floor", "west"}),
        ("one", {"floor", "east", "one"}),
        ("two", {"floor", "east", "two"}),
    ],
)
def test_who_has_a_level_has_all_under_it_and_stands_in_the_way_of_all_above(cast, building, first, meets):
    ask(cast.ada, building[first])
    refused = set()
    for name, room in building.items():
        try:
            release(cast.carla, ask(cast.carla, room).pk)
        except SlotTaken:
            refused.add(name)
    assert refused == meets


def test_a_tree_queues_behind_one_row_and_its_neighbour_behind_another(cast, building):
    units = [layout.units_of(takes([r.pk])) for r in building.values()]
    assert len(layout.domains_of(set().union(*units))) == 1
    other = layout.units_of(takes([cast.room.pk]))
    assert len(layout.domains_of(units[0] | other)) == 2
    assert LockDomain.objects.filter(units=None).count() == 0


def test_a_part_may_be_another_resource_and_stands_for_its_units(cast):
    everything = cast.resource("tutto", "hall", "Tutto")
    Part.objects.create(resource=everything, of=cast.hall)
    Part.objects.create(resource=everything, of=cast.room)
    assert sorted(taken_by(everything)) == [(["Sala Po"], 1), (["Salone", "Salone A", "Salone B"], 3)]
    assert quantity_of(takes([everything.pk])[everything.pk]) == 1


def test_a_part_counts_only_in_its_time(cast, at):
    room = cast.room
    Part.objects.filter(resource=room).update(until_on="2026-12-01")
    assert taken_by(room) == [(["Sala Po"], 1)]
    at("2026-12-01 09:00")
    assert taken_by(room) == []


# -- pools --------------------------------------------------------------------------------------------------


def test_a_pool_gives_as_many_as_are_asked_and_no_more_than_it_has(cast):
    desks = cast.pool(3)
    tree = takes([desks.pk])[desks.pk]
    assert quantity_of(tree) == 3
    assert layout.for_quantity(tree, 2) == [Take(tree[0].choices, 2)]
    assert len(claimed(ask(cast.ada, desks, quantity=2))) == 2
    ask(cast.carla, desks)
    with pytest.raises(SlotTaken):
        ask(cast.bruno, desks)


def test_a_quiet_desk_is_of_both_pools_and_a_guest_leaves_it_for_who_wants_quiet(cast):
    desks = cast.pool(4)
    own = list(Unit.objects.filter(parts__resource=desks).order_by("pk"))
    quiet = place(cast, "silenziose", *own[:2], any_of=1)
    guest = ask(cast.ada, desks)
    assert claimed(guest) == [own[0].name]
    assert claimed(ask(cast.carla, quiet, quantity=2)) == sorted([own[0].name, own[1].name])
    assert claimed(guest)[0] in (own[2].name, own[3].name)
    ask(cast.bruno, desks)
    with pytest.raises(SlotTaken):
        ask(cast.gina, desks)


# -- machines in rooms --------------------------------------------------------------------------------------


def test_a_room_of_machines_takes_them_all_and_a_machine_only_itself(cast):
    room = layout.new_unit(cast.venue, "stanza")
    mill, press = (layout.new_unit(cast.venue, name) for name in ("fresa", "pressa"))
    workshop, milling = place(cast, "officina", room, mill, press), place(cast, "fresa", mill)
    ask(cast.ada, milling)
    with pytest.raises(SlotTaken):
        ask(cast.carla, workshop)
    ask(cast.carla, workshop, "2026-12-01 11:00")
    with pytest.raises(SlotTaken):
        ask(cast.bruno, milling, "2026-12-01 11:30")


def test_a_machine_that_needs_the_room_to_itself_takes_both(cast):
    """A loud saw: the room beside it cannot be had meanwhile, another machine in it can."""
    room, saw, bench = (layout.new_unit(cast.venue, name) for name in ("aula", "sega", "banco"))
    loud, quiet, lessons = (
        place(cast, "sega", saw, room),
        place(cast, "banco", bench),
        place(cast, "aula", room),
    )
    ask(cast.ada, loud)
    ask(cast.carla, quiet)
    with pytest.raises(SlotTaken):
        ask(cast.bruno, lessons)


# -- a room that is divided later -----------------------------------------------------------------------------

divisions = pytest.mark.django_db(transaction=True)


def unit_of(resource):
    return Unit.objects.get(parts__resource=resource)


def in_two(cast, resource):
    """The resource's own unit is divided, and each piece can be booked."""
    pieces = divide(unit_of(resource).pk, ["sinistra", "destra"])
    return [place(cast, piece.name, piece) for piece in pieces]


@divisions
def test_who_had_the_whole_has_every_piece(cast):
    booking = ask(cast.ada, cast.room)
    left, right = in_two(cast, cast.room)
    assert claimed(booking) == ["Sala Po", "destra", "sinistra"]
    for piece in (left, right):
        with pytest.raises(SlotTaken):
            ask(cast.carla, piece)
    release(cast.ada, booking.pk)
    assert ask(cast.carla, left)
    assert ask(cast.bruno, right)
    with pytest.raises(SlotTaken):
        ask(cast.ada, cast.room)


@divisions
def test_a_block_is_of_every_piece_and_is_lifted_from_all(cast):
    made = blocks.block(cast.ivo, cast.room, period("2026-12-01 10:00"), "other", "lavori")
    left, _ = in_two(cast, cast.room)
    with pytest.raises(SlotTaken):
        ask(cast.carla, left)
    blocks.lift(cast.ivo, made.pk)
    assert not Claim.objects.exists()
    assert ask(cast.carla, left)


@divisions
def test_a_hold_that_was_divided_lapses_whole(cast, at):
    ask(cast.ada, cast.room)
    left, _ = in_two(cast, cast.room)
    at("2026-11-30 09:11")
    assert ask(cast.carla, left)
    assert Claim.objects.count() == 1


@divisions
def test_what_is_over_stays_as_it_was(cast, at):
    booking = ask(cast.ada, cast.room)
    Claim.objects.update(kind="booked", reason=None, until=None)
    at("2026-12-02 09:00")
    in_two(cast, cast.room)
    assert claimed(booking) == ["Sala Po"]


@divisions
def test_a_half_can_be_divided_again_and_the_hall_takes_it_all(cast):
    hall, half = cast.hall, cast.half
    had = ask(cast.ada, hall)
    own = Unit.objects.get(name="Salone A")
    pieces = divide(own.pk, ["A1", "A2"])
    assert taken_by(hall) == [(["A1", "A2", "Salone", "Salone A", "Salone B"], 5)]
    assert taken_by(half) == [(["A1", "A2", "Salone A"], 3)]
    assert len(claimed(had)) == 5
    quarter = place(cast, "quarto", pieces[0])
    with pytest.raises(SlotTaken):
        ask(cast.carla, quarter)
    assert ask(cast.carla, quarter, "2026-12-01 11:00")
    with pytest.raises(SlotTaken):
        ask(cast.bruno, half, "2026-12-01 11:00")


@divisions
def test_a_seat_of_a_pool_is_not_divided(cast):
    desks = cast.pool(2)
    with pytest.raises(Unsatisfiable):
        divide(takes([desks.pk])[desks.pk][0].choices[0], ["a", "b"])
    assert quantity_of(takes([desks.pk])[desks.pk]) == 2


def rival_during_the_look(monkeypatch, cast, room):
    """The room is divided after the holder has looked, before she locks."""
    lapse = lapsing.lapse_dead
    pieces: list[Unit] = []

    def divide_first(units):
        lapse(units)
        if not pieces:
            pieces.extend(divide(unit_of(room).pk, ["sinistra", "destra"]))

    monkeypatch.setattr(lapsing, "lapse_dead", divide_first)
    return pieces


@divisions
def test_a_hold_that_looked_before_the_division_takes_the_pieces_too(cast, monkeypatch):
    _ = cast.ada
    pieces = rival_during_the_look(monkeypatch, cast, cast.room)
    booking = ask(cast.ada, cast.room)
    assert pieces
    assert claimed(booking) == ["Sala Po", "destra", "sinistra"]


@divisions
def test_without_the_second_look_the_pieces_would_be_left_out(cast, monkeypatch):
    """The twin: what the hold saw before it locked is believed, and the pieces are free beside the whole."""
    from booking.holding import holds

    pieces = rival_during_the_look(monkeypatch, cast, cast.room)
    monkeypatch.setattr(holds, "takes", lambda trees: trees)
    assert claimed(ask(cast.ada, cast.room)) == ["Sala Po"]
    assert ask(cast.carla, place(cast, "pezzo", pieces[0]))


@pytest.mark.race
@divisions
def test_division_and_holds_at_once_leave_no_piece_without_its_whole(cast):
    room, people = cast.room, [cast.ada, cast.bruno, cast.carla]
    unit = unit_of(room).pk
    acts = [  # three holds each is the most that one person keeps
        lambda p=p, n=n: ask(p, room, f"2026-12-0{1 + n % 5}T{9 + n // 5:02}:00")
        for n, p in enumerate(people * 3)
    ]
    done = at_once([*acts, lambda: divide(unit, ["sinistra", "destra"])])
    assert [d for d in done if isinstance(d, Exception)] == []
    for booking in done[:-1]:
        assert claimed(booking) == ["Sala Po", "destra", "sinistra"]
