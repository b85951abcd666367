/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_SETTINGS_H
#define THRONG_CLI_SETTINGS_H

struct console_settings;
struct error;

/* What a user has set in the console and finds again: $XDG_CONFIG_HOME/throng/config.json, or ~/.config/throng/config.json. Main thread,
 * before and after the console. */

/* Path of the file; NULL when there is neither XDG_CONFIG_HOME nor HOME. Caller frees. */
char *settings_path(void);
/* Read the file into `out` (which is zeroed first). 0, also when there is no file; -EINVAL with err->text when it is no settings
 * file: unknown keys and values of a wrong type are named, the rest is taken. */
int settings_load(const char *path, struct console_settings *out, struct error *err)
	__attribute__((warn_unused_result));
/* Write it, atomically, making its folder. 0 or negative errno. */
int settings_save(const char *path, const struct console_settings *settings)
	__attribute__((warn_unused_result));

#endif
