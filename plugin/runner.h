/* runner.h - the threads that do tasks. Started by worker.c. */
#ifndef PURSER_RUNNER_H
#define PURSER_RUNNER_H

/** Body of the threads. @param unused NULL */
void runner_body(void *unused);

#endif
