/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* Sanitizers end the program at a size beyond their limit unless told to answer like malloc. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void memory_comes_zeroed(void **state)
{
	unsigned char *p = mem_array(1000, 7);

	(void)state;
	for (size_t i = 0; i < 7000; i++)
		assert_int_equal(p[i], 0);
	free(p);
	p = mem_new(0);
	assert_non_null(p);
	free(p);
	p = mem_array(0, 8);
	assert_non_null(p);
	free(p);
}

static void aligned_memory_begins_where_asked(void **state)
{
	(void)state;
	for (size_t size = 1; size < 1000; size += 37) {
		unsigned char *p = mem_aligned(64, size);

		assert_int_equal((uintptr_t)p % 64, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		free(p);
	}
}

static void a_grown_array_keeps_the_old_and_zeroes_the_new(void **state)
{
	uint32_t *p = mem_grow(NULL, 0, 3, sizeof(*p));

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(p[i], 0);
		p[i] = i + 1;
	}
	p = mem_grow(p, 3, 1000, sizeof(*p));
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(p[i], i < 3 ? i + 1 : 0);
	p = mem_grow(p, 1000, 2, sizeof(*p));
	assert_int_equal(p[1], 2);
	free(p);
}

static void strings_are_copied(void **state)
{
	char *a = mem_strdup("abc"), *b = mem_strndup("abcdef", 4), *c = mem_strndup("ab", 9);
	char *d = mem_printf("%s-%d", "x", 7);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "abcd");
	assert_string_equal(c, "ab");
	assert_string_equal(d, "x-7");
	free(a);
	free(b);
	free(c);
	free(d);
}

/* Runs `act` in a child and returns what it said before it died by SIGABRT. */
static const char *last_words(void (*act)(void), char *text, size_t size)
{
	int fds[2], status = 0;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		dup2(fds[1], STDERR_FILENO);
		/* cmocka catches SIGABRT and would report from the child. */
		sigaction(SIGABRT, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
		act();
		_exit(0);
	}
	close(fds[1]);
	while (len < size - 1 && (n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	text[len] = '\0';
	return text;
}

/* Through variables, so that the compiler does not judge the constants. */
static volatile size_t half = SIZE_MAX / 2;

static void multiply_past_the_end(void)
{
	free(mem_array(half, 3));
}

static void grow_past_the_end(void)
{
	free(mem_grow(NULL, 0, half, 3));
}

static void align_past_the_end(void)
{
	free(mem_aligned(64, half * 2));
}

static void sizes_that_overflow_abort_with_a_word(void **state)
{
	void (*const acts[])(void) = { multiply_past_the_end, grow_past_the_end,
				       align_past_the_end };
	char text[16384];

	(void)state;
	for (size_t i = 0; i < COUNT(acts); i++)
		assert_non_null(
			strstr(last_words(acts[i], text, sizeof(text)), "throng: out of memory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_comes_zeroed),
		cmocka_unit_test(aligned_memory_begins_where_asked),
		cmocka_unit_test(a_grown_array_keeps_the_old_and_zeroes_the_new),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(sizes_that_overflow_abort_with_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
