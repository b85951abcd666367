/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_WIRE_H
#define THRONG_TESTS_WIRE_H

#include "unit.h"

#include "base/buf.h"
#include "engine/transport.h"
#include "scenario/scenario.h"
#include "script_server.h"

/* A transport and a scripted server in one loop: what the transport tests stand on. */
struct wire {
	struct event_base *base;
	const struct transport_ops *ops;
	struct scenario scenario;
	struct transport *transport;
	struct ssl_ctx_st *tls; /* of the server; NULL: plain */
	struct script_server *server;
	unsigned waited_for; /* done calls still to come in wire_wait */
	bool late;           /* waiting took too long */
	int files;           /* open descriptors before */
};

/* One user and what came of its last request. */
struct client {
	struct wire *wire;
	struct transport_session *session;
	struct transport_request request;
	struct transport_result result; /* headers and body point into the buffers below */
	struct buf headers, body;
	unsigned done;                       /* done calls so far */
	unsigned repeat;                     /* requests to start from the done call */
	bool inside_start;                   /* to see that done is never called from there */
	void (*then)(struct client *client); /* called in the done call; NULL: nothing */
};

/* Begin with default options (timeouts a minute, limits 4 KiB of head and 64 KiB of body). The scenario
 * may be changed until wire_open. */
void wire_init(struct wire *wire, const struct transport_ops *ops);
/* Start the server and create the transport. */
void wire_open(struct wire *wire, const struct script_step *const *scripts, size_t count);
/* After wire_init alone. */
void wire_drop(struct wire *wire);
/* End all; fails the test when connections or descriptors are left. */
void wire_fini(struct wire *wire);

void client_init(struct client *client, struct wire *wire);
void client_fini(struct client *client);
/* Start client->request ("GET /" of the server unless changed). */
void client_start(struct client *client);
/* Run the loop until every client has n done calls more; fails the test after a minute. */
void wire_wait(struct wire *wire, unsigned n);
/* Run the loop until the condition holds; fails the test after a minute. */
void wire_until(struct wire *wire, bool (*holds)(struct wire *wire));
/* Run one turn of the loop without waiting. */
void wire_turn(struct wire *wire);
/* client_start and wire_wait for one client. */
const struct transport_result *client_ask(struct client *client);

/* client_ask of a server that stands still for stall_ns, and the loop with it, when it has answered
 * (SCRIPT_STALL): the answer must not be as old as that where the transport can know. */
void client_ask_stalled(struct client *client, uint64_t stall_ns);

/* A test function that gets `ops` as its state. */
#define WIRE_TEST(ops, name, fn)                                       \
	{                                                              \
		name "." #fn, fn, NULL, NULL, (void *)(uintptr_t)(ops) \
	}

#endif
