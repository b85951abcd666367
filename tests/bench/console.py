#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the console costs: bytes to the terminal, CPU of its thread, and CPU per request of the engine
with and without it.

usage: tests/bench/console.py [--throng FILE] [--pairs N] [--seconds N] [--rate N] [--size COLSxROWS]
                              [--keys N]

Runs nginx on one core and throng on the other, at a fixed request rate, in turns with
the console on a pseudo-terminal that is read and answers like one, and headless. CPU is read from
/proc per thread when the run is about to end; differences are those of pairs, because the machine's
own pace wanders; on a machine that others use too only the console thread's own share says much.
Then keys are pressed that each add a user, and the time from the key to that user's connection is taken.
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


def measure(args, target, env, console):
    """One run: CPU per request by thread, bytes a second, requests a second."""
    with tempfile.TemporaryDirectory() as work:
        plan = os.path.join(work, "scenario.json")
        result = os.path.join(work, "result.json")
        with open(plan, "w") as f:
            json.dump(scenario(args.rate), f)
        command = [args.throng, "run", "--host", target.url, "--json", result]
        command += ["--autostart"] if console else ["--headless", "--only-summary"]
        command.append(plan)
        pid, fd = pty.fork()
        if pid == 0:
            pin(0 if os.cpu_count() > 1 else None)()
            time.sleep(0.1)  # the size is set first
            os.execve(command[0], command, env)
        cols, rows = map(int, args.size.split("x"))
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        terminal = Terminal(fd)
        terminal.watch(4)  # all users are up, the charts have begun
        first, begin, sent = threads_cpu(pid), time.monotonic(), terminal.bytes
        asked = target.requests()
        terminal.watch(args.seconds)
        last, end = threads_cpu(pid), time.monotonic()
        asked = target.requests() - asked
        sent = terminal.bytes - sent
        os.kill(pid, signal.SIGTERM)
        while terminal.watch(0.5):
            pass
        os.close(fd)
        os.waitpid(pid, 0)
        cpu = {name: spent - first.get(name, 0) for name, spent in last.items()}
        return {"cpu": cpu, "all": sum(cpu.values()), "requests": asked,
                "seconds": end - begin, "bytes": sent}


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


def engine(run):
    return sum(v for k, v in run["cpu"].items() if "engine" in k)


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
    pairs = []
    with tempfile.TemporaryDirectory() as folder, Nginx(folder, 1 if os.cpu_count() > 1 else None) as target:
        for i in range(args.pairs):
            order = (True, False) if i % 2 == 0 else (False, True)
            runs = {console: measure(args, target, env, console) for console in order}
            pairs.append((runs[True], runs[False]))
            print(f"pair {i + 1} of {args.pairs}", file=sys.stderr)
    report(args, pairs)
    keys = reach(args, env)
    print(f"| from a key to its effect on the wire, ms, {len(keys)} of {args.keys} keys | "
          + spread(keys, ".1f") + " |")


def spread(values, fmt):
    values = sorted(values)
    return " / ".join(format(v, fmt) for v in (values[0], statistics.median(values), values[-1]))


def report(args, pairs):
    with_it = [pair[0] for pair in pairs]
    print(f"Command: `tests/bench/console.py --pairs {args.pairs} --seconds {args.seconds:g} "
          f"--rate {args.rate} --size {args.size}`; least / median / most.\n")
    print("| | |\n|---|---|")
    print("| requests a second | " + spread([r["requests"] / r["seconds"] for r in with_it], ",.0f")
          + " |")
    print("| bytes a second to the terminal | "
          + spread([r["bytes"] / r["seconds"] for r in with_it], ",.0f") + " |")
    print("| CPU of the console's thread, % of a core | "
          + spread([100 * r["cpu"].get("main", 0) / r["seconds"] for r in with_it], ".2f") + " |")
    print("| the same, % of the process's CPU | "
          + spread([100 * r["cpu"].get("main", 0) / r["all"] for r in with_it], ".2f") + " |")
    print("| engine, CPU µs per request, with console | "
          + spread([1e6 * engine(r) / r["requests"] for r in with_it], ".3f") + " |")
    print("| engine, without | "
          + spread([1e6 * engine(pair[1]) / pair[1]["requests"] for pair in pairs], ".3f") + " |")
    print("| engine, with ÷ without | " + spread(
        [engine(a) / a["requests"] / (engine(b) / b["requests"]) for a, b in pairs], ".4f") + " |")
    print("| whole process, with ÷ without | " + spread(
        [a["all"] / a["requests"] / (b["all"] / b["requests"]) for a, b in pairs], ".4f") + " |")


if __name__ == "__main__":
    main()
