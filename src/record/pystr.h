/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_PYSTR_H
#define THRONG_RECORD_PYSTR_H

#include <stddef.h>

struct buf;

/* Append Python's repr() of a UTF-8 string: in single quotes (in double ones when it holds only
 * single ones), backslashes and what cannot be printed escaped. Characters that Unicode has not
 * assigned count as printable here. Any thread. Returns 0 or -EMSGSIZE as buf_add. */
int pystr_repr(struct buf *out, const char *str, size_t len);

#endif
