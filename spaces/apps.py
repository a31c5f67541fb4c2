from django.apps import AppConfig


class SpacesConfig(AppConfig):
    name = "spaces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from spaces import holdings, opening  # noqa: F401  (imported so that what it registers is known)

        opening.register()
