/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_RECORDER_H
#define THRONG_RECORD_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct exchange_link;
struct report;
struct ring;
struct scenario;

/* The thread behind the sample rings: every figure shown or written is computed here. Drains
 * all rings, keeps statistics, publishes frames, judges criteria, hands file contents to the
 * writer thread (a slow disk never stops it). */
struct recorder;

struct recorder_outputs { /* borrowed strings; NULL: not wanted */
	const char *csv_prefix;
	bool csv_full_history;
	const char *json_file;
	const char *report_file; /* Markdown */
	const char *html_file;
	const char *failures_file; /* JSONL of exchanges */
	bool overwrite; /* files that exist already are replaced; else they are an error */
	/* Collects the runs of one command, one after the other, so that the report files hold them all;
	 * owned by main, used by one recorder at a time. NULL: a report holds this run alone. */
	struct report *report;
};

struct recorder_config {
	const struct scenario *scenario;
	unsigned engine_count;
	struct ring **samples; /* in: one per engine, struct sample */
	struct exchange_link *
		*exchanges;    /* in: one per engine, failing requests in full; NULL: none */
	struct ring *readings; /* in: struct reading, from the monitor; NULL: none */
	struct ring *
		commands; /* in: struct command from the front end (reset, mark, focus, and copies of steering for the record) */
	struct ring **orders; /* out: one per engine, struct command (stop by a criterion) */
	struct ring *frames;  /* out: struct frame * */
	uint64_t seed;
	unsigned scenario_index, scenario_count;
	const char *next_scenario;
	struct recorder_outputs outputs;
	/* Moves of an earlier run to drive again (replay.h); NULL: none. Then the recorder is the only
	 * one who tells engines: the front end hands every command to `commands` alone, and `orders`
	 * gets them in one order for all. */
	const char *replay_file;
	const char *baseline_file; /* JSON result of an earlier run to compare with; NULL: none */
	bool reset_stats; /* Locust's --reset-stats: zero everything when the target was reached first */
	bool console_table; /* put Locust's table into frames every 2 s, and its final tables into the last */
	bool only_summary;        /* no periodic table, only the final ones */
	unsigned table_width;     /* columns of the terminal for that table */
	double frame_hz;          /* frames per second, default 4 */
	uint64_t stop_timeout_ns; /* of the engines, for the clock of the drain; 0: unknown */
};

int recorder_new(struct recorder **out, const struct recorder_config *config, struct error *err)
	__attribute__((warn_unused_result));
int recorder_start(struct recorder *recorder) __attribute__((warn_unused_result));
/* Wait for its end: it ends after SAMPLE_END of every engine, with all files written and the
 * last frame pushed. The last frame is never skipped. */
void recorder_join(struct recorder *recorder);
/* After join: exit status of the run (0 pass, 1 fail, 3 could not be done, 4 invalid). */
int recorder_exit_status(const struct recorder *recorder);
void recorder_free(struct recorder *recorder);

#endif
