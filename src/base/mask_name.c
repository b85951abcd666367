/* SPDX-License-Identifier: MIT */
/* Names that say "what follows is a secret". Compared in lower case without "-", "_", "." and
 * blanks, so that every style of writing is one. */
#include "config.h"

#include "base/mask_internal.h"

#include <string.h>

#define NAME_MAX_LEN 128

/* Anywhere in a name. The manual lists them. */
static const char *const parts[] = {
	"password",   "passwd",        "passphrase", "passcode",   "secret",
	"token",      "apikey",        "accesskey",  "privatekey", "authkey",
	"credential", "authorization", "jwt",        "sessionid",  "sessid",
	"csrf",       "xsrf",          "signature",  "pwd",        "cookie",
};

/* The whole name. */
static const char *const wholes[] = {
	"auth", "pass", "pin", "otp", "access", "refresh", "session", "sid", "sig", "bearer",
};

/* Known names that hold no secret though a part of them says so. */
static const char *const harmless[] = { "tokentype", "tokenexpires", "tokenexpiresin" };

/* Lower case, without what only separates words, percent-escapes undone. */
static size_t normalise(char *dst, size_t size, const char *name, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		char c = name[i];

		if (c == '%' && i + 2 < len && name[i + 1] >= '2' && name[i + 1] <= '7') {
			char low = name[i + 2];
			int digit = low >= '0' && low <= '9'   ? low - '0'
				    : low >= 'a' && low <= 'f' ? low - 'a' + 10
				    : low >= 'A' && low <= 'F' ? low - 'A' + 10
							       : -1;
			if (digit >= 0) {
				c = (char)((name[i + 1] - '0') * 16 + digit);
				i += 2;
			}
		}
		if (c == '-' || c == '_' || c == '.' || c == ' ' || c == '+')
			continue;
		dst[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	dst[n] = '\0';
	return n;
}

bool mask_is_secret_name(const struct mask_rules *rules, const char *name, size_t len)
{
	char word[NAME_MAX_LEN], own[NAME_MAX_LEN];

	/* of a very long name the end says what it is */
	if (len >= sizeof(word)) {
		name += len - sizeof(word) + 1;
		len = sizeof(word) - 1;
	}
	if (normalise(word, sizeof(word), name, len) == 0)
		return false;
	for (size_t i = 0; rules != NULL && i < rules->name_count; i++) {
		(void)normalise(own, sizeof(own), rules->names[i], strlen(rules->names[i]));
		if (strcmp(word, own) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (strcmp(word, harmless[i]) == 0)
			return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strstr(word, parts[i]) != NULL)
			return true;
	for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++)
		if (strcmp(word, wholes[i]) == 0)
			return true;
	return false;
}

void mask_shell_name(char *dst, const char *name, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < MASK_NAME_MAX; i++) {
		char c = name[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			c = '_';
		if (c == '_' && (n == 0 || dst[n - 1] == '_'))
			continue;
		if (n == 0 && c >= '0' && c <= '9')
			dst[n++] = '_';
		dst[n++] = c;
	}
	while (n > 0 && dst[n - 1] == '_')
		n--;
	dst[n] = '\0';
	if (n == 0)
		memcpy(dst, "SECRET", sizeof("SECRET"));
}
