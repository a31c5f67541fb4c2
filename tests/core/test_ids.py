from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Missing
from core.ids import decode, encode, uuid7
from core.lookup import pk_of


@given(st.uuids())
def test_a_public_id_stands_for_its_identifier(identifier):
    assert decode("bkg", encode("bkg", identifier)) == identifier


def test_the_specification_s_own_example_holds():
    # The example of the TypeID specification.
    assert (
        encode("prefix", UUID("0188bac7-4afa-78aa-bc3b-bd1eef28d881")) == "prefix_01h2xcejqtf2nbrexx3vqjhp41"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bkg",
        "usr_01h2xcejqtf2nbrexx3vqjhp41",
        "bkg_81h2xcejqtf2nbrexx3vqjhp41",
        "bkg_0",
        "bkg_01h2xcejqtf2nbrexx3vqjhpI1",
    ],
)
def test_what_is_no_id_of_the_kind_is_refused(text):
    with pytest.raises(ValueError, match="not an id"):
        decode("bkg", text)


def test_a_new_identifier_is_a_version_7_of_the_rfc():
    assert (uuid7().version, uuid7().variant) == (7, "specified in RFC 4122")


def test_what_is_made_in_one_millisecond_sorts_in_its_order(at):
    at("2026-12-01 10:00")
    made = [uuid7() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == 2000


@pytest.mark.parametrize(
    "public", ["", "org_", "org_0", "per_01h2xcejqtf2nbrexx3vqjhp41", "org_u1h2xcejqtf2nbrexx3vqjhp41"]
)
def test_a_name_that_stands_for_nothing_is_not_there(public: str) -> None:
    with pytest.raises(Missing):
        pk_of("org", public)
