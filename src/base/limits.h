/* SPDX-License-Identifier: MIT */
#ifndef THRONG_BASE_LIMITS_H
#define THRONG_BASE_LIMITS_H

/* What this machine allows a process. Any thread. */

/* Files the program needs besides users' connections: rings, loops, terminal, result files,
 * panels, the practice backend's listener, and some for dialling a second address at once. */
#define LIMITS_FILES_RESERVE 256

/* Open files this process may have, after raising its own limit as far as it may; 0: unknown,
 * ULLONG_MAX: as many as it wants. */
unsigned long long limits_files(void);
/* Local ports for connections to one address and port of a target; 0: unknown. */
unsigned limits_ports(void);

#endif
