from django.apps import AppConfig


class EquipmentConfig(AppConfig):
    name = "equipment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported so that what it registers is known.
        from equipment import erasure, terms  # noqa: F401

        erasure.register()
