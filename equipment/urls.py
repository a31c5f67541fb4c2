"""Addresses of `equipment`, below /api/v1/."""

from django.urls import path

from equipment import api

urlpatterns = [
    path("faults", api.Faults.as_view()),
    path("faults/<str:fault_id>", api.OneFault.as_view()),
    path("service-notes", api.ServiceNotes.as_view()),
    path("service-notes/<str:note_id>", api.OneServiceNote.as_view()),
    path("upkeep", api.Upkeep.as_view()),
]
