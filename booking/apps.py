from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("bookings")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from datetime import timedelta

        from booking import (  # noqa: F401
            answers,
            attendance,
            calling,
            changes,
            coming,
            condition,
            demand,
            erasure,
            lapsing,
            messages,
            outages,
            reminders,
            rescue_reviews,
            rescues,
            reshaping,
            sources,
            tally,
            watch,
        )
        from core import outbox

        erasure.register()
        attendance.register()
        tally.register()
        demand.register()

        outbox.every(timedelta(minutes=1), "booking.sweep_dead")(lapsing.sweep_dead)
        outbox.every(timedelta(minutes=5), "booking.tell_of_silence")(watch.tell_of_silence)
        outbox.every(timedelta(days=1), "booking.forget_silences")(watch.forget_old)
        outbox.every(timedelta(minutes=1), "booking.sweep_changes")(changes.sweep)
        outbox.every(timedelta(days=1), "booking.move_to_history")(lapsing.move_to_history)
        outbox.every(timedelta(days=1), "booking.extend_outages")(outages.extend_all)
        outbox.every(sources.READ_EVERY, "booking.read_sources")(sources.read_all)
