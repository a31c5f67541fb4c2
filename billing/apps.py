from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported so that what they register is known.
        from billing import acts, completion, exports, messages, pdf, subscribers, tariffs, terms, webhooks  # noqa: F401
        from core import rights

        webhooks.register()
        only_grow = (
            "Document",
            "DocumentLine",
            "DocumentRate",
            "Revision",
            "File",
            "Transmission",
            "Receipt",
            "Entry",
        )
        rights.insert_only(*(f"billing.{name}" for name in only_grow))
