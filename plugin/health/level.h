/*
  level.h - from a value to a level, and from many looks to a level that does not flap. Pure: no
  clock, no server.
*/
#ifndef PURSER_HEALTH_LEVEL_H
#define PURSER_HEALTH_LEVEL_H

#include <stdbool.h>
#include <stddef.h>

#include "snapshot.h"

struct thresholds {
    bool has_warning, has_critical;
    double warning, critical;
    bool below; /* values below them are bad, not those above */
};

/** A value held against its thresholds: bad is what lies beyond one, not what equals it. Without
    thresholds everything is ok. */
enum health_level level_of_value(double value, const struct thresholds *thresholds);

/**
  The level after the last look. It gets worse when fail_count of the last fail_window looks are at
  least that bad, and better when the last fail_window - fail_count + 1 are all better: then it is
  the worst of those. The first ok counts at once.
  @param looks        what was seen, oldest first; the last one included
  @param fail_count   at least 1, at most fail_window
  @param fail_window  at most HEALTH_HISTORY
*/
enum health_level level_damped(enum health_level now, const unsigned char *looks, int count,
                               int fail_count, int fail_window);

/** Put a look at the end of the list; the oldest goes when it is full. */
void level_remember(unsigned char looks[HEALTH_HISTORY], int *count, enum health_level look);

/** A number as the server writes it, whole. @retval 0 or -1: it is none */
int level_parse_number(const char *text, size_t len, double *value);

/** "ok", "warning", "critical", in whatever case. @retval 0 or -1: it is none of them */
int level_parse_word(const char *text, enum health_level *level);

#endif
