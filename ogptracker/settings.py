"""Settings, read from the environment.

Two ways to run, one code:

* ``OGPTRACKER_MODE=embedded`` (the default): SQLite, a filesystem broker and local files, all below ``DATA_DIR``.
* ``OGPTRACKER_MODE=production``: PostgreSQL and Redis; refuses to start when something it needs is missing or weak.

Any secret may be given as ``NAME`` or as ``NAME_FILE``, the path of a file that holds it.
"""

import secrets
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

from operations import logs

from . import production

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv()


def kept_secret(path: Path) -> str:
    """The secret kept in *path*, made on first use and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


def required(name: str) -> str:
    """The setting *name*, or an error that says that it is needed."""
    value = env.str(name, default="").strip()  # a secret kept in a file ends with a line break
    if not value:
        raise ImproperlyConfigured(f"{name} is missing.")
    return value


MODE = env.str("OGPTRACKER_MODE", default="embedded")
if MODE not in ("embedded", "production"):
    raise ImproperlyConfigured(f"OGPTRACKER_MODE is {MODE!r}; it must be 'embedded' or 'production'.")
PRODUCTION = MODE == "production"
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)

if PRODUCTION:
    if faults := production.problems({name: env.str(name, default="").strip() for name in production.LOOKED_AT}):
        raise ImproperlyConfigured("\n".join(["Production does not start like this:", *faults]))
    SECRET_KEY = required("SECRET_KEY")
    ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
    DATABASES = {"default": env.db_url_config(required("DATABASE_URL"))}
    CELERY_BROKER_URL = required("CELERY_BROKER_URL")
else:
    SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(DATA_DIR / "secret-key")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
    CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")

DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets pages be read while the worker writes; IMMEDIATE makes two writers queue instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Compiling a query costs more than running it here: with it, the overdue page of 10,000 milestones took 7 times as
    # long (docs/performance.md).
    DATABASES["default"]["OPTIONS"] = {"options": "-c jit=off"} | DATABASES["default"].get("OPTIONS", {})
# The site's own address, for what is read apart from it: PDF reports print where they can be checked.
SITE_URL = env.str("SITE_URL", default="").rstrip("/")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "ogptracker",
    "operations",
    "opendata",
    "following",
    "search",
    "accounts",
    "assessments",
    "milestones",
    "commitments",
    "ogptracker.apps.TrackerAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "commitments.requests.request_id",
    "operations.access.log_requests",
    "django.middleware.security.SecurityMiddleware",
    "ogptracker.headers.permissions_policy",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ogptracker.compression.CompressTexts",
    "ogptracker.api_answers.api_answers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.sessions.SessionLimits",
    "accounts.sessions.SecondFactorRequired",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "ogptracker.urls"
WSGI_APPLICATION = "ogptracker.wsgi.application"
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
                "ogptracker.context.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "commitments.templatetags.record",
                "commitments.templatetags.rows",
                "commitments.templatetags.terms",
                "milestones.templatetags.state",
                "opendata.templatetags.opendata",
            ],
        },
    },
]

# Signing in -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.passwords.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
]
# The office's own sign-in (OpenID Connect), where there is one.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = required("OIDC_CLIENT_ID") if OIDC_ISSUER else env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = required("OIDC_CLIENT_SECRET") if OIDC_ISSUER else env.str("OIDC_CLIENT_SECRET", default="")
OIDC_SECOND_FACTOR = env.bool("OIDC_SECOND_FACTOR", default=False)  # whether the provider asks for a second factor
LOGIN_URL = "admin:login"
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=PRODUCTION)  # of those who review or administer
PROXY_COUNT = env.int("PROXY_COUNT", default=0)  # our own proxies in front that add to X-Forwarded-For
SESSION_COOKIE_AGE = 60 * 60 * 12  # seconds from signing in
SESSION_IDLE_AGE = env.int("SESSION_IDLE_MINUTES", default=60) * 60  # seconds; of those who review or administer
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True

# Language, time, format -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["ogptracker.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # of the server; every date rule uses the member's own zone

# Files ----------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "commitments.storage.WholeFiles"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", default=10 * 1024 * 1024)
# A filled-in spreadsheet: the file, what it may hold unpacked, and how many rows.
SPREADSHEET_MAX_BYTES = env.int("SPREADSHEET_MAX_BYTES", default=10 * 1024 * 1024)
SPREADSHEET_MAX_UNPACKED_BYTES = env.int("SPREADSHEET_MAX_UNPACKED_BYTES", default=64 * 1024 * 1024)
SPREADSHEET_MAX_ROWS = env.int("SPREADSHEET_MAX_ROWS", default=10_000)
# Whether a job looks at the links of evidence on the open web; and which networks of the office's own it may look into.
CHECK_LINKS = env.bool("CHECK_LINKS", default=PRODUCTION)
LINK_CHECK_NETWORKS = env.list("LINK_CHECK_NETWORKS", default=[])
# Open data: the licence is the choice of the office that runs the tracker; its name, and where to write to.
DATA_LICENCE_ID = env.str("DATA_LICENCE_ID", default="CC-BY-4.0")  # of the SPDX list; empty when it has none
DATA_LICENCE_TITLE = env.str("DATA_LICENCE_TITLE", default="Creative Commons Attribution 4.0 International")
DATA_LICENCE_URL = env.str("DATA_LICENCE_URL", default="https://creativecommons.org/licenses/by/4.0/")
DATA_PUBLISHER = env.str("DATA_PUBLISHER", default="")
DATA_CONTACT = env.str("DATA_CONTACT", default="")  # an e-mail address of the office, never of a person
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "commitments.storage.TidyUploads",
]
FIXTURES_DIR = BASE_DIR / "fixtures"
REPORT_FONTS_DIR = BASE_DIR / "static" / "vendor" / "pretendard"

# Mail -----------------------------------------------------------------------------------------------------------------
# Embedded without a mail server: each mail becomes a file to look at, below DATA_DIR/mail.
MAIL_SERVER = env.email_url("EMAIL_URL", default="smtp://localhost:25" if PRODUCTION else "filemail:")
EMAIL_BACKEND = MAIL_SERVER["EMAIL_BACKEND"]
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER["EMAIL_HOST"] or "localhost", MAIL_SERVER["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER["EMAIL_HOST_USER"], MAIL_SERVER["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = MAIL_SERVER.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = MAIL_SERVER.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20  # seconds for each answer of the server
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="OGP tracker <tracker@localhost>")

# Security -------------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "ogptracker.error_views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS: list[str] = []
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from inside, over plain HTTP
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

# API ------------------------------------------------------------------------------------------------------------------
# Requests in a minute: for each network address without a token, for each token, and of those that write. 0: no limit.
API_LIMIT_PUBLIC = env.int("API_LIMIT_PUBLIC", default=300)
API_LIMIT_TOKEN = env.int("API_LIMIT_TOKEN", default=1200)
API_LIMIT_WRITING = env.int("API_LIMIT_WRITING", default=120)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api_access.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],  # what is public; others name their own
    "DEFAULT_THROTTLE_CLASSES": ["accounts.limits.Limits"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "commitments.negotiation.Negotiation",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "commitments.problems.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OGP tracker API",
    "DESCRIPTION": "Action plans of the Open Government Partnership: promises, deadlines, reports and assessments.",
    "VERSION": "1",
    "LICENSE": {"name": "Apache-2.0"},
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "ogptracker.schema.complete"],
    "ENUM_NAME_OVERRIDES": {
        "PrecisionEnum": "commitments.models.DatePrecision",
        "OpenedGovernmentEnum": "assessments.irm_models.Coding.OpenedGovernment",
    },
}

# Looking after it -----------------------------------------------------------------------------------------------------
# What a reader of /metrics has to know; without it there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "line")
if LOG_FORMAT not in logs.FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be one of {', '.join(logs.FORMATS)}.")
LOGGING = logs.config(LOG_FORMAT, env.str("LOG_LEVEL", default="WARNING"))

# Jobs -----------------------------------------------------------------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True  # the state of a job is a row, not a message
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "operations.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # Every hour, because members' days end at different hours; a second run on the same day finds nothing to do.
    "flag-overdue": {"task": "milestones.tasks.flag_overdue", "schedule": crontab(minute=5)},
    "check-periods": {"task": "milestones.tasks.check_periods", "schedule": crontab(minute=40, hour=2)},
    "check-freshness": {"task": "milestones.tasks.check_freshness", "schedule": crontab(minute=10)},
    "send-reminders": {"task": "milestones.tasks.send_reminders", "schedule": crontab(minute=15)},
    "send-mail": {"task": "milestones.tasks.send_mail", "schedule": 60.0},
    "send-followings": {"task": "following.tasks.send_followings", "schedule": crontab(minute=25)},
    "send-following-mail": {"task": "following.tasks.send_mail", "schedule": 60.0},
    "forget-followings": {"task": "following.tasks.forget", "schedule": crontab(minute=55)},
    "fold-changes": {"task": "commitments.tasks.fold_changes", "schedule": crontab(minute=35)},
    "tidy-accounts": {"task": "accounts.tasks.tidy", "schedule": crontab(minute=50)},
    "tend-uploads": {"task": "milestones.tasks.tend_uploads", "schedule": 60.0},
    "refresh-search": {"task": "search.tasks.refresh_search", "schedule": 30.0},
    "check-search": {"task": "search.tasks.check_search", "schedule": crontab(minute=20, hour=3)},
    "renew-data-files": {"task": "opendata.tasks.renew_data_files", "schedule": crontab(minute=25, hour=3)},
    "requeue-data-files": {"task": "opendata.tasks.requeue_data_files", "schedule": crontab(minute="*/5")},
    "requeue-reports": {"task": "assessments.tasks.requeue_reports", "schedule": 60.0},
}
if CHECK_LINKS:
    CELERY_BEAT_SCHEDULE["check-links"] = {"task": "milestones.tasks.check_links", "schedule": crontab(minute="*/10")}
if CELERY_BROKER_URL.startswith("filesystem"):
    BROKER_DIR = DATA_DIR / "broker"
    for folder in ("messages", "control"):  # the transport does not make them itself
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
    }
else:
    # A broker that does not answer must not hold a request: the sweep re-queues what was not sent.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 3, "socket_timeout": 30, "visibility_timeout": 3600}
    CELERY_TASK_PUBLISH_RETRY = False
    # One message for each process, counted by the jobs at work. Counted by the messages not yet acknowledged, which is
    # what a multiplier of 1 does, a worker whose Redis went away in mid-job would count that message for ever: it would
    # take no other, and so never notice that its connection is gone.
    CELERY_WORKER_PREFETCH_MULTIPLIER = 0
    CELERY_WORKER_DISABLE_PREFETCH = True
