/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Each matcher looks at the front of the buffer and says how many bytes it used, 0 for "more is
 * needed". Bytes used without an event are noise that is dropped. */

struct match {
	size_t used;
	bool event;
};

void input_init(struct input *input)
{
	memset(input, 0, sizeof(*input));
}

void input_learn(struct input *input, const char *bytes, uint32_t key)
{
	struct input_sequence *sequence;
	size_t len = bytes != NULL ? strlen(bytes) : 0;

	/* single bytes are characters, whatever a terminal's description says */
	if (len < 2 || len >= sizeof(sequence->bytes) || input->sequence_count >= INPUT_SEQUENCES)
		return;
	sequence = &input->sequences[input->sequence_count++];
	memcpy(sequence->bytes, bytes, len + 1);
	sequence->key = key;
}

size_t input_feed(struct input *input, const void *bytes, size_t len)
{
	size_t room = sizeof(input->bytes) - input->len;

	if (len > room)
		len = room;
	memcpy(input->bytes + input->len, bytes, len);
	input->len += len;
	return len;
}

bool input_pending(const struct input *input)
{
	return input->len > 0;
}

static uint32_t shifted(uint32_t key)
{
	switch (key) {
	case INPUT_UP:
		return INPUT_SHIFT_UP;
	case INPUT_DOWN:
		return INPUT_SHIFT_DOWN;
	case INPUT_LEFT:
		return INPUT_SHIFT_LEFT;
	case INPUT_RIGHT:
		return INPUT_SHIFT_RIGHT;
	case INPUT_TAB:
		return INPUT_BACKTAB;
	default:
		return key;
	}
}

/* The key of CSI or SS3 with this final letter; 0: none. */
static uint32_t letter_key(unsigned char letter)
{
	switch (letter) {
	case 'A':
		return INPUT_UP;
	case 'B':
		return INPUT_DOWN;
	case 'C':
		return INPUT_RIGHT;
	case 'D':
		return INPUT_LEFT;
	case 'H':
		return INPUT_HOME;
	case 'F':
		return INPUT_END;
	case 'Z':
		return INPUT_BACKTAB;
	case 'M': /* keypad Enter, after SS3 only */
		return INPUT_ENTER;
	case 'P':
		return INPUT_F1;
	case 'a': /* rxvt: with Shift */
		return INPUT_SHIFT_UP;
	case 'b':
		return INPUT_SHIFT_DOWN;
	case 'c':
		return INPUT_SHIFT_RIGHT;
	case 'd':
		return INPUT_SHIFT_LEFT;
	default:
		return 0;
	}
}

static uint32_t number_key(int number)
{
	switch (number) {
	case 1:
	case 7:
		return INPUT_HOME;
	case 2:
		return INPUT_INSERT;
	case 3:
		return INPUT_DELETE;
	case 4:
	case 8:
		return INPUT_END;
	case 5:
		return INPUT_PAGE_UP;
	case 6:
		return INPUT_PAGE_DOWN;
	case 11:
		return INPUT_F1;
	default:
		return 0;
	}
}

static bool set_key(struct input_event *event, uint32_t key)
{
	*event = (struct input_event){ .type = INPUT_KEY, .key = key };
	return key != 0;
}

static bool set_mouse(struct input_event *event, int button, int x, int y, bool release)
{
	*event = (struct input_event){ .type = INPUT_MOUSE, .x = x - 1, .y = y - 1 };
	if (x < 1 || y < 1)
		return false;
	if (button & 64) {
		event->mouse = button & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
		return (button & 3) < 2 && !release;
	}
	if (release || (button & 3) == 3)
		event->mouse = MOUSE_RELEASE;
	else
		event->mouse = button & 32 ? MOUSE_DRAG : MOUSE_PRESS;
	/* the left button only, and no plain motion */
	return (button & 3) == 0 || ((button & 3) == 3 && !(button & 32));
}

/* Up to `max` numbers separated by ';' from the parameters of a CSI; missing ones are 0. */
static void numbers(const unsigned char *bytes, size_t len, int *out, size_t max)
{
	size_t n = 0;

	memset(out, 0, max * sizeof(*out));
	for (size_t i = 0; i < len && n < max; i++) {
		if (bytes[i] == ';')
			n++;
		else if (bytes[i] >= '0' && bytes[i] <= '9' && out[n] < 100000)
			out[n] = out[n] * 10 + (bytes[i] - '0');
	}
}

/* A whole control sequence: `len` bytes after "ESC [", the last of which is the final one. */
static bool decode_csi(struct input *input, const unsigned char *bytes, size_t len,
		       struct input_event *event)
{
	unsigned char final = bytes[len - 1];
	uint32_t key;
	int n[3];

	if (bytes[0] == '<' && (final == 'M' || final == 'm')) {
		numbers(bytes + 1, len - 2, n, 3);
		return set_mouse(event, n[0], n[1], n[2], final == 'm');
	}
	if (bytes[0] >= '<' && bytes[0] <= '?') /* an answer to a question */
		return false;
	numbers(bytes, len - 1, n, 3);
	if (final == '~' && (n[0] == 200 || n[0] == 201)) {
		input->pasting = n[0] == 200;
		return false;
	}
	if (final == 'M')
		return false;
	if (final == 'n' && n[0] == 0) { /* "I am well" */
		*event = (struct input_event){ .type = INPUT_ANSWER };
		return true;
	}
	key = final == '~' ? number_key(n[0]) : letter_key(final);
	if (n[1] == 2)
		key = shifted(key);
	else if (n[1] > 2) /* Alt and Control have no meaning here: better nothing than a guess */
		key = 0;
	return set_key(event, key);
}

static struct match match_csi(struct input *input, struct input_event *event)
{
	const unsigned char *bytes = input->bytes + 2;
	size_t len = input->len - 2;
	size_t i = 0;

	if (len > 0 && bytes[0] == 'M') { /* the old mouse report: three bytes, offset by 32 */
		if (len < 4)
			return (struct match){ 0, false };
		return (struct match){ 6, set_mouse(event, bytes[1] - 32, bytes[2] - 32,
						    bytes[3] - 32, false) };
	}
	if (len > 0 && bytes[0] == '[') /* F1..F5 of the Linux console */
		return len < 2 ? (struct match){ 0, false }
			       : (struct match){ 4, bytes[1] == 'A' && set_key(event, INPUT_F1) };
	while (i < len && bytes[i] >= 0x20 && bytes[i] < 0x40)
		i++;
	if (i == len)
		return (struct match){ 0, false };
	if (bytes[i] < 0x40 || bytes[i] > 0x7e) /* not a sequence after all */
		return (struct match){ i + 2, false };
	return (struct match){ i + 3, decode_csi(input, bytes, i + 1, event) };
}

/* A sequence of the terminal's description; `partial` when one begins with what is there. */
static struct match match_learned(const struct input *input, struct input_event *event,
				  bool *partial)
{
	*partial = false;
	for (size_t i = 0; i < input->sequence_count; i++) {
		const struct input_sequence *sequence = &input->sequences[i];
		size_t len = strlen(sequence->bytes);
		size_t common = len < input->len ? len : input->len;

		if (memcmp(sequence->bytes, input->bytes, common) != 0)
			continue;
		if (common == len)
			return (struct match){ len, set_key(event, sequence->key) };
		*partial = true;
	}
	return (struct match){ 0, false };
}

static struct match match_escape(struct input *input, struct input_event *event)
{
	bool partial;
	struct match match = match_learned(input, event, &partial);

	if (match.used > 0)
		return match;
	if (input->len < 2 || partial)
		return (struct match){ 0, false };
	switch (input->bytes[1]) {
	case '[':
		return match_csi(input, event);
	case 'O':
		if (input->len < 3)
			return (struct match){ 0, false };
		return (struct match){ 3, set_key(event, letter_key(input->bytes[2])) };
	case 0x1b:
		return (struct match){ 1, set_key(event, INPUT_ESCAPE) };
	default:
		/* Alt with a key, or ESC and a key that a slow link brought together: the ESC counts.
		 * A letter behind it is dropped, since Alt+x must not stop a run; Tab and Enter,
		 * which nobody presses with Alt, are kept. */
		return (struct match){ input->bytes[1] < 0x20 ? 1 : 2,
				       set_key(event, INPUT_ESCAPE) };
	}
}

static size_t utf8_length(unsigned char first)
{
	return first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
}

static struct match match_character(const struct input *input, bool final,
				    struct input_event *event)
{
	unsigned char first = input->bytes[0];
	uint32_t ch = first;
	size_t used = 1;

	if (first >= 0x80) {
		size_t need = utf8_length(first);

		for (size_t i = 1; i < need && i < input->len; i++) {
			if ((input->bytes[i] & 0xc0) != 0x80)
				need = 1;
		}
		if (input->len < need && !final)
			return (struct match){ 0, false };
		used = text_decode((const char *)input->bytes, input->len, &ch);
		if (ch == 0xfffd)
			return (struct match){ used, false };
	} else if (ch == '\n') {
		ch = INPUT_ENTER;
	} else if (ch == '\b') {
		ch = INPUT_BACKSPACE;
	}
	set_key(event, ch);
	event->type = input->pasting ? INPUT_PASTE : INPUT_KEY;
	return (struct match){ used, ch != 0 };
}

static void consume(struct input *input, size_t used)
{
	input->len -= used;
	memmove(input->bytes, input->bytes + used, input->len);
}

bool input_next(struct input *input, bool final, struct input_event *event)
{
	while (input->len > 0) {
		struct match match;

		if (input->bytes[0] == 0x1b)
			match = match_escape(input, event);
		else
			match = match_character(input, final, event);
		if (match.used == 0) {
			if (!final && input->len < sizeof(input->bytes))
				return false;
			/* nothing more came: a lone ESC is the key, the rest of a sequence noise */
			match.event = input->len == 1 && input->bytes[0] == 0x1b &&
				      set_key(event, INPUT_ESCAPE);
			match.used = input->len;
		}
		consume(input, match.used);
		if (match.event)
			return true;
	}
	return false;
}
