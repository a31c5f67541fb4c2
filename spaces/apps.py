from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpacesConfig(AppConfig):
    name = "spaces"
    verbose_name = _("spaces")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from spaces import holdings, opening  # noqa: F401  (imported so that what it registers is known)

        opening.register()
