/* thread.h - start and join threads the way a guest in mariadbd must. */
#ifndef PURSER_THREAD_H
#define PURSER_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct thread {
    pthread_t id;
    bool started;
    void (*body)(void *argument);
    void *argument;
    unsigned life;
};

/**
  Start a thread with a small stack and with the signals blocked that the server handles itself
  (never the synchronous ones: a crash must leave its trace). It is bound to the life under way
  (stop.h).
  @param name  at most 15 bytes, shown by ps -L
  @param thread  must live as long as the thread runs: static
  @retval 0 or -1
*/
int thread_start(struct thread *thread, const char *name, void (*body)(void *), void *argument);

/** Join, waiting until a moment of clock_ms(). @retval true it has ended (or was never started) */
bool thread_join_until(struct thread *thread, int64_t deadline_ms);

/** Give up on a thread that did not end: it stays harmless because it is bound to a life that is
 * over. */
void thread_abandon(struct thread *thread);

#endif
