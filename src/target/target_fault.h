/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TARGET_TARGET_FAULT_H
#define THRONG_TARGET_TARGET_FAULT_H

struct call;

/* Handlers of /_target/…: every way an answer can be late, odd or missing, on request. Any method
 * is taken, none of them waits for a worker. */
void fault_pause(struct call *call);        /* then nothing is answered for that long */
void fault_resume(struct call *call);       /* ends a pause before its time */
void fault_delay(struct call *call);        /* answered after that long */
void fault_status(struct call *call);       /* answered with that status */
void fault_close(struct call *call);        /* closed without an answer */
void fault_reset(struct call *call);        /* RST without an answer */
void fault_truncate(struct call *call);     /* closed in the middle of the body */
void fault_garbage(struct call *call);      /* an answer that is no HTTP */
void fault_trickle(struct call *call);      /* ?bytes=20&ms=100: one byte at a time */
void fault_chunked(struct call *call);      /* ?chunks=5&bytes=100&ms=0 */
void fault_redirect(struct call *call);     /* that many redirects, then 200 */
void fault_big(struct call *call);          /* a body of that many bytes */
void fault_headers(struct call *call);      /* a header of that many bytes */
void fault_gzip(struct call *call);         /* ?bytes=10000, compressed for who accepts it */
void fault_cookie(struct call *call);       /* gives a cookie, or takes the one it gave */
void fault_cookie_check(struct call *call); /* 403 without that cookie */
void fault_echo(struct call *call);         /* the request as JSON */

#endif
