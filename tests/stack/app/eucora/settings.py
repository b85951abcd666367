# SPDX-License-Identifier: MIT
"""The application of the load-test procedure as far as its four runs use it, for the tests that drive
the real thing: Django, gunicorn and psycopg2 from Debian's packages, on a PostgreSQL in a container."""

import os

SECRET_KEY = "not a secret: this application lives for a minute on loopback"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "eucora.urls"
WSGI_APPLICATION = "eucora.wsgi.application"
INSTALLED_APPS = ["eucora"]
MIDDLEWARE = ["eucora.middleware.Correlation"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("DB_HOST", "127.0.0.1"),
        "PORT": os.environ.get("DB_PORT", "5432"),
        "NAME": os.environ.get("POSTGRES_DB", "eucora"),
        "USER": os.environ.get("POSTGRES_USER", "eucora_user"),
        # as the procedure's application has it: a connection stays with its thread
        "CONN_MAX_AGE": int(os.environ.get("CONN_MAX_AGE", "600")),
        "OPTIONS": {"application_name": os.environ.get("PGAPPNAME", "eucora-api"), "connect_timeout": 5},
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # a line for every 404 that the scenarios expect would measure the logging
    "loggers": {"django.request": {"level": "CRITICAL"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
