/*
  alloc_fail.h - allocations that fail, one after the other. A scenario is run again and again, and
  of its allocations (those of jansson and libcrypto included) the first one fails, then the second
  one, ... until there are no more; and then the same once more with all that come after it. Each
  time it has to end with an error that says so, or as if nothing had been, and to have given back
  what it took. Of any thread, but only one at a time allocates: which allocation is the nth must
  not be a matter of chance.
*/
#ifndef PURSER_UNIT_ALLOC_FAIL_H
#define PURSER_UNIT_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "../../udf/error.h"

#define ALLOC_RUNS_MAX 20000

struct alloc_scenario {
    const char *name;
    /**
      What is to be tried, whole: it makes what it needs, looks at what comes out, and releases it.
      @retval 0 done, and the result was right  @retval -1 err: it was refused, and left nothing
      behind
      @retval -2 the result was wrong: err says how
    */
    int (*run)(struct error *err);
    /* why it may be done, with a right result, though an allocation has failed; NULL: it may not */
    const char *goes_on;
    /* what ERROR_MEMORY may not be told as: an error that is not of it passes; NULL: none does */
    const char *other_error;
};

/** Before anything else: gives libjansson and libcrypto the allocator that can fail. */
void alloc_fail_begin(void);

/** @return NULL; or what was wrong, as a sentence that lives until the next call */
const char *alloc_fail_try(const struct alloc_scenario *scenario, unsigned *runs);

/** How often an allocation has failed below a line of a file, or within two lines of it.
    @param file  the end of its path  @param line  0: below any of it */
unsigned alloc_fail_seen(const char *file, unsigned line);

/** From a scenario: do all allocations fail from the first one on that does? */
bool alloc_fail_is_for_good(void);

/** From a scenario: nothing fails between these two. */
void alloc_fail_pause(void);
void alloc_fail_resume(void);

#endif
