"""Which messages one wants."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.telling.preferences import prefer, preferences
from core.shapes import StrictSerializer
from core.views import View
from people.roles import signed_in


class PreferencesShape(serializers.Serializer[Any]):
    """By kind, whether it is sent; changes, cancellations and refusals always are."""

    confirmation = serializers.BooleanField()
    reminder = serializers.BooleanField()
    offer = serializers.BooleanField()
    approval = serializers.BooleanField(help_text="to staff: what waits for approval")
    report = serializers.BooleanField(help_text="to managers: the month's report")

    class Meta:
        ref_name = "Preferences"


class PreferencesEdit(StrictSerializer):
    confirmation = serializers.BooleanField(required=False)
    reminder = serializers.BooleanField(required=False)
    offer = serializers.BooleanField(required=False)
    approval = serializers.BooleanField(required=False)
    report = serializers.BooleanField(required=False)


class Preferences(View):
    @extend_schema(operation_id="read_preferences", responses=PreferencesShape)
    def get(self, request: Request) -> Response:
        return Response(preferences(signed_in(request.user)))

    @extend_schema(operation_id="edit_preferences", request=PreferencesEdit, responses=PreferencesShape)
    def patch(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = PreferencesEdit(data=request.data)
        body.is_valid(raise_exception=True)
        prefer(person, body.validated_data)
        return Response(preferences(person))
