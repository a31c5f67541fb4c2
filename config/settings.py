"""Settings: one file; the environment decides, and what production lacks stops the start (config/production.py)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE

from config import environment, postgres, production

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environment.text("DATA_DIR") or BASE_DIR / "var")

# Where we are: `development` (default; the demo is one) or `production`.
ENVIRONMENT = environment.text("ENVIRONMENT", "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False
DEMO = environment.flag("DEMO", default=False)
SITE_URL = environment.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
DEVELOPMENT_SECRET = "only-for-development-never-in-production"
SECRET_KEY = environment.text("SECRET_KEY", DEVELOPMENT_SECRET)
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,testserver")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", SITE_URL if PRODUCTION else "")

APPEND_SLASH = False

INSTALLED_APPS = [
    # Before ours, so that spaces/admin.py finds its configuration pages and takes them away.
    "schedule",
    "core",
    "people",
    "spaces",
    "equipment",
    "booking",
    "community",
    "billing",
    "config.apps.ConfigConfig",
    "config.apps.ConfigurationPages",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core.last",
]

MIDDLEWARE = [
    "core.problems.Requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]

# The web and the worker speak as the application's role; `manage.py migrate` speaks as the owner (manage.py says
# so by DATABASE_ROLE), so that no request can change what the owner protects.
DATABASE_URL = environment.text("DATABASE_URL")
EMBEDDED = postgres.Server(
    Path(environment.text("POSTGRES_HOME") or postgres.home_of(BASE_DIR)),
    forgetful=environment.flag("POSTGRES_FORGETFUL", default=False),
)
APPLICATION_ROLE = environment.text("APPLICATION_ROLE", postgres.APPLICATION)
AS_OWNER = environment.text("DATABASE_ROLE", "application") == "owner"
if AS_OWNER:
    _url = environment.text("DATABASE_OWNER_URL") or DATABASE_URL or EMBEDDED.url(postgres.OWNER)
else:
    _url = DATABASE_URL or EMBEDDED.url(postgres.APPLICATION)
DATABASES: dict[str, dict[str, Any]] = {"default": environment.database(_url)}
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": 1,
    "max_size": environment.number("DATABASE_POOL", 16),
    "timeout": environment.number("DATABASE_WAIT", 10),  # seconds for a connection, then the answer is 500
}

REDIS_URL = environment.text("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # One store that all processes share, also without Redis: counts of tries must not be per process.
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
    )
}
CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", REDIS_URL or "memory://")

# Who may sign in, and how often one may fail.
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "people.configuration.AdministratorsConfigure",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = environment.number("SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
# By account, and by account from one address: never by address alone, for a coworking has only one.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "people.lockout.account"
AXES_LOCKOUT_CALLABLE = "people.lockout.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # by account, deliberately: see AXES_LOCKOUT_PARAMETERS

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = environment.flag("SECURE_COOKIES", default=PRODUCTION)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SESSION_COOKIE_NAME = "__Host-session" if SESSION_COOKIE_SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SESSION_COOKIE_SECURE else "csrf"
# Mails, notes and titles of bookings are forgotten after this; accounts after ten years, by law.
PERSONAL_DATA_DAYS = environment.number("PERSONAL_DATA_DAYS", 730)
# For how long a quotation that a customer writes of their own basket may be valid; the office says its own.
QUOTATION_DAYS = environment.number("QUOTATION_DAYS", 30)
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_FAILURE_VIEW = "core.problems.csrf_failure"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_SSL_REDIRECT = environment.flag("REDIRECT_TO_TLS", default=False)
if environment.flag("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'", NONCE],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "it"
LANGUAGES = [("it", "Italiano"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
SPA_DIR = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [("app", SPA_DIR)] if SPA_DIR.exists() else []
WHITENOISE_USE_FINDERS = not PRODUCTION
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Mail: kept in the demo's mailbox unless a server is named.
SMTP_URL = environment.text("SMTP_URL")
MAIL_FROM = environment.text("MAIL_FROM", "Ballatoio <noreply@ballatoio.example>")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if SMTP_URL
    else "django.core.mail.backends.dummy.EmailBackend"
)
globals().update(environment.mail_server(SMTP_URL))
# Certified mailboxes by which invoices leave for the SdI, by their address; an issuer names the one that is its own.
PEC_SERVERS = environment.mail_servers(environment.words("PEC_SERVERS"))
# Intermediaries that bring an issuer's invoices to the SdI, by the issuer's tax code.
INTERMEDIARIES = environment.intermediaries(environment.words("INTERMEDIARIES"))
# The Union's register of VAT numbers, asked only in the name of issuers who chose so.
VIES_URL = environment.outside(
    "VIES_URL", "https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number"
)

# Payments: Stripe, or the sandbox gateway that stands in for it outside production.
STRIPE_API_BASE = environment.text("STRIPE_API_BASE", "" if PRODUCTION else "http://127.0.0.1:8010")
STRIPE_SECRET_KEY = environment.text("STRIPE_SECRET_KEY", "" if PRODUCTION else "sk_test_sandbox")
STRIPE_WEBHOOK_SECRETS = environment.words(
    "STRIPE_WEBHOOK_SECRETS", "" if PRODUCTION else "whsec_sandbox_only_for_development"
)
STRIPE_ACCOUNT = environment.text("STRIPE_ACCOUNT")
# Whose services the fees are, for the TD17: who invoices them from abroad, and how they are taxed.
GATEWAY_PROVIDER = environment.text("GATEWAY_PROVIDER", "Stripe Payments Europe, Limited")
GATEWAY_COUNTRY = environment.text("GATEWAY_COUNTRY", "IE")
GATEWAY_VAT_NUMBER = environment.text("GATEWAY_VAT_NUMBER")
GATEWAY_FEES_NATURA = environment.text("GATEWAY_FEES_NATURA", "N4")
GATEWAY_SERVICES_RATE = environment.text("GATEWAY_SERVICES_RATE", "22")

# How long a leased effect is its worker's, and how old an open payment is before the sweep asks the gateway.
OUTBOX_LEASE_SECONDS = environment.number("OUTBOX_LEASE_SECONDS", 60)
SWEEP_GRACE_SECONDS = environment.number("SWEEP_GRACE_SECONDS", 120)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["core.rendering.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["core.rendering.JSONRenderer"],
    "EXCEPTION_HANDLER": "core.problems.drf_handler",
    "DEFAULT_SCHEMA_CLASS": "core.openapi.Schema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ballatoio",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    # Labels of values are for people and depend on their language; the schema must not.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "BillState": "billing.api.bills.STATES",
        "TariffStateEnum": "billing.api.tariffs.STATES",
        "ResourceKind": "spaces.models.Resource.Kind",
        "GivenBackBy": "billing.paying.refunds.BY_HAND",
        "DrawerEnum": "billing.paying.day_close.METHODS",
        "SettlementState": "billing.models.Settlement.State",
        "SplitOf": "billing.models.SplitRule.Of",
        "SplitKind": "billing.models.SplitRule.Kind",
        "CostKind": "billing.models.CostItem.Kind",
        "BookingState": "booking.models.Booking.State",
        "Attendance": "booking.models.Booking.Attendance",
        "RescueChoice": "booking.models.rescue.CHOICES",
        "RescueAnswer": "booking.models.rescue.ANSWERS",
        "BlockKind": "booking.models.Block.Kind",
        "OrganisationKind": "people.models.Organisation.Kind",
        "SpanKind": "booking.finding.timeline.SPAN_KINDS",
        "ClosureKind": "spaces.models.Closure.Kind",
        "VersionState": "spaces.api_rules.STATES",
        "ScopeKind": "spaces.api_rules.SCOPES_OF",
        "RoleKind": "people.models.Role.Kind",
        "DocumentKind": "billing.models.Document.Kind",
        "CheckoutMethod": "billing.api.shopping.METHODS",
        "PreliminaryKind": "billing.models.Preliminary.Kind",
        "PaperChange": "billing.papers.rewriting.CODES",
        "BudgetKind": "billing.models.Budget.Kind",
        "Measure": "billing.models.Measure",
        "Viewed": "people.viewings.WHAT",
        "BeneficiaryState": "billing.models.Beneficiary.State",
        "SendingChannel": "billing.models.Issuer.Channel",
        "DisputeState": "billing.models.Dispute.State",
        "CustomerKind": "billing.api.customers.KINDS",
        "AnswerState": "billing.models.DisputeAnswer.State",
        "MendHow": "billing.findings.MENDS",
    },
}

# In tests, taking a lock that the order forbids is an error instead of a risk.
STRICT_LOCK_ORDER = environment.flag("STRICT_LOCK_ORDER", default=False)

if PRODUCTION:
    production.refuse_what_is_missing(globals())
