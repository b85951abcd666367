#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# 2,000 req/s for 30 s: how many of the scheduled starts were made (0.5 % may be missing), and how far
# behind their instants.
ARRIVALS_RATE=2000 ARRIVALS_SECONDS=30 exec "$(dirname "$0")/../e2e_arrivals.sh"
