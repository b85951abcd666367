/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MONITOR_DOCKER_MUX_H
#define THRONG_MONITOR_DOCKER_MUX_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a stream as the Engine sends it, cut into lines. Logs and exec of containers without a terminal come in frames of
 * [stream][0][0][0][length, 4 bytes big endian]; a text line may be spread over several, and a header over several reads. Containers
 * with a terminal, events and stats come bare. Pure; monitor thread. */
struct docker_mux;

enum docker_stream { DOCKER_STDIN, DOCKER_STDOUT, DOCKER_STDERR };

/* A line without its end ("\n" or "\r\n"), valid during the call, not NUL-terminated. Lines above the maximum are cut into pieces. */
typedef void docker_line_fn(void *arg, enum docker_stream stream, const char *line, size_t len);

/* framed: frames with headers; else bare text, given as DOCKER_STDOUT. max_line: bytes kept of a line, 1..1 MiB. */
struct docker_mux *docker_mux_new(bool framed, size_t max_line, docker_line_fn *fn, void *arg);
/* Frames whose content is given in the pieces in which it comes, ends of lines included. */
struct docker_mux *docker_mux_new_pieces(docker_line_fn *fn, void *arg);
void docker_mux_free(struct docker_mux *mux);
/* Feed what came. False when it cannot be a framed stream (bad stream number): feed no more. */
bool docker_mux_feed(struct docker_mux *mux, const char *data, size_t len);
/* The stream ended: give out lines without an end. */
void docker_mux_finish(struct docker_mux *mux);

#endif
