from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import idempotency, mail, retention, rights

        rights.insert_only("core.LogEntry")
        mail.register()
        idempotency.register()
        retention.register()
