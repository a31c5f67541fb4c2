"""Addresses of `spaces`, below /api/v1/."""

from django.urls import path

from spaces import api

urlpatterns = [
    path("venues", api.Venues.as_view()),
    path("venues/<str:venue_id>", api.OneVenue.as_view()),
    path("resources", api.Resources.as_view()),
    path("resources/<str:resource_id>", api.OneResource.as_view()),
]
