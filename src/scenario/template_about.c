/* SPDX-License-Identifier: MIT */
/* What a compiled template says about itself. Nothing here renders; note_env alone changes it, while
 * it is compiled. */
#include "config.h"

#include "scenario/template.h"

#include <string.h>

#include "base/mem.h"
#include "scenario/template_internal.h"

bool template_is_constant(const struct template *tpl)
{
	return template_constant(tpl) != NULL;
}

/* Literals that follow each other are one operation, and only insertions put anything else
 * into the pool: a constant text is the whole pool. */
const char *template_constant(const struct template *tpl)
{
	if (tpl->count == 0)
		return "";
	return tpl->count == 1 && !tpl->ops[0].fn ? buf_str(&tpl->pool) : NULL;
}

const char *template_source(const struct template *tpl)
{
	return tpl->source;
}

void template_outline(const struct template *tpl, struct buf *out)
{
	for (size_t i = 0; i < tpl->count; i++) {
		const struct op *op = &tpl->ops[i];

		if (op->fn)
			(void)buf_addf(out, "{%.*s}", (int)op->label.len,
				       tpl->pool.data + op->label.at);
		else
			(void)buf_add(out, tpl->pool.data + op->text.at, op->text.len);
	}
}

static void op_each_slot(const struct op *op, void (*fn)(unsigned slot, void *arg), void *arg)
{
	if (op->has_slot)
		fn(op->slot, arg);
	if (op->fallback)
		op_each_slot(op->fallback, fn, arg);
	if (op->sub)
		template_each_slot(op->sub, 0, fn, arg);
}

size_t template_count(const struct template *tpl)
{
	return tpl->count;
}

void template_each_slot(const struct template *tpl, size_t first,
			void (*fn)(unsigned slot, void *arg), void *arg)
{
	for (size_t i = first; i < tpl->count; i++)
		op_each_slot(&tpl->ops[i], fn, arg);
}

void template_note_env(struct template *tpl, const char *name, bool set)
{
	for (size_t i = 0; i < tpl->env_count; i++)
		if (strcmp(tpl->envs[i].name, name) == 0)
			return;
	tpl->envs = mem_grow(tpl->envs, tpl->env_count, tpl->env_count + 1, sizeof(*tpl->envs));
	tpl->envs[tpl->env_count++] = (struct env_use){ mem_strdup(name), set };
}

void template_each_env(const struct template *tpl,
		       void (*fn)(const char *name, bool set, void *arg), void *arg)
{
	for (size_t i = 0; i < tpl->env_count; i++)
		fn(tpl->envs[i].name, tpl->envs[i].set, arg);
}
