/*
  sim_scan.h - takes plain flat JSON objects apart without building anything: a million lines should
  load in a second or two. It knows only the simplest lines; jansson reads the others, and judges
  them.
*/
#ifndef SIM_SCAN_H
#define SIM_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_SCAN_MEMBERS 32
#define SIM_SCAN_LINE 4096

struct sim_member {
    const char *key;
    const char *text; /* NULL: an integer or null */
    int64_t number;   /* where it is an integer */
    bool is_integer;
};

/**
  @param scratch  SIM_SCAN_LINE bytes; the members' texts lie in it
  @return number of members; -1 where the line has anything but plain ASCII strings, non-negative
  integers and nulls in one object
*/
int sim_scan(const char *line, size_t len, char *scratch,
             struct sim_member members[SIM_SCAN_MEMBERS]);

#endif
