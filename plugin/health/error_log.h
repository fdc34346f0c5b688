/*
  error_log.h - follows the server's own error log: what came since the last look.

  It survives that the file is renamed and begun anew (logrotate and FLUSH LOGS: what the old one
  got is read as well, where it still lies beside the new one), emptied (copytruncate), or not there
  for a while. Of what came it reads 1 MiB at most, the newest, and says how much it left out.
*/
#ifndef PURSER_HEALTH_ERROR_LOG_H
#define PURSER_HEALTH_ERROR_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"
#include "log_scan.h"

#define ERROR_LOG_READ_MAX 1048576 /* bytes a look */

struct error_log_look {
    bool first; /* of this life of the plugin: what is there already is not read */
    uint64_t errors, warnings, notes;
    uint64_t skipped; /* bytes that came and were not read */
    bool emptied;     /* it was cut off and begins anew; what it had had since is not known */
    bool replaced;    /* there is another file, and the old one was not found */
    int64_t since;    /* UTC microseconds: the look before; 0: none */
    char newest[LOG_LINE_SIZE]; /* error, as UTF-8 without control characters; "": none */
};

/**
  Look. One thread at a time; which one does not matter.
  @param path  absolute, or from the working directory
  @retval 0 @retval 1 it is no file that can be followed (a pipe, a terminal) @retval -1 err
*/
int error_log_look(const char *path, struct error_log_look *look, struct error *err);

#endif
