/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "message/frame.h"
#include "tui/plot.h"
#include "tui/glyphs.h"
#include "tui/show.h"
#include "tui/table.h"
#include "tui/ui.h"

enum column { NAME, CPU, SPARK, MEMORY, LIMIT, NET, DISK, PIDS, RESTARTS, COLUMNS };

/* clang-format off */
static const struct table_column columns[COLUMNS] = {
	[NAME]     = { "",       13, false, 0, true },
	[CPU]      = { "CPU",     5, true,  0, false },
	[SPARK]    = { "",        6, false, 2, false },
	[MEMORY]   = { "MEM",     5, true,  0, false },
	[LIMIT]    = { "",        6, false, 1, false },
	[NET]      = { "NET/S",  11, true,  4, false },
	[DISK]     = { "DISK/S", 11, true,  5, false },
	[PIDS]     = { "PIDS",    4, true,  6, false },
	[RESTARTS] = { "RST",     3, true,  3, false },
};
/* clang-format on */

void view_containers_wish(const struct frame *frame, const struct ui *ui, struct layout_wish *wish)
{
	int rows = (int)(frame->container_count < 100 ? frame->container_count : 100);
	bool alarm = false;

	(void)ui;
	for (size_t i = 0; i < frame->container_count; i++)
		alarm = alarm || frame->containers[i].alarm;
	if (frame->docker_problem[0] != '\0')
		rows += 2;
	*wish = (struct layout_wish){
		.present = frame->has_docker,
		.least = 2,
		.wanted = rows + 1,
		.rank = alarm ? 75 : 50,
	};
}

static bool is_running(const struct frame_container *container)
{
	return strncmp(container->state, "running", 7) == 0 || container->state[0] == '\0';
}

/* nothing: what to say when neither is known. */
static void pair_text(double in, double out, const char *nothing, char *dst, size_t size)
{
	char a[SHOW_MAX];
	char b[SHOW_MAX];

	if (in < 0 && out < 0)
		snprintf(dst, size, "%s", nothing);
	else
		snprintf(dst, size, "%s %s", show_bytes(in, a, sizeof(a)),
			 show_bytes(out, b, sizeof(b)));
}

static void cell_text(const struct frame_container *container, enum column column, char *dst,
		      size_t size)
{
	char text[SHOW_MAX];

	dst[0] = '\0';
	switch (column) {
	case CPU:
		if (container->cpu_pct >= 0)
			snprintf(dst, size, "%.0f %%", container->cpu_pct);
		else
			snprintf(dst, size, "–");
		break;
	case MEMORY:
		show_bytes(container->memory_bytes, dst, size);
		break;
	case LIMIT:
		if (container->memory_limit_bytes > 0)
			snprintf(dst, size, "/%s",
				 show_bytes(container->memory_limit_bytes, text, sizeof(text)));
		break;
	case NET:
		pair_text(container->net_rx_bps, container->net_tx_bps,
			  container->host_network ? "host" : "–", dst, size);
		break;
	case DISK:
		pair_text(container->io_read_bps, container->io_write_bps,
			  container->cpu_pct >= 0 ? "n/a" : "–", dst, size);
		break;
	case PIDS:
		snprintf(dst, size, "%u", container->pids);
		break;
	case RESTARTS:
		if (container->restarts > 0)
			snprintf(dst, size, "%u", container->restarts);
		break;
	case NAME:
	case SPARK:
	case COLUMNS:
		break;
	}
}

static enum role cpu_role(const struct frame_container *container)
{
	bool over = container->cpu_limit_pct > 0 && container->cpu_pct >= container->cpu_limit_pct;

	return over ? ROLE_BAD : ROLE_CPU;
}

static struct style cell_style(const struct frame_container *container, enum column column)
{
	if (column == CPU)
		return style_of(cpu_role(container));
	if (column == MEMORY)
		return style_of(container->memory_alarm_bytes > 0 &&
						container->memory_bytes >=
							container->memory_alarm_bytes
					? ROLE_BAD
					: ROLE_MEMORY);
	if (column == RESTARTS)
		return style_of(container->oom_kills > 0 ? ROLE_BAD : ROLE_WARN);
	return style_of(column == LIMIT || column == PIDS ? ROLE_DIM : ROLE_TEXT);
}

static void draw_row(const struct view *view, const struct area *area, int y,
		     const struct table_place *places, const struct frame_container *container)
{
	const struct glyphs *glyphs = view->glyphs;
	bool running = is_running(container);
	bool sick = strcmp(container->health, "unhealthy") == 0;

	if (container->alarm || !running || sick)
		area_put(&view->box, 1, area->y - view->box.y + y,
			 style_of(running ? ROLE_WARN : ROLE_BAD),
			 running ? glyphs->warn : glyphs->bad);
	table_cell(area, y, &columns[NAME], &places[NAME], style_of(running ? ROLE_TEXT : ROLE_DIM),
		   container->name, glyphs);
	if (!running) {
		area_text_cut(area, places[CPU].x, y, area->w - places[CPU].x, style_of(ROLE_BAD),
			      container->state, glyphs->ellipsis);
		return;
	}
	for (int i = CPU; i < COLUMNS; i++) {
		char text[SHOW_MAX * 2];

		cell_text(container, (enum column)i, text, sizeof(text));
		table_cell(area, y, &columns[i], &places[i], cell_style(container, (enum column)i),
			   text, glyphs);
	}
	if (places[SPARK].width > 0)
		plot_spark(area, places[SPARK].x, y, places[SPARK].width,
			   style_of(cpu_role(container)), glyphs, container->cpu_history,
			   container->cpu_history_count,
			   container->cpu_limit_pct > 0 ? container->cpu_limit_pct : 0);
}

void view_containers_draw(const struct view *view, const struct area *area)
{
	const struct frame *frame = view->frame;
	struct table_place places[COLUMNS];
	bool head = area->h > 3 && area->h > (int)frame->container_count;
	int y = head ? 1 : 0;
	size_t rows;
	size_t top;

	if (frame->docker_problem[0] != '\0') {
		area_put(area, 0, 0, style_of(ROLE_WARN), view->glyphs->warn);
		struct area text = area_sub(area, 2, 0, area->w - 2, area->h);

		y = view_wrap(&text, 0, style_of(ROLE_WARN), frame->docker_problem);
		head = false;
	}
	table_fit(columns, COLUMNS, area->w, places);
	if (head)
		table_head(area, columns, places, COLUMNS, view->glyphs);
	rows = area->h > y ? (size_t)(area->h - y) : 0;
	top = view_scroll(view, frame->container_count, rows);
	for (size_t i = 0; i < rows && top + i < frame->container_count; i++) {
		draw_row(view, area, y + (int)i, places, &frame->containers[top + i]);
		view_list_row(view, area, y + (int)i, top + i);
	}
	if (frame->container_count == 0 && frame->docker_problem[0] == '\0')
		view_empty(view, area, "no containers yet");
	table_thumb(&view->box, 1 + y, rows, top, frame->container_count,
		    style_of(ROLE_BORDER_FOCUS), view->glyphs);
}
