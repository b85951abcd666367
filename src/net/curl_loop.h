/* SPDX-License-Identifier: MIT */
#ifndef THRONG_NET_CURL_LOOP_H
#define THRONG_NET_CURL_LOOP_H

#include <curl/curl.h>
#include <stdbool.h>

struct event_base;

/* A libcurl multi handle driven by a libevent loop. Owned by one thread. */
struct curl_loop;

struct curl_loop_config {
	struct event_base *base;   /* borrowed, outlives the loop */
	unsigned kept_connections; /* idle ones kept in each pool */
	/* `done` takes an ended handle out of the multi handle itself: connections made with
	 * CURLOPT_CONNECT_ONLY live only as long as their handle stays in. */
	bool keep_done;
	/* A transfer has ended; its easy handle is out of the multi handle already, unless
	 * keep_done. May start and remove others. */
	void (*done)(CURL *easy, CURLcode code);
	/* After every kick, when libcurl has had its turn; may be NULL. */
	void (*turn)(void *arg);
	void *arg;
};

/* NULL when libcurl or libevent is out of memory. Caller frees with curl_loop_free, after every
 * easy handle and share is gone. */
struct curl_loop *curl_loop_new(const struct curl_loop_config *config);
void curl_loop_free(struct curl_loop *loop); /* NULL is fine */
CURLM *curl_loop_multi(struct curl_loop *loop);
/* Run libcurl's due timers and the turn function on the next turn of the event loop. */
void curl_loop_kick(struct curl_loop *loop);
/* A socket was made for libcurl, or is to be closed: counts it; closing also stops watching it.
 * Returns what close(2) returns. */
void curl_loop_opened(struct curl_loop *loop, curl_socket_t fd);
int curl_loop_close(struct curl_loop *loop, curl_socket_t fd);
unsigned curl_loop_open_sockets(const struct curl_loop *loop);

#endif
