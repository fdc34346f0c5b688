/* scheduler.h - the thread that decides what is to be done. Started by worker.c. */
#ifndef PURSER_SCHEDULER_H
#define PURSER_SCHEDULER_H

/** Body of the thread. @param unused NULL */
void scheduler_body(void *unused);

#endif
