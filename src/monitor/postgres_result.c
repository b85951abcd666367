/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "monitor/postgres_result.h"

#include <stdio.h>
#include <string.h>

#include "monitor/postgres_fault.h"
#include "monitor/postgres_table.h"

void pg_result_rows(struct pg_table *table, const PGresult *result)
{
	int columns = PQnfields(result), rows = PQntuples(result);

	pg_table_reset(table, (size_t)columns);
	for (int c = 0; c < columns; c++)
		pg_table_name(table, PQfname(result, c));
	for (int r = 0; r < rows && !pg_table_overflow(table); r++)
		for (int c = 0; c < columns; c++)
			pg_table_add(table,
				     PQgetisnull(result, r, c) ? NULL : PQgetvalue(result, r, c));
}

void pg_result_fault(struct pg_fault *fault, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char message[400];

	if (state == NULL) {
		pg_fault_parse(fault, PQresultErrorMessage(result));
		return;
	}
	snprintf(message, sizeof(message), "ERROR:  %.5s: %s", state, text != NULL ? text : "");
	pg_fault_parse(fault, message);
}

bool pg_result_is_fatal(const PGresult *result)
{
	/* the word is translated, this field (9.6 and later) is not */
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	return PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL && severity != NULL &&
	       (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}
