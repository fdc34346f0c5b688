/*
  tsan_wrap.c - linked where ThreadSanitizer is: of gcc 12 it does not know two functions of the C
  library, and takes what they have ordered for races. The linker puts these in their place
  (--wrap), which it knows.
*/
#include <pthread.h>
#include <time.h>

int __wrap_pthread_clockjoin_np(pthread_t id, void **value, clockid_t clock,
                                const struct timespec *until);
int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                   const struct timespec *until);

/* The same moment of CLOCK_REALTIME. */
static struct timespec real(clockid_t clock, const struct timespec *until)
{
    struct timespec now, wall;
    long long ns;

    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &wall);
    ns = (until->tv_sec - now.tv_sec) * 1000000000LL + until->tv_nsec - now.tv_nsec +
         wall.tv_sec * 1000000000LL + wall.tv_nsec;
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = ns % 1000000000};
}

int __wrap_pthread_clockjoin_np(pthread_t id, void **value, clockid_t clock,
                                const struct timespec *until)
{
    struct timespec at = real(clock, until);

    return pthread_timedjoin_np(id, value, &at);
}

int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                   const struct timespec *until)
{
    struct timespec at = real(clock, until);

    return pthread_mutex_timedlock(mutex, &at);
}
