/*
  runs.h - sets of ids, most of which follow on each other, and where in the tree their leaves are.

  As text, the ids of a seal in ascending order: "1-500 502 510-600/2" (from 510 to 600 by steps of
  2). The order is that of the positions, which have no holes: the n-th id of the text is the n-th
  leaf of the seal.

  A set keeps runs of any seals. Runs of one step and one remainder do not cross each other and are
  a sorted list; the runs of several nodes of a cluster, each of which takes every third id, are
  three lists. Pure; no locks: one thread at a time.
*/
#ifndef PURSER_AUDIT_RUNS_H
#define PURSER_AUDIT_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../buf.h"
#include "../error.h"

#define ID_STEP_MAX 65535u /* the greatest auto_increment_increment */
#define ID_MAX (UINT64_MAX - ID_STEP_MAX)
#define ID_LISTS_MAX 64 /* of a set; runs that would need another are kept id by id */

struct id_run {
    uint64_t first, last; /* ids, 1 to ID_MAX; last - first is a multiple of step */
    uint64_t step;        /* 1 to ID_STEP_MAX; 1 where first is last */
    uint64_t position;    /* of first; that of the next id is one more */
};

/** How many ids the run has. */
uint64_t id_run_count(const struct id_run *run);

/* ---- text */

/**
  The longest run worth writing that ids begin with: ids one after another, or by another step where
  they are 4 at least.
  @param ids  ascending, count > 0 @param position  of the first
  @return how many of them it takes, at least 1
*/
size_t id_run_take(const uint64_t *ids, size_t count, uint64_t position, struct id_run *run);

/** How many of the ids, from the first one on, have a text of at most so many bytes.
    @param ids  ascending @param size  80 is room for one in any case */
size_t id_runs_fit(const uint64_t *ids, size_t count, size_t size);

/** Append the text of ids. @retval 0 @retval -1 ERROR_INPUT: an id is 0 or above ID_MAX, or they do
    not ascend; ERROR_MEMORY */
int id_runs_write(const uint64_t *ids, size_t count, struct buf *out, struct error *err);

/* Reads a text run by run. */
struct id_runs_reader {
    const char *text; /* borrowed */
    size_t len, at;
    uint64_t before;   /* the id before, 0 at the beginning */
    uint64_t position; /* of the next id */
};

/** @param text  may be NULL where len is 0 @param position  of the first id */
void id_runs_read_init(struct id_runs_reader *reader, const char *text, size_t len,
                       uint64_t position);

/**
  The next run. Strict: numbers without leading zeros, single blanks, ascending throughout.
  @retval 1 there is one @retval 0 the end @retval -1 ERROR_INPUT with the byte (from 1)
*/
int id_runs_read(struct id_runs_reader *reader, struct id_run *run, struct error *err);

/** How many ids the text holds. @param[out] count  up to where it is wrong @retval 0 @retval -1
    ERROR_INPUT as of id_runs_read */
int id_runs_text_count(const char *text, size_t len, uint64_t *count, struct error *err);

/* ---- sets */

struct id_list { /* of the runs of one step and remainder */
    uint64_t step, remainder;
    struct id_run *runs; /* owned; ascending */
    size_t count, cap;
};

struct id_runs {
    struct id_list lists[ID_LISTS_MAX]; /* the first: of step 1 */
    int list_count;
    size_t run_count, run_max;
    uint64_t ids;
};

/** The empty set. @param run_max  never more runs than that (32 bytes each); allocates nothing yet
 */
void id_runs_init(struct id_runs *set, size_t run_max);

/** Release it; empty and usable afterwards. Legal twice. */
void id_runs_free(struct id_runs *set);

/**
  Add a run anywhere. It becomes one with its neighbours of the same step where positions follow on
  as well.
  @param[out] twice  the id that is in the set already; may be NULL
  @retval 0 @retval 1 an id is in the set already: nothing was added
  @retval -1 ERROR_LIMIT: more than run_max runs; ERROR_MEMORY; ERROR_INPUT: it is no run. The set
          may hold a part of the run then, and is of no more use but to be freed
*/
int id_runs_insert(struct id_runs *set, const struct id_run *run, uint64_t *twice,
                   struct error *err);

/** Add ascending ids that have one position after the other. Results as those of id_runs_insert;
    but with 1, too, those before twice may have been added. */
int id_runs_insert_ids(struct id_runs *set, const uint64_t *ids, size_t count, uint64_t position,
                       uint64_t *twice, struct error *err);

/**
  Add the ids of a seal's text. Results as those of id_runs_insert_ids; ERROR_INPUT is of the text.
  @param[out] count  how many ids the text has; may be NULL
*/
int id_runs_insert_text(struct id_runs *set, const char *text, size_t len, uint64_t position,
                        uint64_t *count, uint64_t *twice, struct error *err);

/** @param[out] position  of its leaf; may be NULL @retval true the id is in the set */
bool id_runs_find(const struct id_runs *set, uint64_t id, uint64_t *position);

uint64_t id_runs_count(const struct id_runs *set);

/** The least, the greatest id; 0 in an empty set. */
uint64_t id_runs_first(const struct id_runs *set);
uint64_t id_runs_last(const struct id_runs *set);

/** The least id above so much; 0 where there is none. */
uint64_t id_runs_next(const struct id_runs *set, uint64_t above);

/** How many ids of the set are above one and below another; takes time by runs, not by ids. */
uint64_t id_runs_between(const struct id_runs *set, uint64_t above, uint64_t below);

/**
  The ids above lo, up to hi, that are not in the set: as ranges, ascending.
  @param each  called for each; ends it by another result than 0. A range has no more ids beside it
  @param limit  ranges at most
  @retval 0 all were told @retval 1 there are more than limit @retval other what each said
*/
int id_runs_missing(const struct id_runs *set, uint64_t lo, uint64_t hi, size_t limit,
                    int (*each)(void *context, uint64_t first, uint64_t last), void *context);

/** Take out all ids up to this one. */
void id_runs_drop(struct id_runs *set, uint64_t up_to);

#endif
