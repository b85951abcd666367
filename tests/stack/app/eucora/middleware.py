# SPDX-License-Identifier: MIT
import logging

from django.db import OperationalError
from django.http import JsonResponse

log = logging.getLogger("eucora")


class Correlation:
    """Echoes X-Correlation-ID, and says in one line why the database could not be reached: a page of
    traceback for each of a thousand failures would measure the logging."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        correlation = request.headers.get("X-Correlation-ID")
        if correlation:
            response["X-Correlation-ID"] = correlation
        return response

    def process_exception(self, request, exception):
        if not isinstance(exception, OperationalError):
            return None
        log.error("%s %s: %s", request.method, request.path, str(exception).strip().replace("\n", " "))
        return JsonResponse({"detail": "The database cannot be reached."}, status=500)
