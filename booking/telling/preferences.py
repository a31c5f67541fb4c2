"""Which messages a person wants; changes, cancellations and refusals always reach them."""

from __future__ import annotations

from booking.models import MailPreference
from core.locks import act
from people.models import Person

Kind = MailPreference.Kind


def preferences(person: Person) -> dict[str, bool]:
    """For each kind whether the person wants it; what they never said they want."""
    said = dict(MailPreference.objects.filter(person=person).values_list("kind", "wanted"))
    return {kind: said.get(kind, True) for kind in Kind.values}


def wants(person: Person, kind: str | None) -> bool:
    """Whether a message of this kind (None: one that cannot be declined) goes to the person."""
    if kind is None:
        return True
    return not MailPreference.objects.filter(person=person, kind=kind, wanted=False).exists()


@act
def prefer(person: Person, choices: dict[str, bool]) -> None:
    """The person wants these kinds, or not."""
    MailPreference.objects.bulk_create(
        [MailPreference(person=person, kind=kind, wanted=wanted) for kind, wanted in choices.items()],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["wanted"],
    )
