/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_FAILURE_H
#define THRONG_MESSAGE_FAILURE_H

#include <stddef.h>
#include <stdint.h>

/* Why a request failed. Enum and names stand in one table in failure.c; the name is what files
 * and criteria use. */
enum failure_kind {
	FAILURE_NONE,
	FAILURE_DNS,             /* "dns": the host name did not resolve */
	FAILURE_REFUSED,         /* "refused": nobody listens */
	FAILURE_CONNECT_TIMEOUT, /* "connect-timeout" */
	FAILURE_CONNECT, /* "connect": any other error while connecting (unreachable, ...); detail = errno */
	FAILURE_TLS,     /* "tls": handshake or certificate; detail = CURLcode */
	FAILURE_TIMEOUT, /* "timeout": connected, but no complete answer in time */
	FAILURE_RESET, /* "reset": the peer closed or reset before the answer was complete; detail = errno or 0 */
	FAILURE_PROTOCOL, /* "protocol": not valid HTTP; detail = enum protocol_error of the transport */
	FAILURE_TOO_LARGE, /* "too-large": headers or body above the limit */
	FAILURE_STATUS, /* "status": answered with a status the scenario does not accept; detail unused */
	FAILURE_CHECK, /* "check": a check did not hold; detail = index into scenario->checks */
	FAILURE_EXTRACT, /* "extract": a value was not there; detail = index into scenario->extracts */
	FAILURE_RENDER, /* "render": the request could not be built (too large, no data row); nothing was sent */
	FAILURE_LOCAL, /* "local": this machine ran out of files, ports or memory; detail = errno */
	FAILURE_OTHER, /* "other"; detail = CURLcode */
	FAILURE_KINDS
};

/* The kind's name ("refused"); never NULL. */
const char *failure_name(enum failure_kind kind);
/* One sentence of what the user can do about it, from the procedure's troubleshooting list; ""
 * when there is none. */
const char *failure_advice(enum failure_kind kind, unsigned status);
/* True when the target cannot have seen the request (nothing of it was sent): dns, refused,
 * connect..., tls, render, local. */
int failure_unseen(enum failure_kind kind);

#endif
