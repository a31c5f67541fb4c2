"""Who one is, signing in and out, one's own data, and the organisations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.db.models import QuerySet
from django.middleware.csrf import get_token
from django.utils import translation
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import audit, terms
from core.clock import now
from core.errors import Forbidden, Missing, SignInFailed, TooMany
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.models import Mail
from core.shapes import ListShape, RefShape, StrictSerializer, ref
from core.views import View
from core.words import language
from people import fiscal
from people.finding import find, looks_for
from people.models import Membership, Organisation, Person, Role
from people.roles import MAY, allow_somewhere, signed_in, standing

TRIES_A_MINUTE = 10


class MeBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField()
    language = serializers.ChoiceField(["it", "en"])
    initials = serializers.CharField()


class RoleShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Role.Kind.choices)
    partner = RefShape(allow_null=True)
    is_lead = serializers.BooleanField()
    consortium_id = serializers.CharField(allow_null=True)


class MembershipShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    is_delegate = serializers.BooleanField()


class VenueBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    city = serializers.CharField()
    time_zone = serializers.CharField()
    partner_id = serializers.CharField()
    consortium_id = serializers.CharField(allow_null=True)


class CountsShape(serializers.Serializer[Any]):
    """What waits for the person; null where nothing of the kind ever could."""

    approvals = serializers.IntegerField(allow_null=True)
    mailbox = serializers.IntegerField(allow_null=True)


class SessionShape(serializers.Serializer[Any]):
    person = MeBrief(allow_null=True)
    roles = RoleShape(many=True)
    organisations = MembershipShape(many=True)
    venues = VenueBrief(many=True)
    home = serializers.ChoiceField(["search", "association", "desk", "insight", "documents"])
    counts = CountsShape()
    demo = serializers.BooleanField()
    csrf_token = serializers.CharField()
    language = serializers.ChoiceField(["it", "en"])

    class Meta:
        ref_name = "Session"


class SignIn(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


def session_of(request: Any) -> dict[str, Any]:
    """Who asks, what they are, and what the shell needs to paint: the answer of GET /session."""
    person = request.user if isinstance(request.user, Person) else None
    roles = list(Role.objects.filter(person=person).select_related("partner__organisation")) if person else []
    members = (
        list(
            Membership.objects.today()
            .filter(person=person)
            .select_related("organisation")
            .order_by("organisation__name")
        )
        if person
        else []
    )
    venues = terms.performer("session.venues", list)()
    return {
        "person": person
        and {
            "id": encode("per", person.pk),
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "initials": "".join(word[0] for word in person.name.split()[:2]).upper(),
        },
        "roles": [
            {
                "kind": role.kind,
                "partner": ref(role.partner),
                "is_lead": bool(role.partner and role.partner.is_lead),
                "consortium_id": encode("con", role.partner.consortium_id)
                if role.partner and role.partner.consortium_id
                else None,
            }
            for role in roles
        ],
        "organisations": [
            {
                "id": encode("org", m.organisation_id),
                "name": m.organisation.name,
                "is_delegate": m.is_delegate,
            }
            for m in members
        ],
        "venues": venues,
        "home": home_of({role.kind for role in roles}, any(m.is_delegate for m in members)),
        "counts": {
            "approvals": terms.performer("session.approvals", _nothing_waits)(person) if person else None,
            "mailbox": Mail.objects.filter(person_id=person.pk).count() if person and settings.DEMO else None,
        },
        "demo": settings.DEMO,
        "csrf_token": get_token(getattr(request, "_request", request)),
        "language": language(),
    }


def _nothing_waits(person: Person) -> None:
    """Approvals are known to the app that knows bookings; without it, none can wait."""


def home_of(roles: set[str], delegate: bool) -> str:
    """The first screen after signing in, by role."""
    for role, screen in (
        ("staff", "desk"),
        ("manager", "insight"),
        ("accountant", "documents"),
        ("administrator", "desk"),
    ):
        if role in roles:
            return screen
    return "association" if delegate else "search"


class Session(View):
    @extend_schema(operation_id="read_session", responses=SessionShape)
    def get(self, request: Request) -> Response:
        return Response(session_of(request))

    @extend_schema(operation_id="sign_in", request=SignIn, responses=SessionShape)
    def post(self, request: Request) -> Response:
        body = SignIn(data=request.data)
        body.is_valid(raise_exception=True)
        email = body.validated_data["email"].lower()
        _slow_down(email)
        # One answer for a wrong password and an unknown address; Django hashes in both cases, so the time is one too.
        found = authenticate(request._request, username=email, password=body.validated_data["password"])
        if not isinstance(found, Person):
            raise SignInFailed
        login(request._request, found)
        request.user = found
        translation.activate(found.language)
        answer = Response(session_of(request))
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, found.language, max_age=31_536_000, samesite="Lax")
        return answer

    @extend_schema(operation_id="sign_out", request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=204)


def _slow_down(email: str) -> None:
    """Ten tries a minute for an address, whoever makes them; axes locks after five that fail."""
    key = f"sign-in:{email}:{int(now().timestamp() // 60)}"
    cache.add(key, 0, 120)
    if cache.incr(key) > TRIES_A_MINUTE:
        raise TooMany(retry_after=60)


class FiscalSerializer(StrictSerializer):
    """Fiscal data as a person types it: blanks dropped, capitals made, check digits looked at."""

    tax_code = serializers.CharField(max_length=28, required=False, allow_blank=True)
    vat_number = serializers.CharField(max_length=28, required=False, allow_blank=True)
    recipient_code = serializers.CharField(max_length=7, required=False, allow_blank=True)
    certified_email = serializers.EmailField(required=False, allow_blank=True)
    street = serializers.CharField(max_length=120, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=16, required=False, allow_blank=True)
    city = serializers.CharField(max_length=60, required=False, allow_blank=True)
    province = serializers.CharField(max_length=2, required=False, allow_blank=True)
    country = serializers.RegexField(r"^[A-Za-z]{2}$", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        fiscal.tidy(attrs)
        return attrs


class MeEdit(FiscalSerializer):
    name = serializers.CharField(max_length=120, required=False)
    language = serializers.ChoiceField(["it", "en"], required=False)
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)


# Fiscal data as they are kept, and what a document still needs of them.
class FiscalShape(serializers.Serializer[Any]):
    tax_code = serializers.CharField(allow_blank=True)
    vat_number = serializers.CharField(allow_blank=True)
    recipient_code = serializers.CharField(allow_blank=True)
    certified_email = serializers.CharField(allow_blank=True)
    street = serializers.CharField(allow_blank=True)
    postcode = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    province = serializers.CharField(allow_blank=True)
    country = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())


class MeShape(FiscalShape):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField()
    language = serializers.ChoiceField(["it", "en"])
    phone = serializers.CharField(allow_blank=True)


def identity_shape(thing: Person | Organisation) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in fiscal.FIELDS} | {"missing": fiscal.missing(thing)}


def edit(thing: Person | Organisation, data: dict[str, Any]) -> None:
    """The thing has the data; Invalid with a pointer for each number that is wrong."""
    for name, value in data.items():
        setattr(thing, name, value)
    fiscal.check(thing)
    thing.save(update_fields=list(data) or None)


class Me(View):
    @extend_schema(operation_id="read_me", responses=MeShape)
    def get(self, request: Request) -> Response:
        return Response(self._shape(signed_in(request.user)))

    @extend_schema(operation_id="edit_me", request=MeEdit, responses=MeShape)
    def patch(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = MeEdit(data=request.data)
        body.is_valid(raise_exception=True)
        edit(person, body.validated_data)
        return Response(self._shape(person))

    def _shape(self, person: Person) -> dict[str, Any]:
        own = {"id": encode("per", person.pk)} | {
            n: getattr(person, n) for n in ("name", "email", "language", "phone")
        }
        return own | identity_shape(person)


class PersonFound(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField()


class PeoplePage(ListShape):
    data = PersonFound(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PeopleQuery(ListQuery):
    q = serializers.CharField(min_length=2, max_length=80)


class People(View):
    @extend_schema(operation_id="find_people", parameters=[PeopleQuery], responses=PeoplePage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "people.search")
        asked = read(PeopleQuery, request)
        among = looks_for(has)
        own = has.partners(*MAY["people.search"]) if among is None else among
        rows = find(among, asked["q"])
        return Response(page(rows, asked, lambda found: self._shown(signed_in(request.user), own, found)))

    def _shown(self, by: Person, own: Collection[UUID], found: Sequence[Person]) -> list[dict[str, Any]]:
        """People are of no partner: whoever looks does it for all those that they look for."""
        partners: list[UUID | None] = [*sorted(own)] or [None]
        sights = [audit.Sight(encode("per", p.pk), partner, p.pk) for partner in partners for p in found]
        audit.saw(by, "people", sights)
        return [{"id": encode("per", p.pk), "name": p.name, "email": p.email} for p in found]


class OrganisationShape(FiscalShape):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Organisation.Kind.choices)


class OrganisationPage(ListShape):
    data = OrganisationShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def organisation_shape(body: Organisation) -> dict[str, Any]:
    return {"id": encode("org", body.pk), "name": body.name, "kind": body.kind} | identity_shape(body)


def _memberships(person: Person) -> QuerySet[Membership]:
    """What the person belongs to today: who has left sees no more of it."""
    return Membership.objects.today().filter(person=person)


class Organisations(View):
    @extend_schema(operation_id="list_organisations", parameters=[ListQuery], responses=OrganisationPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        rows = Organisation.objects.filter(memberships__in=_memberships(person))
        if standing(person).administrator:
            rows = Organisation.objects.all()
        return Response(
            page(rows, read(ListQuery, request), lambda found: [organisation_shape(o) for o in found])
        )


class OneOrganisation(View):
    @extend_schema(operation_id="edit_organisation", request=FiscalSerializer, responses=OrganisationShape)
    def patch(self, request: Request, organisation_id: str) -> Response:
        person = signed_in(request.user)
        body = Organisation.objects.filter(pk=pk_of("org", organisation_id)).first()
        has = standing(person)
        if body is None or not (has.administrator or _memberships(person).filter(organisation=body).exists()):
            raise Missing
        if not has.administrator and body.pk not in has.delegate_of:
            raise Forbidden
        data = FiscalSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        edit(body, data.validated_data)
        return Response(organisation_shape(body))
