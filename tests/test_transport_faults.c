/* SPDX-License-Identifier: MIT */
/* The direct transport when the machine fails it: the calls it makes into libc are taken over by the
 * linker (--wrap) and answer as a test wants. And names with several addresses. */
#include "config.h"

#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "tempdir.h"

#define OK   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define NAME "many.test" /* the one name that is looked up here */

static const struct script_step serve[] = { ON_REQUEST, SEND(OK), THEN(AGAIN) };
static const struct script_step *const serving[] = { serve };

static struct wire wire;
static struct client client;

/* What the calls answer. 0: as they do. */
static struct {
	int socket_errno, connect_errno, send_errno, thread_errno, lookup_error;
	unsigned fail_after; /* calls of send that still work */
	bool once;           /* sending fails one time only, and then connecting */
	int then_connect;
	const char *addresses[3];
	bool lead_home; /* every connection goes to 127.0.0.1 whatever its address */
	unsigned connects[3];
	bool signals; /* something was sent in a way that raises SIGPIPE */
} fake;

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		       struct addrinfo **out);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		       struct addrinfo **out);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);

static int answer(int error)
{
	errno = error;
	return -1;
}

int __wrap_socket(int domain, int type, int protocol)
{
	return fake.socket_errno ? answer(fake.socket_errno)
				 : __real_socket(domain, type, protocol);
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_in sin;

	if (fake.connect_errno)
		return answer(fake.connect_errno);
	if (addr->sa_family != AF_INET)
		return __real_connect(fd, addr, len);
	memcpy(&sin, addr, sizeof(sin));
	for (size_t i = 0; i < COUNT(fake.addresses); i++)
		if (fake.addresses[i] && sin.sin_addr.s_addr == inet_addr(fake.addresses[i]))
			fake.connects[i]++;
	if (fake.lead_home)
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return __real_connect(fd, (const struct sockaddr *)&sin, sizeof(sin));
}

static bool send_fails(int flags)
{
	fake.signals |= !(flags & MSG_NOSIGNAL);
	return fake.send_errno && (fake.fail_after == 0 || --fake.fail_after == 0);
}

static ssize_t fail_send(void)
{
	int error = fake.send_errno;

	if (fake.once) {
		fake.send_errno = 0;
		fake.connect_errno = fake.then_connect;
	}
	return answer(error);
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
	return send_fails(flags) ? fail_send() : __real_send(fd, data, len, flags);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	return send_fails(flags) ? fail_send() : __real_sendmsg(fd, msg, flags);
}

/* A list that freeaddrinfo can free: the addresses' own, joined. */
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		       struct addrinfo **out)
{
	struct addrinfo **end = out;

	if (strcmp(host, NAME) != 0)
		return __real_getaddrinfo(host, port, hints, out);
	if (hints->ai_flags & AI_NUMERICHOST)
		return EAI_NONAME;
	if (fake.lookup_error)
		return fake.lookup_error;
	for (size_t i = 0; i < COUNT(fake.addresses) && fake.addresses[i]; i++) {
		if (__real_getaddrinfo(fake.addresses[i], port, hints, end))
			return EAI_FAIL;
		end = &(*end)->ai_next;
	}
	return 0;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	return fake.thread_errno ? fake.thread_errno
				 : __real_pthread_create(thread, attr, run, arg);
}

static void begin(void)
{
	memset(&fake, 0, sizeof(fake));
	wire_init(&wire, &transport_direct_ops);
	wire_open(&wire, serving, 1);
	client_init(&client, &wire);
}

static void end(void)
{
	client_fini(&client);
	wire_fini(&wire);
	assert_false(fake.signals);
	memset(&fake, 0, sizeof(fake));
}

static void a_machine_out_of_files_or_ports_says_so(void **state)
{
	const int errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };

	(void)state;
	begin();
	for (size_t i = 0; i < COUNT(errors); i++) {
		fake.socket_errno = errors[i];
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_LOCAL);
		assert_int_equal(client.result.detail, errors[i]);
		assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	}
	fake.socket_errno = 0;
	fake.connect_errno = EADDRNOTAVAIL;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_LOCAL);
	assert_int_equal(client.result.detail, EADDRNOTAVAIL);
	assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	fake.connect_errno = 0;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void an_unreachable_network_is_told_with_its_errno(void **state)
{
	const int errors[] = { ENETUNREACH, EHOSTUNREACH, EACCES };

	(void)state;
	begin();
	for (size_t i = 0; i < COUNT(errors); i++) {
		fake.connect_errno = errors[i];
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_CONNECT);
		assert_int_equal(client.result.detail, errors[i]);
	}
	fake.connect_errno = 0;
	end();
}

static void sending_that_fails_without_an_end_is_a_reset(void **state)
{
	static char body[4 << 20];

	(void)state;
	begin();
	client_ask(&client);
	fake.send_errno = ENOBUFS;
	client.request.method = "POST";
	client_ask(&client); /* nothing went out: run again on a fresh connection, in vain */
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_int_equal(client.result.detail, ENOBUFS);
	assert_false(client.result.repeated);
	assert_false(client.result.sent);
	fake.fail_after = 2; /* in the middle */
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_RESET);
	assert_true(client.result.sent);
	assert_true(client.result.bytes_out < sizeof(body));
	fake.send_errno = 0;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	end();
}

static void sending_that_fails_in_the_middle_is_begun_anew_when_that_is_safe(void **state)
{
	static char body[16 << 20];

	(void)state;
	begin();
	client_ask(&client);
	fake.send_errno = ENOBUFS;
	fake.fail_after =
		3; /* by then the socket was full once: out of the loop, not out of start */
	fake.once = true;
	client.request.method = "PUT";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_true(client.result.repeated);
	assert_true(client.result.bytes_out > sizeof(body));
	assert_int_equal(script_server_accepted(wire.server), 2);
	end();
}

static void a_request_begun_anew_waits_its_turn_at_a_full_unix_socket(void **state)
{
	static char body[16 << 20];
	struct tempdir dir;
	char *path;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	tempdir_init(&dir);
	path = tempdir_path(&dir, "sock");
	wire_init(&wire, &transport_direct_ops);
	wire.scenario.http.unix_socket = path;
	wire_open(&wire, serving, 1);
	client_init(&client, &wire);
	client_ask(&client);
	fake.send_errno = ENOBUFS;
	fake.fail_after = 3;
	fake.once = true;
	fake.then_connect = EAGAIN;
	client.request.method = "PUT";
	client.request.body = body;
	client.request.body_len = sizeof(body);
	client.request.has_body = true;
	client_start(&client);
	while (!fake.connect_errno)
		wire_turn(&wire);
	for (int i = 0; i < 10; i++)
		wire_turn(&wire);
	assert_int_equal(client.done, 1);
	assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	fake.connect_errno = 0;
	wire_wait(&wire, 1);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_true(client.result.repeated);
	end();
	free(path);
	tempdir_fini(&dir);
}

static void a_machine_without_threads_cannot_look_names_up(void **state)
{
	(void)state;
	begin();
	fake.thread_errno = EAGAIN;
	client.request.host = NAME;
	for (int i = 0; i < 2; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_LOCAL);
		assert_int_equal(client.result.detail, EAGAIN);
	}
	end();
}

static void a_lookup_tells_names_from_memory(void **state)
{
	const int errors[] = { EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_MEMORY };

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		begin();
		fake.lookup_error = errors[i];
		client.request.host = NAME;
		client_ask(&client);
		assert_int_equal(client.result.kind,
				 errors[i] == EAI_MEMORY ? FAILURE_LOCAL : FAILURE_DNS);
		end();
	}
}

/* Connections of a user each, to NAME. */
static void dial(unsigned users)
{
	for (unsigned i = 0; i < users; i++) {
		struct client user;

		client_init(&user, &wire);
		user.request.host = NAME;
		client_ask(&user);
		assert_int_equal(user.result.kind, FAILURE_NONE);
		client_fini(&user);
	}
}

static void the_next_address_is_tried_and_the_bad_one_remembered(void **state)
{
	(void)state;
	begin();
	fake.addresses[0] = "127.0.0.2"; /* nobody listens there */
	fake.addresses[1] = "127.0.0.1";
	dial(10);
	assert_int_equal(fake.connects[0], 1);
	assert_int_equal(fake.connects[1], 10);
	end();
}

static void users_spread_over_the_addresses(void **state)
{
	(void)state;
	begin();
	fake.lead_home = true;
	fake.addresses[0] = "127.0.0.2";
	fake.addresses[1] = "127.0.0.3";
	fake.addresses[2] = "127.0.0.4";
	dial(30);
	for (size_t i = 0; i < COUNT(fake.connects); i++)
		assert_int_equal(fake.connects[i], 10);
	end();
}

static void addresses_that_all_refuse_are_refused_and_tried_again(void **state)
{
	(void)state;
	begin();
	fake.addresses[0] = "127.0.0.2";
	fake.addresses[1] = "127.0.0.3";
	client.request.host = NAME;
	for (unsigned i = 1; i <= 3; i++) {
		client_ask(&client);
		assert_int_equal(client.result.kind, FAILURE_REFUSED);
		assert_int_equal(fake.connects[0], i);
		assert_int_equal(fake.connects[1], i);
		assert_int_equal(wire.ops->open_connections(wire.transport), 0);
	}
	end();
}

/* A listener on 127.0.0.2 with the server's port and a full queue: connecting there takes for ever. */
static int deaf_listener(int *fillers, size_t count)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(wire.scenario.target.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = inet_addr("127.0.0.2");
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < count; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!__real_connect(fillers[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	return fd;
}

static void an_address_that_hangs_takes_its_share_of_the_time_only(void **state)
{
	int fillers[4], listener;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	wire_init(&wire, &transport_direct_ops);
	wire.scenario.http.connect_timeout_ns = 500 * CLOCK_NS_PER_MS;
	wire_open(&wire, serving, 1);
	client_init(&client, &wire);
	listener = deaf_listener(fillers, COUNT(fillers));
	fake.addresses[0] = "127.0.0.2";
	fake.addresses[1] = "127.0.0.1";
	client.request.host = NAME;
	client_ask(&client);
	assert_int_equal(client.result.kind, FAILURE_NONE);
	assert_true(client.result.connect_ns >= 250 * CLOCK_NS_PER_MS);
	dial(3);
	assert_int_equal(fake.connects[0], 1);
	for (size_t i = 0; i < COUNT(fillers); i++)
		close(fillers[i]);
	close(listener);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_out_of_files_or_ports_says_so),
		cmocka_unit_test(an_unreachable_network_is_told_with_its_errno),
		cmocka_unit_test(sending_that_fails_without_an_end_is_a_reset),
		cmocka_unit_test(sending_that_fails_in_the_middle_is_begun_anew_when_that_is_safe),
		cmocka_unit_test(a_request_begun_anew_waits_its_turn_at_a_full_unix_socket),
		cmocka_unit_test(a_machine_without_threads_cannot_look_names_up),
		cmocka_unit_test(a_lookup_tells_names_from_memory),
		cmocka_unit_test(the_next_address_is_tried_and_the_bad_one_remembered),
		cmocka_unit_test(users_spread_over_the_addresses),
		cmocka_unit_test(addresses_that_all_refuse_are_refused_and_tried_again),
		cmocka_unit_test(an_address_that_hangs_takes_its_share_of_the_time_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
