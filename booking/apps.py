from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "booking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from datetime import timedelta

        from booking import calling, claims, erasure, messages, reminders, sources  # noqa: F401
        from core import outbox

        erasure.register()

        outbox.every(timedelta(minutes=1), "booking.sweep_dead")(claims.sweep_dead)
        outbox.every(timedelta(days=1), "booking.move_to_history")(claims.move_to_history)
        outbox.every(sources.READ_EVERY, "booking.read_sources")(sources.read_all)
