/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/findings.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

struct findings {
	size_t count;
	struct finding list[FINDINGS_MAX];
};

static const char *const names[FINDING_KINDS] = {
	[FINDING_LATENCY_BREAK] = "latency-break",
	[FINDING_LATENCY_LIMIT] = "latency-limit",
	[FINDING_FAILURE_BREAK] = "failure-break",
	[FINDING_DRIFT] = "drift",
	[FINDING_LITTLE] = "littles-law",
	[FINDING_DATABASE_CONNECTIONS] = "database-connections",
	[FINDING_DATABASE_LOCKS] = "database-locks",
	[FINDING_DATABASE_RESTART] = "database-restart",
	[FINDING_POOL_QUEUE] = "pool-queue",
	[FINDING_CONTAINER_CPU] = "container-cpu",
	[FINDING_CONTAINER_MEMORY] = "container-memory",
	[FINDING_CONTAINER_RESTART] = "container-restart",
	[FINDING_NOTHING_SATURATED] = "nothing-saturated",
	[FINDING_MEMORY_RISING] = "memory-rising",
	[FINDING_CONNECTIONS_LEAKING] = "connections-leaking",
};

const char *finding_name(enum finding_kind kind)
{
	return names[kind];
}

struct findings *findings_new(void)
{
	return mem_new(sizeof(struct findings));
}

void findings_free(struct findings *findings)
{
	free(findings);
}

void findings_clear(struct findings *findings)
{
	findings->count = 0;
}

void findings_add(struct findings *findings, const struct finding *finding)
{
	if (findings->count == FINDINGS_MAX)
		return;
	struct finding *copy = &findings->list[findings->count++];
	*copy = *finding;
	text_clean(copy->text, sizeof(copy->text), finding->text, SIZE_MAX, false);
	text_clean(copy->method, sizeof(copy->method), finding->method, SIZE_MAX, false);
}

size_t findings_count(const struct findings *findings)
{
	return findings->count;
}

const struct finding *findings_at(const struct findings *findings, size_t i)
{
	return i < findings->count ? &findings->list[i] : NULL;
}
