/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "target_client.h"

#define UUID "6f1c8c1e-0f3e-4c8e-9b9f-1f2f3a4b5c6d"
#define GOOD_DEPLOYMENT                                                                     \
	"{\"app_name\":\"nginx-0a1b2c3d\",\"version\":\"1.2.3\",\"target_ring\":\"PILOT\"," \
	"\"evidence_pack_id\":\"" UUID "\"}"

struct fixture {
	struct target *target;
	const char *url;
	char *token;
};

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->target = target_begin(&(struct target_config){ .seed = 1 });
	fix->url = target_url(fix->target);
	fix->token = login(fix->url, "loadtest_user");
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	target_end(fix->target);
	free(fix->token);
	free(fix);
	return 0;
}

static const char *text_at(const struct reply *reply, const char *key)
{
	return json_string_value(json_object_get(reply->json, key));
}

static void health_needs_no_token(void **state)
{
	struct fixture *fix = *state;
	struct reply reply = fetch(fix->url, &(struct fetch){ .path = "/api/v1/health/" });

	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "{\"status\":\"healthy\"}");
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/api/v1/health/", .method = "HEAD" });
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_len, 0);
	assert_non_null(strstr(reply.headers, "Content-Length: 20\r\n"));
	reply_free(&reply);
}

static void a_known_user_logs_in_by_json_and_by_form(void **state)
{
	static const char *const names[] = { "loadtest_user", "cab_approver", "publisher_user",
					     "burst_user_0a1b2c3d" };
	struct fixture *fix = *state;

	for (size_t i = 0; i < 4; i++) {
		char form[128];
		char *token = login(fix->url, names[i]);
		struct reply reply;

		assert_int_equal(strlen(token), 32);
		free(token);
		snprintf(form, sizeof(form), "username=%s&password=test123", names[i]);
		reply = fetch(fix->url,
			      &(struct fetch){ .path = "/api/v1/auth/login/",
					       .type = "application/x-www-form-urlencoded",
					       .body = form });
		assert_int_equal(reply.status, 200);
		assert_non_null(text_at(&reply, "token"));
		assert_string_equal(text_at(&reply, "username"), names[i]);
		reply_free(&reply);
	}
}

static void a_bad_login_is_refused(void **state)
{
	static const struct {
		const char *body, *type;
		long status;
		const char *field;
	} cases[] = {
		{ "{\"username\":\"loadtest_user\",\"password\":\"wrong\"}", NULL, 401, NULL },
		{ "{\"username\":\"nobody\",\"password\":\"test123\"}", NULL, 401, NULL },
		{ "{\"username\":\"burst_user_\",\"password\":\"test123\"}", NULL, 401, NULL },
		{ "{\"username\":\"loadtest_user\"}", NULL, 400, "password" },
		{ "{\"username\":\"\",\"password\":\"x\"}", NULL, 400, "username" },
		{ "{\"username\":7,\"password\":\"x\"}", NULL, 400, "username" },
		{ "{\"username\":", NULL, 400, "detail" },
		{ "[1]", NULL, 400, "detail" },
		{ "x", "text/plain", 415, "detail" },
		{ "username=loadtest_user", "application/x-www-form-urlencoded", 400, "password" },
	};
	struct fixture *fix = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply reply = fetch(fix->url, &(struct fetch){ .path = "/api/v1/auth/login/",
								      .body = cases[i].body,
								      .type = cases[i].type });

		assert_int_equal(reply.status, cases[i].status);
		if (cases[i].field)
			assert_non_null(json_object_get(reply.json, cases[i].field));
		reply_free(&reply);
	}
	assert_int_equal(stat_at(fix->url, "logins.refused"), 3);
}

static void every_other_api_path_wants_a_token(void **state)
{
	static const char *const paths[] = {
		"/api/v1/deployments/", "/api/v1/deployments/" UUID "/",
		"/api/v1/cab/pending/", "/api/v1/connectors/status/" UUID "/",
		"/api/v1/nothing/",
	};
	struct fixture *fix = *state;
	char wrong[33];

	snprintf(wrong, sizeof(wrong), "%s", fix->token);
	wrong[31] = wrong[31] == '0' ? '1' : '0';
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct fetch what = { .path = paths[i] };
		struct reply reply = fetch(fix->url, &what);

		assert_int_equal(reply.status, 401);
		assert_non_null(strstr(reply.headers, "WWW-Authenticate: Bearer\r\n"));
		assert_string_equal(text_at(&reply, "detail"),
				    "Authentication credentials were not provided.");
		reply_free(&reply);
		what.token = wrong;
		assert_int_equal(fetch_status(fix->url, &what), 401);
		what.token = fix->token;
		assert_int_not_equal(fetch_status(fix->url, &what), 401);
	}
	assert_int_equal(stat_at(fix->url, "logins.unauthorised"), 10);
	assert_int_equal(stat_at(fix->url, "users"), 1);
}

static void a_deployment_is_created_found_and_listed(void **state)
{
	struct fixture *fix = *state;
	struct fetch create = { .path = "/api/v1/deployments/",
				.body = GOOD_DEPLOYMENT,
				.token = fix->token,
				.headers = { "X-Correlation-ID: abc-1" } };
	struct reply made = fetch(fix->url, &create), found, list;
	char path[128];

	assert_int_equal(made.status, 201);
	assert_string_equal(text_at(&made, "app_name"), "nginx-0a1b2c3d");
	assert_string_equal(text_at(&made, "target_ring"), "PILOT");
	assert_string_equal(text_at(&made, "evidence_pack_id"), UUID);
	assert_non_null(strstr(made.headers, "X-Correlation-ID: abc-1\r\n"));
	snprintf(path, sizeof(path), "/api/v1/deployments/%s/", text_at(&made, "id"));
	found = fetch(fix->url, &(struct fetch){ .path = path, .token = fix->token });
	assert_int_equal(found.status, 200);
	assert_string_equal(found.body, made.body);
	for (int i = 0; i < 5; i++)
		assert_int_equal(fetch_status(fix->url, &create), 201);
	list = fetch(fix->url, &(struct fetch){ .path = "/api/v1/deployments/?limit=3",
						.token = fix->token });
	assert_int_equal(list.status, 200);
	assert_int_equal(json_integer_value(json_object_get(list.json, "count")), 6);
	assert_int_equal(json_array_size(json_object_get(list.json, "deployments")), 3);
	reply_free(&made);
	reply_free(&found);
	reply_free(&list);
}

static void a_missing_deployment_is_404_and_a_bad_limit_400(void **state)
{
	static const struct {
		const char *path;
		long status;
	} cases[] = {
		{ "/api/v1/deployments/" UUID "/", 404 },
		{ "/api/v1/deployments/not-a-uuid/", 404 },
		{ "/api/v1/deployments/?limit=0", 400 },
		{ "/api/v1/deployments/?limit=1001", 400 },
		{ "/api/v1/deployments/?limit=x", 400 },
		{ "/api/v1/cab/pending/?limit=x", 400 },
		{ "/api/v1/deployments/?other=1", 200 },
	};
	struct fixture *fix = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = cases[i].path,
									 .token = fix->token }),
				 cases[i].status);
}

static void a_bad_deployment_is_refused_naming_the_field(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{ "{\"evidence_pack_id\":\"" UUID "\"}", "app_name" },
		{ "{\"app_name\":\"\",\"evidence_pack_id\":\"" UUID "\"}", "app_name" },
		{ "{\"app_name\":[1],\"evidence_pack_id\":\"" UUID "\"}", "app_name" },
		{ "{\"app_name\":\"a\"}", "evidence_pack_id" },
		{ "{\"app_name\":\"a\",\"evidence_pack_id\":\"zzz\"}", "evidence_pack_id" },
		{ "{\"app_name\":\"a\",\"version\":1,\"evidence_pack_id\":\"" UUID "\"}",
		  "version" },
		{ "{\"app_name\":\"a\",\"target_ring\":\"MOON\",\"evidence_pack_id\":\"" UUID "\"}",
		  "target_ring" },
	};
	struct fixture *fix = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply reply =
			fetch(fix->url, &(struct fetch){ .path = "/api/v1/deployments/",
							 .body = cases[i].body,
							 .token = fix->token });

		assert_int_equal(reply.status, 400);
		assert_true(json_is_array(json_object_get(reply.json, cases[i].field)));
		reply_free(&reply);
	}
	assert_int_equal(stat_at(fix->url, "deployments.created"), 0);
}

static void the_same_idempotency_key_gives_the_same_deployment(void **state)
{
	struct fixture *fix = *state;
	struct fetch create = { .path = "/api/v1/deployments/",
				.body = GOOD_DEPLOYMENT,
				.token = fix->token,
				.headers = { "Idempotency-Key: key-1" } };
	struct reply first = fetch(fix->url, &create);
	struct reply again = fetch(fix->url, &create);
	struct reply other;

	create.headers[0] = "Idempotency-Key: key-2";
	other = fetch(fix->url, &create);
	assert_int_equal(first.status, 201);
	assert_int_equal(again.status, 200);
	assert_string_equal(first.body, again.body);
	assert_int_equal(other.status, 201);
	assert_string_not_equal(text_at(&first, "id"), text_at(&other, "id"));
	assert_int_equal(stat_at(fix->url, "deployments.created"), 2);
	assert_int_equal(stat_at(fix->url, "deployments.repeated"), 1);
	reply_free(&first);
	reply_free(&again);
	reply_free(&other);
}

/* A copy of the id of the first pending approval. */
static char *first_pending(struct fixture *fix, size_t *count)
{
	struct reply reply =
		fetch(fix->url, &(struct fetch){ .path = "/api/v1/cab/pending/?limit=100",
						 .token = fix->token });
	const json_t *list = json_object_get(reply.json, "approvals");
	char *id;

	assert_int_equal(reply.status, 200);
	*count = json_array_size(list);
	id = strdup(json_string_value(json_object_get(json_array_get(list, 0), "id")));
	reply_free(&reply);
	return id;
}

static long decide(struct fixture *fix, const char *id, const char *verb, const char *body)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/cab/%s/%s/", id, verb);
	return fetch_status(fix->url, &(struct fetch){ .path = path,
						       .method = "POST",
						       .body = body,
						       .token = fix->token });
}

static void an_approval_is_decided_once(void **state)
{
	static const char body[] = "{\"comments\":\"looks good\",\"conditions\":[]}";
	struct fixture *fix = *state;
	size_t count;
	char *id = first_pending(fix, &count), *next;

	assert_int_equal(count, 100);
	assert_int_equal(decide(fix, id, "approve", body), 200);
	next = first_pending(fix, &count);
	assert_int_equal(count, 100); /* replenished */
	assert_string_not_equal(id, next);
	assert_int_equal(decide(fix, id, "approve", body), 404);
	assert_int_equal(decide(fix, id, "reject", body), 409);
	assert_int_equal(decide(fix, next, "reject", NULL), 200);
	assert_int_equal(decide(fix, next, "approve", body), 409);
	assert_int_equal(decide(fix, UUID, "approve", body), 404);
	assert_int_equal(decide(fix, "x", "reject", body), 404);
	assert_int_equal(decide(fix, next, "approve", "{\"comments\":1}"), 400);
	assert_int_equal(stat_at(fix->url, "approvals.approved"), 1);
	assert_int_equal(stat_at(fix->url, "approvals.rejected"), 1);
	assert_int_equal(stat_at(fix->url, "approvals.refused"), 1);
	assert_int_equal(stat_at(fix->url, "approvals.conflicting"), 2);
	assert_int_equal(stat_at(fix->url, "approvals.duplicates"), 0);
	free(id);
	free(next);
}

static void pending_approvals_never_run_dry(void **state)
{
	struct fixture *fix = *state;
	size_t count;

	for (int i = 0; i < 250; i++) {
		char *id = first_pending(fix, &count);

		assert_int_equal(count, 100);
		assert_int_equal(decide(fix, id, i % 2 ? "approve" : "reject", "{}"), 200);
		free(id);
	}
	assert_int_equal(stat_at(fix->url, "approvals.approved"), 125);
}

static void the_five_planes_are_published_to_and_no_others(void **state)
{
	static const char *const planes[] = { "INTUNE", "JAMF", "SCCM", "LANDSCAPE", "ANSIBLE" };
	struct fixture *fix = *state;
	struct fetch status = { .path = "/api/v1/connectors/status/" UUID "/",
				.token = fix->token };
	struct reply reply;
	char body[256];

	assert_int_equal(fetch_status(fix->url, &status), 404);
	for (size_t i = 0; i < 5; i++) {
		snprintf(body, sizeof(body),
			 "{\"deployment_id\":\"" UUID "\",\"target_plane\":\"%s\","
			 "\"config\":{\"ring\":\"CANARY\",\"target_count\":50}}",
			 planes[i]);
		assert_int_equal(
			fetch_status(fix->url,
				     &(struct fetch){ .path = "/api/v1/connectors/publish/",
						      .body = body,
						      .token = fix->token }),
			200);
		snprintf(body, sizeof(body), "planes.%s", planes[i]);
		assert_int_equal(stat_at(fix->url, body), 1);
	}
	reply = fetch(fix->url, &status);
	assert_int_equal(reply.status, 200);
	assert_int_equal(json_object_size(json_object_get(reply.json, "planes")), 5);
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/api/v1/connectors/publish/",
						 .body = "{\"deployment_id\":\"" UUID
							 "\",\"target_plane\":\"WSUS\"}",
						 .token = fix->token });
	assert_int_equal(reply.status, 400);
	assert_non_null(json_object_get(reply.json, "target_plane"));
	reply_free(&reply);
}

static void what_was_published_can_be_remediated(void **state)
{
	struct fixture *fix = *state;
	struct fetch remediate = { .path = "/api/v1/connectors/remediate/",
				   .body = "{\"deployment_id\":\"" UUID
					   "\",\"reason\":\"drift\",\"action\":\"REINSTALL\"}",
				   .token = fix->token };
	struct fetch publish = { .path = "/api/v1/connectors/publish/",
				 .body = "deployment_id=" UUID "&target_plane=JAMF",
				 .type = "application/x-www-form-urlencoded; charset=utf-8",
				 .token = fix->token };

	assert_int_equal(fetch_status(fix->url, &remediate), 404);
	assert_int_equal(fetch_status(fix->url, &publish), 200);
	assert_int_equal(fetch_status(fix->url, &remediate), 200);
	remediate.body = "{\"deployment_id\":\"" UUID "\",\"reason\":\"x\",\"action\":\"PRAY\"}";
	assert_int_equal(fetch_status(fix->url, &remediate), 400);
	assert_int_equal(stat_at(fix->url, "connectors.remediated"), 1);
}

static void methods_and_slashes_are_as_django_has_them(void **state)
{
	struct fixture *fix = *state;
	struct reply reply =
		fetch(fix->url, &(struct fetch){ .path = "/api/v1/health/", .method = "DELETE" });

	assert_int_equal(reply.status, 405);
	assert_non_null(strstr(reply.headers, "Allow: GET, HEAD\r\n"));
	reply_free(&reply);
	reply = fetch(fix->url, &(struct fetch){ .path = "/api/v1/deployments?limit=2" });
	assert_int_equal(reply.status, 301);
	assert_non_null(strstr(reply.headers, "Location: /api/v1/deployments/?limit=2\r\n"));
	reply_free(&reply);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/api/v1/deployments",
								 .body = "{}" }),
			 404);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/nothing" }), 404);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/" }), 200);
}

static void statistics_equal_what_was_sent(void **state)
{
	struct fixture *fix = *state;
	struct fetch list = { .path = "/api/v1/deployments/?limit=5", .token = fix->token };
	struct fetch one = { .path = "/api/v1/deployments/" UUID "/", .token = fix->token };

	for (int i = 0; i < 7; i++)
		fetch_status(fix->url, &list);
	for (int i = 0; i < 5; i++)
		fetch_status(fix->url, &one);
	fetch_status(fix->url, &(struct fetch){ .path = "/api/v1/deployments/", .body = "{}" });
	fetch_status(fix->url, &(struct fetch){ .path = "/what/is/this" });
	assert_int_equal(stat_at(fix->url, "requests"), 15); /* with setup's login */
	assert_int_equal(stat_at(fix->url, "endpoints.GET /api/v1/deployments/"), 7);
	assert_int_equal(stat_at(fix->url, "endpoints.GET /api/v1/deployments/{id}/"), 5);
	assert_int_equal(stat_at(fix->url, "endpoints.POST /api/v1/deployments/"), 1);
	assert_int_equal(stat_at(fix->url, "endpoints.POST /api/v1/auth/login/"), 1);
	assert_int_equal(stat_at(fix->url, "endpoints.GET (unknown)"), 1);
	assert_int_equal(stat_at(fix->url, "statuses.200"), 8);
	assert_int_equal(stat_at(fix->url, "statuses.404"), 6);
	assert_int_equal(stat_at(fix->url, "statuses.401"), 1);
	assert_int_equal(stat_at(fix->url, "in_flight"), 0);
	assert_int_equal(fetch_status(fix->url, &(struct fetch){ .path = "/_target/stats",
								 .method = "DELETE" }),
			 204);
	assert_int_equal(stat_at(fix->url, "requests"), 0);
	assert_int_equal(fetch_status(fix->url, &list), 200); /* tokens stay valid */
}

static void distinct_tokens_are_counted_as_users(void **state)
{
	struct fixture *fix = *state;

	for (int i = 0; i < 5; i++) {
		char *token = login(fix->url, "loadtest_user");
		struct fetch list = { .path = "/api/v1/deployments/", .token = token };

		fetch_status(fix->url, &list);
		fetch_status(fix->url, &list);
		free(token);
	}
	assert_int_equal(stat_at(fix->url, "users"), 5);
	assert_int_equal(stat_at(fix->url, "logins.accepted"), 6);
}

static void many_requests_on_one_connection_are_answered_in_order(void **state)
{
	struct fixture *fix = *state;
	long long accepted = stat_at(fix->url, "connections.accepted");
	int fd = raw_connect(fix->url), seen = 0;
	char answer[4096];
	size_t len = 0;

	for (int i = 0; i < 3; i++)
		raw_request(fd, "GET", "/api/v1/health/", NULL); /* all three at once */
	while (seen < 3) {
		assert_true(len < sizeof(answer));
		assert_int_equal(raw_read(fd, answer + len, 1), 1);
		seen += answer[len++] == '}';
	}
	close(fd);
	assert_true(stat_at(fix->url, "connections.accepted") >= accepted + 1);
	assert_int_equal(stat_at(fix->url, "endpoints.GET /api/v1/health/"), 3);
}

static void it_listens_on_ipv6_and_unix_sockets(void **state)
{
	char dir[] = "/tmp/throng-test-XXXXXX", path[64], listen_on[80];
	struct target *target;

	(void)state;
	target = target_begin(&(struct target_config){ .listen = "[::1]:0" });
	assert_int_equal(strncmp(target_url(target), "http://[::1]:", 13), 0);
	assert_int_equal(
		fetch_status(target_url(target), &(struct fetch){ .path = "/api/v1/health/" }),
		200);
	target_end(target);

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	snprintf(listen_on, sizeof(listen_on), "unix:%s", path);
	for (int i = 0; i < 2; i++) {
		target = target_begin(&(struct target_config){ .listen = listen_on });
		assert_string_equal(target_url(target), listen_on);
		assert_int_equal(fetch_status("", &(struct fetch){ .path = "/api/v1/health/",
								   .unix_path = path }),
				 200);
		target_end(target);
		assert_int_not_equal(access(path, F_OK), 0);
	}
	rmdir(dir);
}

static void a_wrong_or_busy_address_is_told(void **state)
{
	static const char *const bad[] = { "nonsense",    "127.0.0.1", "::1:8000",
					   "127.0.0.1:x", "unix:",     "256.0.0.1:0" };
	struct fixture *fix = *state;
	struct target *target;
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct target_config config = { .listen = bad[i] };

		assert_int_not_equal(target_new(&target, &config, &err), 0);
		assert_non_null(strstr(err.text, bad[i]));
	}
	assert_int_not_equal(
		target_new(&target,
			   &(struct target_config){ .listen = fix->url + strlen("http://") }, &err),
		0);
	assert_non_null(strstr(err.text, "in use"));
}

static void the_statistics_can_be_had_without_serving(void **state)
{
	struct target *target = target_begin(&(struct target_config){ .seed = 1 });
	struct buf buf;
	json_t *json;

	(void)state;
	fetch_status(target_url(target), &(struct fetch){ .path = "/api/v1/health/" });
	target_stop(target);
	target_join(target);
	buf_init(&buf, 65536);
	assert_int_equal(target_stats(target, &buf), 0);
	json = json_loads(buf_str(&buf), 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json, "requests")), 1);
	assert_null(strchr(buf_str(&buf), '\n'));
	json_decref(json);
	buf_fini(&buf);
	target_free(target);
}

#define WITH_TARGET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TARGET(health_needs_no_token),
		WITH_TARGET(a_known_user_logs_in_by_json_and_by_form),
		WITH_TARGET(a_bad_login_is_refused),
		WITH_TARGET(every_other_api_path_wants_a_token),
		WITH_TARGET(a_deployment_is_created_found_and_listed),
		WITH_TARGET(a_missing_deployment_is_404_and_a_bad_limit_400),
		WITH_TARGET(a_bad_deployment_is_refused_naming_the_field),
		WITH_TARGET(the_same_idempotency_key_gives_the_same_deployment),
		WITH_TARGET(an_approval_is_decided_once),
		WITH_TARGET(pending_approvals_never_run_dry),
		WITH_TARGET(the_five_planes_are_published_to_and_no_others),
		WITH_TARGET(what_was_published_can_be_remediated),
		WITH_TARGET(methods_and_slashes_are_as_django_has_them),
		WITH_TARGET(statistics_equal_what_was_sent),
		WITH_TARGET(distinct_tokens_are_counted_as_users),
		WITH_TARGET(many_requests_on_one_connection_are_answered_in_order),
		cmocka_unit_test(it_listens_on_ipv6_and_unix_sockets),
		WITH_TARGET(a_wrong_or_busy_address_is_told),
		cmocka_unit_test(the_statistics_can_be_had_without_serving),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
