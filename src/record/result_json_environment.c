/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/result_json.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <curl/curl.h>
#include <event2/event.h>

/* What a reader needs to repeat or to doubt a run. No host name: reports are passed on. */

/* "model name" of the first processor; "" where the kernel does not say. */
static void processor_name(char *dst, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	dst[0] = '\0';
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(dst, size, "%s", colon + 1 + strspn(colon + 1, " "));
			break;
		}
	}
	if (file != NULL)
		fclose(file);
}

json_t *result_json_environment(void)
{
	json_t *object = json_object();
	char processor[256], kernel[256] = "";
	struct utsname system;

	if (uname(&system) == 0)
		snprintf(kernel, sizeof(kernel), "%s %s %s", system.sysname, system.release,
			 system.machine);
	processor_name(processor, sizeof(processor));
	json_object_set_new(object, "throng", json_string(PACKAGE_VERSION));
	json_object_set_new(object, "libcurl", result_json_text(curl_version()));
	json_object_set_new(object, "libevent", json_string(event_get_version()));
	json_object_set_new(object, "jansson", json_string(JANSSON_VERSION));
	json_object_set_new(object, "kernel", result_json_text(kernel));
	json_object_set_new(object, "processor", result_json_text(processor));
	json_object_set_new(object, "processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	return object;
}
