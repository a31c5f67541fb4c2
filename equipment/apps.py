from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EquipmentConfig(AppConfig):
    name = "equipment"
    verbose_name = _("equipment")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported so that what it registers is known.
        from equipment import erasure, terms  # noqa: F401

        erasure.register()
