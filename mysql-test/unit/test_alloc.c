/*
  test_alloc.c - whatever runs out of memory says so, gives back what it took, and is not half done
  (alloc_fail.h). And each allocation of the modules that are tested without a server was made to
  fail.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/stop.h"
#include "alloc_scenarios.h"
#include "unit.h"

static void try_table(const struct alloc_scenario *table)
{
    unsigned runs, wrongs = 0;

    for (; table->name; table++) {
        const char *wrong = alloc_fail_try(table, &runs);

        if (wrong)
            print_error("%s: %s\n", table->name, wrong);
        else
            print_message("# %s: %u runs\n", table->name, runs);
        wrongs += wrong != NULL;
    }
    assert_int_equal(wrongs, 0);
}

#define TRY(table)                                                                                 \
    static void table##_say_so_and_leave_nothing_behind(void **state)                              \
    {                                                                                              \
        (void)state;                                                                               \
        try_table(table);                                                                          \
    }

TRY(alloc_udf)
TRY(alloc_limits)
TRY(alloc_shared)
TRY(alloc_gateways)
TRY(alloc_answers)
TRY(alloc_database)

/* ---- was each of them made to fail? */

static const char *const calls[] = {"malloc(", "calloc(", "realloc(", "strdup(", "strndup("};

static bool allocates(const char *line)
{
    const char *at;
    size_t i;

    for (i = 0; i < UNIT_COUNT(calls); i++) {
        at = strstr(line, calls[i]);
        if (at && (at == line || !strchr("_abcdefghijklmnopqrstuvwxyz", at[-1])))
            return true;
    }
    return false;
}

/* These are called by threads whose work takes a network, or the place of what unit_gateway.h
 * stands for. */
static const char *const elsewhere[] = {
    "plugin/alert/deliver.c", "plugin/alert/outbox.c", "plugin/http/api_requests.c",
    "plugin/http/listener.c", "plugin/http_client.c",
};

static bool is_elsewhere(const char *name)
{
    size_t i;

    for (i = 0; i < UNIT_COUNT(elsewhere); i++)
        if (strcmp(name, elsewhere[i]) == 0)
            return true;
    return false;
}

/* @return how many allocations of the file never failed; says which */
static unsigned look_at_file(const char *path)
{
    FILE *in = fopen(path, "r");
    const char *name = strstr(path, "/plugin/") ? strstr(path, "/plugin/") : strstr(path, "/udf/");
    char line[1024];
    unsigned number = 0, missed = 0;

    assert_non_null(in);
    assert_non_null(name);
    if (is_elsewhere(name + 1)) {
        fclose(in);
        return 0;
    }
    while (fgets(line, sizeof(line), in)) {
        number++;
        if (!allocates(line) || alloc_fail_seen(name, number) > 0)
            continue;
        print_error("%s:%u never failed: %s", name + 1, number, line);
        missed++;
    }
    fclose(in);
    return missed;
}

static void each_allocation_was_made_to_fail(void **state)
{
    char sources[] = PURE_SOURCES, *path, *rest = NULL;
    unsigned missed = 0;

    (void)state;
    for (path = strtok_r(sources, "|", &rest); path; path = strtok_r(NULL, "|", &rest))
        missed += look_at_file(path);
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_udf_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_limits_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_shared_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_gateways_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_answers_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_database_say_so_and_leave_nothing_behind),
        cmocka_unit_test(each_allocation_was_made_to_fail),
    };

    alloc_fail_begin();
    stop_reset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
