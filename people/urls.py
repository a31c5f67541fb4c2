"""Addresses of `people`, below /api/v1/."""

from django.urls import path

from people import api, api_erasure

urlpatterns = [
    path("session", api.Session.as_view()),
    path("people", api.People.as_view()),
    path("people/me", api.Me.as_view()),
    path("people/me/erase", api_erasure.EraseMe.as_view()),
    path("people/<str:person_id>/erase", api_erasure.ErasePerson.as_view()),
    path("organisations", api.Organisations.as_view()),
    path("organisations/<str:organisation_id>", api.OneOrganisation.as_view()),
    path("consortia", api.Consortia.as_view()),
]
