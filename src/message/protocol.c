/* SPDX-License-Identifier: MIT */
/* Texts of the ways an answer can be malformed. */
#include "config.h"

#include "message/protocol.h"

static const char *const texts[PROTOCOL_ERRORS] = {
	[PROTOCOL_NONE] = "the answer is well formed",
	[PROTOCOL_NOT_HTTP] = "the answer does not begin with HTTP/",
	[PROTOCOL_VERSION] = "the answer's HTTP version is not 1.x",
	[PROTOCOL_STATUS_LINE] = "the status line is malformed",
	[PROTOCOL_SWITCHED] = "the server switched to another protocol (101) unasked",
	[PROTOCOL_HEADER_NAME] = "a header name is empty or holds a forbidden character",
	[PROTOCOL_HEADER_COLON] = "a header line has no colon",
	[PROTOCOL_HEADER_VALUE] = "a header value holds a control character",
	[PROTOCOL_LENGTH] = "Content-Length is not a number",
	[PROTOCOL_LENGTHS_DIFFER] = "two Content-Length values differ",
	[PROTOCOL_TRANSFER_ENCODING] = "Transfer-Encoding is not \"chunked\"",
	[PROTOCOL_CHUNK_SIZE] = "a chunk size is not a hexadecimal number",
	[PROTOCOL_CHUNK_END] = "a chunk does not end with a line end",
	[PROTOCOL_CONTENT_ENCODING] = "the body has a Content-Encoding that was not offered",
	[PROTOCOL_CONTENT_CORRUPT] = "the compressed body cannot be decoded",
};

const char *protocol_error_text(int detail)
{
	if (detail < 0 || detail >= PROTOCOL_ERRORS)
		return "the answer is not valid HTTP";
	return texts[detail];
}
