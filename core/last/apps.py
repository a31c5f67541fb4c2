from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RightsConfig(AppConfig):
    """Comes last in INSTALLED_APPS, so that its signal sees every table."""

    name = "core.last"
    label = "core_last"

    def ready(self) -> None:
        from core import rights

        post_migrate.connect(rights.after_migrate, sender=self)
