/* deliver.h - the threads that send: mail and webhooks. No SQL. */
#ifndef PURSER_ALERT_DELIVER_H
#define PURSER_ALERT_DELIVER_H

/** Body of each of the threads; started and joined by worker.c. @param unused NULL */
void deliver_body(void *unused);

#endif
