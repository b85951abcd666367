# SPDX-License-Identifier: MIT
from django.urls import path

from eucora import views

urlpatterns = [
    path("api/v1/health/", views.health),
    path("api/v1/auth/login/", views.login),
    path("api/v1/deployments/", views.deployments),
    path("api/v1/deployments/<uuid:id>/", views.deployment_details),
    path("api/v1/cab/pending/", views.pending),
    path("api/v1/cab/<uuid:id>/approve/", views.approve),
    path("api/v1/cab/<uuid:id>/reject/", views.reject),
    path("api/v1/connectors/publish/", views.publish),
    path("api/v1/connectors/status/<uuid:id>/", views.connector_status),
    path("api/v1/connectors/remediate/", views.remediate),
]
