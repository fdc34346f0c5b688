/*
  exchange.h - a request of the client API and its answer, on their way between the HTTP thread and
  an api thread; and the queue between the two.

  THREADS: the HTTP thread makes an exchange and fills in the request; api_queue_put hands it over.
  From then on the request is constant. The answer is the api thread's until api_exchange_finish,
  and the HTTP thread's afterwards, or its own at once where it has given up: an answer that is made
  nevertheless is thrown away. Both sides hold a reference; the last one frees it.
*/
#ifndef PURSER_API_EXCHANGE_H
#define PURSER_API_EXCHANGE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../udf/api_signature.h"
#include "../../udf/buf.h"
#include "answer.h"
#include "route.h"

#define API_BODY_MAX (64u << 10)   /* bytes of a request's body */
#define API_BODIES_MAX (16u << 20) /* of all requests together */
#define API_PATIENCE_MS 2000       /* from the whole request to the answer */
#define API_HELD_MS 1000           /* every thread busy for so long: nobody else need wait */
#define API_QUEUE_MAX 64
#define API_THREADS_MAX 16
#define API_IDEMPOTENCY_MAX 64 /* characters */

enum api_state { API_WAITING, API_RUNNING, API_ANSWERED, API_GIVEN_UP };

struct api_exchange {
    /* the request */
    const struct api_route *route;
    char *target;    /* owned */
    size_t path_len; /* of the target, before the '?' */
    char method[8];
    struct api_credentials credentials;
    int content_types; /* how many there were */
    bool is_json;
    bool is_encoded; /* compressed, say */
    int idempotency_keys;
    char idempotency_key[API_IDEMPOTENCY_MAX + 2]; /* one more than it may be long */
    struct buf body;

    struct api_answer answer;

    pthread_mutex_t lock; /* guards state; held for some memory accesses, and for resume */
    enum api_state state;
    void (*resume)(void *waiter); /* takes no lock of ours */
    void *waiter;

    atomic_int references;
    struct api_exchange *next; /* in the queue */
};

/** @param target  copied @return new, with the HTTP thread's reference; NULL: no memory */
struct api_exchange *api_exchange_create(const char *target);
void api_exchange_release(struct api_exchange *exchange);

/** Bytes of a body more. @retval 0 @retval -1 too long, or all bodies together are */
int api_exchange_body(struct api_exchange *exchange, const char *bytes, size_t len);
/** They are not needed any more. */
void api_exchange_forget_body(struct api_exchange *exchange);

/* ---- the HTTP thread's */

/** Is there an answer? */
bool api_exchange_answered(struct api_exchange *exchange);
/** Wait no longer. @retval true nobody resumes it: the caller does @retval false there is an
    answer by now, and it is being resumed */
bool api_exchange_give_up(struct api_exchange *exchange);

/** Hand it over, with a reference more. @retval false nobody could take it in time */
bool api_queue_put(struct api_exchange *exchange);

/* ---- an api thread's */

/** The next one, when there is one.
    @param seat  0 to API_THREADS_MAX - 1: whose thread this is; it is done with the one before
    @param wait_ms  at most
    @return with a reference; NULL: the time is over, or the plugin is being stopped */
struct api_exchange *api_queue_take(int seat, int64_t wait_ms);
/** Is it wanted still? To be asked first. */
bool api_exchange_begin(struct api_exchange *exchange);
/** The answer is made. Gives the reference back. */
void api_exchange_finish(struct api_exchange *exchange);

/* ---- who starts and stops the threads */

/** @param threads  so many will take */
void api_queue_reset(int threads);
/** Wakes them all; nothing is put or taken any more, and what was put is released. */
void api_queue_stop(void);

#endif
