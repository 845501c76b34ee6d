"""All settings, in one plain file. Whatever differs between salons comes from environment variables (.env.example).

Importing this file starts nothing. Without DATABASE_URL and REDIS_URL it points at the embedded servers under
SALON_VAR, which `manage.py up` and `manage.py services start` run.
"""

import sys
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext_lazy as _
from environs import Env

from salon_crm import keys
from salon_crm.embedded import Embedded
from salon_crm.schedule import BEAT_SCHEDULE

# So that `forms.ModelForm[Client]` and `admin.ModelAdmin[Client]` may be written: Django lets only some be.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()


def words(name: str, default: str = "") -> list[str]:
    """The comma-separated words of an environment variable."""
    return [word.strip() for word in env.str(name, default).split(",") if word.strip()]


# --- Where things are -------------------------------------------------------------------------------------------

SALON_VAR = Path(env.str("SALON_VAR", "") or "var/salon")
SALON_VAR = (BASE_DIR / SALON_VAR).absolute()  # a relative path is meant from the project, wherever one stands

DATABASE_URL = env.str("DATABASE_URL", "")
REDIS_URL = env.str("REDIS_URL", "")
EMBEDDED = Embedded(SALON_VAR, with_postgres=not DATABASE_URL, with_valkey=not REDIS_URL)
PRODUCTION = bool(DATABASE_URL)

# --- Secrets ----------------------------------------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY", "")
SALON_KEYS = words("SALON_KEYS")  # newest first
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")

if PRODUCTION:
    problems = keys.production_problems(
        secret_key=SECRET_KEY,
        salon_keys=SALON_KEYS,
        debug=DEBUG,
        allowed_hosts=ALLOWED_HOSTS,
        database_url=DATABASE_URL,
    )
    if problems:
        sys.exit("Salon CRM does not start: " + " ".join(problems))
SECRET_KEY = SECRET_KEY or keys.kept_secret(SALON_VAR / "secret_key")
SALON_KEYS = SALON_KEYS or keys.kept_keys(SALON_VAR / "salon_keys", database=EMBEDDED.pgdata)
for problem in filter(None, map(keys.key_problem, SALON_KEYS)):
    sys.exit(f"Salon CRM does not start: {problem}")

# --- The house --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "salon_crm",
    "frontdesk",
    "outreach",
    "loyalty",
    "visits",
    "clients",
    "staff",
    "staff.admin_site.SalonAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "import_export",
    "pgtrigger",
]

MIDDLEWARE = [
    "salon_crm.middleware.TrustedProxies",
    "salon_crm.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "salon_crm.middleware.OnlyUtf8",
    "salon_crm.middleware.HealthChecks",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.middleware.StaffMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "staff.stepping_up.StepUpMiddleware",
    "outreach.own_or_today.OwnOrTodayMiddleware",
]

ROOT_URLCONF = "salon_crm.urls"
WSGI_APPLICATION = "salon_crm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["staff.templatetags.stamped"],  # {% csrf_token %} with whose page it is
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_TAGS = {message_levels.ERROR: "danger"}  # Bootstrap's word for it

# --- Database, cache, broker ------------------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL") if DATABASE_URL else EMBEDDED.database()}
# A new connection costs more than a page's queries (17 ms against 5 ms measured), so they are kept.
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# No page may hang or fail because Redis is away, so nothing that a request needs lives there: sessions and sign-in
# throttling are rows in Postgres. What may be cached is cheap to make again, and each process keeps its own.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "staff.sessions"
# Messages name clients: they end with the session, and stand in no cookie that the next person at the counter finds.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

CELERY_BROKER_URL = REDIS_URL or EMBEDDED.broker_url()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# An unacknowledged message comes back after this long; Celery's own hour is too late for a minute's tick.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "socket_timeout": 30, "socket_connect_timeout": 5}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240  # seconds; both limits lie below the visibility timeout
CELERY_TASK_TIME_LIMIT = 270
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_SCHEDULER = "salon_crm.beat:SteadyScheduler"

# --- Language and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
CELERY_TIMEZONE = TIME_ZONE

# --- Files ------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or SALON_VAR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes; more than that in a form is answered with 400
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Signing in -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "staff.present.PresentBackend",
    "staff.pins.PinBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "staff:login"
LOGIN_REDIRECT_URL = "frontdesk:today"

# By name and address together: the whole salon shares one address, and one person's mistakes must not lock the rest.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying again while locked does not lengthen the lock
AXES_LOCKOUT_CALLABLE = "staff.views.locked_out"
AXES_HANDLER = "staff.throttle.NothingTyped"
AXES_DISABLE_ACCESS_LOG = True  # the audit trail keeps sign-ins
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # its tables name who failed to sign in and from where; the trail tells it to who may read it

# The admin's import and export need rights of their own; left empty, everybody who may look may do both.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"

# --- What the browser is told -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"

# Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody else's are.
TRUSTED_PROXIES = words("TRUSTED_PROXIES")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

HTTPS = env.bool("HTTPS", False)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
CSRF_FAILURE_VIEW = "staff.csrf_failure.refused"

# --- Logs: one JSON object a line, with the request's id and no personal data -----------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "salon_crm.logs.JsonLines"}},
    "filters": {"nothing_quoted": {"()": "salon_crm.logs.NothingQuoted"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Its warnings name who failed to sign in, and from where. The same is in its table.
        "axes": {"level": "ERROR"},
        # What it tells of requests that it cannot read or that break off. By its own set-up it would quote them whole.
        "gunicorn.error": {"handlers": [], "filters": ["nothing_quoted"], "level": "INFO", "propagate": True},
    },
}
