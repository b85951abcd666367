/* SPDX-License-Identifier: MIT */
/* Cost: some 20 to 100 us for each exchange, of which there are at most a few dozen a second. The
 * buffers grow to their largest content and stay. */
#include "config.h"

#include "record/exchange_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/buf.h"
#include "base/mask.h"
#include "base/mem.h"
#include "base/text.h"
#include "message/example.h"
#include "message/exchange.h"
#include "message/sample.h"
#include "record/exchange_curl.h"
#include "record/stats.h"
#include "scenario/names.h"
#include "scenario/scenario.h"
#include "scenario/secrets.h"

#define PIECE_MAX   ((size_t)256 * 1024)
#define VALUES_MAX  512
#define WITHHELD    "(withheld: the secrets that would have to be masked are larger than 8 KiB)"
#define ENV_MARK    "{{env "
#define SHORT_MAX   1024
#define INFLATE_MAX EXCHANGE_BODY_MAX

/* A piece of a request or an answer on its way: masked, then cleaned. */
struct piece {
	struct buf masked, clean;
	struct mask_marks marks;
};

struct exchange_notes {
	const struct scenario *scenario;
	struct secrets secrets;
	struct mask_value *fixed; /* from the environment */
	size_t fixed_count;
	struct mask_value values[VALUES_MAX];
	size_t value_count;
	bool withheld;
	struct piece path, request_headers, request_body, response_headers, response_body;
	struct buf url, clean_url, curl, variables;
};

/* ---- what is secret ----------------------------------------------------------------------- */

/* {{env NAME default}}: the value was compiled in and has no variable any more. */
static void add_environment(struct exchange_notes *notes)
{
	const char *at = notes->scenario->source != NULL ? notes->scenario->source : "";

	while ((at = strstr(at, ENV_MARK)) != NULL) {
		size_t len, rest;
		const char *value;
		char *name;

		at += strlen(ENV_MARK);
		at += strspn(at, " ");
		len = strcspn(at, " }|\"\\");
		name = mem_strndup(at, len);
		value = getenv(name);
		rest = strspn(at + len, " ");
		if (mask_is_secret_name(NULL, name, len)) {
			struct mask_value *fixed;
			const char *fallback = at + len + rest;

			notes->fixed = mem_grow(notes->fixed, notes->fixed_count,
						notes->fixed_count + 1, sizeof(*notes->fixed));
			fixed = &notes->fixed[notes->fixed_count++];
			fixed->data = value != NULL && value[0] != '\0'
					      ? mem_strdup(value)
					      : mem_strndup(fallback, strcspn(fallback, "}\"\\"));
			fixed->len = strlen(fixed->data);
			fixed->name = name;
		} else {
			free(name);
		}
		at += len;
	}
}

static void init_piece(struct piece *piece)
{
	buf_init(&piece->masked, PIECE_MAX);
	buf_init(&piece->clean, PIECE_MAX);
}

struct exchange_notes *exchange_notes_new(const struct scenario *scenario)
{
	struct exchange_notes *notes = mem_new(sizeof(*notes));

	notes->scenario = scenario;
	secrets_init(&notes->secrets, scenario);
	add_environment(notes);
	init_piece(&notes->path);
	init_piece(&notes->request_headers);
	init_piece(&notes->request_body);
	init_piece(&notes->response_headers);
	init_piece(&notes->response_body);
	buf_init(&notes->url, PIECE_MAX);
	buf_init(&notes->clean_url, PIECE_MAX);
	buf_init(&notes->curl, PIECE_MAX);
	buf_init(&notes->variables, PIECE_MAX);
	return notes;
}

static void fini_piece(struct piece *piece)
{
	buf_fini(&piece->masked);
	buf_fini(&piece->clean);
}

void exchange_notes_free(struct exchange_notes *notes)
{
	if (notes == NULL)
		return;
	for (size_t i = 0; i < notes->fixed_count; i++) {
		union {
			const char *in;
			char *out;
		} name = { .in = notes->fixed[i].name }, data = { .in = notes->fixed[i].data };

		free(name.out);
		explicit_bzero(data.out, notes->fixed[i].len);
		free(data.out);
	}
	free(notes->fixed);
	secrets_fini(&notes->secrets);
	fini_piece(&notes->path);
	fini_piece(&notes->request_headers);
	fini_piece(&notes->request_body);
	fini_piece(&notes->response_headers);
	fini_piece(&notes->response_body);
	buf_fini(&notes->url);
	buf_fini(&notes->clean_url);
	buf_fini(&notes->curl);
	buf_fini(&notes->variables);
	free(notes);
}

static void collect_values(struct exchange_notes *notes, const struct exchange *exchange)
{
	struct mask_value value;
	uint32_t at = 0;
	uint16_t slot;

	notes->value_count = 0;
	notes->withheld = exchange->secrets_cut;
	for (size_t i = 0; i < notes->fixed_count && notes->value_count < VALUES_MAX; i++)
		notes->values[notes->value_count++] = notes->fixed[i];
	while (exchange_next_secret(exchange, &at, &slot, &value.data, &value.len)) {
		value.name = names_at(notes->scenario->names, slot);
		if (notes->value_count == VALUES_MAX) {
			notes->withheld = true;
			return;
		}
		notes->values[notes->value_count++] = value;
	}
}

/* ---- text --------------------------------------------------------------------------------- */

/* Bytes of a character that begins at the very end and is not complete. */
static size_t half_character(const char *data, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned char c = (unsigned char)data[len - n];

		if ((c & 0xc0) == 0x80)
			continue;
		return (c >= 0xf0 && n < 4) || (c >= 0xe0 && n < 3) || (c >= 0xc0 && n < 2) ? n : 0;
	}
	return 0;
}

/* Line by line: newlines stay, whatever else steers a terminal does not. */
static void clean_lines(struct buf *out, const char *data, size_t len)
{
	buf_reset(out);
	while (len > 0) {
		const char *eol = memchr(data, '\n', len);
		size_t line = eol != NULL ? (size_t)(eol - data) : len, text = line;
		char *to;

		if (text > 0 && data[text - 1] == '\r')
			text--;
		to = buf_reserve(out, 3 * text + 1);
		if (to == NULL)
			return;
		out->len += text_clean(to, 3 * text + 1, data, text, false);
		if (eol != NULL)
			(void)buf_addc(out, '\n');
		line += eol != NULL ? 1 : 0;
		data += line;
		len -= line;
	}
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

static void mask_piece(struct exchange_notes *notes, struct piece *piece, const char *data,
		       size_t len, bool cut, bool headers)
{
	const struct mask_rules rules = { .values = notes->values,
					  .value_count = notes->value_count,
					  .names = (const char *const *)notes->secrets.fields,
					  .name_count = notes->secrets.field_count };

	buf_reset(&piece->masked);
	piece->marks.count = 0;
	if (cut)
		len -= half_character(data, len);
	if (notes->withheld && len > 0)
		(void)buf_adds(&piece->masked, WITHHELD);
	else if (headers)
		mask_headers(&rules, data, len, cut, &piece->masked, &piece->marks);
	else
		mask_text(&rules, data, len, cut, &piece->masked, &piece->marks);
	clean_lines(&piece->clean, buf_str(&piece->masked), piece->masked.len);
}

static bool is_cut(const struct exchange *exchange, enum exchange_part part)
{
	return exchange->parts[part].full > exchange->parts[part].len;
}

static void take_part(struct exchange_notes *notes, struct piece *piece,
		      const struct exchange *exchange, enum exchange_part part, bool headers)
{
	size_t len;
	const char *data = exchange_part(exchange, part, &len);

	mask_piece(notes, piece, data, len, is_cut(exchange, part), headers);
}

/* ---- the answer's body -------------------------------------------------------------------- */

/* The value of a header line; NULL when it is not there. */
static const char *find_header(const char *lines, size_t len, const char *name, size_t *value_len)
{
	size_t n = strlen(name);

	while (len > 0) {
		const char *eol = memchr(lines, '\n', len);
		size_t line = eol != NULL ? (size_t)(eol - lines) : len;

		if (line > n && lines[n] == ':' && strncasecmp(lines, name, n) == 0) {
			const char *value = lines + n + 1;

			*value_len = line - n - 1;
			while (*value_len > 0 && *value == ' ') {
				value++;
				--*value_len;
			}
			return value;
		}
		line += eol != NULL ? 1 : 0;
		lines += line;
		len -= line;
	}
	return NULL;
}

/* The beginning of a compressed body as far as it goes. Returns the bytes of text, 0: it is no such
 * thing. */
static size_t inflate_start(char *dst, size_t size, const char *data, size_t len, int window_bits)
{
	z_stream stream = { .next_in = (const unsigned char *)data, .avail_in = (unsigned)len };
	size_t done;

	if (inflateInit2(&stream, window_bits) != Z_OK)
		return 0;
	stream.next_out = (unsigned char *)dst;
	stream.avail_out = (unsigned)size;
	(void)inflate(&stream, Z_SYNC_FLUSH);
	done = size - stream.avail_out;
	(void)inflateEnd(&stream);
	return done;
}

static size_t undo_coding(const struct exchange *exchange, char *dst, size_t size)
{
	size_t lines_len, len, coding_len = 0, done;
	const char *lines = exchange_part(exchange, EXCHANGE_RESPONSE_HEADERS, &lines_len);
	const char *data = exchange_part(exchange, EXCHANGE_RESPONSE_BODY, &len);
	const char *coding = find_header(lines, lines_len, "Content-Encoding", &coding_len);

	if (!exchange->coded || coding == NULL || coding_len < 4 || len == 0)
		return 0;
	if (strncasecmp(coding, "gzip", 4) == 0 || strncasecmp(coding, "x-gz", 4) == 0)
		return inflate_start(dst, size, data, len, MAX_WBITS + 16);
	if (strncasecmp(coding, "defl", 4) != 0)
		return 0;
	done = inflate_start(dst, size, data, len, MAX_WBITS);
	return done > 0 ? done : inflate_start(dst, size, data, len, -MAX_WBITS);
}

static void take_response_body(struct exchange_notes *notes, const struct exchange *exchange,
			       struct example *example)
{
	char text[INFLATE_MAX];
	size_t len = undo_coding(exchange, text, sizeof(text));
	uint64_t full = exchange->parts[EXCHANGE_RESPONSE_BODY].full;

	example->response_body_bytes =
		exchange->response_body_bytes > 0 ? exchange->response_body_bytes : full;
	if (len > 0) {
		bool cut =
			len == sizeof(text) || is_cut(exchange, EXCHANGE_RESPONSE_BODY) ||
			exchange->response_body_bytes > exchange->parts[EXCHANGE_RESPONSE_BODY].len;

		mask_piece(notes, &notes->response_body, text, len, cut, false);
		example->response_cut |= cut;
		explicit_bzero(text, sizeof(text));
		return;
	}
	/* what came instead of a head may be header lines */
	take_part(notes, &notes->response_body, exchange, EXCHANGE_RESPONSE_BODY,
		  exchange->headless);
	example->response_cut |= is_cut(exchange, EXCHANGE_RESPONSE_BODY);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void write_request(struct exchange_notes *notes, const struct exchange *exchange,
			  struct example *example)
{
	char host[EXCHANGE_HOST_MAX + 1];
	size_t len;
	const char *data = exchange_part(exchange, EXCHANGE_HOST, &len);
	const struct exchange_request request = {
		.method = exchange->method,
		.tls = exchange->tls,
		.home = exchange->home,
		.host = host,
		.port = exchange->port,
		.path = { buf_str(&notes->path.masked), notes->path.masked.len,
			  &notes->path.marks },
		.headers = { buf_str(&notes->request_headers.masked),
			     notes->request_headers.masked.len, &notes->request_headers.marks },
		.body = { buf_str(&notes->request_body.masked), notes->request_body.masked.len,
			  &notes->request_body.marks },
		.has_body = exchange->has_body,
		.body_bytes = example->request_body_bytes,
		.body_cut = is_cut(exchange, EXCHANGE_REQUEST_BODY),
		.cut = is_cut(exchange, EXCHANGE_PATH) ||
		       is_cut(exchange, EXCHANGE_REQUEST_HEADERS),
		.timeout_ns = exchange->kind == FAILURE_TIMEOUT
				      ? exchange->end_ns - exchange->start_ns
				      : 0,
	};

	memcpy(host, data, len);
	host[len] = '\0';
	buf_reset(&notes->url);
	buf_reset(&notes->curl);
	buf_reset(&notes->variables);
	exchange_url(&notes->url, &request);
	clean_lines(&notes->clean_url, buf_str(&notes->url), notes->url.len);
	if (notes->withheld)
		(void)buf_adds(&notes->curl, "# " WITHHELD);
	else
		exchange_curl(&notes->curl, &notes->variables, notes->scenario, &request);
	example->url = buf_str(&notes->clean_url);
	example->request_headers = buf_str(&notes->request_headers.clean);
	example->request_body = buf_str(&notes->request_body.clean);
	example->curl = buf_str(&notes->curl);
	example->variables = buf_str(&notes->variables);
}

static void take_texts(struct exchange_notes *notes, const struct exchange *exchange,
		       struct example *example)
{
	example->request_body_bytes = exchange->parts[EXCHANGE_REQUEST_BODY].full;
	example->request_cut = is_cut(exchange, EXCHANGE_PATH) ||
			       is_cut(exchange, EXCHANGE_REQUEST_HEADERS) ||
			       is_cut(exchange, EXCHANGE_REQUEST_BODY);
	example->response_cut = is_cut(exchange, EXCHANGE_RESPONSE_HEADERS);
	take_part(notes, &notes->path, exchange, EXCHANGE_PATH, false);
	take_part(notes, &notes->request_headers, exchange, EXCHANGE_REQUEST_HEADERS, true);
	take_part(notes, &notes->request_body, exchange, EXCHANGE_REQUEST_BODY, false);
	take_part(notes, &notes->response_headers, exchange, EXCHANGE_RESPONSE_HEADERS, true);
	take_response_body(notes, exchange, example);
	if (example->sent)
		write_request(notes, exchange, example);
	example->response_headers = buf_str(&notes->response_headers.clean);
	example->response_body = buf_str(&notes->response_body.clean);
}

static uint32_t micros(uint64_t from_ns, uint64_t to_ns)
{
	return sample_us(from_ns, to_ns);
}

const struct example *exchange_note(struct exchange_notes *notes, const struct exchange *exchange,
				    uint64_t start_ns, uint64_t wall_ns)
{
	const struct scenario *scenario = notes->scenario;
	const struct stats_failure failure = { .endpoint = exchange->endpoint,
					       .kind = exchange->kind,
					       .status = exchange->status,
					       .detail = exchange->detail };
	bool known = exchange->endpoint < scenario->endpoint_count;
	char text[512], name[SHORT_MAX], class_name[SHORT_MAX] = "", title[SHORT_MAX];
	char method[4 * EXCHANGE_METHOD_MAX], raw[SHORT_MAX];
	struct example example = {
		.scenario = title,
		.method = method,
		.url = "",
		.name = name,
		.class_name = class_name,
		.kind = (enum failure_kind)exchange->kind,
		.status = exchange->status,
		.text = text,
		.user = exchange->user,
		.wall_ns = wall_ns,
		.setup = (exchange->flags & SAMPLE_FLAG_SETUP) != 0,
		.redirects = exchange->hops,
		.sent = exchange->parts[EXCHANGE_HOST].len > 0,
		.connected = exchange->connect_ns > 0,
		.answered = exchange->first_byte_ns > 0,
		.connect_us = micros(0, exchange->connect_ns),
		.first_byte_us = micros(exchange->start_ns, exchange->first_byte_ns),
		.end_us = micros(exchange->start_ns, exchange->end_ns),
		.response_us = micros(exchange->intended_ns, exchange->end_ns),
		.headless = exchange->headless,
		.request_headers = "",
		.request_body = "",
		.curl = "",
		.variables = "",
	};

	if (start_ns != 0 && exchange->end_ns > start_ns)
		example.at_ns = exchange->end_ns - start_ns;
	stats_failure_text(scenario, &failure, text, sizeof(text));
	text_clean(title, sizeof(title), scenario->name, SIZE_MAX, false);
	text_clean(method, sizeof(method), exchange->method, SIZE_MAX, false);
	if (exchange->class_id < scenario->class_count)
		text_clean(class_name, sizeof(class_name),
			   scenario->classes[exchange->class_id].name, SIZE_MAX, false);
	if (known)
		(void)snprintf(raw, sizeof(raw), "%s %s",
			       scenario->endpoints[exchange->endpoint].method,
			       scenario->endpoints[exchange->endpoint].name);
	else /* no step of the scenario: engine/setup.c */
		(void)snprintf(raw, sizeof(raw), "health check");
	text_clean(name, sizeof(name), raw, SIZE_MAX, false);
	collect_values(notes, exchange);
	take_texts(notes, exchange, &example);
	return example_new(&example);
}
