"""The end of an account: its owner's with the password, or by an administrator whom they asked."""

from __future__ import annotations

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, Pointer
from core.lookup import one_in
from core.shapes import StrictSerializer
from core.views import View
from people.erasure import erase
from people.models import Person
from people.roles import allow_somewhere, signed_in


class Farewell(StrictSerializer):
    password = serializers.CharField(max_length=200)


class EraseMe(View):
    @extend_schema(operation_id="erase_me", request=Farewell, responses={204: None})
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = Farewell(data=request.data)
        body.is_valid(raise_exception=True)
        if not person.check_password(body.validated_data["password"]):
            raise Invalid(pointers=[Pointer("/password", "wrong", "")])
        erase(person, person)
        logout(request._request)
        return Response(status=204)


class ErasePerson(View):
    @extend_schema(operation_id="erase_person", request=None, responses={204: None})
    def post(self, request: Request, person_id: str) -> Response:
        allow_somewhere(request.user, "person.erase")
        found = one_in(Person.objects.filter(is_active=True), Person.prefix, person_id)
        erase(signed_in(request.user), found)
        return Response(status=204)
