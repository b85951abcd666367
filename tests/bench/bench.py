# SPDX-License-Identifier: MIT
"""Servers to send to and clients to measure, for tests/bench/run.

A client's cost is its CPU time, user and system, as the kernel accounts it for the whole finished
process (wait4), divided by the requests it made: on a machine that others use as well this is steady
where throughput and wall time are not.
"""
import fcntl
import json
import os
import pty
import random
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
HEADERS = {
    "User-Agent": "throng",
    "Accept": "*/*",
    "Authorization": "Bearer 0123456789abcdef",
    "X-Correlation-ID": "4f8e7c52-6d0a-4f2b-9c39-0c2a55aa7d10",
}


class Trouble(Exception):
    """Something that makes measuring impossible; the text says what."""


def pin(cpu, alone=False, favoured=False):
    """For preexec_fn: keep the process on one core, on a set of them, or on all when cpu is None. alone:
    before everything else on the machine, where that is allowed, so that its neighbours' work is not in
    its latencies. favoured: the same by niceness, for processes that fill the cores and share them."""

    def do():
        if cpu is not None:
            os.sched_setaffinity(0, cpu if isinstance(cpu, set) else {cpu})
        if alone:
            try:
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            except PermissionError:
                pass
        if favoured:
            os.setsid()  # where sessions are groups for the scheduler, each has a niceness of its own
            try:
                os.setpriority(os.PRIO_PROCESS, 0, -20)
                with open("/proc/self/autogroup", "w", encoding="ascii") as group:
                    group.write("-20")
            except OSError:
                pass

    return do


# ---- servers -------------------------------------------------------------------------------------


LISTED = 500  # things in the long answer


def listing():
    """A list as an API gives it: 268 bytes a thing, 131 KiB in all."""
    return json.dumps({"count": LISTED, "next": None, "results": [
        {"id": f"{n * 2654435761 % 2**32:08x}", "app_name": f"nginx-{n % 1000:03d}", "status": "PENDING",
         "port": 20000 + n % 1000, "cpu": 0.25 + n % 8 / 16, "owner": {"name": f"user{n % 100:02d}", "admin": False},
         "labels": ["web", "eu", "blue"], "created": "2026-11-23T07:56:22.920Z",
         "note": "rolled out by hand, to be looked at tomorrow"}
        for n in range(LISTED)]})


class Nginx:
    """One worker that answers at once: everything with 200, scenario 1's endpoints as their API does, and
    /list with a long JSON body (listing) that is sent from a file, which costs the server little."""

    def __init__(self, folder, cpu, favoured=False):
        self.folder, self.cpu, self.favoured = folder, cpu, favoured
        self.process = self.worker = None  # the master; process id of the worker

    def __enter__(self):
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "1", "-subj", "/CN=localhost", "-keyout", f"{self.folder}/key.pem",
             "-out", f"{self.folder}/cert.pem"],
            stderr=subprocess.DEVNULL, check=False,
        )
        if made.returncode != 0:
            raise Trouble("openssl made no certificate")
        for _ in range(20):  # nginx cannot pick a port itself
            port = random.randint(20000, 32000)  # below those of clients
            if self.start(port, port + 1):
                self.url = f"http://127.0.0.1:{port}"
                self.tls_url = f"https://127.0.0.1:{port + 1}"
                return self
        raise Trouble(f"nginx does not start: {open(f'{self.folder}/nginx.log', encoding='utf-8').read()}")

    def start(self, port, tls_port):
        files = os.sysconf("SC_OPEN_MAX")
        deployments = json.dumps(
            {"count": 3, "results": [{"id": str(n) * 8, "app_name": f"nginx-{n}", "status": "PENDING"}
                                     for n in range(3)]})
        with open(f"{self.folder}/list", "w", encoding="utf-8") as file:
            file.write(listing())
        # what root's worker is otherwise may not read the folder
        user = "user root;" if os.geteuid() == 0 else ""
        with open(f"{self.folder}/nginx.conf", "w", encoding="utf-8") as conf:
            conf.write(f"""
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
error_log stderr crit;
pid {self.folder}/nginx.pid;
events {{ worker_connections {files - 100}; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 600;
    client_body_temp_path {self.folder}/body;
    proxy_temp_path {self.folder}/proxy;
    fastcgi_temp_path {self.folder}/fastcgi;
    uwsgi_temp_path {self.folder}/uwsgi;
    scgi_temp_path {self.folder}/scgi;
    ssl_certificate {self.folder}/cert.pem;
    ssl_certificate_key {self.folder}/key.pem;
    server {{
        listen 127.0.0.1:{port} backlog=16384;
        listen 127.0.0.1:{tls_port} ssl backlog=4096;
        default_type application/json;
        location / {{ return 200 "hello, world\\n"; }}
        location = /status {{ stub_status; }}
        location = /list {{ alias {self.folder}/list; sendfile on; }}
        location = /api/v1/auth/login/ {{ return 200 '{{"token": "0123456789abcdef"}}'; }}
        location = /api/v1/deployments/ {{
            if ($request_method = POST) {{ return 201 '{{"id": "11111111", "status": "PENDING"}}'; }}
            return 200 '{deployments}';
        }}
        location /api/v1/deployments/ {{ return 404 '{{"detail": "Not found."}}'; }}
    }}
}}
""")
        with open(f"{self.folder}/nginx.log", "wb") as log:
            self.process = subprocess.Popen(
                ["nginx", "-c", f"{self.folder}/nginx.conf"], stderr=log,
                preexec_fn=pin(self.cpu, favoured=self.favoured))
        # it has a worker once the ports are its own: another may answer there while it still tries
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        for _ in range(50):
            if self.process.poll() is not None:
                return False
            with open(children, encoding="utf-8") as file:
                workers = file.read().split()
            if workers:
                self.worker = int(workers[0])
                return True
            time.sleep(0.1)
        self.__exit__()
        return False

    def requests(self):
        """All requests so far, this one included."""
        with urllib.request.urlopen(self.url + "/status") as answer:
            return int(answer.read().split()[9])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Delay:
    """delay_server: answers after a known time and says how long it really took (report, at the end)."""

    def __init__(self, build, delay_us, cpu, alone=False):
        self.argv = [f"{build}/tests/bench/delay_server", "-d", str(delay_us)]
        self.cpu, self.alone, self.report = cpu, alone, None

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=pin(self.cpu, self.alone))
        self.url = self.process.stdout.readline().split()[-1]
        return self

    def forget(self):
        """Begin the account anew."""
        self.process.send_signal(signal.SIGHUP)

    def __exit__(self, *_):
        self.process.terminate()
        self.report = json.loads(self.process.stdout.read())
        self.process.wait()


# ---- clients -------------------------------------------------------------------------------------


class Finished:
    """A process that has ended: CPU seconds, what it printed, its status."""

    def __init__(self, cpu_s, output, status, wall_s):
        self.cpu_s, self.output, self.status, self.wall_s = cpu_s, output, status, wall_s


def reap(pid, started, output=""):
    _, status, usage = os.wait4(pid, 0)
    return Finished(usage.ru_utime + usage.ru_stime, output, os.waitstatus_to_exitcode(status),
                    time.monotonic() - started)


def run(argv, cpu, limit_s, alone=False, favoured=False, cwd=None, env=None):
    """Run to the end and account for it."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   preexec_fn=pin(cpu, alone, favoured), cwd=cwd, env=env)
        timer = threading.Timer(limit_s, process.kill)
        timer.start()
        done = reap(process.pid, started)
        timer.cancel()
        process.returncode = done.status
        out.seek(0)
        done.output = out.read()
    return done


def run_on_terminal(argv, cpu, limit_s, result, alone=False, press=None):
    """Run in a terminal of 120 columns and 40 rows that reads all it is sent; q ends it when the file
    `result` is there. press: (seconds, key, called when it was pressed). The output is the number of
    bytes the terminal received."""
    started = time.monotonic()
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
        pin(cpu, alone)()
        # the size before the program asks for it
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.execv(argv[0], argv)
    received, asked = 0, 0.0
    while time.monotonic() - started < limit_s:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            received += len(data)
        if press and time.monotonic() - started > press[0]:
            os.write(fd, press[1])
            press[2]()
            press = None
        if os.path.exists(result) and time.monotonic() - asked > 1:
            asked = time.monotonic()
            os.write(fd, b"q")
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(fd)
    return reap(pid, started, str(received))


class Bench:
    """What the rows of the table share: folders, cores, how long a run is."""

    def __init__(self, build, folder, seconds, client_cpu, server_cpu):
        self.build, self.folder, self.seconds = build, folder, seconds
        self.client_cpu, self.server_cpu = client_cpu, server_cpu

    def scenario(self, name, load, users, **more):
        path = f"{self.folder}/{name}.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"name": name, "target": "http://127.0.0.1:1", "load": load, "users": users, **more}, file)
        return path

    def get_scenario(self, **more):
        """Users who send one GET after the other."""
        headers = {k: v for k, v in HEADERS.items() if k not in ("User-Agent", "Accept")}
        return self.scenario("get", {"users": 1, "spawn_rate": 1, "duration": "1s"},
                             {"User": {"tasks": {"get": {"get": "/", "headers": headers}}}}, **more)

    def list_scenario(self):
        """Users who check a long answer and keep a list out of it."""
        return self.scenario("list", {"users": 1, "spawn_rate": 1, "duration": "1s"}, {"User": {"tasks": {"list": {
            "get": "/list", "expect": {"json": {"count": LISTED, "results[*].status": "PENDING"}},
            "extract": {"ids": "results[*].id"}}}}})

    def mix_scenario(self):
        """Scenario 1 without its waits, criteria and panels."""
        with open(f"{TOP}/scenarios/deployments.json", encoding="utf-8") as file:
            scenario = json.load(file)
        for key in ("$schema", "criteria", "panels", "health"):
            del scenario[key]
        del scenario["users"]["DeploymentUser"]["wait"]
        del scenario["load"]["target_rps"]
        path = f"{self.folder}/mix.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(scenario, file)
        return path

    def throng(self, scenario, url, *options, console=False, cpu="client", seconds=None,
               alone=False, favoured=False, press=None):
        """A run of the real program. Returns what finished, and its result file."""
        result = f"{self.folder}/result.json"
        if os.path.exists(result):
            os.unlink(result)
        seconds = seconds or self.seconds
        argv = [f"{self.build}/throng", "run", "--host", url, "-t", f"{seconds}s", "--json", result, *options]
        argv += ["--autostart"] if console else ["--headless", "--only-summary"]
        argv += [scenario]
        cpu = self.client_cpu if cpu == "client" else cpu
        if console:
            done = run_on_terminal(argv, cpu, seconds + 60, result, alone, press)
        else:
            done = run(argv, cpu, seconds + 60, alone, favoured)
        if not os.path.exists(result):
            raise Trouble(f"{' '.join(argv)}: status {done.status}\n{done.output[-2000:]}")
        with open(result, encoding="utf-8") as file:
            outcome = json.load(file)
        totals = outcome["totals"]
        if totals["requests"] == 0 or totals["failures"] > 0:
            raise Trouble(f"{' '.join(argv)}: {totals['requests']} requests, {totals['failures']} failures, "
                          f"such as {outcome['failures'][:1]}")
        done.requests = totals["requests"] + totals["aborted"]
        done.cpu_us = done.cpu_s * 1e6 / done.requests
        return done, outcome

    def closed(self, scenario, url, users, *options, **how):
        """CPU microseconds a request of `users` users without a wait."""
        return self.throng(scenario, url, "-u", str(users), "-r", "1000000", *options, **how)[0].cpu_us

    def floor(self, url, rate, connections, seconds):
        """CPU microseconds a request of the least that sends and receives at that rate (floor.c)."""
        done = run([f"{self.build}/tests/bench/floor", "-r", str(rate), "-c", str(connections), "-s", str(seconds), url],
                   self.client_cpu, seconds + 60)
        if done.status != 0:
            raise Trouble(f"floor: {done.output}")
        return float(done.output.split()[1])

    def wrk(self, url, users, seconds=None):
        argv = ["wrk", "-t1", f"-c{users}", f"-d{seconds or self.seconds}s"]
        for name, value in HEADERS.items():
            argv += ["-H", f"{name}: {value}"]
        for _ in range(5):  # on a crowded machine wrk may count nothing in a short run
            done = run([*argv, url + "/"], self.client_cpu, self.seconds + 60)
            for line in done.output.splitlines():
                if "requests in" in line and int(line.split()[0]) > 0:
                    done.requests = int(line.split()[0])
                    done.cpu_us = done.cpu_s * 1e6 / done.requests
                    return done
        raise Trouble(f"wrk counted no request: {done.output}")

    def wrk_latency(self, url, connections):
        """p50 and p99 that wrk measures, in microseconds."""
        done = run(["wrk", "-t1", f"-c{connections}", f"-d{self.seconds + 2}s", "--latency", url + "/"],
                   self.client_cpu, self.seconds + 60, alone=True)
        found = dict(re.findall(r"^ +(50|99)% +([0-9.]+[mu]?s)$", done.output, re.MULTILINE))
        scale = {"us": 1, "ms": 1e3, "s": 1e6}
        return {f"p{p}": float(re.sub("[a-z]", "", value)) * scale[re.sub("[^a-z]", "", value)]
                for p, value in found.items()}

    def locust(self, kind, url, users):
        """Locust's CPU microseconds a request, once all users are there."""
        done = run(["locust", "-f", f"{HERE}/locustfile.py", "--headless", "--only-summary", "-u", str(users),
                    "-r", str(users), "-t", f"{self.seconds + 2}s", "--host", url, kind],
                   self.client_cpu, self.seconds + 60, cwd=self.folder,
                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        for line in done.output.splitlines():
            if line.startswith("BENCH "):
                requests, cpu_s, failures = line.split()[1:]
                if int(requests) > 0 and int(failures) == 0:
                    return float(cpu_s) * 1e6 / int(requests)
        raise Trouble(f"locust {kind}: {done.output[-2000:]}")


# ---- looking at a process while it runs ------------------------------------------------------------


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise Trouble("no VmRSS")


def cpu_of(pid):
    """CPU seconds of all threads so far, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="utf-8") as stat:
                total += int(stat.read().split()[0])
        except OSError:
            pass
    return total / 1e9
