/* SPDX-License-Identifier: MIT */
#ifndef THRONG_RECORD_WRITER_H
#define THRONG_RECORD_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct error;

/* The thread that writes result files, so that a slow, full or dead disk never holds its owner:
 * handing over never blocks. Of contents that replace a file only the newest waits; lines to append
 * wait in order, WRITER_PENDING_MAX bytes of all files together. What could not be written is tried
 * again at every pump until it works; nothing is lost unless that bound is passed, and that is
 * told. All functions are for one thread, the owner. */
#define WRITER_FILES_MAX   64
#define WRITER_PENDING_MAX ((size_t)64 * 1024 * 1024)
#define WRITER_PATIENCE_NS 60000000000ULL

struct writer;

/* Start the thread. 0, or negative errno with err->text. Caller frees with writer_free. */
int writer_new(struct writer **out, struct error *err) __attribute__((warn_unused_result));
/* Ends the thread after the job it is at; what has not been handed to it is thrown away: call
 * writer_finish before. A thread that a dead disk holds (the last writer_finish said -ETIMEDOUT) is left
 * behind with its memory. NULL is fine. */
void writer_free(struct writer *writer);
/* How long writer_finish waits for a disk that does nothing at all; default WRITER_PATIENCE_NS. */
void writer_set_patience(struct writer *writer, uint64_t patience_ns);
/* Name a file; returns its number for the calls below. At most WRITER_FILES_MAX. */
unsigned writer_file(struct writer *writer, const char *path);
/* The file's new content; takes `data` (from malloc, e.g. buf_take). What waits for this file is
 * dropped: it would be overwritten. */
void writer_replace(struct writer *writer, unsigned file, char *data, size_t len);
/* Whole lines for the end of the file; copies them. */
void writer_append(struct writer *writer, unsigned file, const char *data, size_t len);
/* Take note of what is done and hand over what waits. Call about once a second; now_ns:
 * monotonic. */
void writer_pump(struct writer *writer, uint64_t now_ns);
/* What is wrong now ("results/run1.json: No space left on device"), or what was lost; "" when all
 * is well. Valid until the next call. */
const char *writer_problem(const struct writer *writer);
/* Wait until everything handed over is written or has failed once more. 0, or the negative errno of
 * the first file that is not as it should be (writer_problem names it); -ENOBUFS: lines were lost;
 * -ETIMEDOUT: the disk did nothing for as long as patience lasts; it can be called again. */
int writer_finish(struct writer *writer) __attribute__((warn_unused_result));

#endif
