"""Settings in reading order: mode, applications, requests, data, people, e-mail, words, files, safety, log.

Every variable read here is listed in the README, “Settings”; a test holds the two together.
"""

import secrets
import sqlite3
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from . import env

BASE_DIR = Path(__file__).resolve().parent.parent

# Mode. `local` is a machine of one's own (demo, tests, development); `production` refuses what is unsafe in public.
MODE = env.choice("PEACETRACKER_MODE", "local", ("local", "production"))
PRODUCTION = MODE == "production"
DEBUG = env.flag("DEBUG", False)
DATA_DIR = Path(env.text("PEACETRACKER_DATA_DIR", str(BASE_DIR / "var")))


def local_secret_key():
    """Return this checkout's own key, made on first use and kept outside the repository."""
    file = DATA_DIR / "secret-key"
    if not file.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        try:
            file.touch(mode=0o600, exist_ok=False)
            file.write_text(secrets.token_urlsafe(64))
        except FileExistsError:
            pass
    return file.read_text()


SECRET_KEY = env.text("SECRET_KEY") if PRODUCTION else env.text("SECRET_KEY", "") or local_secret_key()
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG is on in production. Unset DEBUG.")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 12 or SECRET_KEY.startswith("django-insecure-"):
        raise ImproperlyConfigured("SECRET_KEY is too weak for production. Use 50 random characters or more.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts this site answers to, without “*”.")

# Applications
INSTALLED_APPS = [
    "issues",
    "issues.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
]

# Requests
ROOT_URLCONF = "peacetracker.urls"
WSGI_APPLICATION = "peacetracker.wsgi.application"
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "issues.stored.stored_answers",  # above what zips, so that it is done once
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "issues.middleware.private_pages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "issues.middleware.programs",
    "issues.middleware.past_is_past",
    "issues.middleware.known_methods",
    "issues.middleware.second_factor",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Named partials (`{% partialdef %}`); built into Django 6, where these two settings lines go.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "issues.templatetags.record"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "issues.desk.curates",
            ],
        },
    },
]

# Data. SQLite is the embedded default, PostgreSQL the production database.
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'peacetracker.sqlite3'}")}
# A connection to SQLite, too, costs more to open than most of what it is asked.
DATABASES["default"]["CONN_MAX_AGE"] = env.number("CONN_MAX_AGE", 60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def sqlite_journal(version):
    """Return the journal mode for a SQLite version: WAL only where its WAL-reset bug is mended."""
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "WAL" if mended else "DELETE"


if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    journal = env.choice("SQLITE_JOURNAL", sqlite_journal(sqlite3.sqlite_version_info), ("WAL", "DELETE"))
    # IMMEDIATE takes the write lock at the start, so that a transaction never fails half-way for want of it.
    DATABASES["default"]["OPTIONS"] |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": f"PRAGMA synchronous=FULL;PRAGMA journal_mode={journal};",
    }
else:
    statement_timeout = env.number("STATEMENT_TIMEOUT_MS", 5000)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 2,
        "options": f"-c statement_timeout={statement_timeout} -c lock_timeout=2000"
        # Compiling a query of a few milliseconds costs a second.
        " -c idle_in_transaction_session_timeout=10000 -c jit=off",
    } | DATABASES["default"]["OPTIONS"]

# The one cache that all workers share, where attempts to sign in are counted. A migration makes its table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        # Beyond this many entries counters would be thrown out: more than anyone can make in their five minutes.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Memory of each worker for whole pages as visitors get them; 0 keeps none.
PAGE_MEMORY_MB = env.number("PAGE_MEMORY_MB", 32)

# People. Accounts are by invitation; nobody is told whether a name or an e-mail address has one.
REQUIRE_MFA = env.flag("REQUIRE_MFA", PRODUCTION)
BEHIND_PROXY = env.flag("BEHIND_PROXY", False)
AUTHENTICATION_BACKENDS = ["issues.backends.CuratorBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "issues:process-list"
LOGOUT_REDIRECT_URL = "issues:process-list"
ACCOUNT_ADAPTER = "issues.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Peacetracker] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_RATE_LIMITS = {"login": "10/m/ip", "login_failed": "5/5m/key", "change_password": "5/5m/user"}
# Without a proxy of one's own, X-Forwarded-For is anybody's claim.
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
MFA_ADAPTER = "issues.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Peacetracker"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "issues.adapters.AddPasskeyForm",
    "login_webauthn": "issues.adapters.PasskeySignInForm",
    "authenticate_webauthn": "issues.adapters.PasskeyForm",
    "reauthenticate_webauthn": "issues.adapters.ConfirmByPasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# The e-mail address of an account is the one it was invited at.
MFA_ALLOW_UNVERIFIED_EMAIL = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# E-mail: invitations and forgotten passwords. A machine of one's own prints it.
locals().update(env.mail("EMAIL_URL", None if PRODUCTION else "console:"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"Peacetracker <noreply@{ALLOWED_HOSTS[0].lstrip('.')}>")

# Words. One language so far, and the record's days are calendar days: UTC everywhere.
LANGUAGE_CODE = "en-gb"
USE_I18N = False  # asking at each number, day and address which language it is in costs a twentieth of a page
TIME_ZONE = "UTC"
USE_TZ = True

# Files
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Safety. No inline script or style, nothing from another host; no nonce is needed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "issues.views.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "issues.backends"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# A form with the whole text of a document: a million characters, of four bytes at most.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_HANDLERS = [
    "issues.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

# Log: to stderr, one line an event.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
