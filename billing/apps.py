from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("billing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported so that what they register is known.
        from billing import (  # noqa: F401
            acts,
            allowances,
            by_use,
            collecting,
            completion,
            contracts,
            deposit_cards,
            deposit_letters,
            deposit_watch,
            dunning,
            erasure,
            expiring,
            exports,
            following,
            giving_back,
            mending,
            messages,
            methods,
            monthly_report,
            no_shows,
            pdf,
            plans,
            programmes,
            reading,
            reserving,
            sdi,
            series,
            subscribers,
            tariffs,
            terms,
            transfers,
            webhooks,
        )
        from core import rights

        webhooks.register()
        erasure.register()
        only_grow = (
            "ClosedStatement",
            "SplitRule",
            "Document",
            "DocumentLine",
            "DocumentRate",
            "Revision",
            "File",
            "Transmission",
            "Receipt",
            "Entry",
            "DocumentTrace",
            "DayClose",
            "Draw",
            "Allowance",
            "GatewayReading",
            "Explained",
            "TimeUsed",
        )
        rights.insert_only(*(f"billing.{name}" for name in only_grow))
