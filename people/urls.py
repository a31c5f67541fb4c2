"""Addresses of `people`, below /api/v1/."""

from django.urls import path

from people import api, api_consortium, api_erasure, api_groups, api_viewings

urlpatterns = [
    path("session", api.Session.as_view()),
    path("people", api.People.as_view()),
    path("people/me", api.Me.as_view()),
    path("people/me/viewings", api_viewings.OwnViewings.as_view()),
    path("people/me/erase", api_erasure.EraseMe.as_view()),
    path("people/<str:person_id>/erase", api_erasure.ErasePerson.as_view()),
    path("organisations", api.Organisations.as_view()),
    path("organisations/<str:organisation_id>", api.OneOrganisation.as_view()),
    path("viewings", api_viewings.Viewings.as_view()),
    path("consortia", api_consortium.Consortia.as_view()),
    path("consortia/<str:consortium_id>", api_consortium.OneConsortium.as_view()),
    path("consortia/<str:consortium_id>/agreements", api_consortium.Agreements.as_view()),
    path("partners", api_consortium.Partners.as_view()),
    path("partners/<str:partner_id>", api_consortium.OnePartner.as_view()),
    path("groups/<str:group_id>/members", api_groups.GroupMembers.as_view()),
]
