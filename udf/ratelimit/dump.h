/*
  dump.h - all keys of a limiter as bytes, and back.

  The bytes are for this machine only: native byte order, in native structs. A head with the hash's
  secret and the moment, then shard by shard the records in use, then a checksum. Records hold
  moments of a clock that begins anew with each boot; what passed between saving and restoring is
  taken from CLOCK_BOOTTIME within one boot, and else from the wall clock, where time that seems to
  have gone backwards counts as no time: rather refused too long than admitted too early.
*/
#ifndef PURSER_RATE_DUMP_H
#define PURSER_RATE_DUMP_H

#include <stdint.h>

#include "../buf.h"
#include "limiter.h"

#define RATE_BOOT_ID_SIZE 40
#define RATE_DUMP_MAGIC 8 /* bytes that tell a dump */

/* When something was saved, or is restored. */
struct rate_moment {
    char boot_id[RATE_BOOT_ID_SIZE]; /* /proc/sys/kernel/random/boot_id; "" where unknown */
    int64_t clock;                   /* of the limiter */
    int64_t boot_ns, wall_ns;        /* CLOCK_BOOTTIME, CLOCK_REALTIME */
};

/** Nanoseconds that passed between the two. */
int64_t rate_elapsed(const struct rate_moment *saved, const struct rate_moment *now);

/** Writes what it is given. @retval 0 or -1: stop */
typedef int rate_dump_write(void *context, const void *bytes, size_t len);

/** @param scratch  used for one shard at a time; its max must hold a shard (rate_dump_shard_max)
    @retval 0 or -1: write said so, or no memory */
int rate_dump(struct rate_limiter *limiter, const struct rate_moment *now, struct buf *scratch,
              rate_dump_write *write, void *context);
size_t rate_dump_shard_max(struct rate_limiter *limiter);

/** Do these first bytes begin a dump of this version? */
bool rate_dump_begins(const uint8_t *bytes, size_t len);

/** The secret of a dump, after its checksum and form were seen to be right.
    @retval 0  @retval -1 err: not a dump, of another version, cut off, damaged */
int rate_dump_check(const uint8_t *bytes, size_t len, uint8_t secret[16], struct error *err);

/** Put a checked dump's records into a limiter that has the dump's secret; keys that are there
    already, and what has expired, are left out. @return how many were put in */
uint64_t rate_restore(struct rate_limiter *limiter, const uint8_t *bytes, size_t len,
                      const struct rate_moment *now);

#endif
