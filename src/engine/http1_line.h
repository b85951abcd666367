/* SPDX-License-Identifier: MIT */
#ifndef THRONG_ENGINE_HTTP1_LINE_H
#define THRONG_ENGINE_HTTP1_LINE_H

#include <stdbool.h>

#include "message/protocol.h"

/* Lines of an answer's head: the inner part of http1.c, used by nothing else. */

struct http1;

/* The end of the line that [p, end) begins in: *eol at its CR or LF, the next line's start
 * returned. NULL: not complete. *bad: a control character stands in it, at *eol. */
char *http1_line_end(char *p, char *end, char **eol, bool *bad);

/* Both read the line at `line` into the parser's fields and return the start of the next one; NULL
 * when *error is set or, with PROTOCOL_NONE, when the line is not complete. A header line is
 * complete with the first byte behind it, for a blank there continues it: folds become blanks in
 * place. Fields of a trailer are checked and ignored. */
char *http1_line_status(struct http1 *parser, char *line, char *end, enum protocol_error *error);
char *http1_line_header(struct http1 *parser, char *line, char *end, bool trailer,
			enum protocol_error *error);

#endif
