/* SPDX-License-Identifier: MIT */
/* The table of panels in this build. */
#include "config.h"

#include "monitor/panel.h"

#include <stddef.h>

#include "monitor/docker.h"
#include "monitor/postgres.h"

static const struct panel_ops *const panels[] = {
	&panel_docker,
	&panel_postgres,
	NULL,
};

const struct panel_ops *const *panels_all(void)
{
	return panels;
}
