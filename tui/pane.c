/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/pane.h"

void screen_info_add(struct screen_info *info, struct hit hit)
{
	if (info->hit_count < HITS_MAX)
		info->hits[info->hit_count++] = hit;
}

const struct hit *screen_info_at(const struct screen_info *info, int x, int y)
{
	for (size_t i = info->hit_count; i > 0; i--) {
		const struct hit *hit = &info->hits[i - 1];

		if (x >= hit->rect.x && x < hit->rect.x + hit->rect.w && y >= hit->rect.y &&
		    y < hit->rect.y + hit->rect.h)
			return hit;
	}
	return NULL;
}
