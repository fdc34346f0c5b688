/*
  spec.h - what a command is: its words, its arguments and options, and the SQL that it runs. The
  table of commands is made of these; parser, help, man page and completions are made from the
  table.
*/
#ifndef PURSER_CLI_SPEC_H
#define PURSER_CLI_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#define PARAMETERS_MAX 12
#define STATEMENTS_MAX 4
#define VERDICTS_MAX 2

enum kind {
    KIND_FLAG,    /* given or not */
    KIND_TEXT,    /* UTF-8 */
    KIND_NUMBER,  /* digits, below 2^64 */
    KIND_DECIMAL, /* up to 15 digits and 4 decimals, not negative: money, or percent */
    KIND_DATE,    /* YYYY-MM-DD */
    KIND_MONTH,   /* YYYY-MM */
    KIND_MOMENT,  /* a date, or a date and a time, UTC */
    KIND_CHOICE,  /* one of the words of form */
    KIND_FILE     /* a file whose text is the value */
};

enum {
    PARAMETER_ARGUMENT = 1, /* stands without a dash, in the order of the table */
    PARAMETER_REQUIRED = 2,
    PARAMETER_ONE_OF = 4, /* of all that have this just one is given */
    PARAMETER_FILTER = 8, /* goes into the JSON object {*} */
};

struct parameter {
    const char *name; /* without dashes; NULL ends an array */
    enum kind kind;
    const char
        *form; /* what stands for the value in help: DATE; of a choice its words, with | between */
    const char *help; /* one sentence, without the full stop */
    unsigned flags;
};

enum {
    COMMAND_CHANGES = 1,   /* --dry-run is an option of it */
    COMMAND_DESTROYS = 2,  /* it is confirmed by a word, or by --yes */
    COMMAND_LONG = 4,      /* shows on a terminal that it is at work */
    COMMAND_UPRIGHT = 8,   /* its first result set is one thing: tables show a column a line */
    COMMAND_DAYS = 16,     /* runs once for each day from --from to --to, as {date} */
    COMMAND_DOCUMENT = 32, /* answers with one JSON text, which a table shows as it is */
    COMMAND_EXISTS = 64,   /* an empty first result set is an error: there is no such thing */
    COMMAND_LOCAL = 128,   /* needs no server: main.c does it */
    COMMAND_TRIES = 256    /* its procedure has a dry run itself: {dry-run} */
};

/* A row of the first result set makes the exit code 1 where its column is one of the words, or,
   with otherwise, where it is none of them. NULL never does. */
struct verdict {
    const char *column;
    const char *words; /* with | between */
    bool otherwise;
};

/*
  SQL of the table: {name} becomes the literal of a parameter, NULL where it was not given; [?name
  text] stands where name was given, [!name text] where it was not; {*} is a JSON object of the
  filters. A statement of which nothing is left is not run.
*/
struct command {
    const char *path;    /* "discrepancies list" */
    const char *summary; /* one line, without the full stop */
    const char *detail;  /* more for help and the man page; NULL: there is no more */
    struct parameter parameters[PARAMETERS_MAX + 1];
    const char *statements[STATEMENTS_MAX];
    const char *sets; /* names of the result sets, with blanks between */
    const char *json; /* names of columns that hold JSON, with | between; NULL: none */
    const char *word; /* of COMMAND_DESTROYS: what is to be typed, {name} or a word */
    const char
        *range;       /* a statement for the first and last value of the first column; NULL: none */
    const char *done; /* said where the command answers with nothing else */
    struct verdict verdicts[VERDICTS_MAX];
    unsigned flags;
};

/** Is word (of len bytes) one of the words with | between? words may be NULL: then it is not. */
bool is_one_of(const char *word, size_t len, const char *words);

/** How many parameters a command has. */
size_t parameter_count(const struct command *command);

/** The place of a parameter by its name. @retval -1 there is none */
int parameter_find(const struct command *command, const char *name, size_t len);

/** Whether a command changes anything, is confirmed, ... (COMMAND_...). */
static inline bool command_is(const struct command *command, unsigned flag)
{
    return (command->flags & flag) != 0;
}

#endif
