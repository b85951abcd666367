/* SPDX-License-Identifier: MIT */
/* A driven load as a scenario file: the file it was driven with, its load replaced. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/outfile.h"
#include "base/units.h"
#include "scenario/driven.h"

#define NAMES_TRIED 1000
#define SUFFIX      " (as driven)"

static json_t *duration(uint64_t ns)
{
	char text[48];
	int len = snprintf(text, sizeof(text), "%llu.%09llu", (unsigned long long)(ns / 1000000000),
			   (unsigned long long)(ns % 1000000000));

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	snprintf(text + len, sizeof(text) - (size_t)len, "s");
	return json_string(text);
}

static json_t *stages(const struct driven *driven)
{
	json_t *list = json_array();

	for (size_t i = 0; i < driven->stage_count; i++) {
		const struct stage *stage = &driven->stages[i];
		json_t *object = json_object();

		if (stage->kind == STAGE_USERS)
			json_object_set_new(object, "users",
					    json_integer((json_int_t)llround(stage->value)));
		else if (stage->kind == STAGE_RATE)
			json_object_set_new(object, "rate", json_real(stage->value));
		json_object_set_new(object, stage->kind == STAGE_HOLD ? "hold" : "over",
				    duration(stage->duration_ns));
		json_array_append_new(list, object);
	}
	return list;
}

/* What the old load said beside how many and when stays. */
static json_t *load_of(const struct scenario *scenario, const struct driven *driven,
		       const json_t *before)
{
	static const char *const KEPT[] = { "warmup", "target_rps" };
	const struct load *load = &scenario->load;
	json_t *object = json_object();

	if (load->open) {
		json_object_set_new(object, "users", json_integer((json_int_t)load->users));
		json_object_set_new(object, "max_in_flight", json_integer(load->max_in_flight));
		json_object_set_new(object, "max_rate", json_real(load->max_rate));
	} else {
		json_object_set_new(object, "spawn_rate", json_real(load->spawn_rate));
	}
	json_object_set_new(object, "max_users", json_integer(load->max_users));
	for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++)
		if (json_object_get(before, KEPT[i]) != NULL)
			json_object_set(object, KEPT[i], json_object_get(before, KEPT[i]));
	json_object_set_new(object, "stages", stages(driven));
	return object;
}

static bool has_fixed(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->class_count; i++)
		if (scenario->classes[i].fixed_users > 0)
			return true;
	return false;
}

/* A weight is at least 1: a class that had nobody cannot be left out by weights. */
static bool shares_fit(const struct scenario *scenario, const struct driven *driven)
{
	for (size_t i = 0; i < scenario->class_count; i++)
		if (driven->shares[i] == 0)
			return false;
	return !has_fixed(scenario);
}

static void set_weights(const struct scenario *scenario, const struct driven *driven, json_t *users)
{
	for (size_t i = 0; i < scenario->class_count; i++) {
		json_t *class = json_object_get(users, scenario->classes[i].name);

		if (json_is_object(class))
			json_object_set_new(class, "weight", json_integer(driven->shares[i]));
	}
}

static void set_name(const struct scenario *scenario, json_t *root)
{
	size_t len = strlen(scenario->name), suffix = strlen(SUFFIX);
	char *name;

	if (len >= suffix && strcmp(scenario->name + len - suffix, SUFFIX) == 0)
		return;
	name = mem_printf("%s%s", scenario->name, SUFFIX);
	json_object_set_new(root, "name", json_string(name));
	free(name);
}

int driven_print(const struct scenario *scenario, const struct driven *driven, struct buf *out)
{
	json_t *root;
	char *text;
	int rc;

	if (driven->stage_count == 0)
		return -EINVAL;
	root = json_loads(scenario->source, 0, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return -EINVAL;
	}
	set_name(scenario, root);
	json_object_set_new(root, "load", load_of(scenario, driven, json_object_get(root, "load")));
	if (driven->own_shares && shares_fit(scenario, driven))
		set_weights(scenario, driven, json_object_get(root, "users"));
	text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	rc = text != NULL ? buf_adds(out, text) : -EINVAL;
	if (rc == 0)
		rc = buf_addc(out, '\n');
	free(text);
	json_decref(root);
	return rc;
}

char *driven_text(const struct scenario *scenario, const struct driven *driven,
		  char dst[DRIVEN_TEXT_MAX])
{
	bool open = scenario->load.open;
	char length[32], peak[32], pause[32], coarse[64] = "", paused[64] = "";

	units_format_clock(driven->length_ns, length, sizeof(length));
	units_format_count((uint64_t)llround(driven->peak), peak, sizeof(peak));
	if (driven->tolerance > (open ? 0.01 * driven->peak : 1))
		snprintf(coarse, sizeof(coarse), ", within %.0f%s of the drive", driven->tolerance,
			 open ? " req/s" : " users");
	units_format_clock(driven->paused_ns, pause, sizeof(pause));
	if (driven->paused_ns >= CLOCK_NS_PER_SEC / 2)
		snprintf(paused, sizeof(paused), "; pauses of %s are not in it", pause);
	snprintf(dst, DRIVEN_TEXT_MAX, "%zu stage%s, %s long, up to %s%s%s%s%s",
		 driven->stage_count, driven->stage_count == 1 ? "" : "s", length, peak,
		 open ? " req/s" : " users", coarse, paused,
		 !driven->own_shares            ? ""
		 : shares_fit(scenario, driven) ? "; weights of the classes as at the top"
						: "; the classes' proportions are not kept");
	return dst;
}

/* All of it or nothing, and nothing that is there is touched: a link fails when its name is taken. */
static int write_new(const char *path, const char *text, size_t len)
{
	char *temporary = mem_printf("%s.%ld.tmp", path, (long)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int rc = fd < 0 ? -errno : 0;

	for (size_t done = 0; rc == 0 && done < len;) {
		ssize_t n = write(fd, text + done, len - done);
		if (n < 0 && errno != EINTR)
			rc = -errno;
		else if (n > 0)
			done += (size_t)n;
	}
	if (fd >= 0 && close(fd) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && link(temporary, path) != 0)
		rc = -errno;
	if (fd >= 0)
		unlink(temporary);
	free(temporary);
	return rc;
}

int driven_save(const char *scenario_file, const char *path, const char *text, size_t len,
		char **made)
{
	size_t base = strlen(scenario_file);
	int rc;

	if (path != NULL && path[0] != '\0') {
		rc = outfile_make_parents(path);
		if (rc == 0)
			rc = write_new(path, text, len);
		if (rc == 0)
			*made = mem_strdup(path);
		return rc;
	}
	if (base > 5 && strcmp(scenario_file + base - 5, ".json") == 0)
		base -= 5;
	for (unsigned i = 1; i <= NAMES_TRIED; i++) {
		char *name =
			i == 1 ? mem_printf("%.*s-driven.json", (int)base, scenario_file)
			       : mem_printf("%.*s-driven-%u.json", (int)base, scenario_file, i);
		rc = write_new(name, text, len);
		if (rc == 0) {
			*made = name;
			return 0;
		}
		free(name);
		if (rc != -EEXIST)
			return rc;
	}
	return -EEXIST;
}
