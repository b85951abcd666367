# SPDX-License-Identifier: MIT
"""Tables, the test users and a backlog of approvals. Waits for the database; safe to repeat."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eucora.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import OperationalError, connection  # noqa: E402

from eucora.models import Approval, User  # noqa: E402
from eucora.views import password_hash  # noqa: E402

for attempt in range(300):
    try:
        connection.ensure_connection()
        break
    except OperationalError:
        time.sleep(0.1)

call_command("migrate", run_syncdb=True, verbosity=0)
for name in ("loadtest_user", "cab_approver", "publisher_user"):
    User.objects.get_or_create(
        username=name, defaults={"password": password_hash(name, os.environ.get("PASSWORD", "test123"))}
    )
missing = 2000 - Approval.objects.filter(decision="PENDING").count()
Approval.objects.bulk_create([Approval() for _ in range(max(missing, 0))])
