/* SPDX-License-Identifier: MIT */
/* Which rows the containers panel has. A target of the scenario is a row, or several when it is a pattern or a service with replicas; a row
 * stays when its container goes, and the next of the same name takes its place. The first replica of a compose service is called as the
 * scenario calls it, so that a criterion finds it whatever compose named the container. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/docker_panel.h"
#include "monitor/panel.h"
#include "scenario/scenario.h"

#define MISSING "no such container"

struct docker_row *docker_rows_find(struct docker_panel *panel, const char *id)
{
	for (size_t i = 0; i < panel->row_count; i++)
		if (panel->rows[i]->id[0] != '\0' && strcmp(panel->rows[i]->id, id) == 0)
			return panel->rows[i];
	return NULL;
}

static struct docker_row *by_name(struct docker_panel *panel, const char *name)
{
	for (size_t i = 0; i < panel->row_count; i++)
		if (strncmp(panel->rows[i]->name, name, READING_NAME_MAX - 1) == 0)
			return panel->rows[i];
	return NULL;
}

static struct docker_row *add(struct docker_panel *panel, unsigned target, const char *name)
{
	if (panel->row_count == DOCKER_ROWS_MAX)
		return NULL;
	panel->rows[panel->row_count] = docker_row_new(panel, target, name);
	return panel->rows[panel->row_count++];
}

static void drop(struct docker_panel *panel, struct docker_row *row)
{
	size_t i = 0;

	while (panel->rows[i] != row)
		i++;
	docker_row_free(row);
	panel->row_count--;
	memmove(panel->rows + i, panel->rows + i + 1,
		(panel->row_count - i) * sizeof(*panel->rows));
}

static const char *row_name(const struct docker_listed *listed, enum docker_match match,
			    const char *wanted)
{
	if (match == DOCKER_MATCH_SERVICE && listed->number <= 1)
		return wanted;
	return listed->name;
}

/* The row for a container of a target: its own, the one of this name that is free, or a new one. */
static void place(struct docker_panel *panel, unsigned target, const struct docker_listed *listed,
		  const char *name)
{
	struct docker_row *row = docker_rows_find(panel, listed->id);

	if (row == NULL) {
		row = by_name(panel, name);
		if (row != NULL && row->id[0] != '\0' && row->listed)
			row = by_name(panel, name = listed->name);
		if (row != NULL && row->id[0] != '\0' && row->listed)
			return; /* two containers of one name cannot be */
		if (row == NULL)
			row = add(panel, target, name);
		if (row == NULL)
			return;
		docker_row_attach(row, listed->id);
	}
	row->listed = true;
}

static bool is_listed(const struct docker_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return true;
	return false;
}

/* Before new ones are placed: rows whose container is gone are free for the next. */
static void free_rows(struct docker_panel *panel)
{
	for (size_t i = 0; i < panel->row_count; i++) {
		struct docker_row *row = panel->rows[i];

		row->listed = row->id[0] != '\0' && is_listed(&panel->list, row->id);
		if (row->id[0] != '\0' && !row->listed)
			docker_row_detach(row, "removed");
	}
}

static void place_target(struct docker_panel *panel, unsigned target)
{
	const char *wanted = panel->env->scenario->panels.containers[target].name;
	enum docker_match best;
	struct docker_row *row;

	if (wanted == NULL)
		return;
	best = docker_match_best(&panel->list, wanted);
	for (size_t i = 0; best != DOCKER_MATCH_NONE && i < panel->list.count; i++) {
		const struct docker_listed *listed = &panel->list.items[i];

		if (docker_match(listed, wanted) == best)
			place(panel, target, listed, row_name(listed, best, wanted));
	}
	row = by_name(panel, wanted);
	if (best == DOCKER_MATCH_NONE && row == NULL)
		row = add(panel, target, wanted);
	if (best == DOCKER_MATCH_NONE && row != NULL && row->id[0] == '\0' && row->state[0] == '\0')
		docker_row_state(row, MISSING);
	/* A pattern that has found something needs no row of its own. */
	if (best == DOCKER_MATCH_PATTERN && row != NULL && row->id[0] == '\0' &&
	    strcmp(row->state, MISSING) == 0) {
		docker_row_state(row, "");
		drop(panel, row);
	}
}

void docker_rows_take_list(struct docker_panel *panel)
{
	size_t count = panel->env->scenario->panels.container_count;

	free_rows(panel);
	for (size_t i = 0; i < count; i++)
		place_target(panel, (unsigned)i);
	for (size_t i = 0; i < panel->row_count; i++) {
		struct docker_row *row = panel->rows[i];

		if (row->id[0] == '\0' && strcmp(row->state, MISSING) != 0)
			docker_row_state(row, "removed"); /* while the daemon was away */
		/* What no event told (they may be forbidden): a stream that is missing, or one of a container that ended. */
		if (row->id[0] != '\0' && row->inspect == NULL &&
		    (panel->events == NULL || (row->alive && row->stats == NULL)))
			docker_row_inspect(row);
	}
}

void docker_rows_lose(struct docker_panel *panel)
{
	for (size_t i = 0; i < panel->row_count; i++)
		if (panel->rows[i]->id[0] != '\0')
			docker_row_detach(panel->rows[i], NULL);
}

void docker_rows_free(struct docker_panel *panel)
{
	for (size_t i = 0; i < panel->row_count; i++)
		docker_row_free(panel->rows[i]);
	panel->row_count = 0;
}
