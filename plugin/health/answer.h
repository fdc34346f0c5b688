/* answer.h - what SQL is told of a snapshot. */
#ifndef PURSER_HEALTH_ANSWER_H
#define PURSER_HEALTH_ANSWER_H

#include "snapshot.h"

/** A JSON array with an object for each check. @return new (free); NULL: no memory */
char *health_answer(const struct snapshot *snapshot);

#endif
