/*
  log_scan.h - counts the lines of the server's error log by severity. Pure: bytes come in as they
  are read, cut anywhere; lines of any length, and bytes of any kind.

  A line of the server's is

    2026-11-21  3:30:31 0 [Warning] text             (also 261121  3:30:31 [ERROR] text)

  with what syslog puts in front, where it goes there ("Nov 21 03:30:31 shop mariadbd[123]: ", or an
  ISO 8601 time in place of the first three words). Only such a line counts: not the lines that
  follow one (of a message of several, of a stack), nor a text that has a severity in its middle.
*/
#ifndef PURSER_HEALTH_LOG_SCAN_H
#define PURSER_HEALTH_LOG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_SIZE 1024 /* of a line so many bytes are looked at */

enum line_severity { LINE_OTHER, LINE_NOTE, LINE_WARNING, LINE_ERROR, LINE_SEVERITIES };

struct log_scan {
    uint64_t count[LINE_SEVERITIES]; /* lines that ended since log_scan_begin */
    char newest[LOG_LINE_SIZE];      /* the last error as it was, cut; "": none */
    /* the rest is log_scan.c's */
    char line[LOG_LINE_SIZE];
    size_t len;
    bool skips; /* to the end of a line whose beginning is not known */
};

/** Forget what was counted; the line that is being read goes on. */
void log_scan_begin(struct log_scan *scan);

/** The bytes that come next are not those that follow. @param skips  they begin in a line's middle
 */
void log_scan_jump(struct log_scan *scan, bool skips);

void log_scan_feed(struct log_scan *scan, const char *bytes, size_t len);

/** What a line is, and where its text begins (at len where it is none of the server's). */
enum line_severity log_line_severity(const char *line, size_t len, size_t *text);

#endif
