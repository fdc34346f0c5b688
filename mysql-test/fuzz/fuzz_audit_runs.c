/*
  fuzz_audit_runs.c - the runs of a seal, of any bytes: clang's libFuzzer, with AddressSanitizer and
  UBSan. Each line is the text of a seal. What is read is written again as text with the same ids,
  and a set of all lines holds just the ids that were read, each once.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/audit/runs.h"

#define IDS_MAX 2000 /* of a line; longer ones are read, and no more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

/* @return how many, SIZE_MAX where the text is none or has too many */
static size_t read_ids(const char *text, size_t len, uint64_t ids[IDS_MAX])
{
    struct id_runs_reader reader;
    struct error err = {0};
    uint64_t before = 0;
    struct id_run run;
    size_t count = 0;
    int rc;

    id_runs_read_init(&reader, text, len, 1);
    while ((rc = id_runs_read(&reader, &run, &err)) == 1) {
        must(run.first > before && run.last >= run.first && run.last <= ID_MAX);
        must(run.step >= 1 && run.step <= ID_STEP_MAX);
        before = run.last;
        if (id_run_count(&run) > IDS_MAX - count)
            return SIZE_MAX;
        for (; run.first <= run.last; run.first += run.step)
            ids[count++] = run.first;
    }
    must((rc < 0) == (err.code == ERROR_INPUT));
    must(rc < 0 || reader.position == count + 1);
    return rc < 0 ? SIZE_MAX : count;
}

static void check_text(const uint64_t *ids, size_t count)
{
    static uint64_t again[IDS_MAX];
    struct buf out;

    buf_init(&out, 1 << 20);
    must(id_runs_write(ids, count, &out, NULL) == 0);
    must(read_ids(out.data, out.len, again) == count);
    must(memcmp(ids, again, count * sizeof(ids[0])) == 0);
    buf_free(&out);
}

static void check_set(struct id_runs *set, const char *text, size_t len, const uint64_t *ids,
                      size_t count, uint64_t position)
{
    uint64_t found, twice, read, before = id_runs_count(set);
    bool had = false;
    size_t i;
    int rc;

    for (i = 0; i < count; i++)
        had |= id_runs_find(set, ids[i], NULL);
    rc = id_runs_insert_text(set, text, len, position, &read, &twice, NULL);
    must(rc == (had ? 1 : 0));
    must(had == (twice != 0));
    must(had || (read == count && id_runs_count(set) == before + count));
    for (i = 0; !had && i < count; i++)
        must(id_runs_find(set, ids[i], &found) && found == position + i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t ids[IDS_MAX];
    uint64_t position = 0;
    struct id_runs set;

    id_runs_init(&set, 1000000);
    while (size > 0) {
        const uint8_t *newline = memchr(data, '\n', size);
        size_t len = newline ? (size_t)(newline - data) : size, count;
        /* of just its size, for AddressSanitizer to look at */
        char *text = malloc(len ? len : 1);

        must(text != NULL);
        memcpy(text, data, len);
        count = read_ids(text, len, ids);
        if (count != SIZE_MAX) {
            check_text(ids, count);
            check_set(&set, text, len, ids, count, position);
            position += count;
            if (count % 7 == 3)
                id_runs_drop(&set, ids[count / 2]);
        }
        free(text);
        size -= len + (newline != NULL);
        data += len + (newline != NULL);
    }
    id_runs_free(&set);
    return 0;
}
