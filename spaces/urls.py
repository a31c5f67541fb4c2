"""Addresses of `spaces`, below /api/v1/."""

from django.urls import path, re_path

from spaces import api, api_opening, api_places, api_rules, api_school

urlpatterns = [
    path("venues", api.Venues.as_view()),
    path("venues/<str:venue_id>", api_places.OneVenue.as_view()),
    path("resources", api_places.Resources.as_view()),
    path("resources/<str:resource_id>", api_places.OneResource.as_view()),
    path("resources/<str:resource_id>/qr", api.ResourceQr.as_view()),
    path("resources/<str:resource_id>/layout", api_places.Layout.as_view()),
    path("policies", api_rules.PoliciesView.as_view()),
    # By the form of the id: `…/preview` is an app's above.
    re_path(r"policies/(?P<policy_id>rul_[0-9a-z]+)$", api_rules.OnePolicy.as_view()),
    path("opening-rules", api_opening.OpeningRules.as_view()),
    re_path(r"opening-rules/(?P<rule_id>opn_[0-9a-z]+)$", api_opening.OneOpeningRule.as_view()),
    path("closures", api_opening.Closures.as_view()),
    re_path(r"closures/(?P<closure_id>clo_[0-9a-z]+)$", api_opening.OneClosure.as_view()),
    path("holidays", api_opening.HolidaysView.as_view()),
    path("school-holidays", api_school.SchoolHolidays.as_view()),
    path("school-holidays/<str:holiday_id>", api_school.OneSchoolHoliday.as_view()),
]
