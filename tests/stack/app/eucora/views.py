# SPDX-License-Identifier: MIT
"""The paths and statuses of the four user classes."""

import hashlib
import hmac
import json
import os
import secrets
import time
import uuid
from functools import wraps

from django.db import IntegrityError, connection, transaction
from django.http import JsonResponse

from eucora.models import Approval, Deployment, Publication, Remediation, Token, User

RINGS = ("CANARY", "PILOT", "DEPARTMENT", "GLOBAL")
PLANES = ("INTUNE", "JAMF", "SCCM", "LANDSCAPE", "ANSIBLE")
# Work of a create beside the database, in seconds: what the real one spends on policies and events.
# Time passed asleep inside the transaction (it holds a connection), and time computed.
HOLD_S = float(os.environ.get("HOLD_S", "0"))
WORK_S = float(os.environ.get("WORK_S", "0"))


def password_hash(username, password):
    return hashlib.sha256(f"{username}:{password}".encode()).hexdigest()


def problem(status, detail):
    return JsonResponse({"detail": detail}, status=status)


def method(*allowed):
    def wrap(view):
        @wraps(view)
        def inner(request, *args, **kwargs):
            if request.method not in allowed:
                return problem(405, f'Method "{request.method}" not allowed.')
            return view(request, *args, **kwargs)

        return inner

    return wrap


def authenticated(view):
    @wraps(view)
    def inner(request, *args, **kwargs):
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not Token.objects.filter(key=key).exists():
            return problem(401, "Authentication credentials were not provided or are wrong.")
        return view(request, *args, **kwargs)

    return inner


def body_of(request):
    """JSON or a form, as Django REST framework takes both. None when it is neither."""
    if request.content_type == "application/json":
        try:
            body = json.loads(request.body)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None
    return request.POST.dict()


def uuid_of(text):
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def limit_of(request, default):
    try:
        limit = int(request.GET.get("limit", default))
    except ValueError:
        return None
    return limit if 1 <= limit <= 1000 else None


@method("GET", "HEAD")
def health(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"status": "healthy", "database": "up"})


@method("POST")
def login(request):
    body = body_of(request)
    if body is None or "username" not in body or "password" not in body:
        return problem(400, "username and password are required.")
    username = str(body["username"])
    if username.startswith("burst_user_"):
        wanted = password_hash(username, os.environ.get("PASSWORD", "test123"))
    else:
        wanted = User.objects.filter(username=username).values_list("password", flat=True).first()
    given = password_hash(username, str(body["password"]))
    if wanted is None or not hmac.compare_digest(wanted, given):
        return problem(401, "Invalid username or password.")
    token = secrets.token_hex(20)
    Token.objects.create(key=token, username=username)
    return JsonResponse({"token": token, "username": username})


def as_json(deployment):
    return {
        "id": str(deployment.id),
        "app_name": deployment.app_name,
        "version": deployment.version,
        "target_ring": deployment.target_ring,
        "evidence_pack_id": str(deployment.evidence_pack_id),
        "status": deployment.status,
        "created_at": deployment.created_at.isoformat(),
    }


def work():
    if HOLD_S > 0:
        time.sleep(HOLD_S)
    end = time.thread_time() + WORK_S
    while time.thread_time() < end:
        hashlib.sha256(b"policy" * 1000).hexdigest()


@method("GET", "POST")
@authenticated
def deployments(request):
    if request.method == "GET":
        limit = limit_of(request, 50)
        if limit is None:
            return problem(400, "limit is a number from 1 to 1000.")
        rows = Deployment.objects.order_by("-created_at")[:limit]
        return JsonResponse({"results": [as_json(row) for row in rows]})
    body = body_of(request) or {}
    evidence = uuid_of(body.get("evidence_pack_id"))
    if not body.get("app_name") or not body.get("version") or body.get("target_ring") not in RINGS or not evidence:
        return problem(400, "app_name, version, target_ring and evidence_pack_id are required.")
    key = request.headers.get("Idempotency-Key")
    try:
        with transaction.atomic():
            deployment = Deployment.objects.create(
                app_name=body["app_name"],
                version=body["version"],
                target_ring=body["target_ring"],
                evidence_pack_id=evidence,
                idempotency_key=key,
            )
            work()
    except IntegrityError:
        return JsonResponse(as_json(Deployment.objects.get(idempotency_key=key)), status=200)
    return JsonResponse(as_json(deployment), status=201)


@method("GET")
@authenticated
def deployment_details(request, id):
    deployment = Deployment.objects.filter(id=id).first()
    return JsonResponse(as_json(deployment)) if deployment else problem(404, "Not found.")


@method("GET")
@authenticated
def pending(request):
    limit = limit_of(request, 100)
    if limit is None:
        return problem(400, "limit is a number from 1 to 1000.")
    rows = Approval.objects.filter(decision="PENDING").order_by("id")[:limit]
    return JsonResponse(
        {"approvals": [{"id": str(row.id), "deployment_id": str(row.deployment_id), "status": row.decision} for row in rows]}
    )


def decide(request, id, decision):
    body = body_of(request)
    if body is None:
        return problem(400, "The body is neither JSON nor a form.")
    # one statement: two reviewers cannot both decide
    decided = Approval.objects.filter(id=id, decision="PENDING").update(
        decision=decision, comments=str(body.get("comments", ""))
    )
    if not decided:
        return problem(404, "No pending approval with this id.")
    return JsonResponse({"id": str(id), "status": decision})


@method("POST")
@authenticated
def approve(request, id):
    return decide(request, id, "APPROVED")


@method("POST")
@authenticated
def reject(request, id):
    return decide(request, id, "REJECTED")


@method("POST")
@authenticated
def publish(request):
    body = body_of(request) or {}
    deployment = uuid_of(body.get("deployment_id"))
    plane = body.get("target_plane")
    if not deployment or plane not in PLANES:
        return problem(400, "deployment_id and target_plane are required.")
    Publication.objects.create(deployment_id=deployment, target_plane=plane, config=json.dumps(body.get("config")))
    return JsonResponse({"deployment_id": str(deployment), "target_plane": plane, "status": "PUBLISHED"})


@method("GET")
@authenticated
def connector_status(request, id):
    planes = list(Publication.objects.filter(deployment_id=id).values_list("target_plane", flat=True))
    if not planes:
        return problem(404, "Nothing was published for this deployment.")
    return JsonResponse({"deployment_id": str(id), "planes": {plane: "PUBLISHED" for plane in planes}})


@method("POST")
@authenticated
def remediate(request):
    body = body_of(request) or {}
    deployment = uuid_of(body.get("deployment_id"))
    if not deployment or body.get("action") not in ("REINSTALL", "ROLLBACK", "UNINSTALL"):
        return problem(400, "deployment_id and action are required.")
    if not Publication.objects.filter(deployment_id=deployment).exists():
        return problem(404, "Nothing was published for this deployment.")
    Remediation.objects.create(deployment_id=deployment, action=body["action"], reason=str(body.get("reason", "")))
    return JsonResponse({"deployment_id": str(deployment), "status": "QUEUED"})
