/* SPDX-License-Identifier: MIT */
/* Fuzzing of the masks: whatever stands around them, a value that is looked for and the value of a
 * field that is called a password are never seen, marks stand where masks do, and what is quoted for a
 * shell holds nothing that steers a terminal.
 *
 * sources: src/base/mask src/base/shell src/base/buf src/base/mem src/base/text
 * libraries: zlib
 */
#include "config.h"

#include "base/mask.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/shell.h"

#define VALUE "T0K/en+v\"al=="
#define PLAIN "f13ldV4lue"
#define FIELD "{\"password\":\"" PLAIN "\"}"
#define NOISE 4096

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check(const char *text, size_t len, bool headers, bool cut)
{
	static const struct mask_value values[] = { { "token", VALUE, sizeof(VALUE) - 1 } };
	static const struct mask_rules rules = { .values = values, .value_count = 1 };
	struct mask_marks marks = { .count = 0 };
	struct buf out, quoted;

	buf_init(&out, (size_t)1 << 20);
	buf_init(&quoted, (size_t)1 << 22);
	if (headers)
		mask_headers(&rules, text, len, cut, &out, &marks);
	else
		mask_text(&rules, text, len, cut, &out, &marks);
	require(!out.overflow);
	require(memmem(buf_str(&out), out.len, VALUE, sizeof(VALUE) - 1) == NULL);
	require(memmem(buf_str(&out), out.len, PLAIN, strlen(PLAIN)) == NULL);
	for (size_t i = 0; i < marks.count; i++) {
		require(marks.list[i].at + 3 <= out.len);
		require(memcmp(out.data + marks.list[i].at, MASK_TEXT, 3) == 0);
		require(marks.list[i].name[0] != '\0');
		require(i == 0 || marks.list[i].at >= marks.list[i - 1].at + 3);
	}
	shell_quote(&quoted, buf_str(&out), out.len);
	for (size_t i = 0; i < quoted.len; i++)
		require((unsigned char)quoted.data[i] >= 0x20 && quoted.data[i] != 0x7f);
	buf_fini(&out);
	buf_fini(&quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size < 3 ? 0 : size - 3, at;
	bool field;
	char *text;

	if (size < 3 || len > NOISE || memmem(data + 3, len, PLAIN, strlen(PLAIN)) != NULL)
		return 0;
	/* exact, so that ASan sees every step beyond */
	field = (data[0] & 4) != 0;
	at = ((size_t)data[1] << 8 | data[2]) % (len + 1);
	const char *secret = field ? FIELD : VALUE;
	size_t secret_len = strlen(secret);
	text = malloc(len + secret_len);
	memcpy(text, data + 3, at);
	memcpy(text + at, secret, secret_len);
	memcpy(text + at + secret_len, data + 3 + at, len - at);
	check(text, len + secret_len, (data[0] & 1) != 0, (data[0] & 2) != 0);
	free(text);
	return 0;
}
