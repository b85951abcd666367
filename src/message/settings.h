/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_SETTINGS_H
#define THRONG_MESSAGE_SETTINGS_H

#include <stdbool.h>

#define CONSOLE_PANES_MAX 16

/* What a user has set and finds again next time. Names, not numbers, so that a file of them stays
 * true over versions; "" and 0 stand for the default. The command line loads and saves them. */
struct console_settings {
	char theme[16]; /* a name of console_theme_name */
	char sort[16];  /* column of the endpoint table: "name", "rps", "p99", ... */
	bool sort_reverse;
	bool whole;                         /* latencies of the whole run, not of the last 10 s */
	unsigned span_s;                    /* seconds the charts show; 0: the default */
	bool whole_span;                    /* charts show the whole run */
	char hidden[CONSOLE_PANES_MAX][16]; /* names of hidden panes, "" ends the list */
};

#endif
