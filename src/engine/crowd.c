/* SPDX-License-Identifier: MIT */
/* Who exists in this engine. Invariants: live is the number of users not yet ended, and the sum
 * over the classes; places[i] of a class is a user that has not ended, or NULL; a user that still
 * runs its on_stop steps when its place is wanted again has lost the place but is in everybody.
 *
 * Engine thread. Coming and going cost constant time but for the session's making; nothing here
 * runs per request in closed runs. */
#include "config.h"

#include "engine/crowd.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/env.h"

#define WORD_BITS  64
#define BIRTHS_MAX 32 /* users made in one turn of the loop: then sockets get theirs */

/* ---- numbers ------------------------------------------------------------------------------ */

static uint64_t take_number(struct crowd *crowd)
{
	size_t word = crowd->lowest_word;

	while (word < crowd->number_words && crowd->numbers[word] == UINT64_MAX) {
		word++;
	}
	if (word == crowd->number_words) {
		size_t words = word == 0 ? 16 : 2 * word;
		crowd->numbers = mem_grow(crowd->numbers, word, words, sizeof(*crowd->numbers));
		crowd->iterations = mem_grow(crowd->iterations, word * WORD_BITS, words * WORD_BITS,
					     sizeof(*crowd->iterations));
		crowd->number_words = words;
	}
	unsigned bit = (unsigned)__builtin_ctzll(~crowd->numbers[word]);
	crowd->numbers[word] |= UINT64_C(1) << bit;
	crowd->lowest_word = word;
	return (word * WORD_BITS + bit) * crowd->host.env->count + crowd->host.env->index;
}

static uint64_t *iterations_of(struct crowd *crowd, uint64_t number)
{
	return &crowd->iterations[number / crowd->host.env->count];
}

/* The next user of this number goes on counting: number and iteration together name one task of
 * the run ({{counter}}). */
static void give_number_back(struct crowd *crowd, uint64_t number, uint64_t iteration)
{
	uint64_t i = number / crowd->host.env->count;
	size_t word = (size_t)(i / WORD_BITS);

	*iterations_of(crowd, number) = iteration + 1;
	crowd->numbers[word] &= ~(UINT64_C(1) << (i % WORD_BITS));
	if (word < crowd->lowest_word) {
		crowd->lowest_word = word;
	}
}

/* ---- coming and going --------------------------------------------------------------------- */

static void reap(evutil_socket_t fd, short what, void *arg)
{
	struct crowd *crowd = arg;
	struct user *user;
	(void)fd;
	(void)what;

	while ((user = TAILQ_FIRST(&crowd->ended)) != NULL) {
		TAILQ_REMOVE(&crowd->ended, user, link);
		TAILQ_REMOVE(&crowd->everybody, user, crowd);
		user_free(user);
	}
	if (crowd->live == 0) {
		crowd->empty(crowd->arg);
	}
}

static void user_ended(struct crowd *crowd, struct user *user)
{
	struct crowd_class *cc = &crowd->classes[user->actor.class_id];

	if (cc->places[user->slot] == user) {
		cc->places[user->slot] = NULL;
	}
	give_number_back(crowd, user->actor.number, user->actor.iteration);
	cc->live--;
	crowd->live--;
	TAILQ_INSERT_TAIL(&crowd->ended, user, link);
	event_active(crowd->reaper, EV_TIMEOUT, 0);
}

static void phase_changed(struct user_host *host, struct user *user, enum user_phase old)
{
	struct crowd *crowd = (struct crowd *)host;
	struct crowd_class *cc = &crowd->classes[user->actor.class_id];

	if (old == USER_WORKING) {
		crowd->working--;
	} else if (old == USER_IDLE) {
		TAILQ_REMOVE(&cc->idle, user, link);
		cc->idle_count--;
	}
	if (user->phase == USER_WORKING) {
		crowd->working++;
	} else if (user->phase == USER_IDLE) {
		TAILQ_INSERT_TAIL(&cc->idle, user, link);
		cc->idle_count++;
		crowd_dispatch(crowd);
	} else if (user->phase == USER_ENDED) {
		user_ended(crowd, user);
	}
}

/* The stream of the user that takes a place: class, place among all engines, and how often the
 * place was taken, or a user that comes again would send the same "random" values again. */
static uint64_t stream_of(const struct env *env, unsigned class_id, uint32_t place, uint32_t taken)
{
	uint32_t first = (env->index + env->count - class_id % env->count) % env->count;
	uint64_t k = (uint64_t)place * env->count + first;

	return (uint64_t)class_id << 56 | (uint64_t)(taken & 0xffffff) << 32 | (k & UINT32_MAX);
}

static void fill_place(struct crowd *crowd, unsigned class_id, uint32_t place)
{
	struct crowd_class *cc = &crowd->classes[class_id];

	if (place >= cc->cap) {
		uint32_t cap = cc->cap == 0 ? 16 : 2 * cc->cap;
		cc->places = mem_grow(cc->places, cc->cap, cap, sizeof(struct user *));
		cc->taken = mem_grow(cc->taken, cc->cap, cap, sizeof(*cc->taken));
		cc->cap = cap;
	}
	if (cc->places[place] != NULL && user_stay(cc->places[place])) {
		return;
	}
	uint64_t number = take_number(crowd);
	struct user *user =
		user_new(&crowd->host, (uint16_t)class_id, place, number,
			 stream_of(crowd->host.env, class_id, place, cc->taken[place]++));
	user->actor.iteration = *iterations_of(crowd, number);
	cc->places[place] = user;
	cc->live++;
	crowd->live++;
	TAILQ_INSERT_TAIL(&crowd->everybody, user, crowd);
	user_start(user);
}

bool crowd_follow(struct crowd *crowd, const uint32_t *counts)
{
	struct env *env = crowd->host.env;
	unsigned born = 0;

	for (unsigned c = 0; c < env->scenario->class_count; c++) {
		struct crowd_class *cc = &crowd->classes[c];
		uint32_t wanted = population_share(counts[c], c, env->index, env->count);
		while (cc->count < wanted) {
			if (born++ == BIRTHS_MAX) {
				return false;
			}
			fill_place(crowd, c, cc->count++);
		}
		while (cc->count > wanted) {
			cc->count--;
			if (cc->places[cc->count] != NULL) {
				user_leave(cc->places[cc->count]);
			}
		}
	}
	return true;
}

void crowd_dismiss(struct crowd *crowd)
{
	static const uint32_t nobody[SCENARIO_CLASSES_MAX];

	crowd_count_due(crowd);
	crowd->closed = true;
	(void)crowd_follow(crowd, nobody);
	if (crowd->live == 0) {
		event_active(crowd->reaper, EV_TIMEOUT, 0);
	}
}

void crowd_abort(struct crowd *crowd)
{
	for (unsigned c = 0; c < crowd->host.env->scenario->class_count; c++) {
		crowd->classes[c].count = 0;
	}
	/* ended users stay in the list until they are reaped, so the walk is safe */
	for (struct user *user = TAILQ_FIRST(&crowd->everybody); user != NULL;
	     user = TAILQ_NEXT(user, crowd)) {
		user_abort(user);
	}
	event_active(crowd->reaper, EV_TIMEOUT, 0);
}

void crowd_pause(struct crowd *crowd)
{
	crowd->host.paused = true;
}

void crowd_resume(struct crowd *crowd)
{
	struct user *user;

	crowd->host.paused = false;
	while ((user = TAILQ_FIRST(&crowd->host.held)) != NULL) {
		user_resume(user);
	}
	crowd_dispatch(crowd);
}

/* ---- making and freeing ------------------------------------------------------------------- */

static void on_arrival(void *arg)
{
	crowd_dispatch(arg);
}

/* Which of the engines that have users at all is this one? */
static void share_arrivals(struct crowd *crowd)
{
	const struct env *env = crowd->host.env;
	const struct load *load = &env->scenario->load;
	unsigned counts[SCENARIO_CLASSES_MAX];
	bool takes = false;

	scenario_split_users(env->scenario, (unsigned)load->users, counts);
	for (unsigned i = 0; i < env->count; i++) {
		uint32_t users = 0;
		for (unsigned c = 0; c < env->scenario->class_count; c++) {
			users += population_share(counts[c], c, i, env->count);
		}
		if (users > 0 && i == env->index) {
			takes = true;
			crowd->taker = crowd->takers;
		}
		crowd->takers += users > 0;
	}
	crowd->closed = !takes;
	if (takes && load->max_in_flight > 0) {
		uint32_t cap =
			population_share(load->max_in_flight, 0, crowd->taker, crowd->takers);
		crowd->cap = cap > 0 ? cap : 1;
	}
}

int crowd_init(struct crowd *crowd, struct env *env, struct event_base *base)
{
	const struct load *load = &env->scenario->load;

	*crowd = (struct crowd){
		.host = { .env = env, .phase_changed = phase_changed, .open = load->open }
	};
	TAILQ_INIT(&crowd->host.held);
	TAILQ_INIT(&crowd->everybody);
	TAILQ_INIT(&crowd->ended);
	for (unsigned c = 0; c < SCENARIO_CLASSES_MAX; c++) {
		TAILQ_INIT(&crowd->classes[c].idle);
	}
	rng_seed(&crowd->rng, env->seed, UINT64_MAX - env->index);
	crowd->arrival.fire = on_arrival;
	crowd->arrival.arg = crowd;
	crowd->cap = UINT32_MAX;
	if (load->open) {
		share_arrivals(crowd);
	}
	crowd->reaper = event_new(base, -1, 0, reap, crowd);
	return crowd->reaper != NULL ? 0 : -ENOMEM;
}

void crowd_fini(struct crowd *crowd)
{
	struct user *user;

	while ((user = TAILQ_FIRST(&crowd->everybody)) != NULL) {
		TAILQ_REMOVE(&crowd->everybody, user, crowd);
		user_free(user);
	}
	for (unsigned c = 0; c < SCENARIO_CLASSES_MAX; c++) {
		free(crowd->classes[c].places);
		free(crowd->classes[c].taken);
	}
	free(crowd->numbers);
	free(crowd->iterations);
	if (crowd->reaper != NULL) {
		event_free(crowd->reaper);
	}
}
