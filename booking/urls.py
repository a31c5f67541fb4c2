"""Addresses of `booking`, below /api/v1/."""

from django.urls import path

from booking.api import bookings, calendar, feeds, occupancy, preferences, rehearsal, series, sources, waiting

urlpatterns = [
    path("availability", calendar.Availability.as_view()),
    path("verdicts", bookings.Verdicts.as_view()),
    path("bookings", bookings.Bookings.as_view()),
    path("bookings/<str:booking_id>", bookings.OneBooking.as_view()),
    path("bookings/<str:booking_id>/release", bookings.Release.as_view()),
    path("bookings/<str:booking_id>/cancel", bookings.Cancel.as_view()),
    path("bookings/<str:booking_id>/approve", bookings.Approve.as_view()),
    path("bookings/<str:booking_id>/refuse", bookings.Refuse.as_view()),
    path("bookings/<str:booking_id>/check-in", bookings.CheckIn.as_view()),
    path("bookings/<str:booking_id>/check-out", bookings.CheckOut.as_view()),
    path("bookings/<str:booking_id>/no-show", bookings.NoShow.as_view()),
    path("bookings/<str:booking_id>/ics", bookings.CalendarFile.as_view()),
    path("bookings/<str:booking_id>/qr", bookings.QrCode.as_view()),
    path("feeds", feeds.Feeds.as_view()),
    path("feeds/<str:feed_id>", feeds.OneFeed.as_view()),
    path("policies/preview", rehearsal.PreviewRules.as_view()),
    path("calendar-sources", sources.Sources.as_view()),
    path("calendar-sources/<str:source_id>", sources.OneSource.as_view()),
    path("people/me/preferences", preferences.Preferences.as_view()),
    path("series/plans", series.Plans.as_view()),
    path("series/plans/<str:plan_id>", series.OnePlan.as_view()),
    path("series", series.SeriesList.as_view()),
    path("series/<str:series_id>", series.OneSeries.as_view()),
    path("series/<str:series_id>/end", series.EndSeries.as_view()),
    path("series/<str:series_id>/add-back", series.AddBack.as_view()),
    path("waiting-list", waiting.WaitingList.as_view()),
    path("waiting-list/<str:waiting_id>/log", waiting.PlaceLog.as_view()),
    path("waiting-list/<str:waiting_id>/accept", waiting.AcceptOffer.as_view()),
    path("waiting-list/<str:waiting_id>/decline", waiting.DeclineOffer.as_view()),
    path("waiting-list/<str:waiting_id>/leave", waiting.LeaveList.as_view()),
    path("desk", calendar.Desk.as_view()),
    path("reports/occupancy", occupancy.OccupancyReport.as_view()),
    path("blocks", calendar.Blocks.as_view()),
    path("blocks/<str:block_id>/lift", calendar.LiftBlock.as_view()),
]
