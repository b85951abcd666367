/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_REQUESTS_H
#define THRONG_RECORD_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

struct criteria;
struct evidence;
struct insight;
struct output;
struct phases;
struct sample;
struct series;
struct stats;

/* Finished requests on their way into everything that counts them. They are worked off in lots
 * (pending.h): what is late is so for the one who works off only. Before anything else happens to what counts
 * requests, requests_take or requests_settle is due; then nobody can tell. Recorder thread. */
struct requests;

struct requests_config { /* all borrowed */
	struct stats *stats;
	struct criteria *criteria;
	struct output *output; /* NULL: none */
	struct series *series;
	struct phases *phases;
	struct evidence *evidence;
	struct insight *insight;
};

/* The series tells of its seconds from here on. */
struct requests *requests_new(const struct requests_config *config, size_t endpoints);
void requests_free(struct requests *requests); /* NULL is fine */
/* The load began at this instant (monotonic), before any request is added. */
void requests_start(struct requests *requests, uint64_t start_ns);
/* A REQUEST sample that is not flagged SETUP. */
void requests_add(struct requests *requests, const struct sample *sample);
/* All are in the figures of the run as a whole: due before what they are counted beside changes (the load,
 * the phase, the time). */
void requests_take(struct requests *requests);
/* And in those of their endpoints: due before anything is read or reset. */
void requests_settle(struct requests *requests);

#endif
