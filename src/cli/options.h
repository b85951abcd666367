/* SPDX-License-Identifier: MIT */
#ifndef THRONG_CLI_OPTIONS_H
#define THRONG_CLI_OPTIONS_H

/* placeholder replaced by the command line module */

#endif
