/* SPDX-License-Identifier: MIT */
/* The drive is played through once: each move ends a straight piece and begins another. */
#include "config.h"

#include "scenario/driven.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/command.h"
#include "scenario/driven_corners.h"

#define USERS_TOLERANCE 0.25
#define RATE_TOLERANCE  0.001 /* of the highest */

struct drive {
	const struct scenario *scenario;
	const struct load *load;
	struct driven_corner *corners;
	size_t count, room;
	/* the clock */
	bool paused;
	uint64_t stood_ns, stopped_ns;
	/* the way under way: users of each class, or the arrival rate in class 0 */
	size_t classes;
	double from[SCENARIO_CLASSES_MAX], to[SCENARIO_CLASSES_MAX];
	uint64_t begin_ns, over_ns;
	double steps, rate, rhythm_ns; /* of users: step j is made at rhythm + j / rate */
	bool arrived;                  /* its end is a corner already */
	/* the load's own */
	bool by_hand;
	size_t stage;
	uint64_t stage_ns;
	double spawn_rate;
	bool own_shares;
	double shares[SCENARIO_CLASSES_MAX];
	/* the highest */
	double peak;
	double peak_of[SCENARIO_CLASSES_MAX];
};

static bool same(double a, double b)
{
	return !(a < b) && !(a > b);
}

static double sum_of(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum;
}

static void corner(struct drive *drive, uint64_t at_ns, double level)
{
	size_t n = drive->count;

	/* standing still takes two corners, however often it was asked for */
	if (n >= 2 && same(drive->corners[n - 1].level, level) &&
	    same(drive->corners[n - 2].level, level)) {
		drive->corners[n - 1].at_ns = at_ns;
		return;
	}
	if (drive->count == drive->room) {
		size_t room = drive->room == 0 ? 64 : 2 * drive->room;
		struct driven_corner *corners = mem_array(room, sizeof(*corners));
		if (drive->count > 0)
			memcpy(corners, drive->corners, drive->count * sizeof(*corners));
		free(drive->corners);
		drive->corners = corners;
		drive->room = room;
	}
	drive->corners[drive->count++] = (struct driven_corner){ at_ns, level };
}

/* When step j of the way is made: to the nanosecond as engine/schedule.c has it, since a step that is due
 * at this very instant decides where a new way begins. */
static double step_ns(const struct drive *drive, double step)
{
	return drive->rhythm_ns + ceil(step * (1e9 / drive->rate) * (1 - 4e-15));
}

/* Steps of the way until here, of users: they come one by one. */
static double steps_made(const struct drive *drive, uint64_t clock_ns)
{
	double now_ns = (double)clock_ns, made;

	if (!isfinite(drive->rate) || drive->steps <= 0)
		return drive->steps;
	made = floor((now_ns - drive->rhythm_ns) / 1e9 * drive->rate);
	made = made >= drive->steps ? drive->steps : made > 0 ? made : 0;
	while (made < drive->steps && step_ns(drive, made + 1) <= now_ns)
		made++;
	while (made > 0 && step_ns(drive, made) > now_ns)
		made--;
	return made;
}

static void level_at(const struct drive *drive, uint64_t clock_ns, double *levels)
{
	double part = 1;

	if (drive->load->open && clock_ns < drive->begin_ns + drive->over_ns)
		part = (double)(clock_ns - drive->begin_ns) / (double)drive->over_ns;
	else if (!drive->load->open && drive->steps > 0)
		part = steps_made(drive, clock_ns) / drive->steps;
	for (size_t i = 0; i < drive->classes; i++)
		levels[i] = drive->from[i] + (drive->to[i] - drive->from[i]) * part;
}

/* How many there were of each class when most existed. */
static void note_peak(struct drive *drive, const double *levels)
{
	double level = sum_of(levels, drive->classes);

	if (level <= drive->peak)
		return;
	drive->peak = level;
	memcpy(drive->peak_of, levels, drive->classes * sizeof(*levels));
}

/* The end of the way becomes a corner once the clock has passed it. */
static void arrive(struct drive *drive, uint64_t clock_ns)
{
	if (drive->arrived || clock_ns < drive->begin_ns + drive->over_ns)
		return;
	drive->arrived = true;
	corner(drive, drive->begin_ns + drive->over_ns, sum_of(drive->to, drive->classes));
	note_peak(drive, drive->to);
}

/* A new way from where the old one stands: over some time, its first step in the rhythm of `rhythm_ns`
 * (of users). */
static void set_way(struct drive *drive, uint64_t clock_ns, const double *to, double steps,
		    double rate, double rhythm_ns)
{
	double here[SCENARIO_CLASSES_MAX] = { 0 };

	arrive(drive, clock_ns);
	level_at(drive, clock_ns, here);
	corner(drive, clock_ns, sum_of(here, drive->classes));
	note_peak(drive, here);
	memcpy(drive->from, here, sizeof(here));
	memmove(drive->to, to, drive->classes * sizeof(*to));
	drive->begin_ns = clock_ns;
	drive->over_ns = isfinite(rate) ? (uint64_t)llround(steps / rate * 1e9) : 0;
	drive->steps = steps;
	drive->rate = rate;
	drive->rhythm_ns = rhythm_ns;
	drive->arrived = false;
	arrive(drive, clock_ns);
}

static double steps_to(const struct drive *drive, uint64_t clock_ns, const double *to)
{
	double here[SCENARIO_CLASSES_MAX] = { 0 }, steps = 0;

	level_at(drive, clock_ns, here);
	for (size_t i = 0; i < drive->classes; i++)
		steps += fabs(to[i] - here[i]);
	return steps;
}

static void set_way_over(struct drive *drive, uint64_t clock_ns, const double *to, uint64_t over_ns)
{
	double steps = steps_to(drive, clock_ns, to);

	set_way(drive, clock_ns, to, steps,
		over_ns > 0 && steps > 0 ? steps / ((double)over_ns / 1e9) : INFINITY,
		(double)clock_ns);
}

/* At the spawn rate: users come and go one after the other, whatever their class. Whoever rests takes the
 * first step at once; on the way the rhythm is kept (schedule.h). */
static void set_way_by_rate(struct drive *drive, uint64_t clock_ns, const double *to, double rate)
{
	double steps = steps_to(drive, clock_ns, to), made = steps_made(drive, clock_ns);
	double last_ns = drive->rhythm_ns;

	if (!isfinite(rate)) {
		set_way(drive, clock_ns, to, steps, rate, (double)clock_ns);
		return;
	}
	if (made > 0 && isfinite(drive->rate))
		last_ns = step_ns(drive, made);
	set_way(drive, clock_ns, to, steps, rate,
		fmax(last_ns, (double)clock_ns - floor(1e9 / rate)));
}

/* In the proportions set by hand: largest remainder, earlier classes first on a tie (steering.c). */
static void split_by_shares(const struct drive *drive, double total, double *to)
{
	double all = sum_of(drive->shares, drive->classes), rest[SCENARIO_CLASSES_MAX];
	unsigned given = 0;

	for (size_t i = 0; i < drive->classes; i++) {
		double exact = total * drive->shares[i] / all;
		to[i] = floor(exact);
		rest[i] = exact - to[i];
		given += (unsigned)to[i];
	}
	for (; given < (unsigned)total; given++) {
		size_t best = 0;
		for (size_t i = 1; i < drive->classes; i++)
			if (rest[i] > rest[best])
				best = i;
		rest[best] = -1;
		to[best]++;
	}
}

static void split(const struct drive *drive, double total, double *to)
{
	unsigned counts[SCENARIO_CLASSES_MAX];

	if (drive->own_shares) {
		split_by_shares(drive, total, to);
		return;
	}
	scenario_split_users(drive->scenario, (unsigned)total, counts);
	for (size_t i = 0; i < drive->classes; i++)
		to[i] = counts[i];
}

static double clamp_to(double value, double most)
{
	if (!(value > 0))
		return 0;
	return most > 0 && value > most ? most : value;
}

static double users_of(const struct drive *drive, double value)
{
	return round(clamp_to(value, drive->load->max_users));
}

/* What is asked for before the start takes the place of the load's own beginning. */
static void forget_way(struct drive *drive, const struct command *move)
{
	if (move->at_ns > 0)
		return;
	memset(drive->from, 0, sizeof(drive->from));
	memset(drive->to, 0, sizeof(drive->to));
	drive->steps = drive->peak = 0;
	drive->over_ns = 0;
	drive->rate = INFINITY;
	drive->rhythm_ns = -INFINITY;
	drive->arrived = true;
	drive->count = 0;
	corner(drive, 0, 0);
}

static void set_users(struct drive *drive, uint64_t clock_ns, const struct command *move)
{
	double to[SCENARIO_CLASSES_MAX] = { 0 };

	if (move->class_id != COMMAND_ALL && move->class_id >= drive->classes)
		return;
	drive->by_hand = true;
	if (move->class_id == COMMAND_ALL) {
		split(drive, users_of(drive, move->value), to);
	} else {
		double others, wanted = users_of(drive, move->value);
		memcpy(to, drive->to, sizeof(to));
		to[move->class_id] = 0;
		others = sum_of(to, drive->classes);
		to[move->class_id] = fmax(fmin(wanted, drive->load->max_users - others), 0);
		if (others + to[move->class_id] > 0) {
			drive->own_shares = true;
			memcpy(drive->shares, to, sizeof(to));
		}
	}
	forget_way(drive, move);
	set_way_by_rate(drive, clock_ns, to, drive->spawn_rate);
}

/* Stages that begin up to clock_ns, as long as nobody has taken over. */
static void own_load(struct drive *drive, uint64_t clock_ns)
{
	const struct load *load = drive->load;
	double to[SCENARIO_CLASSES_MAX] = { 0 };

	while (drive->stage < load->stage_count && drive->stage_ns <= clock_ns) {
		const struct stage *stage = &load->stages[drive->stage++];
		if (!drive->by_hand && stage->kind == STAGE_USERS) {
			split(drive, users_of(drive, stage->value), to);
			set_way_over(drive, drive->stage_ns, to, stage->duration_ns);
		} else if (!drive->by_hand && stage->kind == STAGE_RATE) {
			to[0] = clamp_to(stage->value, load->max_rate);
			set_way_over(drive, drive->stage_ns, to, stage->duration_ns);
		}
		drive->stage_ns += stage->duration_ns;
	}
}

static void begin(struct drive *drive)
{
	const struct load *load = drive->load;
	double to[SCENARIO_CLASSES_MAX] = { 0 };

	drive->arrived = true;
	corner(drive, 0, 0);
	if (load->stage_count > 0)
		return;
	if (load->open) {
		to[0] = clamp_to(load->rate, load->max_rate);
		set_way_over(drive, 0, to, load->rate_over_ns);
	} else {
		split(drive, users_of(drive, load->users), to);
		set_way_by_rate(drive, 0, to, drive->spawn_rate);
	}
}

static uint64_t clock_of(const struct drive *drive, uint64_t at_ns)
{
	uint64_t at = drive->paused && drive->stopped_ns < at_ns ? drive->stopped_ns : at_ns;

	return at > drive->stood_ns ? at - drive->stood_ns : 0;
}

static void make_move(struct drive *drive, const struct command *move)
{
	uint64_t clock_ns = clock_of(drive, move->at_ns);
	double to[SCENARIO_CLASSES_MAX] = { 0 };

	own_load(drive, clock_ns);
	switch ((enum command_type)move->type) {
	case COMMAND_USERS:
		if (!drive->load->open)
			set_users(drive, clock_ns, move);
		break;
	case COMMAND_SPAWN_RATE:
		if (drive->load->open || !(move->value > 0))
			break;
		drive->spawn_rate = move->value;
		if (clock_ns >= drive->begin_ns + drive->over_ns)
			break;
		memcpy(to, drive->to, sizeof(to));
		forget_way(drive, move);
		set_way_by_rate(drive, clock_ns, to, move->value);
		break;
	case COMMAND_ARRIVAL_RATE:
		if (!drive->load->open)
			break;
		drive->by_hand = true;
		forget_way(drive, move);
		to[0] = clamp_to(move->value, drive->load->max_rate);
		set_way_over(drive, clock_ns, to, 0);
		break;
	case COMMAND_PANIC:
		drive->by_hand = true;
		forget_way(drive, move);
		set_way_over(drive, clock_ns, to, 0);
		break;
	case COMMAND_PAUSE:
		if (!drive->paused)
			drive->stopped_ns = move->at_ns;
		drive->paused = true;
		break;
	case COMMAND_RESUME:
		if (drive->paused && move->at_ns > drive->stopped_ns)
			drive->stood_ns += move->at_ns - drive->stopped_ns;
		drive->paused = false;
		break;
	case COMMAND_START:
	case COMMAND_STOP:
	case COMMAND_STOP_NOW:
	case COMMAND_RESET:
	case COMMAND_MARK:
	case COMMAND_FOCUS:
	case COMMAND_SAVE_SCENARIO:
	case COMMAND_LOG:
		break;
	}
}

/* The load's time was up before. */
static bool over(const struct drive *drive, uint64_t at_ns)
{
	return drive->load->duration_ns > 0 && clock_of(drive, at_ns) > drive->load->duration_ns;
}

static void end(struct drive *drive, uint64_t end_ns)
{
	uint64_t clock_ns = clock_of(drive, end_ns);
	double here[SCENARIO_CLASSES_MAX] = { 0 };

	if (drive->load->duration_ns > 0 && clock_ns > drive->load->duration_ns)
		clock_ns = drive->load->duration_ns;
	own_load(drive, clock_ns);
	arrive(drive, clock_ns);
	level_at(drive, clock_ns, here);
	corner(drive, clock_ns, sum_of(here, drive->classes));
	note_peak(drive, here);
}

void driven_stages(const struct scenario *scenario, const struct command *moves, size_t count,
		   uint64_t end_ns, struct driven *out)
{
	const struct load *load = &scenario->load;
	struct drive drive = { .scenario = scenario,
			       .load = load,
			       .classes = load->open ? 1 : scenario->class_count,
			       .rate = INFINITY,
			       .rhythm_ns = -INFINITY,
			       .spawn_rate = load->spawn_rate > 0 ? load->spawn_rate : INFINITY };

	memset(out, 0, sizeof(*out));
	begin(&drive);
	for (size_t i = 0; i < count; i++)
		if (moves[i].at_ns <= end_ns && !over(&drive, moves[i].at_ns))
			make_move(&drive, &moves[i]);
	end(&drive, end_ns);
	out->paused_ns = drive.stood_ns;
	if (drive.paused && end_ns > drive.stopped_ns)
		out->paused_ns += end_ns - drive.stopped_ns;
	out->peak = drive.peak;
	out->tolerance = load->open ? RATE_TOLERANCE * drive.peak : USERS_TOLERANCE;
	drive.count = driven_simplify(drive.corners, drive.count, out->tolerance);
	while (drive.count > DRIVEN_STAGES_MAX) {
		out->tolerance = out->tolerance > 0 ? 2 * out->tolerance : 1;
		drive.count = driven_simplify(drive.corners, drive.count, out->tolerance);
	}
	if (drive.peak > 0)
		driven_make_stages(drive.corners, drive.count, load->open, out);
	out->own_shares = drive.own_shares && !load->open;
	for (size_t i = 0; i < drive.classes; i++)
		out->shares[i] = (uint32_t)llround(drive.peak_of[i]);
	free(drive.corners);
}

void driven_fini(struct driven *driven)
{
	free(driven->stages);
	driven->stages = NULL;
	driven->stage_count = 0;
}
