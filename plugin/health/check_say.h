/* check_say.h - what the built-in checks have in common: to say what they found. */
#ifndef PURSER_HEALTH_CHECK_SAY_H
#define PURSER_HEALTH_CHECK_SAY_H

#include "check.h"

/** The public message; cut at a whole character. */
void check_say(struct check_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The value that is held against the thresholds. */
void check_value(struct check_result *result, double value);

/** The level of a value by the row's thresholds. */
enum health_level check_level(const struct check_context *context, double value);

/**
  One more part; its message is a format. Where there is no room it is left out.
  @param latency_us  -1: none
*/
void check_part(struct check_result *result, const char *name, enum health_level level,
                int64_t latency_us, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
