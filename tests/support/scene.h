/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

/* Scenarios for drive_start, as JSON text with one %u for the port. `more` is empty or further
 * members of the scenario, each followed by a comma. */
#define SCENE(load, more, users)                                                          \
	"{ \"name\": \"t\", " more "\"target\": \"http://127.0.0.1:%u\", \"load\": " load \
	", \"users\": " users " }"
/* One class of users that send one request over and over. */
#define ONE(load, request, wait) \
	SCENE(load, "",          \
	      "{ \"U\": { \"wait\": \"" wait "\", \"tasks\": { \"t\": { " request " } } } }")

#endif
