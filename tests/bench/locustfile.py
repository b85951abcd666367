# SPDX-License-Identifier: MIT
"""Scenario 1's mix as Locust users without waits, and Locust's own CPU for it.

Prints "BENCH requests cpu_seconds" for the time between all users being there and the end, so that
neither Python's start nor the ramp is in the figure. Pick the class on the command line: Fast or Plain.
"""
import random
import resource
import uuid

from locust import HttpUser, constant, events
from locust.contrib.fasthttp import FastHttpUser


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Mix:
    wait_time = constant(0)

    def on_start(self):
        with self.client.post(
            "/api/v1/auth/login/",
            json={"username": "loadtest_user", "password": "test123"},
            catch_response=True,
        ) as response:
            if response.status_code != 200:
                response.failure(f"login: {response.status_code}")
                return
            self.token = response.json()["token"]

    def headers(self):
        return {"Authorization": f"Bearer {self.token}", "X-Correlation-ID": str(uuid.uuid4())}

    def create_deployment(self):
        name = random.choice(["nginx", "redis", "postgresql", "mongodb", "elasticsearch"])
        with self.client.post(
            "/api/v1/deployments/",
            json={
                "app_name": f"{name}-{uuid.uuid4().hex[:8]}",
                "version": f"{random.randint(1, 5)}.{random.randint(0, 9)}.{random.randint(0, 9)}",
                "target_ring": random.choice(["CANARY", "PILOT", "DEPARTMENT", "GLOBAL"]),
                "evidence_pack_id": str(uuid.uuid4()),
            },
            headers={**self.headers(), "Idempotency-Key": str(uuid.uuid4())},
            catch_response=True,
        ) as response:
            if response.status_code in (200, 201):
                response.success()
            else:
                response.failure(f"status {response.status_code}")

    def list_deployments(self):
        with self.client.get(
            "/api/v1/deployments/?limit=50", headers=self.headers(), catch_response=True
        ) as response:
            if response.status_code == 200:
                response.success()
            else:
                response.failure(f"status {response.status_code}")

    def get_deployment_details(self):
        with self.client.get(
            f"/api/v1/deployments/{uuid.uuid4()}/",
            headers=self.headers(),
            name="/api/v1/deployments/{id}/",
            catch_response=True,
        ) as response:
            if response.status_code in (200, 404):
                response.success()
            else:
                response.failure(f"status {response.status_code}")


    # a plain class's @task would not be found
    tasks = {create_deployment: 3, list_deployments: 1, get_deployment_details: 1}


class Fast(Mix, FastHttpUser):
    pass


class Plain(Mix, HttpUser):
    pass


@events.init.add_listener
def measure(environment, **_):
    begun = {}

    @environment.events.spawning_complete.add_listener
    def begin(**_):
        begun["cpu"] = cpu_seconds()
        begun["requests"] = environment.stats.total.num_requests

    @environment.events.test_stop.add_listener
    def end(**_):
        total = environment.stats.total
        print(
            f"BENCH {total.num_requests - begun['requests']} {cpu_seconds() - begun['cpu']:.3f} "
            f"{total.num_failures}",
            flush=True,
        )
