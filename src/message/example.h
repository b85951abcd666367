/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_EXAMPLE_H
#define THRONG_MESSAGE_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/failure.h"

/* A failed exchange for people to look at: masked, cleaned, immutable. Made by the recorder, which
 * keeps the last few of each failure; frames and the recorder share it, and whoever lets go of it
 * last frees it. So a frame that shows hundreds of them costs pointers. Strings are UTF-8 cleaned by
 * text.h, never NULL; those of more than one line have "\n" between lines and no other control
 * character. */
struct example {
	const char *scenario;
	const char *method, *url; /* of the last request, when redirects were followed */
	const char *name;         /* of the endpoint, with its method: "POST /api/login/" */
	const char *class_name;   /* "" for setup and teardown */
	enum failure_kind kind;
	uint16_t status;  /* 0: none came */
	const char *text; /* what happened, as in struct frame_failure */
	uint64_t user;    /* number, from 0 */
	uint64_t at_ns;   /* end of the exchange, since the run's start; 0 before it */
	uint64_t wall_ns; /* the same by the wall clock */
	bool setup;       /* of the health check, the setup or the teardown */
	unsigned redirects;
	bool sent;                      /* false: the request could not even be built */
	bool connected;                 /* a connection was opened for it: connect_us counts */
	bool answered;                  /* a byte came: first_byte_us counts */
	uint32_t connect_us;            /* DNS, TCP, TLS */
	uint32_t first_byte_us, end_us; /* from the start of sending; end: service time */
	uint32_t response_us;           /* from when the schedule wanted it sent */
	const char *request_headers, *request_body;
	uint64_t request_body_bytes; /* all of it; more than is shown: it was cut */
	const char *response_headers, *response_body;
	uint64_t response_body_bytes;
	bool request_cut, response_cut; /* some of it is longer than what is kept */
	bool headless;                  /* no complete head came: response_body is what did */
	const char *curl;               /* command line that sends the request again */
	const char *variables; /* shell variables it needs: "TOKEN PASSWORD"; "" for none */
	size_t bytes;          /* of memory */
};

/* The strings are copied. Aborts when out of memory. Caller owns one reference. */
const struct example *example_new(const struct example *parts) __attribute__((warn_unused_result));
/* One more owner; returns its argument. Any thread that owns one. */
const struct example *example_ref(const struct example *example);
/* Let go of it; the last one frees. NULL is fine. Any thread. */
void example_unref(const struct example *example);

#endif
