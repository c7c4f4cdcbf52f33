"""Takes the sign-in settings from configuration.py by NetBox's rules: its names, its defaults, its pipeline."""

import os

from netbox import configuration

INSTANCE = os.environ["NETBOX_INSTANCE"]

ALLOWED_HOSTS = configuration.ALLOWED_HOSTS
SECRET_KEY = configuration.SECRET_KEY
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{INSTANCE}/netbox.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "social_django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "netbox.views.TellFailures",
]
ROOT_URLCONF = "netbox.urls"
# Cookies do not know ports: every stand-in on this host needs names of its own.
SESSION_COOKIE_NAME = f"sessionid_{configuration.INSTANCE_NAME}"
CSRF_COOKIE_NAME = f"csrftoken_{configuration.INSTANCE_NAME}"
USE_X_FORWARDED_HOST = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REMOTE_AUTH_ENABLED = getattr(configuration, "REMOTE_AUTH_ENABLED", False)
REMOTE_AUTH_AUTO_CREATE_USER = getattr(configuration, "REMOTE_AUTH_AUTO_CREATE_USER", False)
REMOTE_AUTH_BACKEND = getattr(configuration, "REMOTE_AUTH_BACKEND", "django.contrib.auth.backends.RemoteUserBackend")
REMOTE_AUTH_DEFAULT_GROUPS = getattr(configuration, "REMOTE_AUTH_DEFAULT_GROUPS", [])
_backends = [REMOTE_AUTH_BACKEND] if isinstance(REMOTE_AUTH_BACKEND, str) else list(REMOTE_AUTH_BACKEND)
AUTHENTICATION_BACKENDS = [*_backends, "django.contrib.auth.backends.ModelBackend"]

LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = getattr(configuration, "LOGOUT_REDIRECT_URL", "/")

SOCIAL_AUTH_JSONFIELD_ENABLED = True
SOCIAL_AUTH_PIPELINE = (
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "social_core.pipeline.social_auth.social_user",
    "social_core.pipeline.user.get_username",
    "social_core.pipeline.user.create_user",
    "social_core.pipeline.social_auth.associate_user",
    "netbox.authentication.user_default_groups_handler",
    "social_core.pipeline.social_auth.load_extra_data",
    "social_core.pipeline.user.user_details",
)
for _name in dir(configuration):
    if _name.startswith("SOCIAL_AUTH_"):
        globals()[_name] = getattr(configuration, _name)
