/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/ring.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit.h"

/* ThreadSanitizer makes each access some ten times slower. */
#if defined(__SANITIZE_THREAD__)
#define SCALE 10
#else
#define SCALE 1
#endif

#define WAKE_LIMIT_MS 60000

static struct ring *new_ring(size_t item_size, size_t capacity)
{
	struct ring *ring = NULL;

	assert_int_equal(ring_new(&ring, item_size, capacity), 0);
	assert_non_null(ring);
	return ring;
}

static bool readable(const struct ring *ring, int timeout_ms)
{
	struct pollfd fd = { .fd = ring_wake_fd(ring), .events = POLLIN };

	return poll(&fd, 1, timeout_ms) == 1;
}

static void sizes_outside_the_contract_are_refused(void **state)
{
	static const struct {
		size_t item_size, capacity;
	} bad[] = {
		{ 0, 8 }, { 4097, 8 }, { 8, 0 }, { 8, 1 }, { 8, 3 }, { 8, 12 }, { 8, 1 << 25 }
	};
	struct ring *ring = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(ring_new(&ring, bad[i].item_size, bad[i].capacity), -EINVAL);
		assert_null(ring);
	}
	ring_free(NULL);
}

static void no_descriptor_left_is_an_error_and_not_a_ring(void **state)
{
	struct rlimit old, none;
	struct ring *ring = NULL;
	int rc;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	rc = ring_new(&ring, 8, 8);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(rc, -EMFILE);
	assert_null(ring);
}

static void every_slot_is_usable_and_a_full_ring_changes_nothing(void **state)
{
	static const size_t capacities[] = { 2, 4, 64, 1024 };

	(void)state;
	for (size_t c = 0; c < COUNT(capacities); c++) {
		struct ring *ring = new_ring(sizeof(uint64_t), capacities[c]);
		uint64_t *got = calloc(capacities[c] + 1, sizeof(*got));
		uint64_t item = 0;

		assert_non_null(got);
		assert_int_equal(ring_capacity(ring), capacities[c]);
		for (; item < capacities[c]; item++) {
			assert_int_equal(ring_count(ring), item);
			assert_true(ring_push(ring, &item));
		}
		assert_false(ring_push(ring, &item));
		assert_false(ring_push(ring, &item));
		assert_int_equal(ring_count(ring), capacities[c]);
		assert_int_equal(ring_drain(ring, got, capacities[c] + 1), capacities[c]);
		for (uint64_t i = 0; i < capacities[c]; i++)
			assert_int_equal(got[i], i);
		assert_int_equal(ring_count(ring), 0);
		assert_int_equal(ring_drain(ring, got, 1), 0);
		free(got);
		ring_free(ring);
	}
}

static void one_drained_item_makes_room_for_exactly_one(void **state)
{
	struct ring *ring = new_ring(sizeof(uint32_t), 4);
	uint32_t in = 0, out = 0;

	(void)state;
	while (ring_push(ring, &in))
		in++;
	for (uint32_t round = 0; round < 100; round++) {
		assert_int_equal(ring_drain(ring, &out, 1), 1);
		assert_int_equal(out, round);
		assert_true(ring_push(ring, &in));
		in++;
		assert_false(ring_push(ring, &in));
	}
	ring_free(ring);
}

static void a_drain_over_the_end_of_the_array_keeps_the_order(void **state)
{
	struct ring *ring = new_ring(sizeof(uint32_t), 8);
	uint32_t in = 0, want = 0, got[8];

	(void)state;
	/* Steps of 5 and 3 put the seam at every possible place of a drain. */
	for (int round = 0; round < 200; round++) {
		size_t n;

		for (int i = 0; i < 5; i++)
			in += ring_push(ring, &in);
		n = ring_drain(ring, got, round % 2 == 0 ? 8 : 3);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(got[i], want++);
	}
	assert_true(want > 500);
	ring_free(ring);
}

static void items_of_any_size_arrive_whole(void **state)
{
	static const size_t sizes[] = { 1, 3, 8, 63, 64, 65, 4096 };

	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct ring *ring = new_ring(sizes[s], 4);
		unsigned char in[4096], out[4 * 4096 + 1];

		for (int round = 0; round < 10; round++) {
			out[sizes[s]] = 0x5a;
			memset(in, 0x10 + round, sizes[s]);
			assert_true(ring_push(ring, in));
			assert_int_equal(ring_drain(ring, out, 1), 1);
			assert_memory_equal(in, out, sizes[s]);
			assert_int_equal(out[sizes[s]], 0x5a);
		}
		ring_free(ring);
	}
}

/* One cache line, like a sample; every word of it follows from the number. */
struct item {
	uint64_t number;
	uint64_t words[7];
};

struct stream {
	struct ring *ring;
	uint64_t items;
	uint64_t batch; /* wake after this many */
	uint64_t full;  /* pushes refused; written by the producer, read after the join */
	atomic_bool abandon;
};

static void fill_item(struct item *item, uint64_t number)
{
	item->number = number;
	for (size_t i = 0; i < COUNT(item->words); i++)
		item->words[i] = number * 0x9e3779b97f4a7c15ULL + i;
}

static void *produce(void *arg)
{
	struct stream *stream = arg;
	struct item item;

	for (uint64_t i = 0; i < stream->items; i++) {
		fill_item(&item, i);
		while (!ring_push(stream->ring, &item)) {
			if (atomic_load(&stream->abandon))
				return NULL;
			stream->full++;
			ring_wake(stream->ring);
			sched_yield();
		}
		if ((i + 1) % stream->batch == 0)
			ring_wake(stream->ring);
	}
	ring_wake(stream->ring);
	return NULL;
}

/* Takes everything in order; sleeps on the descriptor whenever the ring is empty. Returns how many
 * items came right before the first wrong one or a wake-up that never came. */
static uint64_t consume(struct stream *stream, size_t max, uint64_t *sleeps)
{
	struct item items[64], want;
	uint64_t next = 0;

	while (next < stream->items) {
		size_t n = ring_drain(stream->ring, items, max);

		for (size_t i = 0; i < n; i++) {
			fill_item(&want, next);
			if (memcmp(&items[i], &want, sizeof(want)) != 0)
				return next;
			next++;
		}
		if (n > 0 || !ring_arm(stream->ring))
			continue;
		(*sleeps)++;
		if (!readable(stream->ring, WAKE_LIMIT_MS))
			return next;
		ring_disarm(stream->ring);
	}
	return next;
}

static void stream_through(size_t capacity, size_t max, uint64_t batch, uint64_t items,
			   uint64_t *sleeps)
{
	struct stream stream = { .ring = new_ring(sizeof(struct item), capacity),
				 .items = items,
				 .batch = batch };
	pthread_t producer;
	uint64_t right, left;

	assert_int_equal(pthread_create(&producer, NULL, produce, &stream), 0);
	right = consume(&stream, max, sleeps);
	atomic_store(&stream.abandon, true);
	assert_int_equal(pthread_join(producer, NULL), 0);
	left = ring_count(stream.ring);
	ring_free(stream.ring);
	assert_int_equal(right, items);
	assert_int_equal(left, 0);
}

static void millions_cross_two_threads_each_once_and_in_order(void **state)
{
	uint64_t sleeps = 0;

	(void)state;
	stream_through(2, 1, 1, 100000 / SCALE, &sleeps);
	stream_through(4, 64, 1, 200000 / SCALE, &sleeps);
	stream_through(64, 7, 16, 1000000 / SCALE, &sleeps);
	stream_through(4096, 64, 1, 2000000 / SCALE, &sleeps);
}

/* A consumer that sleeps after nearly every item, against a producer that waits until the item has
 * gone: the window in which a wake-up could get lost is entered at each one. */
struct pingpong {
	struct ring *there, *back;
	uint64_t rounds;
	atomic_bool lost;
};

static bool wait_one(struct ring *ring, uint64_t *out)
{
	while (ring_drain(ring, out, 1) == 0) {
		if (!ring_arm(ring))
			continue;
		if (!readable(ring, WAKE_LIMIT_MS))
			return false;
		ring_disarm(ring);
	}
	return true;
}

static void *answer(void *arg)
{
	struct pingpong *game = arg;
	uint64_t number;

	for (uint64_t i = 0; i < game->rounds; i++) {
		if (!wait_one(game->there, &number)) {
			atomic_store(&game->lost, true);
			return NULL;
		}
		number++;
		ring_push(game->back, &number);
		ring_wake(game->back);
	}
	return NULL;
}

static void no_wake_up_is_lost_between_arming_and_sleeping(void **state)
{
	struct pingpong game = { .there = new_ring(8, 2),
				 .back = new_ring(8, 2),
				 .rounds = 30000 / SCALE };
	uint64_t got = 0, right = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, answer, &game), 0);
	for (uint64_t i = 0; i < game.rounds; i++) {
		assert_true(ring_push(game.there, &i));
		ring_wake(game.there);
		if (!wait_one(game.back, &got))
			break;
		right += got == i + 1;
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	ring_free(game.there);
	ring_free(game.back);
	assert_false(atomic_load(&game.lost));
	assert_int_equal(right, game.rounds);
}

/* Both sides of the handshake at the same instant, over and over: the item must be seen by one of
 * the two, the consumer that arms or the producer that wakes. With plain release and acquire on
 * armed this fails within some thousand rounds on x86. */
struct duel {
	struct ring *ring;
	atomic_uint go, gone;
	unsigned rounds;
};

static void wait_for(atomic_uint *counter, unsigned value)
{
	for (unsigned spins = 0; atomic_load(counter) < value; spins++) {
		if (spins % 1000 == 999)
			sched_yield();
	}
}

static void pause_a_little(unsigned steps)
{
	for (volatile unsigned i = 0; i < steps; i = i + 1)
		;
}

static void *push_and_wake(void *arg)
{
	struct duel *duel = arg;

	for (unsigned i = 1; i <= duel->rounds; i++) {
		wait_for(&duel->go, i);
		pause_a_little(i % 32);
		ring_push(duel->ring, &i);
		ring_wake(duel->ring);
		atomic_store(&duel->gone, i);
	}
	return NULL;
}

static void arming_and_waking_at_one_instant_never_miss_each_other(void **state)
{
	struct duel duel = { .ring = new_ring(sizeof(unsigned), 2), .rounds = 100000 / SCALE };
	unsigned lost = 0, wrong = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, push_and_wake, &duel), 0);
	for (unsigned i = 1; i <= duel.rounds; i++) {
		unsigned item = 0;
		bool asleep;

		atomic_store(&duel.go, i);
		pause_a_little(i / 32 % 32);
		asleep = ring_arm(duel.ring);
		wait_for(&duel.gone, i);
		lost += asleep && !readable(duel.ring, 0);
		ring_disarm(duel.ring);
		wrong += ring_drain(duel.ring, &item, 1) != 1 || item != i;
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	ring_free(duel.ring);
	assert_int_equal(lost, 0);
	assert_int_equal(wrong, 0);
}

static void waking_a_consumer_that_did_not_ask_does_nothing(void **state)
{
	struct ring *ring = new_ring(1, 4);
	char item = 'x';

	(void)state;
	assert_true(ring_push(ring, &item));
	ring_wake(ring);
	assert_false(readable(ring, 0));
	ring_free(ring);
}

static void arming_refuses_while_items_wait(void **state)
{
	struct ring *ring = new_ring(1, 4);
	char item = 'x';

	(void)state;
	assert_true(ring_push(ring, &item));
	assert_false(ring_arm(ring));
	/* And nobody stays armed by the refusal. */
	ring_wake(ring);
	assert_false(readable(ring, 0));
	assert_int_equal(ring_drain(ring, &item, 1), 1);
	assert_true(ring_arm(ring));
	ring_free(ring);
}

static void one_arming_is_woken_once_until_disarmed_and_armed_again(void **state)
{
	struct ring *ring = new_ring(1, 8);
	char item = 'x', got[8];

	(void)state;
	assert_true(ring_arm(ring));
	ring_wake(ring); /* also without an item */
	assert_true(readable(ring, 0));
	ring_disarm(ring);
	assert_false(readable(ring, 0));
	for (int i = 0; i < 3; i++) {
		assert_true(ring_arm(ring));
		assert_true(ring_push(ring, &item));
		assert_false(readable(ring, 0));
		ring_wake(ring);
		ring_wake(ring);
		assert_true(readable(ring, 0));
		ring_disarm(ring);
		assert_false(readable(ring, 0));
		assert_int_equal(ring_drain(ring, got, 8), 1);
	}
	/* Disarming without having slept withdraws the wish. */
	assert_true(ring_arm(ring));
	ring_disarm(ring);
	ring_wake(ring);
	assert_false(readable(ring, 0));
	ring_free(ring);
}

/* The count is a snapshot that either side may take at any time; it must stay within the ring. */
static void *watch_count(void *arg)
{
	struct stream *stream = arg;
	uint64_t wrong = 0;

	while (!atomic_load(&stream->abandon))
		wrong += ring_count(stream->ring) > ring_capacity(stream->ring);
	return (void *)(uintptr_t)wrong;
}

static void the_count_never_leaves_the_ring(void **state)
{
	struct stream stream = { .ring = new_ring(sizeof(struct item), 8),
				 .items = 100000 / SCALE,
				 .batch = 1 };
	pthread_t producer, watcher;
	uint64_t sleeps = 0, right;
	void *wrong = NULL;

	(void)state;
	assert_int_equal(pthread_create(&watcher, NULL, watch_count, &stream), 0);
	assert_int_equal(pthread_create(&producer, NULL, produce, &stream), 0);
	right = consume(&stream, 3, &sleeps);
	atomic_store(&stream.abandon, true);
	assert_int_equal(pthread_join(producer, NULL), 0);
	assert_int_equal(pthread_join(watcher, &wrong), 0);
	ring_free(stream.ring);
	assert_int_equal(right, stream.items);
	assert_null(wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_outside_the_contract_are_refused),
		cmocka_unit_test(no_descriptor_left_is_an_error_and_not_a_ring),
		cmocka_unit_test(every_slot_is_usable_and_a_full_ring_changes_nothing),
		cmocka_unit_test(one_drained_item_makes_room_for_exactly_one),
		cmocka_unit_test(a_drain_over_the_end_of_the_array_keeps_the_order),
		cmocka_unit_test(items_of_any_size_arrive_whole),
		cmocka_unit_test(millions_cross_two_threads_each_once_and_in_order),
		cmocka_unit_test(no_wake_up_is_lost_between_arming_and_sleeping),
		cmocka_unit_test(arming_and_waking_at_one_instant_never_miss_each_other),
		cmocka_unit_test(waking_a_consumer_that_did_not_ask_does_nothing),
		cmocka_unit_test(arming_refuses_while_items_wait),
		cmocka_unit_test(one_arming_is_woken_once_until_disarmed_and_armed_again),
		cmocka_unit_test(the_count_never_leaves_the_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
