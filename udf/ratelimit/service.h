/*
  service.h - the one limiter of the process, its clock, its policies.

  It is made by the first who asks, lives as long as the process, and survives UNINSTALL: the
  functions work without the plugin.

  THREADS: any. The policies are read under a read-write lock, held for one call of the limiter.
*/
#ifndef PURSER_RATE_SERVICE_H
#define PURSER_RATE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limiter.h"
#include "policy.h"

#define RATE_MEMORY_DEFAULT (64u << 20)

/** The limiter; made now where there is none. @return NULL with err: no memory */
struct rate_limiter *rate_service(struct error *err);

/** A limiter as it would be made, for who fills it with saved keys before anybody asks it; and the
    moment from which on it is the one. @retval false: there is one already; this one stays the
    caller's */
struct rate_limiter *rate_service_create(struct error *err);
bool rate_service_publish(struct rate_limiter *limiter);

/** The limiter where there is one; NULL otherwise. */
struct rate_limiter *rate_service_if_any(void);

/** How much memory it will take, and which secret it will have; before it is made.
    @param secret  may be NULL: random @retval false: it is made already */
bool rate_service_prepare(size_t memory, const uint8_t *secret);
size_t rate_service_memory(void);

/** Have the limiter, made now where there is none, hash with this secret: what was counted with
    another one is forgotten. @retval 1 so it was @retval 0 it had this secret @retval -1 err */
int rate_service_rekey(const uint8_t secret[16], struct error *err);

/** While saved keys are being read, the first who asks waits for them (RATE_PATIENCE_MS at most).
 */
#define RATE_PATIENCE_MS 5000
void rate_service_hold(bool hold);

/** Nanoseconds of a clock that does not go back (CLOCK_MONOTONIC + RATE_CLOCK_BASE). */
int64_t rate_clock(void);

/** Replace the policies; does nothing where they are those in force.
    @param json see policy.h @retval -1 err: those in force stay */
int rate_service_load_policies(const char *json, size_t len, struct error *err);

/** Borrow the policies in force (NULL where none were ever loaded) until rate_service_release. */
struct rate_policies *rate_service_policies(void);
void rate_service_release(void);

/** Is the identifier on a list? Cheap where nobody is. */
enum rate_listed rate_service_listed(const char *identifier, size_t len);

#endif
