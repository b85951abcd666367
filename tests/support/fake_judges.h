/* SPDX-License-Identifier: MIT */
#ifndef THRONG_TESTS_FAKE_JUDGES_H
#define THRONG_TESTS_FAKE_JUDGES_H

#include "record/criteria.h"
#include "record/findings.h"

/* Stand in for criteria.c and findings.c in tests of what prints their verdicts. */
struct criteria {
	struct criterion_state states[4];
	size_t count;
};

struct findings {
	struct finding list[4];
	size_t count;
};

size_t criteria_count(const struct criteria *criteria)
{
	return criteria->count;
}

const struct criterion_state *criteria_at(const struct criteria *criteria, size_t i)
{
	return &criteria->states[i];
}

size_t findings_count(const struct findings *findings)
{
	return findings->count;
}

const struct finding *findings_at(const struct findings *findings, size_t i)
{
	return &findings->list[i];
}

const char *finding_name(enum finding_kind kind)
{
	return kind == FINDING_DRIFT ? "drift" : "latency-break";
}

#endif
