"""Addresses of `people`, below /api/v1/."""

from django.urls import path

from people import api

urlpatterns = [
    path("session", api.Session.as_view()),
    path("people", api.People.as_view()),
    path("people/me", api.Me.as_view()),
    path("organisations", api.Organisations.as_view()),
    path("organisations/<str:organisation_id>", api.OneOrganisation.as_view()),
    path("consortia", api.Consortia.as_view()),
]
