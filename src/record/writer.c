/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/writer.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "base/ring.h"
#include "base/thread.h"

/* Two rings of jobs: to the thread and back. A job belongs to whoever holds it; everything else
 * belongs to the owner. At most one job of a file is on its way, so the rings are never full, a
 * file's jobs stay in order, and what waits can still be replaced or joined by newer content. */

#define RING_SIZE ((size_t)2 * WRITER_FILES_MAX) /* and one more job: JOB_STOP */
#define SLOW_NS   (5 * CLOCK_NS_PER_SEC)         /* a job under way for longer is told */
#define POLL_MS   200                            /* how often patience is looked at */

enum job_kind { JOB_REPLACE, JOB_APPEND, JOB_STOP };

struct job {
	enum job_kind kind;
	unsigned file;
	const char *path;
	char *data;
	size_t len;
	int err; /* on the way back: 0 or negative errno */
};

struct file {
	char *path;
	bool busy; /* a job is on its way */
	uint64_t busy_since_ns;
	bool replace_waits;
	char *replace;
	size_t replace_len;
	char *retry; /* lines whose append failed: they go before `append` */
	size_t retry_len;
	struct buf append;
	uint64_t lost_bytes;
	int err; /* of the last job; 0: it worked */
};

struct writer {
	pthread_t thread;
	bool started;
	struct ring *jobs, *done;
	struct file files[WRITER_FILES_MAX];
	unsigned file_count;
	bool finishing; /* a failed job is not tried again */
	bool stuck;     /* the thread did not come back from a job */
	uint64_t patience_ns;
	char problem[512];
};

/* One job per file, as many places as files: a push never fails. */
static void push_job(struct ring *ring, const struct job *job)
{
	bool pushed = ring_push(ring, job);

	assert(pushed);
	(void)pushed;
	ring_wake(ring);
}

static void run_job(struct job *job)
{
	switch (job->kind) {
	case JOB_REPLACE:
		job->err = outfile_replace(job->path, job->data, job->len);
		break;
	case JOB_APPEND:
		job->err = outfile_append(job->path, job->data, job->len);
		break;
	case JOB_STOP:
		break;
	}
}

/* Sleep until the ring has something or the time is over (negative: no end). */
static void wait_for(struct ring *ring, int timeout_ms)
{
	if (ring_arm(ring)) {
		struct pollfd pfd = { .fd = ring_wake_fd(ring), .events = POLLIN };

		while (poll(&pfd, 1, timeout_ms) < 0 && errno == EINTR) {
		}
		ring_disarm(ring);
	}
}

static void *writer_main(void *arg)
{
	struct writer *writer = arg;
	struct job job;

	for (;;) {
		while (ring_drain(writer->jobs, &job, 1) == 0)
			wait_for(writer->jobs, -1);
		if (job.kind == JOB_STOP)
			return NULL;
		run_job(&job);
		push_job(writer->done, &job);
	}
}

static int start_thread(struct writer *writer)
{
	int rc = thread_start(&writer->thread, &(struct thread_config){ .name = "writer",
									.rank = THREAD_SERVICE,
									.run = writer_main,
									.arg = writer });

	writer->started = rc == 0;
	return rc;
}

int writer_new(struct writer **out, struct error *err)
{
	struct writer *writer = mem_new(sizeof(*writer));
	int ret = ring_new(&writer->jobs, sizeof(struct job), RING_SIZE);

	writer->patience_ns = WRITER_PATIENCE_NS;
	if (ret == 0)
		ret = ring_new(&writer->done, sizeof(struct job), RING_SIZE);
	if (ret == 0)
		ret = start_thread(writer);
	if (ret != 0) {
		error_set(err, "cannot start the thread that writes files: %s", strerror(-ret));
		writer_free(writer);
		return ret;
	}
	*out = writer;
	return 0;
}

static void file_fini(struct file *file)
{
	free(file->path);
	free(file->replace);
	free(file->retry);
	buf_fini(&file->append);
}

void writer_free(struct writer *writer)
{
	struct job job = { .kind = JOB_STOP };

	if (writer == NULL)
		return;
	if (writer->stuck) {
		pthread_detach(writer->thread);
		return;
	}
	if (writer->started) {
		push_job(writer->jobs, &job);
		pthread_join(writer->thread, NULL);
		while (ring_drain(writer->done, &job, 1) == 1)
			free(job.data);
	}
	for (unsigned i = 0; i < writer->file_count; i++)
		file_fini(&writer->files[i]);
	ring_free(writer->jobs);
	ring_free(writer->done);
	free(writer);
}

void writer_set_patience(struct writer *writer, uint64_t patience_ns)
{
	writer->patience_ns = patience_ns;
}

unsigned writer_file(struct writer *writer, const char *path)
{
	struct file *file = &writer->files[writer->file_count];

	assert(writer->file_count < WRITER_FILES_MAX);
	file->path = mem_strdup(path);
	buf_init(&file->append, WRITER_PENDING_MAX);
	return writer->file_count++;
}

static void drop_appends(struct file *file)
{
	free(file->retry);
	file->retry = NULL;
	file->retry_len = 0;
	buf_reset(&file->append);
}

void writer_replace(struct writer *writer, unsigned number, char *data, size_t len)
{
	struct file *file = &writer->files[number];

	drop_appends(file);
	free(file->replace);
	file->replace = data;
	file->replace_len = len;
	file->replace_waits = true;
}

static size_t pending_bytes(const struct writer *writer)
{
	size_t sum = 0;

	for (unsigned i = 0; i < writer->file_count; i++)
		sum += writer->files[i].append.len + writer->files[i].retry_len;
	return sum;
}

void writer_append(struct writer *writer, unsigned number, const char *data, size_t len)
{
	struct file *file = &writer->files[number];

	if (pending_bytes(writer) + len > WRITER_PENDING_MAX ||
	    buf_add(&file->append, data, len) != 0)
		file->lost_bytes += len;
}

/* A job came back. What failed waits again, unless something newer makes it needless. */
static void job_done(struct writer *writer, struct job *job)
{
	struct file *file = &writer->files[job->file];

	file->busy = false;
	file->err = job->err;
	if (job->err == 0 || writer->finishing || file->replace_waits) {
		if (job->err != 0 && job->kind == JOB_APPEND && !file->replace_waits)
			file->lost_bytes += job->len;
		free(job->data);
	} else if (job->kind == JOB_REPLACE) {
		file->replace = job->data;
		file->replace_len = job->len;
		file->replace_waits = true;
	} else {
		file->retry = job->data;
		file->retry_len = job->len;
	}
}

/* Hand over the next job of a file; false when nothing waits. */
static bool job_send(struct writer *writer, unsigned number, uint64_t now_ns)
{
	struct file *file = &writer->files[number];
	struct job job = { .file = number, .path = file->path };

	if (file->replace_waits) {
		job.kind = JOB_REPLACE;
		job.data = file->replace;
		job.len = file->replace_len;
		file->replace = NULL;
		file->replace_waits = false;
	} else if (file->retry != NULL) {
		job.kind = JOB_APPEND;
		job.data = file->retry;
		job.len = file->retry_len;
		file->retry = NULL;
		file->retry_len = 0;
	} else if (file->append.len > 0) {
		job.kind = JOB_APPEND;
		job.data = buf_take(&file->append, &job.len);
	} else {
		return false;
	}
	push_job(writer->jobs, &job);
	file->busy = true;
	file->busy_since_ns = now_ns;
	return true;
}

static void describe_problem(struct writer *writer, uint64_t now_ns)
{
	writer->problem[0] = '\0';
	for (unsigned i = 0; i < writer->file_count; i++) {
		const struct file *file = &writer->files[i];
		bool slow = file->busy && (writer->stuck || now_ns > file->busy_since_ns + SLOW_NS);

		if (file->err != 0)
			snprintf(writer->problem, sizeof(writer->problem), "%s: %s", file->path,
				 strerrordesc_np(-file->err));
		else if (slow)
			snprintf(writer->problem, sizeof(writer->problem),
				 "%s: the disk has not answered for %" PRIu64 " s", file->path,
				 (uint64_t)((now_ns - file->busy_since_ns) / CLOCK_NS_PER_SEC));
		else if (file->lost_bytes > 0)
			snprintf(writer->problem, sizeof(writer->problem),
				 "%s: %" PRIu64 " bytes were lost while it could not be written",
				 file->path, file->lost_bytes);
		if (writer->problem[0] != '\0')
			return;
	}
}

/* Returns whether anything came back. */
static bool take_done(struct writer *writer)
{
	struct job job;
	bool any = false;

	while (ring_drain(writer->done, &job, 1) == 1) {
		job_done(writer, &job);
		any = true;
	}
	return any;
}

void writer_pump(struct writer *writer, uint64_t now_ns)
{
	take_done(writer);
	for (unsigned i = 0; i < writer->file_count; i++) {
		if (!writer->files[i].busy)
			job_send(writer, i, now_ns);
	}
	describe_problem(writer, now_ns);
}

const char *writer_problem(const struct writer *writer)
{
	return writer->problem;
}

/* Something was handed over or is on its way. */
static bool send_all(struct writer *writer)
{
	bool any = false;

	for (unsigned i = 0; i < writer->file_count; i++) {
		if (writer->files[i].busy || job_send(writer, i, clock_now_ns()))
			any = true;
	}
	return any;
}

int writer_finish(struct writer *writer)
{
	uint64_t heard_ns = clock_now_ns();
	int first = 0;

	take_done(writer); /* what failed before gets its last try */
	writer->finishing = true;
	writer->stuck = false;
	while (!writer->stuck && send_all(writer)) {
		wait_for(writer->done, POLL_MS);
		if (take_done(writer))
			heard_ns = clock_now_ns();
		writer->stuck = clock_now_ns() > heard_ns + writer->patience_ns;
	}
	writer->finishing = false;
	describe_problem(writer, clock_now_ns());
	if (writer->stuck)
		return -ETIMEDOUT;
	for (unsigned i = 0; i < writer->file_count && first == 0; i++) {
		first = writer->files[i].err;
		if (first == 0 && writer->files[i].lost_bytes > 0)
			first = -ENOBUFS;
	}
	return first;
}
