#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Play random scripts of requests into Locust's own statistics and CSV writer and into ours
(locust_csv_tool), with the same fake clock, and compare every file and console table byte for
byte. usage: locust_csv.py TOOL DIRECTORY [SEEDS]"""

import os
import random
import subprocess
import sys
import types

try:
    import locust.stats as ls
    from locust.exception import CatchResponseError
except ImportError:
    print("python3-locust is not installed")
    sys.exit(77)

FILES = ("_stats.csv", "_stats_history.csv", "_failures.csv", "_exceptions.csv")
SECOND = 10**9

ENDPOINTS = [
    ("POST", "/api/v1/deployments/"),
    ("GET", "/api/v1/deployments/"),
    ("GET", "/api/v1/deployments/{id}/"),
    ("GET", '/slow "q", [id]'),
    ("GET", "/api/é"),
    ("DELETE", "/漢字/\U0001f600"),
    ("GET", "a, b|c'd"),
    ("PATCH", ""),
    ("PUT", "/a-name-that-is-much-longer-than-the-column-of-the-table-which-is-eighty-characters-at-most/x"),
]
CHECKS = ['json "status" == "ok"', "it's \"both\" \\ and more", "größer als 5"]


class HTTPError(Exception):
    pass


class gaierror(Exception):
    pass


# (kind, status, detail) as in struct sample; enum failure_kind by number
ERRORS = [
    ((1, 0, 0), gaierror(-2, "Name or service not known")),
    ((2, 0, 0), ConnectionRefusedError(111, "Connection refused")),
    ((7, 0, 104), ConnectionResetError(104, "Connection reset by peer")),
    ((10, 500, 0), HTTPError("500 Internal Server Error")),
    ((10, 503, 0), HTTPError("503 Service Unavailable")),
    ((10, 404, 0), HTTPError("404 Not Found")),
    ((14, 0, 24), OSError(24, "Too many open files")),
] + [((11, 200, i), CatchResponseError("check failed: " + text)) for i, text in enumerate(CHECKS)]


class Clock:
    """Stands in for the time module of locust.stats."""

    def __init__(self):
        self.ns = 0

    def time(self):
        return float(self.ns) / 1e9


class Runner:
    def __init__(self):
        self.user_count = 0
        self.exceptions = {}


class Environment:
    def __init__(self, stats):
        self.stats = stats
        self.runner = Runner()


def durations(rng, kind):
    """Response times in ns: ties of the rounding, exact values and noise."""
    if kind == 0:
        return rng.randint(1, 200) * 500_000  # halves of a millisecond
    if kind == 1:
        return rng.choice([95, 99, 100, 101, 105, 145, 155, 995, 1000, 1050, 9950, 10500, 11500]) * 10**6 \
            + rng.choice([-1, 0, 0, 1, 499_999, 500_000])
    if kind == 2:
        return int(rng.lognormvariate(2.5, 1.5) * 10**6) + 1
    return int(rng.uniform(0, 60) ** 2 * 10**7) + 1


def make_script(rng):
    """A list of events; times grow."""
    # real clocks give any nanosecond; the first second is cut anywhere
    now = 1795420646 * SECOND + rng.randrange(SECOND)
    endpoints = rng.sample(range(len(ENDPOINTS)), rng.randint(1, len(ENDPOINTS)))
    errors = rng.sample(range(len(ERRORS)), rng.randint(1, len(ERRORS)))
    script = [("start", now), ("tick", now, 0)]
    next_tick = now + SECOND + rng.randrange(2_000_000)
    rate = rng.choice([0.3, 2, 30, 200])
    failing = rng.choice([0, 0.05, 0.5, 1])
    quiet = None
    reset_at = now + rng.randrange(5, 20) * SECOND if rng.random() < 0.5 else None
    end = now + rng.randrange(1, 45) * SECOND
    kind = rng.randrange(5)
    while now < end and len(script) < 4000:
        now += int(rng.expovariate(rate) * SECOND) + 1
        if quiet is None and rng.random() < 0.002:
            quiet = now
            now += rng.randrange(1, 25) * SECOND
        while next_tick <= now:
            if reset_at is not None and next_tick > reset_at:
                script.append(("reset", next_tick - 1))
                reset_at = None
            script.append(("tick", next_tick, rng.randrange(0, 1000)))
            next_tick += SECOND + rng.randrange(2_000_000)
        error = errors[rng.randrange(len(errors))] if rng.random() < failing else None
        script.append(("request", now, rng.choice(endpoints), durations(rng, kind if kind < 4 else rng.randrange(4)),
                       rng.choice([0, 12, 1500, rng.randrange(10**6)]), error))
    script.append(("tick", next_tick, 0))
    return script


def play_ours(script, tool, prefix, full, columns):
    lines = ["endpoint\t%s\t%s" % e for e in ENDPOINTS]
    lines += ["check\t%s" % c for c in CHECKS]
    lines.append("columns\t%d" % columns)
    for event in script:
        if event[0] == "request":
            _, now, endpoint, duration, size, error = event
            kind, status, detail = ERRORS[error][0] if error is not None else (0, 200, 0)
            lines.append("request\t%d\t%d\t%d\t%d\t%d\t%d\t%d" % (now, endpoint, duration, size, kind, status, detail))
        else:
            lines.append("\t".join(str(field) for field in event))
    for table in ("running", "final"):
        lines.append("table\t%s\t%s" % (table, prefix + "_" + table + ".txt"))
    lines.append("finish")
    subprocess.run([tool, prefix, "full" if full else "short"], input="\n".join(lines) + "\n", encoding="utf-8", check=True)


def locust_tables(stats, columns):
    ls.STATS_NAME_WIDTH = max(min(columns - 80, 80), 0) if columns else 80
    running = ls.get_stats_summary(stats, True) + [""]
    final = ls.get_stats_summary(stats, False) + [""] + ls.get_percentile_stats_summary(stats) + [""]
    if stats.errors:
        final += ls.get_error_report_summary(stats)
    return running, final


def play_locust(script, prefix, full, columns):
    clock = Clock()
    ls.time = clock
    clock.ns = script[0][1]
    stats = ls.RequestStats()
    stats.clear_all()
    environment = Environment(stats)
    events = iter(script)

    class Done(Exception):
        pass

    def play_until_tick(_seconds=None):
        """Locust's writer sleeps a second between two ticks: what happened in it."""
        for event in events:
            clock.ns = event[1]
            if event[0] == "tick":
                environment.runner.user_count = event[2]
                return
            if event[0] == "reset":
                stats.reset_all()
            elif event[0] == "request":
                _, _, endpoint, duration, size, error = event
                method, name = ENDPOINTS[endpoint]
                stats.log_request(method, name, float(duration) / 1e6, size)
                if error is not None:
                    stats.log_error(method, name, ERRORS[error][1])
        raise Done

    ls.gevent = types.SimpleNamespace(sleep=play_until_tick)
    writer = ls.StatsCSVFileWriter(environment, ls.PERCENTILES_TO_REPORT, prefix, full)
    play_until_tick()
    try:
        writer.stats_writer()
    except Done:
        pass
    writer.close_files()  # Locust 2.12 itself forgets this and loses the tail of the history
    running, final = locust_tables(stats, columns)
    for name, lines in (("_running.txt", running), ("_final.txt", final)):
        with open(prefix + name, "w", encoding="utf-8") as out:
            out.write("".join(line + "\n" for line in lines))


def compare(seed, ours, theirs, suffix):
    with open(ours + suffix, "rb") as file:
        a = file.read()
    with open(theirs + suffix, "rb") as file:
        b = file.read()
    if a == b:
        return len(a)
    for number, (x, y) in enumerate(zip(a.split(b"\n") + [b"(end)"], b.split(b"\n") + [b"(end)"]), 1):
        if x != y:
            print("seed %d: %s line %d differs\n  ours:   %r\n  locust: %r" % (seed, suffix, number, x, y))
            break
    return None


def main():
    tool, directory = sys.argv[1:3]
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    total = failed = 0
    os.makedirs(directory, exist_ok=True)
    for seed in range(seeds):
        rng = random.Random(seed)
        script = make_script(rng)
        full = seed % 2 == 1
        columns = rng.choice([0, 60, 80, 81, 84, 85, 100, 120, 159, 160, 200])
        ours, theirs = os.path.join(directory, "ours%d" % seed), os.path.join(directory, "locust%d" % seed)
        for prefix in (ours, theirs):
            for suffix in FILES:
                if os.path.exists(prefix + suffix):
                    os.unlink(prefix + suffix)
        play_ours(script, tool, ours, full, columns)
        play_locust(script, theirs, full, columns)
        for suffix in FILES + ("_running.txt", "_final.txt"):
            size = compare(seed, ours, theirs, suffix)
            if size is None:
                failed += 1
            else:
                total += size
    print("%d scripts, %d bytes equal, %d files differ" % (seeds, total, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
