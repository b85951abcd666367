/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/scenario_saver.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/text.h"
#include "base/thread.h"
#include "message/command.h"
#include "record/steering_log.h"
#include "record/view.h"
#include "scenario/driven.h"
#include "scenario/scenario.h"

#define CONTENT_MAX ((size_t)16 * 1024 * 1024)
#define ANSWER_MAX  512

/* A file being written: belongs to the thread until its result has come out of the ring. */
struct job {
	pthread_t thread;
	struct ring *done; /* of one struct result */
	char *scenario_file, *file;
	char *text;
	size_t len;
	char what[DRIVEN_TEXT_MAX];
};

struct result {
	int rc;
	char *made; /* heap; NULL: nothing */
};

struct scenario_saver {
	struct job *job; /* NULL: none under way */
	uint32_t sequence;
	bool bad;
	char answer[ANSWER_MAX];
};

struct scenario_saver *scenario_saver_new(void)
{
	return mem_new(sizeof(struct scenario_saver));
}

static void job_free(struct job *job)
{
	ring_free(job->done);
	free(job->scenario_file);
	free(job->file);
	free(job->text);
	free(job);
}

static void *job_main(void *arg)
{
	struct job *job = arg;
	struct result result = { .rc = 0 };

	result.rc = driven_save(job->scenario_file, job->file, job->text, job->len, &result.made);
	ring_push(job->done, &result);
	return NULL;
}

__attribute__((format(printf, 3, 4))) static void say(struct scenario_saver *saver, bool bad,
						      const char *fmt, ...)
{
	char text[ANSWER_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(saver->answer, sizeof(saver->answer), text, SIZE_MAX, false);
	saver->bad = bad;
	saver->sequence++;
}

static void finish(struct scenario_saver *saver, const struct result *result)
{
	struct job *job = saver->job;

	pthread_join(job->thread, NULL);
	if (result->rc == 0)
		say(saver, false, "saved as %s: %s", result->made, job->what);
	else if (result->rc == -EEXIST && job->file[0] != '\0')
		say(saver, true, "not saved: %s is there already", job->file);
	else
		say(saver, true, "not saved: %s: %s",
		    job->file[0] != '\0' ? job->file : job->scenario_file, strerror(-result->rc));
	free(result->made);
	job_free(job);
	saver->job = NULL;
}

static void poll_job(struct scenario_saver *saver)
{
	struct result result;

	if (saver->job != NULL && ring_drain(saver->job->done, &result, 1) == 1)
		finish(saver, &result);
}

void scenario_saver_free(struct scenario_saver *saver)
{
	struct result result;

	if (saver == NULL)
		return;
	if (saver->job != NULL) {
		pthread_join(saver->job->thread, NULL);
		if (ring_drain(saver->job->done, &result, 1) == 1)
			free(result.made);
		job_free(saver->job);
	}
	free(saver);
}

/* When the load ended, or how long it has been going on. */
static uint64_t end_of(const struct record_view *view)
{
	uint64_t end_ns = view->stop_ns != 0 ? view->stop_ns : view->now_ns;

	return view->start_ns != 0 && end_ns > view->start_ns ? end_ns - view->start_ns : 0;
}

static int make_text(const struct record_view *view, struct buf *text, char what[DRIVEN_TEXT_MAX])
{
	size_t count = steering_log_count(view->steering);
	struct command *moves = mem_array(count, sizeof(*moves));
	struct driven driven;
	int rc;

	for (size_t i = 0; i < count; i++)
		moves[i] = steering_log_command(steering_log_at(view->steering, i));
	driven_stages(view->scenario, moves, count, end_of(view), &driven);
	rc = driven_print(view->scenario, &driven, text);
	driven_text(view->scenario, &driven, what);
	driven_fini(&driven);
	free(moves);
	return rc;
}

static int start(struct scenario_saver *saver, struct job *job)
{
	int rc = ring_new(&job->done, sizeof(struct result), 2);

	if (rc != 0)
		return rc;
	rc = thread_start(&job->thread, &(struct thread_config){ .name = "saver",
								 .rank = THREAD_SERVICE,
								 .run = job_main,
								 .arg = job });
	if (rc == 0)
		saver->job = job;
	return rc;
}

void scenario_saver_ask(struct scenario_saver *saver, const struct record_view *view,
			const char *file)
{
	struct buf text;
	struct job *job;

	poll_job(saver);
	if (saver->job != NULL)
		return;
	if (view->start_ns == 0) {
		say(saver, true, "not saved: the load has not begun");
		return;
	}
	if (view->scenario->file == NULL || view->scenario->source == NULL) {
		say(saver, true, "not saved: the scenario has no file");
		return;
	}
	job = mem_new(sizeof(*job));
	buf_init(&text, CONTENT_MAX);
	if (make_text(view, &text, job->what) != 0) {
		say(saver, true, "not saved: there was no load to save");
		buf_fini(&text);
		free(job);
		return;
	}
	job->scenario_file = mem_strdup(view->scenario->file);
	job->file = mem_strdup(file);
	job->text = buf_take(&text, &job->len);
	int rc = start(saver, job);
	if (rc != 0) {
		say(saver, true, "not saved: %s", strerror(-rc));
		job_free(job);
	}
}

const char *scenario_saver_answer(struct scenario_saver *saver, uint32_t *sequence, bool *bad)
{
	poll_job(saver);
	*sequence = saver->sequence;
	*bad = saver->bad;
	return saver->answer;
}
