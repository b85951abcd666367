/* SPDX-License-Identifier: MIT */
/* The table of panels in this build. */
#include "config.h"

#include "monitor/panel.h"
#include "monitor/postgres.h"

#include <stddef.h>

#include "monitor/docker.h"

static const struct panel_ops *const panels[] = {
	&docker_panel_ops,
	&panel_postgres,
	NULL,
};

const struct panel_ops *const *panels_all(void)
{
	return panels;
}
