#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the console costs: bytes to the terminal, CPU of its thread, and CPU per request of the engine
with and without it.

usage: tests/bench/console.py [--throng FILE] [--pairs N] [--seconds N] [--rate N] [--size COLSxROWS]
                              [--keys N]

Runs nginx on one core and throng twice on the other, at a fixed request rate and at the same time: with
the console on a pseudo-terminal that is read and answers like one, and headless, each with half of the rate.
So whatever else the machine does meets both alike, and what they spend in the same seconds can be compared
to a fraction of what runs one after the other wander by. CPU is read from /proc per thread. A run with the
console alone at the whole rate tells its bytes and its thread's share. Then keys are pressed that each add a user, and the time from the key to that user's connection is taken.
Prints Markdown. Load goes to loopback only.
"""
import argparse
import fcntl
import json
import os
import pty
import random
import select
import signal
import socket
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time

sys.dont_write_bytecode = True

from bench import Nginx, pin  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


def threads_cpu(pid):
    """Seconds of CPU by thread name; nanoseconds where the kernel says them."""
    out = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            name = open(f"/proc/{pid}/task/{tid}/comm").read().strip()
            spent = int(open(f"/proc/{pid}/task/{tid}/schedstat").read().split()[0]) / 1e9
        except (OSError, IndexError, ValueError):
            continue
        if int(tid) == pid:
            name = "main"
        out[name] = out.get(name, 0) + spent
    return out


def scenario(rate):
    users = max(20, rate // 100)
    return {
        "name": "Console benchmark",
        "target": "http://127.0.0.1:9",
        "load": {"users": users, "spawn_rate": users, "duration": "10m"},
        "users": {"U": {"wait": {"pacing": f"{1000 * users / rate:g}ms"},
                        "tasks": {"health": {"get": "/api/v1/health/"}}}},
        "criteria": ["failures == 0", "p99 < 500ms"],
    }


class Terminal:
    """The other end of a pseudo-terminal: takes everything, answers status reports."""

    def __init__(self, fd):
        self.fd = fd
        self.bytes = 0
        self.tail = b""

    def watch(self, seconds):
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return True
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.bytes += len(data)
            seen = self.tail + data
            for _ in range(seen.count(b"\033[5n") - self.tail.count(b"\033[5n")):
                os.write(self.fd, b"\033[0n")
            self.tail = seen[-3:]


class Run:
    """throng on a pseudo-terminal of its own, with the console or headless."""

    def __init__(self, args, target, env, rate, console):
        self.work = tempfile.TemporaryDirectory()
        plan = os.path.join(self.work.name, "scenario.json")
        self.result = os.path.join(self.work.name, "result.json")
        with open(plan, "w", encoding="utf-8") as file:
            json.dump(scenario(rate), file)
        command = [args.throng, "run", "--host", target.url, "--json", self.result]
        command += ["--autostart"] if console else ["--headless", "--only-summary"]
        command.append(plan)
        self.pid, fd = pty.fork()
        if self.pid == 0:
            pin(0 if os.cpu_count() > 1 else None)()
            time.sleep(0.1)  # the size is set first
            os.execve(command[0], command, env)
        cols, rows = map(int, args.size.split("x"))
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.terminal = Terminal(fd)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while self.terminal.watch(0.5):
            pass

    def end(self):
        """Ends it; requests a second by its own account."""
        os.kill(self.pid, signal.SIGTERM)
        self.thread.join()
        os.close(self.terminal.fd)
        os.waitpid(self.pid, 0)
        with open(self.result, encoding="utf-8") as file:
            outcome = json.load(file)
        self.work.cleanup()
        return outcome["totals"]["requests"] / outcome["duration_s"]


def spent(before, after):
    cpu = {name: value - before.get(name, 0) for name, value in after.items()}
    return {"engine": sum(v for k, v in cpu.items() if k.startswith("engine")), "main": cpu.get("main", 0),
            "all": sum(cpu.values())}


def alone(args, target, env):
    """The console alone: bytes, and its thread's CPU."""
    run = Run(args, target, env, args.rate, True)
    time.sleep(4)  # all users are up, the charts have begun
    before, begun, sent = threads_cpu(run.pid), time.monotonic(), run.terminal.bytes
    asked = target.requests()
    time.sleep(args.seconds)
    cpu = spent(before, threads_cpu(run.pid))
    cpu["seconds"], cpu["bytes"] = time.monotonic() - begun, run.terminal.bytes - sent
    cpu["requests"] = target.requests() - asked
    run.end()
    return cpu


def together(args, target, env, console_first):
    """Both at the same time, half of the rate each: CPU of one ÷ the other's in windows of two seconds."""
    order = (True, False) if console_first else (False, True)
    runs = {console: Run(args, target, env, args.rate // 2, console) for console in order}
    time.sleep(4)
    windows = []
    for _ in range(int(args.seconds / 2)):
        before = {console: threads_cpu(runs[console].pid) for console in order}
        time.sleep(2)
        cpu = {console: spent(before[console], threads_cpu(runs[console].pid)) for console in order}
        windows.append({what: cpu[True][what] / cpu[False][what] for what in ("engine", "all")})
    rates = {console: run.end() for console, run in runs.items()}
    return windows, rates[True] / rates[False]


class Door:
    """Answers every request with 200 and knows when a connection came in."""

    def __enter__(self):
        self.came, self.ends = [], False
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        clients = []
        while not self.ends:
            for ready in select.select([self.socket, *clients], [], [], 0.2)[0]:
                if ready is self.socket:
                    clients.append(self.socket.accept()[0])
                    self.came.append(time.monotonic())
                elif ready.recv(65536):
                    ready.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                else:
                    clients.remove(ready)
                    ready.close()
        for client in clients:
            client.close()

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()
        self.socket.close()


def reach(args, env):
    """Milliseconds from a key that adds a user to that user's connection."""
    out = []
    plan = {"name": "Steering benchmark", "target": "http://127.0.0.1:9",
            "load": {"users": 1, "spawn_rate": 1000, "duration": "10m"},
            "users": {"U": {"wait": "60s", "tasks": {"health": {"get": "/api/v1/health/"}}}}}
    with tempfile.TemporaryDirectory() as work, Door() as door:
        path = os.path.join(work, "scenario.json")
        with open(path, "w") as f:
            json.dump(plan, f)
        pid, fd = pty.fork()
        if pid == 0:
            time.sleep(0.1)
            command = [args.throng, "run", "--host", door.url, "--autostart", "--no-check",
                       "--max-users", "1000", path]
            os.execve(command[0], command, env)
        cols, rows = map(int, args.size.split("x"))
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        terminal = Terminal(fd)
        terminal.watch(3)
        for _ in range(args.keys):
            terminal.watch(0.3 + random.random() / 4)  # not in step with the frames
            before = len(door.came)
            pressed = time.monotonic()
            os.write(fd, b"w")
            while len(door.came) == before and time.monotonic() < pressed + 5:
                terminal.watch(0.002)
            if len(door.came) > before:
                out.append(1000 * (door.came[before] - pressed))
        os.kill(pid, signal.SIGTERM)
        while terminal.watch(0.5):
            pass
        os.close(fd)
        os.waitpid(pid, 0)
    return out


def main():
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--throng", default=os.path.join(top, "build", "throng"))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=int, default=20000)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--keys", type=int, default=40)
    args = parser.parse_args()
    env = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")
    env.pop("NO_COLOR", None)
    runs, windows, rates = [], [], []
    with tempfile.TemporaryDirectory() as folder, Nginx(folder, 1 if os.cpu_count() > 1 else None) as target:
        for i in range(args.pairs):
            runs.append(alone(args, target, env))
            more, rate = together(args, target, env, i % 2 == 0)
            windows += more
            rates.append(rate)
            print(f"pair {i + 1} of {args.pairs}", file=sys.stderr)
    report(args, runs, windows, rates)
    keys = reach(args, env)
    print(f"| from a key to its effect on the wire, ms, {len(keys)} of {args.keys} keys | "
          + spread(keys, ".1f") + " |")


def spread(values, fmt):
    values = sorted(values)
    return " / ".join(format(v, fmt) for v in (values[0], statistics.median(values), values[-1]))


def report(args, runs, windows, rates):
    print(f"Command: `tests/bench/console.py --pairs {args.pairs} --seconds {args.seconds:g} "
          f"--rate {args.rate} --size {args.size}`; least / median / most.\n")
    print("| | |\n|---|---|")
    print("| requests a second | " + spread([r["requests"] / r["seconds"] for r in runs], ",.0f") + " |")
    print("| bytes a second to the terminal | " + spread([r["bytes"] / r["seconds"] for r in runs], ",.0f") + " |")
    print("| CPU of the console's thread, % of a core | "
          + spread([100 * r["main"] / r["seconds"] for r in runs], ".2f") + " |")
    print("| the same, % of the process's CPU | "
          + spread([100 * r["main"] / r["all"] for r in runs], ".2f") + " |")
    print("| engine, CPU µs per request, with console | "
          + spread([1e6 * r["engine"] / r["requests"] for r in runs], ".3f") + " |")
    for what, name in (("engine", "engine"), ("all", "whole process")):
        ratios = [window[what] for window in windows]
        mean, error = statistics.mean(ratios), statistics.stdev(ratios) / len(ratios) ** 0.5
        print(f"| {name}, CPU with ÷ without at the same time, {len(ratios)} windows of 2 s | {spread(ratios, '.3f')}; "
              f"mean {mean:.4f} ± {error:.4f} |")
    print("| requests a second, with ÷ without | " + spread(rates, ".5f") + " |")


if __name__ == "__main__":
    main()
