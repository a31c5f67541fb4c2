from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("billing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported so that what they register is known.
        from billing import erasure
        from billing.books import bill_letters, dunning, exports, monthly_report  # noqa: F401
        from billing.budgets import allowances, programmes  # noqa: F401
        from billing.changes import (  # noqa: F401
            acts,
            by_use,
            contracts,
            following,
            giving_back,
            no_shows,
            series,
            subscribers,
            terms,
        )
        from billing.papers import completion, customers, messages, pdf, sdi, vat_checks  # noqa: F401
        from billing.paying import (  # noqa: F401
            collecting,
            deposit_cards,
            deposit_letters,
            deposit_watch,
            expiring,
            instalments,
            methods,
            paid_in_part,
            renewing,
            reserving,
            transfers,
        )
        from billing.prices import tariffs  # noqa: F401
        from billing.reconciling import answering, mending, reading, webhooks  # noqa: F401
        from core import rights

        webhooks.register()
        erasure.register()
        only_grow = (
            "ClosedStatement",
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
            "DeskPayment",
            "Draw",
            "Allowance",
            "GatewayReading",
            "Explained",
            "TimeUsed",
        )
        rights.insert_only(*(f"billing.{name}" for name in only_grow))
