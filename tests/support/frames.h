/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_FRAMES_H
#define THRONG_TESTS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/frame.h"

/* Synthetic frames for tests of the console and for its demonstration: a made-up service that is
 * fast up to a knee and falls over behind it, as pure functions of what is asked for. */

#define FRAMES_CLASSES_MAX 8
#define FRAMES_ALL         UINT16_MAX

struct frames_spec {
	enum run_state state;
	unsigned elapsed_s;
	unsigned milli; /* of the second that runs */
	unsigned duration_s;
	unsigned users_live, users_target, users_max;
	double spawn_rate;
	bool open;
	double rate;
	unsigned classes;                          /* 1..FRAMES_CLASSES_MAX */
	unsigned class_target[FRAMES_CLASSES_MAX]; /* all 0: shared evenly */
	bool docker, postgres;
	unsigned knee; /* users at which it breaks; 0: never */
	/* users at each second of the run, elapsed_s + 1 of them; NULL: a ramp by spawn_rate */
	const unsigned *users;
	const struct frame_mark *marks;
	size_t mark_count;
	int focus; /* endpoint whose detail is asked for, FRAMES_ALL of all, negative: none */
	bool baseline;
	bool last;
	uint64_t sequence;
};

/* The scene everything else varies: scenario 1 of the procedure, 100 users, 2:14 of 5:00. */
struct frames_spec frames_usual(void);
/* Give the failures of a frame exchanges: three of the first, one of the second, none of the third,
 * one of the fourth. */
void frames_examples(struct frame *frame);
struct frame *frames_build(const struct frames_spec *spec);

/* Scenes by name, for golden screens. */
enum frames_scene {
	SCENE_EMPTY,       /* nothing measured, nothing named */
	SCENE_PLAN,        /* idle, before the first probe */
	SCENE_PLAN_PROBES, /* all probes are fine */
	SCENE_PLAN_FAILED, /* a login failed, a probe is under way */
	SCENE_SETUP,       /* waiting for the health check */
	SCENE_RUNNING,     /* all is well */
	SCENE_RAMPING,     /* four classes on their way up */
	SCENE_COLLAPSE,    /* failures, broken limits, findings */
	SCENE_PAUSED,
	SCENE_DRAINING,
	SCENE_PASSED,
	SCENE_FAILED,
	SCENE_INVALID,  /* the generator was the limit */
	SCENE_OPEN,     /* arrival rate */
	SCENE_BARE,     /* no panels, one endpoint, no end */
	SCENE_PROBLEMS, /* panels that cannot be read */
	SCENE_DATABASE, /* all connections taken, one session holds up the others */
	SCENE_LOG,      /* the log of a container is followed */
	SCENE_LEVELS,   /* stepped by hand, beyond the knee */
	SCENE_EARLIER,  /* compared with an earlier run */
	SCENE_MANY,     /* 10,000 endpoints */
	SCENE_CLOCK,    /* the clock was set back: times that lie before and behind the run */
	SCENE_HOSTILE,  /* names of 500 characters with escapes, absurd figures, broken series */
	SCENES
};

struct frame *frames_scene(enum frames_scene scene);
const char *frames_scene_name(enum frames_scene scene);

#endif
