"""Every address of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from billing.reconciling.webhooks import Webhook
from booking.api.feeds import busy, calendar
from config import mailbox, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("people.urls")),
    path("api/v1/", include("spaces.urls")),
    path("api/v1/", include("equipment.urls")),
    path("api/v1/", include("booking.urls")),
    path("api/v1/", include("billing.urls")),
    path("api/v1/demo/mailbox", mailbox.Mailbox.as_view()),
    path("api/v1/demo/mailbox/<str:message_id>/files/<int:number>", mailbox.MailboxFile.as_view()),
    path("api/v1/demo/cast", pages.Cast.as_view()),
    path("feeds/<str:secret>.ics", calendar),
    path("feeds/busy/<str:resource_id>.ics", busy),
    path("webhooks/stripe", Webhook.as_view()),
    path("api/openapi.json", pages.Openapi.as_view(), name="openapi"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="docs"),
    path("problems/<slug:code>", pages.problem),
    re_path(r"^(?!api/|static/|admin|webhooks/)(?P<path>.*)$", pages.app),
]

handler400 = "core.problems.bad_request"
handler403 = "core.problems.forbidden"
handler404 = "core.problems.not_found"
handler500 = "core.problems.server_error"
