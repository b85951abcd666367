# SPDX-License-Identifier: MIT
import uuid

from django.db import models


class User(models.Model):
    username = models.CharField(max_length=150, unique=True)
    password = models.CharField(max_length=128)

    class Meta:
        db_table = "users"


class Token(models.Model):
    key = models.CharField(max_length=40, primary_key=True)
    username = models.CharField(max_length=150)

    class Meta:
        db_table = "tokens"


class Deployment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    app_name = models.CharField(max_length=200)
    version = models.CharField(max_length=50)
    target_ring = models.CharField(max_length=20)
    evidence_pack_id = models.UUIDField()
    status = models.CharField(max_length=20, default="PENDING")
    idempotency_key = models.CharField(max_length=100, null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "deployments"


class Approval(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    deployment_id = models.UUIDField(default=uuid.uuid4)
    decision = models.CharField(max_length=20, default="PENDING", db_index=True)
    comments = models.TextField(default="")

    class Meta:
        db_table = "cab_approvals"


class Publication(models.Model):
    deployment_id = models.UUIDField(db_index=True)
    target_plane = models.CharField(max_length=20)
    config = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "publications"


class Remediation(models.Model):
    deployment_id = models.UUIDField()
    action = models.CharField(max_length=20)
    reason = models.TextField()

    class Meta:
        db_table = "remediations"
