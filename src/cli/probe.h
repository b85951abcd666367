/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_PROBE_H
#define THRONG_CLI_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "message/frame.h"

struct buf;
struct scenario;
struct trial_result;
struct transport_ops;

/* What is looked at before a run: open files, local ports, the target's name, its health check, a login of each user
 * class, the panels. Sends the health check and the on_start steps of one user of each class, nothing else. */

#define PROBE_NAME 80
#define PROBE_TEXT 700
struct probe_report {
	unsigned index; /* from 0; a later report of the same index replaces the earlier */
	enum probe_state state;
	char name[PROBE_NAME];
	char text[PROBE_TEXT];
};

struct probe_config {
	const struct scenario *scenario;
	const struct transport_ops *transport; /* NULL: as a run would choose */
	/* A probe begins (PROBE_RUNNING), goes on waiting (again, every second), has ended. */
	void (*tell)(void *arg, const struct probe_report *report);
	/* Asked every 100 ms while something is under way; false: leave the rest. */
	bool (*go_on)(void *arg);
	void *arg;
};

/* Make all of them, in order; returns how many failed. Blocking; any thread. */
unsigned probe_all(const struct probe_config *config);

/* ---- between the files of probe ---- */

/* What a login of the class came to, in one line: what it proves, or what helps. */
enum probe_state probe_login_text(const struct scenario *scenario, unsigned class_id,
				  const struct trial_result *result, struct buf *said);
/* A failed request as a sentence: "connection refused". Appends. */
void probe_failure_text(const struct scenario *scenario, const struct trial_result *result,
			struct buf *said);

#endif
