/* run.c - see run.h. One thread, and that of watch.h. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "sink.h"
#include "statement.h"
#include "terminal.h"
#include "value.h"
#include "watch.h"

#define STATEMENT_MAX (16u << 20)
#define DAYS_MAX 366

struct run {
    const struct invocation *invocation;
    const struct command *command;
    struct connection *connection;
    struct failure *failure;
    struct sink sink;
    struct buf statement;
    enum layout layout;
    const char *only; /* --set; NULL: all that the form can hold */
    bool csv, found, any;
    unsigned sets;               /* of the day so far, those that are not shown, too */
    unsigned long long range[2]; /* of a command with one */
    long first, last;            /* days, where there is a range of days; else first > last */
};

/* The name of the n-th result set: as the table has it, or result_3. */
static void name_set(const struct run *run, unsigned n, char *name, size_t size)
{
    const char *names = run->command->sets;
    unsigned i;

    for (i = 0; names && i < n; i++) {
        names = strchr(names, ' ');
        names = names ? names + 1 : NULL;
    }
    if (names)
        snprintf(name, size, "%.*s", (int)strcspn(names, " "), names);
    else
        snprintf(name, size, "result_%u", n + 1);
}

static bool is_shown(const struct run *run, unsigned n, const char *name)
{
    if (run->only)
        return strcmp(run->only, name) == 0;
    return n == 0 || (!run->csv && run->layout != LAYOUT_FLAT);
}

static void judge(struct run *run, const struct column *columns, size_t count,
                  const struct cell *cells)
{
    size_t i, v;

    for (v = 0; v < VERDICTS_MAX && run->command->verdicts[v].column; v++) {
        const struct verdict *verdict = &run->command->verdicts[v];

        for (i = 0; i < count; i++) {
            if (strcmp(columns[i].name, verdict->column) == 0 && cells[i].data &&
                is_one_of(cells[i].data, cells[i].len, verdict->words) != verdict->otherwise)
                run->found = true;
        }
    }
}

static void show_progress(const struct run *run, unsigned long rows, const struct cell *cell)
{
    unsigned long long id;

    if (rows % 512)
        return;
    if (run->range[1] == 0 || !cell->data) {
        watch_progress("rows", rows, 0);
        return;
    }
    id = strtoull(cell->data, NULL, 10);
    if (id >= run->range[0])
        watch_progress("ids", (unsigned long)(id - run->range[0] + 1),
                       (unsigned long)(run->range[1] - run->range[0] + 1));
}

/* JSON columns are known by their names: the server says of them that they are text. */
static void mark_json(const struct run *run, struct column *columns, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (columns[i].kind == COLUMN_TEXT &&
            is_one_of(columns[i].name, strlen(columns[i].name), run->command->json))
            columns[i].kind = COLUMN_JSON;
    }
}

/* All rows of a set. The first is there before anything is written: most errors come with it. */
static int read_set(struct run *run, struct column *columns, size_t count)
{
    const struct cell *cells;
    unsigned n = run->sets++;
    unsigned long rows = 0;
    char name[64];
    bool shown;
    int rc = connection_fetch(run->connection, &cells, run->failure);

    name_set(run, n, name, sizeof(name));
    shown = is_shown(run, n, name);
    if (rc == 0 && n == 0 && command_is(run->command, COMMAND_EXISTS))
        return failure_set(run->failure, EXIT_REFUSED, "there is no such %s", name);
    mark_json(run, columns, count);
    run->sink.upright = n == 0 && command_is(run->command, COMMAND_UPRIGHT);
    if (rc >= 0 && shown && sink_set(&run->sink, name, columns, count, run->failure) != 0)
        return -1;
    for (; rc == 1; rc = connection_fetch(run->connection, &cells, run->failure)) {
        if (n == 0)
            judge(run, columns, count, cells);
        if (shown && sink_row(&run->sink, cells, run->failure) != 0)
            return -1;
        show_progress(run, ++rows, cells);
    }
    if (rc < 0)
        return -1;
    run->any = true;
    if (shown)
        return sink_set_end(&run->sink, run->failure);
    if (rows && !run->only)
        say_note("there is also '%s', of %lu rows: --set %s", name, rows, name);
    return 0;
}

static int run_statement(struct run *run)
{
    struct column *columns;
    size_t count;
    int rc;

    if (connection_query(run->connection, run->statement.data, run->statement.len, run->failure) !=
        0)
        return -1;
    while ((rc = connection_next_set(run->connection, &columns, &count, run->failure)) == 1) {
        if (read_set(run, columns, count) != 0)
            return -1;
    }
    return rc;
}

/* Of --dry-run: the statement itself is the row. */
static int show_statement(struct run *run)
{
    static const struct column column = {"statement", COLUMN_TEXT};
    struct cell cell = {run->statement.data, run->statement.len};

    run->any = true;
    if (run->sink.sets == 0 && sink_set(&run->sink, "statements", &column, 1, run->failure) != 0)
        return -1;
    return sink_row(&run->sink, &cell, run->failure);
}

static bool is_dry(const struct run *run)
{
    return general_on(&run->invocation->settings, GENERAL_DRY_RUN) &&
           !command_is(run->command, COMMAND_TRIES);
}

static int write_statement(struct run *run, size_t i, const char *day)
{
    return statement_write(&run->statement, run->invocation, day, run->command->statements[i],
                           run->failure);
}

/* The statements of a command, for one day of a range or as they are. */
static int run_day(struct run *run, const char *day)
{
    size_t i;

    run->sets = 0;
    for (i = 0; i < STATEMENTS_MAX && run->command->statements[i]; i++) {
        /* between two statements there is nothing that the server could end */
        if (watch_signal())
            return failure_set(run->failure, EXIT_SIGNAL, "interrupted");
        if (write_statement(run, i, day) != 0)
            return -1;
        if (run->statement.len && (is_dry(run) ? show_statement(run) : run_statement(run)) != 0)
            return -1;
    }
    return is_dry(run) ? 0 : sink_day_end(&run->sink, run->failure);
}

static int run_days(struct run *run)
{
    char day[11];
    long at;

    if (run->first > run->last)
        return run_day(run, NULL);
    for (at = run->first; at <= run->last; at++) {
        watch_progress("days", (unsigned long)(at - run->first),
                       (unsigned long)(run->last - run->first + 1));
        date_from_days(at, day);
        if (run_day(run, day) != 0)
            return -1;
    }
    return 0;
}

static const char *value_of(const struct run *run, const char *name)
{
    int number = parameter_find(run->command, name, strlen(name));

    return number >= 0 ? run->invocation->values[number] : NULL;
}

/* --date, or --from and --to. */
static int choose_days(struct run *run)
{
    const char *from = value_of(run, "from"), *to = value_of(run, "to");

    run->first = 1;
    run->last = 0;
    if (!command_is(run->command, COMMAND_DAYS) || (!from && !to))
        return 0;
    if (!from || !to || value_of(run, "date"))
        return failure_set(run->failure, EXIT_USAGE, "give --date, or both --from and --to");
    run->first = date_to_days(from);
    run->last = date_to_days(to);
    if (run->first > run->last)
        return failure_set(run->failure, EXIT_USAGE, "--from is later than --to");
    if (run->last - run->first >= DAYS_MAX)
        return failure_set(run->failure, EXIT_USAGE, "--from and --to are more than %d days apart",
                           DAYS_MAX);
    return 0;
}

static int check_set(const struct run *run)
{
    char name[64];
    unsigned i;

    for (i = 0; run->only && strncmp(run->only, "result_", 7) != 0; i++) {
        name_set(run, i, name, sizeof(name));
        if (strcmp(name, run->only) == 0)
            break;
        if (strncmp(name, "result_", 7) == 0)
            return failure_set(run->failure, EXIT_USAGE,
                               "--set: this command has no '%.60s'; it has: %s", run->only,
                               run->command->sets ? run->command->sets : "none");
    }
    return 0;
}

/* The word to be typed, {name} of the table being a value. */
static const char *word_of(const struct run *run)
{
    const char *word = run->command->word;
    int number;

    if (*word != '{')
        return word;
    number = parameter_find(run->command, word + 1, strlen(word) - 2);
    return number >= 0 ? run->invocation->values[number] : "";
}

static int confirm(struct run *run)
{
    if (!command_is(run->command, COMMAND_DESTROYS) ||
        general_on(&run->invocation->settings, GENERAL_YES) ||
        general_on(&run->invocation->settings, GENERAL_DRY_RUN))
        return 0;
    if (write_statement(run, 0, NULL) != 0)
        return -1;
    return terminal_confirm(run->statement.data, word_of(run), run->failure);
}

/* What a progress bar is measured by. Without it there is no bar, and that is all. */
static void read_range(struct run *run)
{
    struct failure none = {0};
    const struct cell *cells;
    struct column *columns;
    size_t count, i;

    if (!run->command->range || !isatty(STDERR_FILENO) ||
        connection_query(run->connection, run->command->range, strlen(run->command->range),
                         &none) != 0)
        return;
    while (connection_next_set(run->connection, &columns, &count, &none) == 1) {
        while (connection_fetch(run->connection, &cells, &none) == 1) {
            for (i = 0; i < 2 && i < count && cells[i].data; i++)
                run->range[i] = strtoull(cells[i].data, NULL, 10);
        }
    }
}

static void prepare(struct run *run)
{
    const struct settings *settings = &run->invocation->settings;
    const char *output =
        settings->value[GENERAL_OUTPUT] ? settings->value[GENERAL_OUTPUT] : "table";

    run->only = settings->value[GENERAL_SET];
    run->csv = strcmp(output, "csv") == 0;
    if (run->only || is_dry(run) || !run->command->sets || !strchr(run->command->sets, ' '))
        run->layout = LAYOUT_FLAT;
    else
        run->layout = command_is(run->command, COMMAND_DAYS) ? LAYOUT_DAYS : LAYOUT_OBJECT;
    sink_init(&run->sink, output, run->layout);
    run->sink.colours = terminal_has_colours(settings);
    run->sink.raw = general_on(settings, GENERAL_CSV_RAW);
    run->sink.document = command_is(run->command, COMMAND_DOCUMENT) && !is_dry(run);
    buf_init(&run->statement, STATEMENT_MAX);
}

static int work(struct run *run)
{
    bool draw = isatty(STDERR_FILENO) && command_is(run->command, COMMAND_LONG);

    if (choose_days(run) != 0 || check_set(run) != 0 || confirm(run) != 0)
        return -1;
    if (connection_open(&run->connection, &run->invocation->settings, run->failure) != 0 ||
        watch_start(run->connection, draw, run->failure) != 0)
        return -1;
    read_range(run);
    if (run_days(run) != 0)
        return -1;
    if (is_dry(run) && run->sink.begun && sink_set_end(&run->sink, run->failure) != 0)
        return -1;
    return sink_end(&run->sink, run->failure);
}

int run_command(struct invocation *invocation, struct failure *failure)
{
    struct run run = {.invocation = invocation, .command = invocation->command, .failure = failure};
    int rc;

    out_begin();
    prepare(&run);
    if (invocation->settings.ask_password)
        terminal_ask_password(&invocation->settings, failure);
    rc = failure->code ? -1 : work(&run);
    if (rc != 0)
        out_flush(); /* what there is; it stays open in JSON */
    watch_stop();
    connection_close(run.connection);
    if (rc == 0 && !run.any && run.command->done)
        say_note("%s", run.command->done);
    sink_free(&run.sink);
    buf_free(&run.statement);
    if (watch_signal()) {
        failure->code = EXIT_SIGNAL + watch_signal();
        failure->number = 0;
        snprintf(failure->text, sizeof(failure->text), "interrupted");
    }
    if (rc != 0)
        return failure->code ? failure->code : EXIT_OUTPUT;
    return failure->code ? failure->code : run.found ? EXIT_FOUND : EXIT_OK;
}
