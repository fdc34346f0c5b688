/*
  alloc_look.c - was each allocation of the modules that are tested without a server made to fail?
  The sources are read, and what alloc_fail.c has seen is looked up.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_scenarios.h"
#include "unit.h"

static const char *const calls[] = {"malloc(", "calloc(", "realloc(", "strdup(", "strndup("};

/* What test_alloc_network.c tries: the modules whose work takes a network. */
static const char *const network[] = {
    "plugin/alert/deliver.c", "plugin/alert/outbox.c", "plugin/http/api_requests.c",
    "plugin/http/listener.c", "plugin/http_client.c",  "plugin/http_request.c",
};

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

static bool is_of_network(const char *name)
{
    size_t i;

    for (i = 0; i < UNIT_COUNT(network); i++)
        if (strcmp(name, network[i]) == 0)
            return true;
    return false;
}

/* @return how many allocations of the file never failed; says which */
static unsigned look_at_file(const char *path, const char *name)
{
    FILE *in = fopen(path, "r");
    char line[1024];
    unsigned number = 0, missed = 0;

    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        number++;
        if (!allocates(line) || alloc_fail_seen(name, number) > 0)
            continue;
        print_error("%s:%u never failed: %s", name, number, line);
        missed++;
    }
    fclose(in);
    return missed;
}

void alloc_look(bool of_network)
{
    char sources[] = PURE_SOURCES, *path, *rest = NULL;
    unsigned missed = 0, files = 0;

    for (path = strtok_r(sources, "|", &rest); path; path = strtok_r(NULL, "|", &rest)) {
        const char *name =
            strstr(path, "/plugin/") ? strstr(path, "/plugin/") : strstr(path, "/udf/");

        assert_non_null(name);
        if (is_of_network(name + 1) != of_network)
            continue;
        files++;
        missed += look_at_file(path, name + 1);
    }
    assert_true(of_network ? files == UNIT_COUNT(network) : files > UNIT_COUNT(network));
    assert_int_equal(missed, 0);
}

void alloc_try_table(const struct alloc_scenario *table)
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
