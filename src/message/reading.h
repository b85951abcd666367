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
	READING_LOG, /* a log line of a container */
	/* A row of a table that is shown and not kept: index its place (0 begins the table anew), value the count
	 * it is ordered by (-1: the table is empty), text its fields parted by \x1f. */
	READING_ROW
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
 * postgres: connections (clients, this panel's own left out), ceiling (how many clients can connect
 * beside this panel: max_connections less what is reserved, or the limit of their role or database
 * where that is lower), all_rows (count(*) of pg_stat_activity), active, idle, idle_in_transaction
 * (aborted ones too), idle_in_transaction_aborted, waiting (active, for locks, latches or I/O), blocked
 * (of them for locks that another session holds), lwlock, io, aas (average active sessions),
 * longest_transaction_s, longest_query_s, longest_idle_transaction_s, tps (commits per second),
 * rollbacks_ps, deadlocks (since the panel began), cache_hit_pct, temp_bps, refused (connections
 * refused for want of a free one, 53300, that the panel has seen itself, since it began), connect_ms.
 * Not known without the right to see them: all from active to longest_idle_transaction_s.
 * Events: refused, admitted, restart, limit, full, band, blocked. States: ceiling (what it comes from),
 * note (what this role may not see), blocker (who holds the lock), a gauge's name (why it has no value).
 * Rows: clients by database, user and application: those three, active, idle, idle in transaction, age
 * of the oldest transaction (s, negative: none).
 * of pgbouncer: connections, ceiling, cl_active, cl_waiting, sv_active, sv_idle, maxwait_s; event
 * cl_waiting. */

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
