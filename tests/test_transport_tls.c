/* SPDX-License-Identifier: MIT */
/* HTTPS over every transport: verification, names, client certificates, resumption, and what is
 * told when a handshake fails. */
#include "config.h"

#include "tcp_pair.h"
#include "wire.h"

#include <errno.h>
#include <stdlib.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cert.h"
#include "tempdir.h"

#define OK   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define LATE (100 * CLOCK_NS_PER_MS)

static const struct script_step serve[] = { ON_REQUEST, SEND(OK), THEN(AGAIN) };
static const struct script_step *const serving[] = { serve };

static struct tempdir dir;
static char *cert, *key, *other_cert, *other_key;
static SSL_CTX *ctx;
static char seen_name[256], seen_alpn[64];
static struct wire wire;
static struct client client;

static bool direct(void)
{
	return wire.ops == &transport_direct_ops;
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)arg;
	snprintf(seen_name, sizeof(seen_name), "%s", name ? name : "");
	return SSL_TLSEXT_ERR_OK;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		   const unsigned char *in, unsigned in_len, void *arg)
{
	(void)ssl;
	(void)arg;
	snprintf(seen_alpn, sizeof(seen_alpn), "%.*s", (int)in_len, (const char *)in);
	*out = in + 1;
	*out_len = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static int group_setup(void **state)
{
	(void)state;
	tempdir_init(&dir);
	cert = tempdir_path(&dir, "cert.pem");
	key = tempdir_path(&dir, "key.pem");
	other_cert = tempdir_path(&dir, "other.pem");
	other_key = tempdir_path(&dir, "other-key.pem");
	cert_write(cert, key, "DNS:server.test,IP:127.0.0.1");
	cert_write(other_cert, other_key, "DNS:client.test");
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	tempdir_fini(&dir);
	free(cert);
	free(key);
	free(other_cert);
	free(other_key);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM), 1);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4);
	seen_name[0] = seen_alpn[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	SSL_CTX_free(ctx);
	return 0;
}

/* Begin with a trusted server; the scenario may be changed until `ready`. */
static void begin(const struct transport_ops *ops)
{
	wire_init(&wire, ops);
	wire.tls = ctx;
	wire.scenario.target.tls = true;
	wire.scenario.http.ca_file = cert;
}

static void ready(const struct script_step *const *scripts, size_t count)
{
	wire_open(&wire, scripts, count);
	client_init(&client, &wire);
}

static void end(void)
{
	client_fini(&client);
	wire_fini(&wire);
}

static void a_trusted_server_is_asked_over_one_connection(void **state)
{
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (size_t i = 0; i < COUNT(versions); i++) {
		SSL_CTX_set_max_proto_version(ctx, versions[i]);
		SSL_CTX_set_min_proto_version(ctx, versions[i]);
		begin(*state);
		ready(serving, 1);
		for (int n = 0; n < 5; n++) {
			size_t sent;

			client_ask(&client);
			assert_int_equal(client.result.kind, FAILURE_NONE);
			assert_string_equal(client.result.body, "ok");
			assert_int_equal(client.result.new_connection, n == 0);
			/* counted as HTTP, without TLS */
			script_server_received(wire.server, &sent);
			assert_int_equal(client.result.bytes_out, sent / (unsigned)(n + 1));
			assert_int_equal(client.result.bytes_in, strlen(OK));
		}
		assert_string_equal(seen_alpn, "\x08http/1.1");
		assert_string_equal(seen_name, ""); /* an address is no name */
		end();
	}
}

static void the_server_is_told_its_name_and_checked_against_it(void **state)
{
	static char good[] = "server.test", bad[] = "imposter.test", to[64];
	char *const names[] = { good, bad };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct script_server *server;

		begin(*state);
		server = script_server_new(wire.base, serving, 1, NULL, ctx);
		snprintf(to, sizeof(to), "127.0.0.1:%u", (unsigned)script_server_port(server));
		wire.scenario.http.connect_to = to;
		wire.scenario.target.host = names[i];
		wire.scenario.target.port = 443;
		ready(NULL, 0);
		wire.server = server;
		client_ask(&client);
		assert_string_equal(seen_name, names[i]);
		assert_int_equal(client.result.kind, i ? FAILURE_TLS : FAILURE_NONE);
		if (i)
			assert_int_equal(client.result.detail, CURLE_PEER_FAILED_VERIFICATION);
		else
			assert_non_null(strstr(script_server_received(server, NULL),
					       "\r\nHost: server.test\r\n"));
		end();
	}
}

static void a_stranger_is_refused_unless_the_scenario_is_insecure(void **state)
{
	for (int insecure = 0; insecure < 2; insecure++) {
		begin(*state);
		wire.scenario.http.ca_file = other_cert;
		wire.scenario.http.insecure = insecure;
		ready(serving, 1);
		client_ask(&client);
		assert_int_equal(client.result.kind, insecure ? FAILURE_NONE : FAILURE_TLS);
		if (!insecure) {
			assert_int_equal(client.result.detail, CURLE_PEER_FAILED_VERIFICATION);
			assert_false(client.result.sent);
			assert_int_equal(client.result.bytes_out, 0);
			assert_int_equal(wire.ops->open_connections(wire.transport), 0);
		}
		end();
	}
}

static void a_server_may_ask_for_a_certificate(void **state)
{
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (size_t i = 0; i < 2 * COUNT(versions); i++) {
		bool with = i % 2;

		SSL_CTX_set_max_proto_version(ctx, versions[i / 2]);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		assert_int_equal(SSL_CTX_load_verify_file(ctx, other_cert), 1);
		begin(*state);
		wire.scenario.http.cert_file = with ? other_cert : NULL;
		wire.scenario.http.key_file = with ? other_key : NULL;
		ready(serving, 1);
		client_ask(&client);
		if (with)
			assert_int_equal(client.result.kind, FAILURE_NONE);
		else
			assert_int_not_equal(client.result.kind, FAILURE_NONE);
		if (!with && direct()) {
			assert_int_equal(client.result.kind, FAILURE_TLS);
			assert_int_equal(client.result.detail,
					 i / 2 ? CURLE_SSL_CLIENTCERT : CURLE_SSL_CONNECT_ERROR);
		}
		end();
	}
}

static void a_users_next_connection_resumes_its_session(void **state)
{
	static const struct script_step once[] = {
		ON_REQUEST,
		SEND("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
		THEN(CLOSE)
	};
	static const struct script_step slow[] = { ON_REQUEST, THEN(END) };
	static const struct script_step *const scripts[] = { once, once, once, once, slow, once };
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	if (*state != &transport_direct_ops)
		return; /* over libcurl sessions belong to easy handles, not to this test */
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct client second;

		SSL_CTX_set_max_proto_version(ctx, versions[i]);
		begin(*state);
		ready(scripts, COUNT(scripts));
		client_init(&second, &wire);
		for (unsigned n = 0; n < 4; n++) {
			client_ask(&client);
			assert_int_equal(client.result.kind, FAILURE_NONE);
			assert_true(client.result.new_connection);
			assert_int_equal(script_server_resumed(wire.server), n);
		}
		client.request.timeout_ns = LATE; /* a connection dropped in anger is resumed too */
		client_ask(&client);
		client.request.timeout_ns = 0;
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_int_equal(script_server_resumed(wire.server), 5);
		client_ask(&second); /* somebody else */
		assert_int_equal(script_server_resumed(wire.server), 5);
		client_fini(&second);
		end();
	}
}

static void what_is_no_tls_is_told_as_such(void **state)
{
	static const struct script_step plain[] = { SEND("HTTP/1.1 400 Bad\r\n\r\n"), THEN(END) };
	static const struct script_step gone[] = { THEN(CLOSE) };
	static const struct script_step *const scripts[] = { plain, gone };

	begin(*state);
	wire.tls = NULL;
	ready(scripts, 2);
	for (int i = 0; i < 2; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_TLS);
		assert_int_equal(client.result.detail, CURLE_SSL_CONNECT_ERROR);
		assert_false(client.result.sent);
	}
	end();
}

static void a_handshake_counts_as_connecting(void **state)
{
	static const struct script_step mute[] = { THEN(END) };
	static const struct script_step *const scripts[] = { mute };

	begin(*state);
	wire.tls = NULL;
	wire.scenario.http.connect_timeout_ns = LATE;
	ready(scripts, 1);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_CONNECT_TIMEOUT);
	assert_false(client.result.sent);
	end();
}

static void bodies_come_whole(void **state)
{
	static char block[50000];
	static const struct script_step script[] = {
		ON_REQUEST,
		SEND("HTTP/1.1 200 OK\r\nContent-Length: 65000\r\n\r\n"),
		SEND_BYTES(block, 50000),
		SEND_MANY(block, 100, 149),
		SEND_SLOW(block, 100),
		THEN(AGAIN),
	};
	static const struct script_step *const scripts[] = { script };
	static char body[300000];
	const char *got;
	size_t len;

	memset(block, 'b', sizeof(block));
	memset(body, 'r', sizeof(body));
	begin(*state);
	ready(scripts, 1);
	client.request.method = "POST";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	for (int n = 0; n < 3; n++) {
		client.request.want_body = n != 1;
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		assert_int_equal(client.result.body_bytes, 65000);
		assert_int_equal(client.result.new_connection, n == 0);
	}
	for (size_t i = 0; i < 65000; i++)
		assert_int_equal(client.result.body[i], 'b');
	got = script_server_received(wire.server, &len);
	assert_memory_equal(got + len - sizeof(body), body, sizeof(body));
	end();
}

static void an_end_without_notice_ends_a_body_without_length_only(void **state)
{
	static const struct script_step cut[] = {
		ON_REQUEST, SEND("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), THEN(SHUT),
		THEN(END)
	};
	static const struct script_step whole[] = { ON_REQUEST,
						    SEND("HTTP/1.1 200 OK\r\n\r\nwhole"),
						    THEN(SHUT), THEN(END) };
	static const struct script_step *const scripts[] = { cut, whole };

	begin(*state);
	ready(scripts, 2);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_string_equal(client.result.body, "whole");
	end();
}

static void an_answer_right_behind_the_handshake_is_read(void **state)
{
	static const struct script_step eager[] = { BURST(OK, 0), ON_REQUEST, THEN(END) };
	static const struct script_step *const scripts[] = { eager };

	/* in TLS 1.2 the server speaks last, so both come together */
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	begin(*state);
	ready(scripts, 1);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_string_equal(client.result.body, "ok");
	end();
}

static void a_record_behind_the_answer_spoils_the_connection(void **state)
{
	/* the answer fills a record of 16 KiB exactly, so what follows is in the next one */
	static char flight[16384 + 7];
	static const struct script_step more[] = { ON_REQUEST, SEND_BYTES(flight, sizeof(flight)),
						   THEN(END) };
	static const struct script_step *const scripts[] = { more, serve };
	int head = snprintf(flight, sizeof(flight),
			    "HTTP/1.1 200 OK\r\nContent-Length: 16342\r\n\r\n");

	if (*state != &transport_direct_ops)
		return; /* libcurl looks only when the connection is used again */
	assert_int_equal(head + 16342, 16384);
	begin(*state);
	ready(scripts, 2);
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	client_ask(&client);
	assert_string_equal(client.result.body, "ok");
	end();
}

static void cancelling_ends_a_request_at_every_stage(void **state)
{
	static const struct script_step slow[] = { ON_REQUEST, SEND_SLOW(OK, 0), THEN(AGAIN) };
	static const struct script_step *const scripts[] = { slow };

	for (int turns = 0; turns < 100; turns += 3) {
		begin(*state);
		ready(scripts, 1);
		client_start(&client);
		for (int i = 0; i < turns && client.done == 0; i++)
			wire_turn(&wire);
		if (client.done == 0) {
			wire.ops->cancel(client.session);
			wire_wait(&wire, 1);
			assert_true(client.result.aborted);
		}
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_NONE);
		end();
	}
}

static void a_crowd_is_served(void **state)
{
	struct client clients[50];

	begin(*state);
	ready(serving, 1);
	for (size_t i = 0; i < COUNT(clients); i++) {
		client_init(&clients[i], &wire);
		clients[i].repeat = 9;
		client_start(&clients[i]);
	}
	wire_wait(&wire, COUNT(clients));
	for (size_t i = 0; i < COUNT(clients); i++) {
		assert_int_equal(clients[i].result.kind, FAILURE_NONE);
		assert_int_equal(clients[i].done, 10);
		client_fini(&clients[i]);
	}
	assert_int_equal(script_server_accepted(wire.server), COUNT(clients));
	end();
}

static void files_that_cannot_be_used_are_told_before_the_run(void **state)
{
	char *none = tempdir_path(&dir, "none.pem");
	struct http_options bad[] = { { .ca_file = none },
				      { .cert_file = none, .key_file = key },
				      { .cert_file = cert, .key_file = other_key } };
	struct transport_config config = { .scenario = &wire.scenario, .now_ns = clock_now_ns };
	struct error err;

	wire_init(&wire, *state);
	config.base = wire.base;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (i == 2 && !direct())
			continue;
		wire.scenario.http = bad[i];
		assert_true(wire.ops->create(&wire.transport, &config, &err) < 0);
		assert_non_null(strstr(err.text, i == 2 ? other_key : none));
	}
	wire_drop(&wire);
	free(none);
}

#define CASE(ops, name, fn)                                                 \
	{                                                                   \
		name "." #fn, fn, setup, teardown, (void *)(uintptr_t)(ops) \
	}
static void an_answer_that_lies_in_the_socket_is_as_old_as_it_is(void **state)
{
	static const struct script_step burst[] = { ON_REQUEST, BURST(OK, sizeof(OK) - 1),
						    STALL(LATE), THEN(AGAIN) };
	static const struct script_step *const scripts[] = { burst };
	int noting[2];

	stamps_begin(noting);
	begin(*state);
	ready(scripts, 1);
	for (int i = 0; i < 2; i++)
		client_ask_stalled(&client, LATE);
	end();
	pair_close(noting);
}

#define TESTS(ops, name)                                                                \
	CASE(ops, name, a_trusted_server_is_asked_over_one_connection),                 \
		CASE(ops, name, the_server_is_told_its_name_and_checked_against_it),    \
		CASE(ops, name, a_stranger_is_refused_unless_the_scenario_is_insecure), \
		CASE(ops, name, a_server_may_ask_for_a_certificate),                    \
		CASE(ops, name, a_users_next_connection_resumes_its_session),           \
		CASE(ops, name, what_is_no_tls_is_told_as_such),                        \
		CASE(ops, name, a_handshake_counts_as_connecting),                      \
		CASE(ops, name, bodies_come_whole),                                     \
		CASE(ops, name, an_end_without_notice_ends_a_body_without_length_only), \
		CASE(ops, name, an_answer_right_behind_the_handshake_is_read),          \
		CASE(ops, name, a_record_behind_the_answer_spoils_the_connection),      \
		CASE(ops, name, cancelling_ends_a_request_at_every_stage),              \
		CASE(ops, name, a_crowd_is_served),                                     \
		CASE(ops, name, an_answer_that_lies_in_the_socket_is_as_old_as_it_is),  \
		CASE(ops, name, files_that_cannot_be_used_are_told_before_the_run)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS(&transport_direct_ops, "direct"),
		TESTS(&transport_curl_ops, "curl"),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
