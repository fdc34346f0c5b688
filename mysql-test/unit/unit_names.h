/* unit_names.h - a name server that is silent for as long as a test wants. */
#ifndef PURSER_UNIT_NAMES_H
#define PURSER_UNIT_NAMES_H

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t names_changed = PTHREAD_COND_INITIALIZER;
static bool names_hang;
static int names_asked; /* look-ups under way */

/* In the place of the system's, for libcurl too. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    (void)name;
    (void)service;
    (void)hints;
    *out = NULL;
    pthread_mutex_lock(&names_lock);
    names_asked++;
    pthread_cond_broadcast(&names_changed);
    while (names_hang)
        pthread_cond_wait(&names_changed, &names_lock);
    names_asked--;
    pthread_cond_broadcast(&names_changed);
    pthread_mutex_unlock(&names_lock);
    return EAI_AGAIN;
}

static inline void names_stop(void)
{
    pthread_mutex_lock(&names_lock);
    names_hang = true;
    pthread_mutex_unlock(&names_lock);
}

static inline void names_go_on(void)
{
    pthread_mutex_lock(&names_lock);
    names_hang = false;
    pthread_cond_broadcast(&names_changed);
    while (names_asked > 0)
        pthread_cond_wait(&names_changed, &names_lock);
    pthread_mutex_unlock(&names_lock);
}

#endif
