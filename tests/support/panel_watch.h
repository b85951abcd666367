/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_PANEL_WATCH_H
#define THRONG_TESTS_PANEL_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct monitor;
struct scenario;

/* The PostgreSQL panel on a loop of the test's own, and everything it says. What it writes to stderr is caught: it must be nothing. */
struct panel_watch;

/* A scenario with that panel; caller frees it. */
struct scenario *panel_watch_scenario(const char *postgres);
/* Start a monitor's thread. */
void panel_watch_run(struct monitor *monitor);
/* postgres: the members of the scenario's "panels"."postgres" as JSON, "\"dsn\": \"...\"". */
struct panel_watch *panel_watch_new(const char *postgres);
/* Fails the test when anything was written to stderr. */
void panel_watch_free(struct panel_watch *watch);

/* Run the loop until what is wanted was said after the last panel_watch_forget; fails the test when that takes 30 s. */
void panel_watch_until_value(struct panel_watch *watch, const char *metric, double value);
void panel_watch_until_event(struct panel_watch *watch, const char *metric, const char *text);
void panel_watch_until_state(struct panel_watch *watch, const char *metric, const char *text);
/* text: a part of the line; "" waits for recovery. */
void panel_watch_until_problem(struct panel_watch *watch, const char *text);
/* So many more readings of a metric, whatever they are. */
void panel_watch_rounds(struct panel_watch *watch, const char *metric, unsigned count);
/* One turn of the loop, whatever happens in it. */
void panel_watch_turn(struct panel_watch *watch);
/* Forget everything said so far (but not what the panel is). */
void panel_watch_forget(struct panel_watch *watch);

/* Last value of a metric; -1 when it was never said. */
double panel_watch_value(const struct panel_watch *watch, const char *metric);
/* Highest value since the last panel_watch_forget; -1 when it was never said. */
double panel_watch_highest(const struct panel_watch *watch, const char *metric);
/* Last state of that name; "" when never said. */
const char *panel_watch_state(const struct panel_watch *watch, const char *metric);
/* The problem of now; "" when there is none. */
const char *panel_watch_problem(const struct panel_watch *watch);
/* Was an event with this text in it said? */
bool panel_watch_saw_event(const struct panel_watch *watch, const char *metric, const char *text);
/* Did any text the panel ever said hold this? */
bool panel_watch_said(const struct panel_watch *watch, const char *text);
/* The rows of clients by database, user and application: "db user app n active idle idletx" a line. */
const char *panel_watch_rows(const struct panel_watch *watch);
const char *panel_watch_name(const struct panel_watch *watch);
/* Beats of a timer of 20 ms on the same loop: it must go on whatever the server does. */
unsigned panel_watch_beats(const struct panel_watch *watch);

/* panel_postgres.probe: its status, and what it said. */
int panel_watch_probe(const char *postgres, char *dst, size_t size);

#endif
