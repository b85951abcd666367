/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_PREVIEW_H
#define THRONG_CLI_PREVIEW_H

struct error;
struct frame;
struct scenario;
struct transport_ops;

/* The probes of `throng check` while the console shows the plan: made in a thread of their own, shown in the frames as they
 * come. The thread keeps nothing but the immutable scenario and its ends of two rings. Main thread. */
struct preview;

/* transport: NULL: as a run would choose. 0 or negative errno with err->text. Caller ends with preview_free. */
int preview_start(struct preview **out, const struct scenario *scenario,
		  const struct transport_ops *transport, struct error *err)
	__attribute__((warn_unused_result));
/* The run begins: what is under way is cut off, nothing more is begun. Does not wait. */
void preview_stop(struct preview *preview); /* NULL is fine */
/* What is known by now into a frame of the plan page (others are left as they are). */
void preview_put(struct preview *preview, struct frame *frame); /* NULL is fine */
/* Stops and waits for the thread: at most as long as a panel's probe takes. */
void preview_free(struct preview *preview); /* NULL is fine */

#endif
