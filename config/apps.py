from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"


class ConfigurationPages(AdminConfig):
    """Django's admin, behind the door of `people.configuration`."""

    default_site = "people.configuration.Pages"
