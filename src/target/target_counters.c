/* SPDX-License-Identifier: MIT */
/* The counters of the practice backend. Invariant: every field is written by one thread with
 * plain stores into a shared mapping, so what a killed process had counted is in the file; the
 * total is never stored but summed, so a kill between two stores cannot make them differ. */
#include "config.h"

#include "target/target_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static const char magic[TARGET_MAGIC_BYTES] = "throng-target-1";

const struct target_count_name target_count_names[TARGET_COUNTS] = {
	[COUNT_WORK_DONE] = { "pool", "served" },
	[COUNT_WORK_WAITED] = { "pool", "waited" },
	[COUNT_POOL_REJECTED] = { "pool", "rejected" },
	[COUNT_POOL_TIMED_OUT] = { "pool", "timed_out" },
	[COUNT_POOL_ERRORS] = { "pool", "errors" },
	[COUNT_LOGINS] = { "logins", "accepted" },
	[COUNT_LOGINS_REFUSED] = { "logins", "refused" },
	[COUNT_UNAUTHORISED] = { "logins", "unauthorised" },
	[COUNT_DEPLOYMENTS_CREATED] = { "deployments", "created" },
	[COUNT_DEPLOYMENTS_REPEATED] = { "deployments", "repeated" },
	[COUNT_APPROVED] = { "approvals", "approved" },
	[COUNT_DISAPPROVED] = { "approvals", "rejected" },
	[COUNT_APPROVALS_REFUSED] = { "approvals", "refused" },
	[COUNT_APPROVALS_CONFLICTING] = { "approvals", "conflicting" },
	[COUNT_APPROVALS_DUPLICATE] = { "approvals", "duplicates" },
	[COUNT_PLANE_INTUNE] = { "planes", "INTUNE" },
	[COUNT_PLANE_JAMF] = { "planes", "JAMF" },
	[COUNT_PLANE_SCCM] = { "planes", "SCCM" },
	[COUNT_PLANE_LANDSCAPE] = { "planes", "LANDSCAPE" },
	[COUNT_PLANE_ANSIBLE] = { "planes", "ANSIBLE" },
	[COUNT_REMEDIATED] = { "connectors", "remediated" },
	[COUNT_ACCEPTED] = { "connections", "accepted" },
	[COUNT_CLOSED] = { "connections", "closed_unanswered" },
};

const char *const target_mark_names[TARGET_MARKS] = {
	[MARK_QUEUED] = "first_queued",
	[MARK_SATURATED] = "saturated",
	[MARK_FAILED] = "first_failure",
};

/* Size or check a file that has just been locked. */
static int prepare(int fd, const char *file, uint64_t layout, bool *out_fresh, struct error *err)
{
	struct target_counters head;
	size_t head_bytes = offsetof(struct target_counters, first_ns);
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	*out_fresh = st.st_size == 0;
	if (*out_fresh)
		return ftruncate(fd, sizeof(struct target_counters)) == 0 ? 0 : -errno;
	if (st.st_size != sizeof(struct target_counters) ||
	    pread(fd, &head, head_bytes, 0) != (ssize_t)head_bytes ||
	    memcmp(head.magic, magic, sizeof(magic)) != 0 || head.layout != layout) {
		error_set(err, "%s is no counters file of this version; remove it or name another",
			  file);
		return -EINVAL;
	}
	return 0;
}

int target_counters_open(struct target_counters **out, int *fd, const char *file, uint64_t layout,
			 struct error *err)
{
	struct target_counters *counters;
	bool fresh = true;
	int rc, handle = -1;

	if (file) {
		handle = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (handle < 0) {
			rc = -errno;
			error_set(err, "%s: %s", file, strerror(-rc));
			return rc;
		}
		if (flock(handle, LOCK_EX | LOCK_NB) != 0) {
			error_set(err, "%s is in use by another target", file);
			close(handle);
			return -EBUSY;
		}
		rc = prepare(handle, file, layout, &fresh, err);
		if (rc != 0) {
			if (rc != -EINVAL)
				error_set(err, "%s: %s", file, strerror(-rc));
			close(handle);
			return rc;
		}
	}
	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE,
			file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, handle, 0);
	if (counters == MAP_FAILED) {
		rc = -errno;
		error_set(err, "memory for the counters: %s", strerror(-rc));
		if (handle >= 0)
			close(handle);
		return rc;
	}
	if (fresh) {
		counters->layout = layout;
		memcpy(counters->magic, magic, sizeof(magic));
	}
	*out = counters;
	*fd = handle;
	return 0;
}

void target_counters_close(struct target_counters *counters, int fd)
{
	if (counters)
		munmap(counters, sizeof(*counters));
	if (fd >= 0)
		close(fd);
}

void target_counters_reset(struct target_counters *counters)
{
	size_t from = offsetof(struct target_counters, first_ns);
	uint64_t next_token = counters->next_token;

	memset((char *)counters + from, 0, sizeof(*counters) - from);
	counters->next_token = next_token;
}

uint64_t target_counters_requests(const struct target_counters *counters)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < TARGET_ROUTES_MAX; i++) {
		for (unsigned j = 0; j < TARGET_METHODS; j++)
			sum += counters->endpoints[i][j];
	}
	return sum;
}

void target_counters_see(struct target_counters *counters, uint64_t token)
{
	uint8_t bit = (uint8_t)(1u << (token & 7));
	uint8_t *byte = &counters->seen[(token % TARGET_USERS_MAX) / 8];

	if (!(*byte & bit)) {
		*byte |= bit;
		counters->users_seen++;
	}
}
