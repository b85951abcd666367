# SPDX-License-Identifier: MIT
"""Holds what others measured against PREFIX_monitor.csv.

usage: stack_compare.py MONITOR.csv SAMPLES [SECONDS]

A line of SAMPLES: the instant it was taken (seconds since 1970), then metric, name and value. Who samples
does not say which second his figure is of (`docker stats` takes two): of the panel's readings from SECONDS
(2.5) before to 1 s after it the nearest one counts. Prints metric, name, samples compared, the largest
difference, and the largest in percent of the sample; a sample without a reading counts as missing."""

import csv
import sys
from datetime import datetime

BEFORE_S = float(sys.argv[3]) if len(sys.argv) > 3 else 2.5
AFTER_S = 1.0

readings = {}
with open(sys.argv[1], newline="") as file:
    for row in csv.DictReader(file):
        try:
            value = float(row["Value"])
        except ValueError:
            continue
        at = datetime.fromisoformat(row["Time"].replace("Z", "+00:00")).timestamp()
        readings.setdefault((row["Metric"], row["Name"]), []).append((at, value))

worst = {}
with open(sys.argv[2]) as file:
    for line in file:
        at, metric, name, value = line.split()
        at, value = float(at), float(value)
        key = (metric, name)
        source = readings.get(key, [])
        if name == "-":
            source = [r for k, found in readings.items() if k[0] == metric for r in found]
        near = [v for t, v in source if at - BEFORE_S <= t <= at + AFTER_S]
        compared, missing, most, percent = worst.get(key, (0, 0, 0.0, 0.0))
        if not near:
            worst[key] = (compared, missing + 1, most, percent)
            continue
        off = min(abs(v - value) for v in near)
        share = 100 * off / value if value else (100.0 if off else 0.0)
        worst[key] = (compared + 1, missing, max(most, off), max(percent, share))

for (metric, name), (compared, missing, most, percent) in sorted(worst.items()):
    print(f"{metric} {name} compared {compared} missing {missing} off {most:.2f} percent {percent:.2f}")
