/* SPDX-License-Identifier: MIT */
#ifndef THRONG_MESSAGE_PROTOCOL_H
#define THRONG_MESSAGE_PROTOCOL_H

/* What was wrong with an answer: the detail of FAILURE_PROTOCOL. Each way an answer can be
 * malformed has its own value; enum and texts stand in one table in protocol.c. */
enum protocol_error {
	PROTOCOL_NONE,
	PROTOCOL_NOT_HTTP,          /* does not begin with "HTTP/" */
	PROTOCOL_VERSION,           /* HTTP, but not 1.x */
	PROTOCOL_STATUS_LINE,       /* no three-digit status, or control characters behind it */
	PROTOCOL_SWITCHED,          /* 101: another protocol, which nobody asked for */
	PROTOCOL_HEADER_NAME,       /* empty header name, or a character no name may hold */
	PROTOCOL_HEADER_COLON,      /* header line without a colon */
	PROTOCOL_HEADER_VALUE,      /* control character in a header's value */
	PROTOCOL_LENGTH,            /* Content-Length is not a number, or beyond 2^63 */
	PROTOCOL_LENGTHS_DIFFER,    /* two Content-Length values that differ */
	PROTOCOL_TRANSFER_ENCODING, /* anything but "chunked" */
	PROTOCOL_CHUNK_SIZE,        /* not a hexadecimal number, or beyond 2^63 */
	PROTOCOL_CHUNK_END,         /* a chunk's data is not followed by a line end */
	PROTOCOL_CONTENT_ENCODING,  /* a Content-Encoding that was not offered */
	PROTOCOL_CONTENT_CORRUPT,   /* compressed body cannot be decoded */
	PROTOCOL_ERRORS
};

/* One short sentence for a person; never NULL, also for values outside the enum. Any thread. */
const char *protocol_error_text(int detail);

#endif
