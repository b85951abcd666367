/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_READING_H
#define THRONG_MESSAGE_READING_H

#include <stdint.h>

/* One value or event from a panel's source, stamped on the run's clock. Long form: time,
 * source, name, metric, value. */
enum reading_type {
	READING_VALUE, /* metric of name = value */
	READING_STATE, /* name is now in state `text` ("running", "exited (137)", "no such container") */
	READING_EVENT, /* something happened once: "oom", "restart", "limit"; text says it */
	READING_PROBLEM, /* the source cannot be read: text is the line with the remedy; "" when it recovered */
	READING_LOG /* a log line of a container */
};

/* Names of metrics that others rely on: criteria (criterion_metrics.c), the panels (panel.c) and
 * findings (monitor_rules.c). Sources may add more; a value that is not known is not sent.
 *
 * docker, of a container: cpu_pct (one core = 100), cpu_limit_pct (its quota; 0: none), cpus (of
 * the daemon's host), throttled_pct (periods of the quota in which it was throttled since the last
 * reading), memory_bytes, memory_limit_bytes (0: none), memory_pct, anon_bytes, net_rx_bps,
 * net_tx_bps, io_read_bps, io_write_bps, pids, restarts, oom_kills (both since the run began).
 * Events: oom, die, start, restart, pause, unpause, destroy, limit, log.
 *
 * postgres: connections (clients, this panel's left out), ceiling (how many clients can connect),
 * all_rows, active, idle, idle_in_transaction, waiting, blocked, lwlock, io, aas (average active
 * sessions), longest_transaction_s, longest_query_s, tps, rollbacks_ps, deadlocks, cache_hit_pct,
 * temp_bps, refused (connections refused with 53300 that the panel has seen itself, since the run
 * began), connect_ms. Events: refused, restart, limit; of pgbouncer cl_waiting, maxwait_s. */

enum reading_source { READING_DOCKER, READING_POSTGRES, READING_SOURCES };

#define READING_NAME_MAX   64
#define READING_METRIC_MAX 32
#define READING_TEXT_MAX   200

struct reading {
	uint64_t at_ns; /* monotonic */
	uint8_t type;   /* enum reading_type */
	uint8_t source; /* enum reading_source */
	uint16_t
		index; /* of the target in the scenario's list, or of the row; UINT16_MAX: the source itself */
	uint32_t reserved;
	double value;
	char name[READING_NAME_MAX];     /* container or database */
	char metric[READING_METRIC_MAX]; /* "cpu_pct", "memory_bytes", "connections", ... */
	char text[READING_TEXT_MAX];
};

#endif
