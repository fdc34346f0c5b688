/* deliver.h - the threads that send: mail and webhooks. No SQL. */
#ifndef PURSER_ALERT_DELIVER_H
#define PURSER_ALERT_DELIVER_H

/** Body of each of the threads; started and joined by threads.c. @param seat  an enum beat: whose
    signs of life are its own (health/beats.h) */
void deliver_body(void *seat);

#endif
