/* SPDX-License-Identifier: MIT */
/* The PostgreSQL panel without a server: questions by version, answers in both forms, what a fault is called, what numbers become. */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "message/reading.h"
#include "monitor/postgres_fault.h"
#include "monitor/postgres_link.h"
#include "monitor/postgres_psql.h"
#include "monitor/postgres_sql.h"
#include "monitor/postgres_table.h"
#include "monitor/postgres_tally.h"
#include "scenario/scenario.h"

/* ---- questions ------------------------------------------------------------------------------- */

static char *sql(enum pg_query query, int version)
{
	struct buf out;

	buf_init(&out, 65536);
	pg_sql(query, version, &out);
	assert_false(out.overflow);
	return buf_take(&out, NULL);
}

static bool has(enum pg_query query, int version, const char *words)
{
	char *text = sql(query, version);
	bool found = strstr(text, words) != NULL;

	free(text);
	return found;
}

static void questions_follow_the_version(void **state)
{
	static const int versions[] = { 120000, 130010, 140005, 150018, 160003, 170002 };

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		int v = versions[i];

		/* 16 brought a third kind of reserved connections, and asking an older one for it is an error */
		assert_int_equal(has(PG_QUERY_CEILING, v, "reserved_connections')::int,"), true);
		assert_int_equal(
			has(PG_QUERY_CEILING, v, "current_setting('reserved_connections')"),
			v >= 160000);
		assert_int_equal(has(PG_QUERY_CEILING, v, "pg_use_reserved_connections"),
				 v >= 160000);
		/* 14 counts the time sessions are active */
		assert_int_equal(has(PG_QUERY_COUNTERS, v, "sum(active_time)"), v >= 140000);
		assert_int_equal(has(PG_QUERY_COUNTERS, v, "NULL::float8"), v < 140000);
		/* names of wait events changed with 17, their types did not */
		assert_false(has(PG_QUERY_MAIN, v, "wait_event ="));
		assert_true(has(PG_QUERY_MAIN, v, "'idle in transaction (aborted)'"));
	}
}

static void questions_are_one_line_and_one_statement(void **state)
{
	(void)state;
	for (unsigned query = 0; query < PG_QUERIES; query++) {
		for (int version = 120000; version <= 180000; version += 10000) {
			char *text = sql((enum pg_query)query, version);

			assert_true(strlen(text) > 50);
			assert_null(strpbrk(text, ";\n"));
			free(text);
		}
		assert_non_null(pg_sql_name((enum pg_query)query));
	}
}

/* As many columns as the enum says: those of the outermost list, parted by commas outside of parentheses and quotes. */
static size_t columns_of(const char *text)
{
	const char *at = strncmp(text, "WITH", 4) == 0 ? NULL : text;
	size_t columns = 1;
	int depth = 0;

	for (const char *c = text; at == NULL && *c != '\0'; c++) {
		depth += (*c == '(') - (*c == ')');
		if (depth == 0 && strncmp(c, " SELECT ", 8) == 0)
			at = c + 1;
	}
	depth = 0;
	for (bool quoted = false; at != NULL && *at != '\0'; at++) {
		quoted ^= *at == '\'';
		if (quoted)
			continue;
		depth += (*at == '(') - (*at == ')');
		if (depth == 0 && strncmp(at, " FROM ", 6) == 0)
			break;
		columns += depth == 0 && *at == ',';
	}
	return columns;
}

static void questions_have_the_columns_that_are_read(void **state)
{
	static const size_t wanted[PG_QUERIES] = {
		[PG_QUERY_MAIN] = PG_MAIN_COLUMNS,        [PG_QUERY_CEILING] = PG_CEILING_COLUMNS,
		[PG_QUERY_COUNTERS] = PG_COUNTER_COLUMNS, [PG_QUERY_GROUPS] = PG_GROUP_COLUMNS,
		[PG_QUERY_BLOCKER] = PG_BLOCKER_COLUMNS,
	};

	(void)state;
	for (unsigned query = 0; query < PG_QUERIES; query++)
		for (int version = 120000; version <= 170000; version += 10000) {
			char *text = sql((enum pg_query)query, version);

			assert_int_equal(columns_of(text), wanted[query]);
			free(text);
		}
}

/* ---- answers --------------------------------------------------------------------------------- */

static void add_line(struct pg_table *table, const char *line)
{
	pg_table_add_line(table, line, strlen(line));
}

static void lines_of_psql_are_the_same_table_as_fields(void **state)
{
	struct pg_table *a = pg_table_new(), *b = pg_table_new();
	static const char *const fields[] = { "5", NULL, "a b", "", "-1.5", "t" };

	(void)state;
	pg_table_reset(a, 3);
	for (size_t i = 0; i < COUNT(fields); i++)
		pg_table_add(a, fields[i]);
	pg_table_reset(b, 0);
	add_line(b, "5\x1f\x02\x1f"
		    "a b");
	add_line(b, "too\x1f"
		    "few");
	add_line(b, "\x1f-1.5\x1ft");
	for (size_t i = 0; i < 2; i++) {
		struct pg_table *table = i == 0 ? a : b;
		double value;

		assert_int_equal(pg_table_rows(table), 2);
		assert_int_equal(pg_table_columns(table), 3);
		assert_null(pg_table_text(table, 0, 1));
		assert_string_equal(pg_table_string(table, 0, 1), "");
		assert_string_equal(pg_table_text(table, 0, 2), "a b");
		assert_string_equal(pg_table_text(table, 1, 0), "");
		assert_true(pg_table_number(table, 1, 1, &value) && value == -1.5);
		assert_true(pg_table_number(table, 1, 2, &value) && value == 1);
		assert_false(pg_table_number(table, 0, 1, &value)); /* null */
		assert_false(pg_table_number(table, 0, 2, &value)); /* no number */
		assert_false(pg_table_number(table, 1, 0, &value)); /* nothing */
		assert_null(pg_table_text(table, 2, 0));
		assert_null(pg_table_text(table, 0, 3));
		assert_int_equal(pg_table_column(table, "x"), SIZE_MAX);
	}
	pg_table_free(a);
	pg_table_free(b);
}

static void a_table_has_a_maximum(void **state)
{
	struct pg_table *table = pg_table_new();
	static char big[100000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	pg_table_reset(table, 1);
	for (int i = 0; i < 20; i++)
		pg_table_add(table, big);
	assert_true(pg_table_overflow(table));
	assert_in_range(pg_table_rows(table), 9, 11);
	pg_table_reset(table, 1);
	assert_false(pg_table_overflow(table));
	pg_table_add(table, "1");
	assert_string_equal(pg_table_text(table, 0, 0), "1");
	pg_table_free(table);
}

/* ---- psql ------------------------------------------------------------------------------------ */

static bool begins(const struct buf *buf, const char *text)
{
	return strncmp(buf_str(buf), text, strlen(text)) == 0;
}

static void psql_is_asked_so_that_nothing_escapes(void **state)
{
	struct buf out;
	const char *argv[PG_PSQL_ARGV];
	size_t n = 0;

	(void)state;
	buf_init(&out, 4096);
	pg_psql_ask(&out, "throng_main", "SELECT 1", true);
	assert_string_equal(buf_str(&out),
			    "PREPARE throng_main AS SELECT 1;\nEXECUTE throng_main;\n"
			    "\\echo @throng-end :SQLSTATE :LAST_ERROR_MESSAGE\n");
	buf_reset(&out);
	pg_psql_ask(&out, "throng_main", "SELECT 1", false);
	assert_true(begins(&out, "EXECUTE throng_main;\n\\echo"));
	buf_reset(&out);
	pg_psql_ask(&out, NULL, "SELECT '\n\\! sh", true);
	assert_true(begins(&out, "SELECT $throng$SELECT '\n\\! sh$throng$ \\gexec\n"));
	buf_reset(&out);
	pg_psql_ask(&out, NULL, "SELECT 1 $throng$ \\! sh", true);
	assert_null(strstr(buf_str(&out), "\\! sh"));
	buf_fini(&out);
	pg_psql_argv(argv, "eucora_user", "eucora");
	while (argv[n] != NULL)
		n++;
	assert_string_equal(argv[0], "psql");
	assert_string_equal(argv[n - 1], "eucora");
	assert_string_equal(argv[n - 3], "eucora_user");
}

static bool is_end(const char *line, struct pg_fault *fault)
{
	return pg_psql_is_end(line, strlen(line), fault);
}

static void the_end_of_an_answer_says_how_it_went(void **state)
{
	struct pg_fault fault;

	(void)state;
	assert_false(is_end("5\x1f"
			    "6",
			    &fault));
	assert_false(is_end("@throng", &fault));
	assert_true(is_end("@throng-end 00000 ", &fault));
	assert_string_equal(fault.sqlstate, "");
	assert_true(is_end("@throng-end 42P01 relation \"x\" does not exist", &fault));
	assert_string_equal(fault.sqlstate, "42P01");
	assert_string_equal(fault.text, "relation \"x\" does not exist");
	assert_true(is_end("@throng-end :SQLSTATE :LAST_ERROR_MESSAGE", &fault)); /* psql 10 */
	assert_string_equal(fault.sqlstate, "");
	assert_true(is_end("@throng-end 57014", &fault));
	assert_string_equal(fault.sqlstate, "57014");
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void faults_are_told_by_their_code_in_any_language(void **state)
{
	static const struct {
		const char *message;
		enum pg_trouble trouble;
		const char *sqlstate, *text;
	} cases[] = {
		{ "connection to server at \"127.0.0.1\", port 5 failed: FATAL:  53300: sorry, too "
		  "many "
		  "clients already\nLOCATION:  InitProcess, proc.c:359\n",
		  PG_TROUBLE_FULL, "53300", "sorry, too many clients already" },
		{ "Verbindung fehlgeschlagen: FATAL:  53300: tut mir leid, schon zu viele "
		  "Verbindungen\n",
		  PG_TROUBLE_FULL, "53300", "tut mir leid, schon zu viele Verbindungen" },
		{ "致命错误:  57P03: 数据库系统正在关闭\n", PG_TROUBLE_STARTING, "57P03",
		  "数据库系统正在关闭" },
		{ "FATAL:  57P01: terminating connection due to administrator command",
		  PG_TROUBLE_STOPPED, "57P01",
		  "terminating connection due to administrator command" },
		{ "a failed: FATAL:  57P03: x\nb failed: FATAL:  28P01: password wrong\n",
		  PG_TROUBLE_DENIED, "28P01", "password wrong" },
		{ "FATAL:  08P01: no more connections allowed (max_client_conn)", PG_TROUBLE_FULL,
		  "08P01", "no more connections allowed (max_client_conn)" },
		{ "FATAL:  08P01: unsupported startup parameter: options", PG_TROUBLE_POOLER,
		  "08P01", "unsupported startup parameter: options" },
		{ "ERROR:  42601: syntax error at or near \"x\"", PG_TROUBLE_STRANGE, "42601",
		  "syntax error at or near \"x\"" },
		{ "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs "
		  "the "
		  "server running on that host?\n",
		  PG_TROUBLE_UNREACHABLE, "", "Connection refused" },
		{ "connection to server failed: received invalid response to SSL negotiation: H\n",
		  PG_TROUBLE_STRANGE, "", "received invalid response to SSL negotiation: H" },
		/* psql: no codes, words of the server */
		{ "psql: error: connection to server on socket \"/tmp/s\" failed: FATAL:  role "
		  "\"postgres\" does not exist",
		  PG_TROUBLE_DENIED, "28000", "role \"postgres\" does not exist" },
		{ "psql: error: connection to server on socket \"/tmp/s\" failed: FATAL:  database "
		  "\"x\" does not exist",
		  PG_TROUBLE_DENIED, "3D000", "database \"x\" does not exist" },
		{ "psql: error: connection to server on socket \"/tmp/s\" failed: FATAL:  "
		  "remaining "
		  "connection slots are reserved for roles with the SUPERUSER attribute",
		  PG_TROUBLE_FULL, "53300",
		  "remaining connection slots are reserved for roles with the SUPERUSER "
		  "attribute" },
		{ "", PG_TROUBLE_UNREACHABLE, "", "" },
	};
	struct pg_fault fault;
	char line[READING_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		pg_fault_parse(&fault, cases[i].message);
		assert_string_equal(fault.text, cases[i].text);
		assert_string_equal(fault.sqlstate, cases[i].sqlstate);
		assert_int_equal(fault.trouble, cases[i].trouble);
		pg_fault_say(&fault, "app@db:5432/app", line, sizeof(line));
		assert_true(strlen(line) > 10 && strlen(line) < READING_TEXT_MAX - 1);
	}
}

static void lines_never_lose_their_remedy(void **state)
{
	struct pg_fault fault = { .trouble = PG_TROUBLE_FULL };
	char where[400], line[READING_TEXT_MAX];
	static const struct {
		enum pg_trouble trouble;
		const char *end;
	} cases[] = {
		{ PG_TROUBLE_FULL, "(tried every second)" },
		{ PG_TROUBLE_DENIED, "or allow it in pg_hba.conf" },
		{ PG_TROUBLE_PASSWORD, "set PGPASSWORD or ~/.pgpass" },
		{ PG_TROUBLE_STRANGE, "is this a PostgreSQL server?" },
	};

	(void)state;
	memset(where, 'w', sizeof(where) - 1);
	where[sizeof(where) - 1] = '\0';
	memset(fault.text, 't', sizeof(fault.text) - 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		fault.trouble = cases[i].trouble;
		pg_fault_say(&fault, where, line, sizeof(line));
		assert_non_null(strstr(line, cases[i].end));
	}
}

static void pauses_grow_but_a_free_slot_is_seen_within_two_seconds(void **state)
{
	(void)state;
	for (unsigned tries = 1; tries < 40; tries++)
		assert_true(pg_fault_pause_ns(PG_TROUBLE_FULL, tries) <= 1500000000ULL);
	assert_int_equal(pg_fault_pause_ns(PG_TROUBLE_UNREACHABLE, 1), 250000000ULL);
	assert_int_equal(pg_fault_pause_ns(PG_TROUBLE_UNREACHABLE, 2), 500000000ULL);
	assert_int_equal(pg_fault_pause_ns(PG_TROUBLE_UNREACHABLE, 6), 8000000000ULL);
	assert_int_equal(pg_fault_pause_ns(PG_TROUBLE_UNREACHABLE, 4000000000U), 8000000000ULL);
	assert_int_equal(pg_fault_pause_ns(PG_TROUBLE_DENIED, 1), 30000000000ULL);
}

/* ---- readings -------------------------------------------------------------------------------- */

struct said {
	struct reading readings[300];
	size_t count;
};

static void hear(void *arg, const struct reading *reading)
{
	struct said *said = arg;

	assert_true(said->count < COUNT(said->readings));
	said->readings[said->count++] = *reading;
}

/* The last value of a metric since the last call with forget; -1: none. */
static double value_of(const struct said *said, const char *metric)
{
	for (size_t i = said->count; i > 0; i--)
		if (said->readings[i - 1].type == READING_VALUE &&
		    strcmp(said->readings[i - 1].metric, metric) == 0)
			return said->readings[i - 1].value;
	return -1;
}

static unsigned events_of(const struct said *said, const char *metric)
{
	unsigned count = 0;

	for (size_t i = 0; i < said->count; i++)
		count += said->readings[i].type == READING_EVENT &&
			 strcmp(said->readings[i].metric, metric) == 0;
	return count;
}

static void give(struct pg_tally *tally, void (*take)(struct pg_tally *, const struct pg_table *),
		 const char *line)
{
	struct pg_table *table = pg_table_new();
	char *text = strdup(line);

	for (char *c = text; *c != '\0'; c++)
		if (*c == ' ')
			*c = PG_TABLE_SEPARATOR;
	pg_table_reset(table, 0);
	add_line(table, text);
	take(tally, table);
	free(text);
	pg_table_free(table);
}

static void rates_survive_resets_and_short_intervals(void **state)
{
	struct panels panels = { 0 };
	struct said said = { .count = 0 };
	struct pg_tally *tally = pg_tally_new(&panels, hear, &said);

	(void)state;
	/* clock commits rollbacks hits reads deadlocks files bytes active_ms */
	give(tally, pg_tally_counters, "1000 100 10 900 100 0 0 0 0");
	assert_float_equal(value_of(&said, "tps"), -1, 0);
	give(tally, pg_tally_counters,
	     "1000.5 9000 10 900 100 0 0 0 0"); /* too soon to be a rate */
	assert_float_equal(value_of(&said, "tps"), -1, 0);
	pg_tally_own(tally, 10);
	pg_tally_own_failed(tally);
	give(tally, pg_tally_counters, "1002 509 21 1890 110 1 1 4000 6000");
	assert_float_equal(value_of(&said, "tps"), 200, 1e-9); /* 409 less 9 of ours, in 2 s */
	assert_float_equal(value_of(&said, "rollbacks_ps"), 5, 1e-9);
	assert_float_equal(value_of(&said, "cache_hit_pct"), 99, 1e-9);
	assert_float_equal(value_of(&said, "temp_bps"), 2000, 1e-9);
	assert_float_equal(value_of(&said, "aas"), 3, 1e-9);
	assert_float_equal(value_of(&said, "deadlocks"), 1, 0);
	said.count = 0;
	give(tally, pg_tally_counters, "1004 5 0 3 1 0 0 0 0"); /* pg_stat_reset */
	assert_float_equal(value_of(&said, "tps"), -1, 0);
	assert_float_equal(value_of(&said, "deadlocks"), 1, 0);
	give(tally, pg_tally_counters,
	     "1006 15 0 3 1 2 0 0 0"); /* no block was read: no share of hits */
	assert_float_equal(value_of(&said, "tps"), 5, 1e-9);
	assert_float_equal(value_of(&said, "cache_hit_pct"), -1, 0);
	assert_float_equal(value_of(&said, "deadlocks"), 3, 0);
	pg_tally_free(tally);
}

static void before_14_average_active_is_the_sample(void **state)
{
	struct panels panels = { 0 };
	struct said said = { .count = 0 };
	struct pg_tally *tally = pg_tally_new(&panels, hear, &said);

	(void)state;
	give(tally, pg_tally_main, "12 6 0 4 1 1 0 1 1 0 0 2.5 1.5 0.5 f 99");
	give(tally, pg_tally_counters, "1000 0 0 0 0 0 0 0 \x02");
	give(tally, pg_tally_counters, "1002 10 0 0 0 0 0 0 \x02");
	assert_float_equal(value_of(&said, "aas"), 4, 0);
	assert_float_equal(value_of(&said, "longest_transaction_s"), 2.5, 0);
	assert_int_equal(pg_tally_blocked(tally), 1);
	pg_tally_free(tally);
}

static void refusals_are_counted_and_marked_by_episode(void **state)
{
	struct panels panels = { 0 };
	struct said said = { .count = 0 };
	struct pg_tally *tally = pg_tally_new(&panels, hear, &said);

	(void)state;
	pg_tally_admitted(tally, 4);
	assert_float_equal(value_of(&said, "refused"), 0, 0);
	for (int i = 0; i < 5; i++)
		pg_tally_refused(tally, "sorry");
	assert_float_equal(value_of(&said, "refused"), 5, 0);
	assert_int_equal(events_of(&said, "refused"), 1);
	pg_tally_admitted(tally, -1); /* through psql: no time that means something */
	assert_int_equal(events_of(&said, "admitted"), 1);
	assert_float_equal(value_of(&said, "connect_ms"), 4, 0);
	pg_tally_refused(tally, "sorry");
	assert_int_equal(events_of(&said, "refused"), 2);
	assert_float_equal(value_of(&said, "refused"), 6, 0);
	pg_tally_free(tally);
}

static void what_cannot_be_read_says_nothing(void **state)
{
	struct panels panels = { 0 };
	struct said said = { .count = 0 };
	struct pg_tally *tally = pg_tally_new(&panels, hear, &said);

	(void)state;
	give(tally, pg_tally_main, "1 2 3");
	give(tally, pg_tally_ceiling, "x");
	give(tally, pg_tally_counters, "");
	give(tally, pg_tally_groups, "a b");
	give(tally, pg_tally_pools, "a b");
	give(tally, pg_tally_config, "a b");
	assert_int_equal(said.count, 0);
	pg_tally_free(tally);
}

static void a_problem_is_said_once_and_ends_once(void **state)
{
	struct panels panels = { 0 };
	struct said said = { .count = 0 };
	struct pg_tally *tally = pg_tally_new(&panels, hear, &said);

	(void)state;
	pg_tally_problem(tally, "no connection");
	pg_tally_problem(tally, "no connection");
	assert_int_equal(said.count, 1);
	pg_tally_opened(tally, &(struct pg_opened){ .version = 150000 });
	pg_tally_opened(tally, &(struct pg_opened){ .version = 150000 });
	assert_int_equal(said.count, 2);
	assert_string_equal(said.readings[1].text, "");
	pg_tally_free(tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_follow_the_version),
		cmocka_unit_test(questions_are_one_line_and_one_statement),
		cmocka_unit_test(questions_have_the_columns_that_are_read),
		cmocka_unit_test(lines_of_psql_are_the_same_table_as_fields),
		cmocka_unit_test(a_table_has_a_maximum),
		cmocka_unit_test(psql_is_asked_so_that_nothing_escapes),
		cmocka_unit_test(the_end_of_an_answer_says_how_it_went),
		cmocka_unit_test(faults_are_told_by_their_code_in_any_language),
		cmocka_unit_test(lines_never_lose_their_remedy),
		cmocka_unit_test(pauses_grow_but_a_free_slot_is_seen_within_two_seconds),
		cmocka_unit_test(rates_survive_resets_and_short_intervals),
		cmocka_unit_test(before_14_average_active_is_the_sample),
		cmocka_unit_test(refusals_are_counted_and_marked_by_episode),
		cmocka_unit_test(what_cannot_be_read_says_nothing),
		cmocka_unit_test(a_problem_is_said_once_and_ends_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
