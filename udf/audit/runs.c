/* runs.c - see runs.h: the text of sets of ids; the sets themselves are in runs_set.c. */
#include "runs.h"

#include <stdio.h>
#include <string.h>

#define STRIDE_MIN 4 /* ids: shorter runs by steps are no shorter as text */
#define RUN_TEXT_SIZE 80

uint64_t id_run_count(const struct id_run *run)
{
    return (run->last - run->first) / run->step + 1;
}

/* How many ids go on from the first by one step. */
static size_t stretch(const uint64_t *ids, size_t count, uint64_t step)
{
    size_t n = 1;

    while (n < count && ids[n] - ids[n - 1] == step)
        n++;
    return n;
}

size_t id_run_take(const uint64_t *ids, size_t count, uint64_t position, struct id_run *run)
{
    uint64_t step = count > 1 ? ids[1] - ids[0] : 1;
    /* Such a stretch is not looked through: each of its ids would look at all behind it. */
    size_t n = step > ID_STEP_MAX ? 1 : stretch(ids, count, step);

    if (step > 1 && n < STRIDE_MIN)
        n = 1;
    *run = (struct id_run){ids[0], ids[n - 1], n > 1 ? step : 1, position};
    return n;
}

/* "10", "1-500" or "510-600/2", with a blank in front of all but the first. */
static int write_run(char text[RUN_TEXT_SIZE], const struct id_run *run, bool is_first)
{
    int n = snprintf(text, RUN_TEXT_SIZE, "%s%llu", is_first ? "" : " ",
                     (unsigned long long)run->first);

    if (run->last != run->first)
        n += snprintf(text + n, RUN_TEXT_SIZE - (size_t)n, "-%llu", (unsigned long long)run->last);
    if (run->step != 1)
        n += snprintf(text + n, RUN_TEXT_SIZE - (size_t)n, "/%llu", (unsigned long long)run->step);
    return n;
}

size_t id_runs_fit(const uint64_t *ids, size_t count, size_t size)
{
    char text[RUN_TEXT_SIZE];
    size_t i = 0, used = 0, n;
    struct id_run run;

    while (i < count) {
        n = id_run_take(ids + i, count - i, 0, &run);
        used += (size_t)write_run(text, &run, i == 0);
        if (used > size)
            break;
        i += n;
    }
    return i;
}

int id_runs_write(const uint64_t *ids, size_t count, struct buf *out, struct error *err)
{
    char text[RUN_TEXT_SIZE];
    uint64_t before = 0;
    struct id_run run;
    size_t i;

    for (i = 0; i < count; before = ids[i++]) {
        if (ids[i] <= before || ids[i] > ID_MAX)
            return error_set(err, ERROR_INPUT, "ids have to ascend from 1 on: %llu after %llu",
                             (unsigned long long)ids[i], (unsigned long long)before);
    }
    for (i = 0; i < count;) {
        bool is_first = i == 0;

        i += id_run_take(ids + i, count - i, 0, &run);
        buf_append(out, text, (size_t)write_run(text, &run, is_first));
    }
    if (out->failed)
        return error_set(err, ERROR_MEMORY, "the ids' text is too long, or out of memory");
    return 0;
}

void id_runs_read_init(struct id_runs_reader *reader, const char *text, size_t len,
                       uint64_t position)
{
    *reader = (struct id_runs_reader){.text = text, .len = len, .position = position};
}

static int bad(const struct id_runs_reader *reader, const char *what, struct error *err)
{
    return error_set(err, ERROR_INPUT, "runs, byte %zu: %s", reader->at + 1, what);
}

static bool next_is(struct id_runs_reader *reader, char c)
{
    if (reader->at >= reader->len || reader->text[reader->at] != c)
        return false;
    reader->at++;
    return true;
}

/* A number from 1 to max. */
static int read_number(struct id_runs_reader *reader, uint64_t max, uint64_t *number,
                       struct error *err)
{
    size_t start = reader->at;
    uint64_t n = 0;

    for (; reader->at < reader->len; reader->at++) {
        unsigned digit = (unsigned char)reader->text[reader->at] - (unsigned)'0';

        if (digit > 9)
            break;
        if (digit == 0 && n == 0)
            return bad(reader, "a number begins with 0", err);
        if (n > (max - digit) / 10)
            return bad(reader, "the number is too large", err);
        n = n * 10 + digit;
    }
    *number = n;
    return reader->at > start ? 0 : bad(reader, "a number is expected", err);
}

/* What follows the first id of a run. */
static int read_rest(struct id_runs_reader *reader, struct id_run *run, struct error *err)
{
    run->last = run->first;
    run->step = 1;
    if (!next_is(reader, '-'))
        return 0;
    if (read_number(reader, ID_MAX, &run->last, err) != 0)
        return -1;
    if (run->last <= run->first)
        return bad(reader, "a run ends before it begins", err);
    if (!next_is(reader, '/'))
        return 0;
    if (read_number(reader, ID_STEP_MAX, &run->step, err) != 0)
        return -1;
    if (run->step == 1)
        return bad(reader, "a step of 1 is not written", err);
    if ((run->last - run->first) % run->step != 0)
        return bad(reader, "the steps do not end at the last id", err);
    return 0;
}

int id_runs_read(struct id_runs_reader *reader, struct id_run *run, struct error *err)
{
    uint64_t count;

    memset(run, 0, sizeof(*run));
    if (reader->at == reader->len && reader->before == 0)
        return 0;
    if (reader->before != 0 && !next_is(reader, ' '))
        return reader->at == reader->len ? 0 : bad(reader, "a blank is expected", err);
    if (read_number(reader, ID_MAX, &run->first, err) != 0)
        return -1;
    if (run->first <= reader->before)
        return bad(reader, "ids do not ascend", err);
    if (read_rest(reader, run, err) != 0)
        return -1;
    count = id_run_count(run);
    if (count > UINT64_MAX - reader->position)
        return bad(reader, "there are too many ids", err);
    run->position = reader->position;
    reader->position += count;
    reader->before = run->last;
    return 1;
}

int id_runs_text_count(const char *text, size_t len, uint64_t *count, struct error *err)
{
    struct id_runs_reader reader;
    struct id_run run;
    int rc;

    id_runs_read_init(&reader, text, len, 0);
    do
        rc = id_runs_read(&reader, &run, err);
    while (rc == 1);
    *count = reader.position;
    return rc;
}
