from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("bookings")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from datetime import timedelta

        from booking import erasure
        from booking.approving import asking  # noqa: F401
        from booking.attending import attendance, watch
        from booking.changing import changes
        from booking.holding import condition, lapsing  # noqa: F401
        from booking.inviting import sources
        from booking.judging import coming  # noqa: F401
        from booking.measuring import demand, tally
        from booking.obstructing import reshaping  # noqa: F401
        from booking.queueing import calling, horizons  # noqa: F401
        from booking.rescuing import answers, outages, rescue_reviews, rescues  # noqa: F401
        from booking.telling import messages, reminders  # noqa: F401
        from core import outbox

        erasure.register()
        attendance.register()
        tally.register()
        demand.register()

        outbox.every(timedelta(minutes=1), "booking.sweep_dead")(lapsing.sweep_dead)
        outbox.every(timedelta(minutes=5), "booking.tell_of_silence")(watch.tell_of_silence)
        outbox.every(timedelta(days=1), "booking.forget_silences")(watch.forget_old)
        outbox.every(timedelta(minutes=1), "booking.sweep_changes")(changes.sweep)
        outbox.every(timedelta(minutes=1), "booking.call_within_horizons")(horizons.call_all)
        outbox.every(timedelta(days=1), "booking.move_to_history")(lapsing.move_to_history)
        outbox.every(timedelta(days=1), "booking.extend_outages")(outages.extend_all)
        outbox.every(sources.READ_EVERY, "booking.read_sources")(sources.read_all)
