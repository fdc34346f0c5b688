/* runs_set.c - see runs.h: the sets. */
#include <stdlib.h>
#include <string.h>

#include "runs.h"

#define FIRST_CAP 16

void id_runs_init(struct id_runs *set, size_t run_max)
{
    memset(set, 0, sizeof(*set));
    set->lists[0].step = 1;
    set->list_count = 1;
    set->run_max = run_max;
}

void id_runs_free(struct id_runs *set)
{
    int i;

    for (i = 0; i < set->list_count; i++)
        free(set->lists[i].runs);
    id_runs_init(set, set->run_max);
}

/* ---- one list */

/* The first run that does not end before id; count where there is none. */
static size_t at_or_after(const struct id_list *list, uint64_t id)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list->runs[middle].last < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The least id of the run that is not below from, which is not above its last. */
static uint64_t next_of_run(const struct id_run *run, uint64_t from)
{
    uint64_t beyond;

    if (from <= run->first)
        return run->first;
    beyond = (from - run->first) % run->step;
    return beyond ? from + (run->step - beyond) : from;
}

static bool follows(const struct id_run *before, const struct id_run *run)
{
    return before->last + before->step == run->first &&
           before->position + id_run_count(before) == run->position;
}

static int grow(struct id_list *list, struct error *err)
{
    size_t cap = list->cap ? list->cap + list->cap / 2 : FIRST_CAP;
    struct id_run *runs;

    if (list->count < list->cap)
        return 0;
    runs = realloc(list->runs, cap * sizeof(*runs));
    if (!runs)
        return error_set(err, ERROR_MEMORY, "out of memory");
    list->runs = runs;
    list->cap = cap;
    return 0;
}

static void take_out(struct id_runs *set, struct id_list *list, size_t at, size_t count)
{
    memmove(&list->runs[at], &list->runs[at + count],
            (list->count - at - count) * sizeof(list->runs[0]));
    list->count -= count;
    set->run_count -= count;
}

/* Make it one with its neighbours. @param at  of the run that comes after it */
static bool join(struct id_runs *set, struct id_list *list, size_t at, const struct id_run *run)
{
    struct id_run *before = at > 0 ? &list->runs[at - 1] : NULL;
    struct id_run *after = at < list->count ? &list->runs[at] : NULL;
    bool with_before = before && follows(before, run), with_after = after && follows(run, after);

    if (with_before && with_after) {
        before->last = after->last;
        take_out(set, list, at, 1);
    } else if (with_before) {
        before->last = run->last;
    } else if (with_after) {
        after->first = run->first;
        after->position = run->position;
    }
    return with_before || with_after;
}

/* Put it in its place in the list. Its step is the list's. */
static int put(struct id_runs *set, struct id_list *list, const struct id_run *run,
               struct error *err)
{
    size_t at = at_or_after(list, run->first);

    if (!join(set, list, at, run)) {
        if (set->run_count >= set->run_max)
            return error_set(err, ERROR_LIMIT, "the ids have too many gaps: more than %zu runs",
                             set->run_max);
        if (grow(list, err) != 0)
            return -1;
        memmove(&list->runs[at + 1], &list->runs[at], (list->count - at) * sizeof(*run));
        list->runs[at] = *run;
        list->count++;
        set->run_count++;
    }
    set->ids += id_run_count(run);
    return 0;
}

/* ---- is an id in two runs? */

/* x with a * x = 1 (mod m), where they have no common divisor */
static uint64_t inverse(uint64_t a, uint64_t m)
{
    int64_t r = (int64_t)m, next_r = (int64_t)(a % m), t = 0, next_t = 1;

    while (next_r != 0) {
        int64_t q = r / next_r, kept_r = next_r, kept_t = next_t;

        next_r = r - q * next_r;
        next_t = t - q * next_t;
        r = kept_r;
        t = kept_t;
    }
    return (uint64_t)(t < 0 ? t + (int64_t)m : t);
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Which ids have both remainders: those with one remainder by a greater step. Steps are at most
   ID_STEP_MAX, so nothing here is above 2^48. @retval false none */
static bool combine(uint64_t step, uint64_t remainder, const struct id_list *list,
                    uint64_t *both_step, uint64_t *both_remainder)
{
    uint64_t divisor = common_divisor(step, list->step), other = list->step / divisor, times;

    if (remainder % divisor != list->remainder % divisor)
        return false;
    times = (list->remainder + list->step - remainder % list->step) % list->step / divisor;
    times = times % other * inverse(step / divisor, other) % other;
    *both_step = step * other;
    *both_remainder = remainder + step * times;
    return true;
}

/* The first id of the run that is in the list, too; 0: none. */
static uint64_t crossing(const struct id_list *list, const struct id_run *run)
{
    uint64_t step, remainder;
    size_t i;

    if (list->count == 0 || !combine(run->step, run->first % run->step, list, &step, &remainder))
        return 0;
    for (i = at_or_after(list, run->first); i < list->count; i++) {
        const struct id_run *other = &list->runs[i];
        uint64_t lo = other->first > run->first ? other->first : run->first;
        uint64_t hi = other->last < run->last ? other->last : run->last;
        uint64_t beyond = (lo % step + step - remainder) % step;

        if (other->first > run->last)
            break;
        if ((beyond ? step - beyond : 0) <= hi - lo)
            return lo + (beyond ? step - beyond : 0);
    }
    return 0;
}

/* ---- all lists */

static int check_run(const struct id_run *run, struct error *err)
{
    if (run->first >= 1 && run->first <= run->last && run->last <= ID_MAX && run->step >= 1 &&
        run->step <= ID_STEP_MAX && (run->last - run->first) % run->step == 0 &&
        id_run_count(run) <= UINT64_MAX - run->position)
        return 0;
    return error_set(err, ERROR_INPUT, "from %llu to %llu by %llu is no run of ids",
                     (unsigned long long)run->first, (unsigned long long)run->last,
                     (unsigned long long)run->step);
}

/* The list for the runs of this step; NULL where there may be no more. */
static struct id_list *list_for(struct id_runs *set, const struct id_run *run)
{
    uint64_t remainder = run->first % run->step;
    int i;

    for (i = 0; i < set->list_count; i++) {
        if (set->lists[i].step == run->step && set->lists[i].remainder == remainder)
            return &set->lists[i];
    }
    if (set->list_count == ID_LISTS_MAX)
        return NULL;
    set->list_count++;
    set->lists[i] = (struct id_list){.step = run->step, .remainder = remainder};
    return &set->lists[i];
}

/* One id: to the end or the beginning of a run by steps, or else as a run of its own. */
static int put_one(struct id_runs *set, uint64_t id, uint64_t position, struct error *err)
{
    struct id_run run = {id, id, 1, position};
    int i;

    for (i = 1; i < set->list_count; i++) {
        struct id_list *list = &set->lists[i];

        run.step = list->step;
        if (id % list->step == list->remainder && join(set, list, at_or_after(list, id), &run)) {
            set->ids++;
            return 0;
        }
    }
    run.step = 1;
    return put(set, &set->lists[0], &run, err);
}

int id_runs_insert(struct id_runs *set, const struct id_run *run, uint64_t *twice,
                   struct error *err)
{
    struct id_list *list = NULL;
    uint64_t id = 0, position;
    int i;

    if (check_run(run, err) != 0)
        return -1;
    for (i = 0; i < set->list_count && !id; i++)
        id = crossing(&set->lists[i], run);
    if (twice)
        *twice = id;
    if (id)
        return 1;
    if (run->first != run->last)
        list = list_for(set, run);
    if (list)
        return put(set, list, run, err);
    for (id = run->first, position = run->position; id <= run->last; id += run->step) {
        if (put_one(set, id, position++, err) != 0)
            return -1;
    }
    return 0;
}

int id_runs_insert_ids(struct id_runs *set, const uint64_t *ids, size_t count, uint64_t position,
                       uint64_t *twice, struct error *err)
{
    struct id_run run;
    size_t taken;
    int rc;

    if (twice)
        *twice = 0;
    for (; count > 0; ids += taken, count -= taken, position += taken) {
        taken = id_run_take(ids, count, position, &run);
        rc = id_runs_insert(set, &run, twice, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int id_runs_insert_text(struct id_runs *set, const char *text, size_t len, uint64_t position,
                        uint64_t *count, uint64_t *twice, struct error *err)
{
    struct id_runs_reader reader;
    struct id_run run;
    uint64_t id = 0;
    int rc;

    if (count)
        *count = 0;
    if (twice)
        *twice = 0;
    id_runs_read_init(&reader, text, len, position);
    while ((rc = id_runs_read(&reader, &run, err)) == 1) {
        rc = id_runs_insert(set, &run, &id, err);
        if (rc != 0)
            break;
        if (count)
            *count += id_run_count(&run);
    }
    if (twice)
        *twice = id;
    return rc;
}

bool id_runs_find(const struct id_runs *set, uint64_t id, uint64_t *position)
{
    int i;

    for (i = 0; i < set->list_count; i++) {
        const struct id_list *list = &set->lists[i];
        size_t at;

        if (list->step != 1 && id % list->step != list->remainder)
            continue;
        at = at_or_after(list, id);
        if (at == list->count || list->runs[at].first > id)
            continue;
        if (position)
            *position = list->runs[at].position + (id - list->runs[at].first) / list->step;
        return true;
    }
    if (position)
        *position = 0;
    return false;
}

uint64_t id_runs_count(const struct id_runs *set)
{
    return set->ids;
}

uint64_t id_runs_first(const struct id_runs *set)
{
    return id_runs_next(set, 0);
}

uint64_t id_runs_last(const struct id_runs *set)
{
    uint64_t last = 0;
    int i;

    for (i = 0; i < set->list_count; i++) {
        const struct id_list *list = &set->lists[i];

        if (list->count && list->runs[list->count - 1].last > last)
            last = list->runs[list->count - 1].last;
    }
    return last;
}

/* Where a walk through the ids is: in each list the first run that does not end before it. */
struct walk {
    const struct id_runs *set;
    size_t at[ID_LISTS_MAX];
};

/* The least id from so much on; 0: none. @param[out] end  so far all ids are in the set */
static uint64_t walk_to(struct walk *walk, uint64_t from, uint64_t *end)
{
    uint64_t least = 0, id;
    int i;

    for (i = 0; i < walk->set->list_count; i++) {
        const struct id_list *list = &walk->set->lists[i];
        size_t *at = &walk->at[i];

        while (*at < list->count && list->runs[*at].last < from)
            ++*at;
        if (*at == list->count)
            continue;
        id = next_of_run(&list->runs[*at], from);
        if (!least || id < least) {
            least = id;
            *end = list->step == 1 ? list->runs[*at].last : id;
        }
    }
    return least;
}

static void walk_init(struct walk *walk, const struct id_runs *set, uint64_t from)
{
    int i;

    walk->set = set;
    for (i = 0; i < set->list_count; i++)
        walk->at[i] = at_or_after(&set->lists[i], from);
}

uint64_t id_runs_next(const struct id_runs *set, uint64_t above)
{
    struct walk walk;
    uint64_t end;

    if (above >= ID_MAX)
        return 0;
    walk_init(&walk, set, above + 1);
    return walk_to(&walk, above + 1, &end);
}

int id_runs_missing(const struct id_runs *set, uint64_t lo, uint64_t hi, size_t limit,
                    int (*each)(void *context, uint64_t first, uint64_t last), void *context)
{
    uint64_t from = lo + 1, next, end = 0;
    struct walk walk;
    int rc;

    if (lo >= hi)
        return 0;
    walk_init(&walk, set, from);
    for (; from <= hi; from = end + 1) {
        next = walk_to(&walk, from, &end);
        if (next != from) {
            if (limit-- == 0)
                return 1;
            rc = each(context, from, next && next <= hi ? next - 1 : hi);
            if (rc != 0)
                return rc;
        }
        if (!next)
            break;
    }
    return 0;
}

uint64_t id_runs_between(const struct id_runs *set, uint64_t above, uint64_t below)
{
    uint64_t count = 0;
    size_t at;
    int i;

    for (i = 0; i < set->list_count && above < ID_MAX; i++) {
        const struct id_list *list = &set->lists[i];

        for (at = at_or_after(list, above + 1); at < list->count && list->runs[at].first < below;
             at++) {
            const struct id_run *run = &list->runs[at];
            uint64_t first = next_of_run(run, above + 1);
            uint64_t last = run->last < below ? run->last : below - 1;

            if (first < below)
                count += (last - first) / run->step + 1;
        }
    }
    return count;
}

static void drop_of_list(struct id_runs *set, struct id_list *list, uint64_t up_to)
{
    size_t whole = at_or_after(list, up_to + 1), i;
    uint64_t count;

    for (i = 0; i < whole; i++)
        set->ids -= id_run_count(&list->runs[i]);
    if (whole)
        take_out(set, list, 0, whole);
    if (list->count && list->runs[0].first <= up_to) {
        count = (up_to - list->runs[0].first) / list->step + 1;
        list->runs[0].first += count * list->step;
        list->runs[0].position += count;
        set->ids -= count;
    }
}

void id_runs_drop(struct id_runs *set, uint64_t up_to)
{
    int i;

    for (i = set->list_count - 1; i >= 0; i--) {
        struct id_list *list = &set->lists[i];

        drop_of_list(set, list, up_to < ID_MAX ? up_to : ID_MAX);
        if (i > 0 && list->count == 0) { /* another step may have its place */
            free(list->runs);
            *list = set->lists[--set->list_count];
        }
    }
}
