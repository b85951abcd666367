/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "message/failure.h"

#include <stdbool.h>

/* What a reader can do about each kind. The advice says where to look, not what is wrong: a kind
 * is evidence of the symptom only. */
static const struct {
	const char *name;
	const char *advice;
	bool unseen;
} kinds[FAILURE_KINDS] = {
	[FAILURE_NONE] = { "none", "", false },
	[FAILURE_DNS] = { "dns",
			  "The host name did not resolve: check the target's spelling, "
			  "/etc/hosts and the resolver of this machine.",
			  true },
	[FAILURE_REFUSED] = { "refused",
			      "Nobody listens on the target's port: wait about 30 seconds for the "
			      "backend to start, then try its health endpoint with curl.",
			      true },
	[FAILURE_CONNECT_TIMEOUT] = { "connect-timeout",
				      "Connecting got no answer: the backend's accept queue may be "
				      "full, or a firewall drops the packets.",
				      true },
	[FAILURE_CONNECT] = { "connect",
			      "The target could not be reached over the network: check the address "
			      "and the route to it.",
			      true },
	[FAILURE_TLS] = { "tls",
			  "The TLS handshake failed: check the certificate, its CA and the host "
			  "name it is made for.",
			  true },
	[FAILURE_TIMEOUT] = { "timeout",
			      "The backend took the request and did not answer in time: look for a "
			      "queue before it (workers, database connections, Celery) and for "
			      "slow "
			      "queries.",
			      false },
	[FAILURE_RESET] = { "reset",
			    "The backend closed the connection before its answer was complete: "
			    "look "
			    "for restarted or killed workers in its log.",
			    false },
	[FAILURE_PROTOCOL] = { "protocol",
			       "The answer was not valid HTTP: check that the port and the scheme "
			       "are the backend's.",
			       false },
	[FAILURE_TOO_LARGE] = { "too-large",
				"The answer was larger than the limit of this scenario: raise the "
				"limit, or ask for less.",
				false },
	[FAILURE_STATUS] = { "status",
			     "The backend answered with a status that the scenario does not "
			     "expect: "
			     "see its body in the failing exchange.",
			     false },
	[FAILURE_CHECK] = { "check",
			    "The answer came and was not what the scenario's check asks for: see "
			    "its "
			    "body in the failing exchange.",
			    false },
	[FAILURE_EXTRACT] = { "extract",
			      "The answer lacked a value that later requests need: see its body in "
			      "the failing exchange.",
			      false },
	[FAILURE_RENDER] = { "render",
			     "The request could not be built and was not sent: check the "
			     "scenario's "
			     "templates and the number of its data rows.",
			     true },
	[FAILURE_LOCAL] = { "local",
			    "This machine ran out of files, ports or memory, so the generator was "
			    "the limit: raise ulimit -n or widen net.ipv4.ip_local_port_range.",
			    true },
	[FAILURE_OTHER] = { "other", "", false },
};

/* More is known where the status says who answered. */
static const struct {
	unsigned first, last;
	const char *advice;
} statuses[] = {
	{ 401, 401,
	  "The test users may not exist (run the user creation script again and log in once by "
	  "hand), their login may have failed (then it is among the failures), or their token ran "
	  "out." },
	{ 403, 403,
	  "The test users may not do this, or were not logged in: check their permissions, and "
	  "whether their login is among the failures." },
	{ 404, 404,
	  "The path is not there: check the scenario's URLs against the backend's routes, and that "
	  "the data exists." },
	{ 429, 429, "The backend limits the rate: lift the limit for the test, or run below it." },
	{ 500, 500,
	  "The backend failed on its own side: look into its log; \"QueuePool\" or \"too many "
	  "clients\" there means that database connections ran out." },
	{ 502, 502,
	  "The proxy got no valid answer from the backend: look for dead or restarting workers." },
	{ 503, 503, "The backend refuses work: look at its workers and its queue." },
	{ 504, 504,
	  "The proxy waited too long for the backend: look at what the backend waits for." },
};

const char *failure_name(enum failure_kind kind)
{
	return (unsigned)kind < FAILURE_KINDS ? kinds[kind].name : "unknown";
}

const char *failure_advice(enum failure_kind kind, unsigned status)
{
	if ((unsigned)kind >= FAILURE_KINDS)
		return "";
	if (kind == FAILURE_STATUS) {
		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
			if (status >= statuses[i].first && status <= statuses[i].last)
				return statuses[i].advice;
		}
	}
	return kinds[kind].advice;
}

int failure_unseen(enum failure_kind kind)
{
	return (unsigned)kind < FAILURE_KINDS && kinds[kind].unseen;
}
