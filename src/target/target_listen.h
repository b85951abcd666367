/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_LISTEN_H
#define THRONG_TARGET_TARGET_LISTEN_H

struct error;

/* Open a listening socket, non-blocking and close-on-exec, for "127.0.0.1:8000", "localhost:0",
 * "[::1]:0", ":8000" (loopback) or "unix:/path". Fills *fd, *url ("http://127.0.0.1:43210" with
 * `scheme`, or "unix:/path"; free with free()) and *unix_path (to remove at the end, free with
 * free(); NULL: TCP). 0, or negative errno with err->text. */
int target_listen_open(const char *listen_on, const char *scheme, int *fd, char **url,
		       char **unix_path, struct error *err) __attribute__((warn_unused_result));

#endif
