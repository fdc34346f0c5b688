/*
  recorder.h - the thread purser-record, which writes down what was found: the history in
  purser.health_results.

  The coordinator hands results over and never waits; while the database does not take them they
  wait, bounded, and the oldest are dropped and counted.
*/
#ifndef PURSER_HEALTH_RECORDER_H
#define PURSER_HEALTH_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"
#include "snapshot.h"

/* A row to be. */
struct record {
    char name[HEALTH_NAME_SIZE];
    char service[HEALTH_NAME_SIZE];
    char server[129];
    enum health_level level, raw;
    bool has_value;
    double value;
    char unit[HEALTH_UNIT_SIZE];
    int64_t checked_at; /* UTC microseconds */
    int64_t duration_us;
    char message[HEALTH_MESSAGE_SIZE];
    char *detail; /* owned; NULL: none */
    char *parts;  /* owned; JSON; NULL: none */
    struct record *next;
};

struct record *record_create(void); /* zeroed; NULL: no memory */
void record_destroy(struct record *record);

/** Hand one over; it is stolen. Never waits. */
void recorder_push(struct record *record);

/** Milliseconds after which a result is written though nothing has changed (health_record_minutes).
 */
int64_t recorder_every_ms(void);

/** Counts up when results were thrown away, on a replica: each check is to be written anew. */
unsigned recorder_epoch(void);

/** Life: called by the start and the stop of the threads. */
void recorder_reset(void);
void recorder_stop(void);

/** Has it not been able to write for some seconds? Never waits. */
bool recorder_is_stuck(void);

/** For how long nothing of what is to be written could be committed, though the worker is ready.
    Never waits. @return milliseconds; 0: what was to be written is, or is not to be written */
int64_t recorder_hangs_ms(void);

/** Body of the thread. @param unused NULL */
void recorder_body(void *unused);

#endif
