/*
  checkpoint_file.h - the file to which checkpoints are appended: what the database cannot take
  back.

  Notes one after another, each as C2SP signed-note has it. It is opened for each, so that it may be
  rotated; it is never made shorter.
*/
#ifndef PURSER_AUDIT_CHECKPOINT_FILE_H
#define PURSER_AUDIT_CHECKPOINT_FILE_H

#include "../../udf/buf.h"
#include "../../udf/error.h"

#define CHECKPOINT_FILE_READ (1u << 20) /* bytes of its end that are read */

/** @retval 0 @retval -1 ERROR_CONFIG naming the file */
int checkpoint_file_append(const char *path, const struct buf *note, struct error *err);

/** The end of the file. @param[out] out  of CHECKPOINT_FILE_READ bytes at most; empty where there
   is no file @retval 0 @retval -1 err */
int checkpoint_file_read(const char *path, struct buf *out, struct error *err);

/** The next note of a text of many. @param at  where to look, moved on @return its length, and
 *note; 0 at the end */
size_t checkpoint_file_next(const char *text, size_t len, size_t *at, const char **note);

#endif
