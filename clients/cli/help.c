/* help.c - see help.h. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "general.h"
#include "out.h"

const struct exit_meaning help_exit_codes[] = {
    {"0", "Done"},
    {"1", "Done, and what was found is bad: a critical check, discrepancies, a log tampered with"},
    {"2", "The command line or an option file is wrong; nothing was done"},
    {"3", "There is no connection to the server, or it broke"},
    {"4", "The server refused: rights, an argument, or anything else in SQL"},
    {"5", "The output could not be written, or there was no memory"},
    {"6", "Not confirmed; nothing was done"},
    {"130",
     "Interrupted with Ctrl-C (128 and the number of the signal); the server ended the statement"},
    {NULL, NULL}};

void help_form(const struct parameter *parameter, char *text, size_t size)
{
    const char *dashes = parameter->flags & PARAMETER_ARGUMENT ? "" : "--";

    if (parameter->flags & PARAMETER_ARGUMENT)
        snprintf(text, size, "%s", parameter->form);
    else if (parameter->kind == KIND_FLAG)
        snprintf(text, size, "%s%s", dashes, parameter->name);
    else
        snprintf(text, size, "%s%s %s", dashes, parameter->name, parameter->form);
}

static void line(const char *left, const char *right, size_t width)
{
    out_puts("  ");
    out_puts(left);
    if (strlen(left) >= width) {
        out_puts("\n  ");
        out_repeat(' ', width);
    } else {
        out_repeat(' ', width - strlen(left));
    }
    out_puts(right);
    out_puts("\n");
}

void help_all(const char *group)
{
    size_t i, len = group ? strlen(group) : 0;
    const struct command *command;

    out_puts("usage: purser [OPTION]... COMMAND [ARGUMENT | OPTION]...\n\n");
    for (i = 0; (command = command_at(i)) != NULL; i++) {
        if (!group || (strncmp(command->path, group, len) == 0 && strchr(" ", command->path[len])))
            line(command->path, command->summary, 24);
    }
    out_puts("\npurser COMMAND --help tells of a command, its options and those that all have; man "
             "purser of everything.\n");
}

static void usage_line(const struct command *command)
{
    size_t i, n = parameter_count(command);
    char form[400];

    out_puts("usage: purser ");
    out_puts(command->path);
    for (i = 0; i < n; i++) {
        const struct parameter *parameter = &command->parameters[i];
        bool needed = (parameter->flags & PARAMETER_REQUIRED) != 0;

        if (!needed && !(parameter->flags & PARAMETER_ARGUMENT))
            continue;
        help_form(parameter, form, sizeof(form));
        out_puts(needed ? " " : " [");
        out_puts(form);
        out_puts(needed ? "" : "]");
    }
    out_puts(" [OPTION]...\n\n");
}

static void general_form(const struct general_option *general, char *text, size_t size)
{
    char form[200];

    help_form(&general->parameter, form, sizeof(form));
    if (general->letter)
        snprintf(text, size, "-%c, %s", general->letter, form);
    else
        snprintf(text, size, "%s", form);
}

void help_command(const struct command *command)
{
    size_t i, n = parameter_count(command);
    char form[400];
    int option;

    usage_line(command);
    out_puts(command->summary);
    out_puts(".\n");
    if (command->detail) {
        out_puts(command->detail);
        out_puts("\n");
    }
    if (n)
        out_puts("\n");
    for (i = 0; i < n; i++) {
        help_form(&command->parameters[i], form, sizeof(form));
        line(form, command->parameters[i].help, 30);
    }
    if (command->sets) {
        out_puts("\nResult sets: ");
        out_puts(command->sets);
        out_puts("\n");
    }
    out_puts("\nOptions of all commands:\n");
    for (option = 0; option < GENERAL_COUNT; option++) {
        if (!general_is_of(option, command))
            continue;
        general_form(&general_options[option], form, sizeof(form));
        line(form, general_options[option].parameter.help, 30);
    }
}

/* Text of a man page: a dash is a dash, lines are short, and none begins with a dot or a quote. */
static void roff_text(const char *text, bool wrap)
{
    size_t column = 0;

    for (; *text; text++, column++) {
        if (*text == '-') {
            out_puts("\\-");
        } else if (*text == '\\') {
            out_puts("\\e");
        } else if (*text == '\'') {
            out_puts("\\(aq");
        } else if (*text == '|') {
            out_puts("|\\:"); /* a line may be broken here */
        } else if (wrap && *text == ' ' && column > 55 && text[1] != '.') {
            out_puts("\n");
            column = 0;
        } else {
            out_write(text, 1);
        }
    }
}

static void roff(const char *text)
{
    roff_text(text, true);
}

static void roff_entry(const char *head, const char *text)
{
    out_puts(".TP\n\\fB");
    roff_text(head, false);
    out_puts("\\fR\n");
    roff(text);
    out_puts(".\n");
}

/* How a command is written: what may be left out in brackets. */
static void man_synopsis(const struct command *command)
{
    char form[400], part[420];
    size_t p;

    out_puts("\\fBpurser ");
    roff_text(command->path, false);
    out_puts("\\fR");
    for (p = 0; p < parameter_count(command); p++) {
        bool optional = !(command->parameters[p].flags & PARAMETER_REQUIRED);

        help_form(&command->parameters[p], form, sizeof(form));
        snprintf(part, sizeof(part), optional ? "[%s]" : "%s", form);
        out_puts("\n");
        roff_text(part, false);
    }
    out_puts("\n.PP\n");
}

static void man_commands(void)
{
    const struct command *command;
    size_t i, p;
    char form[400];

    for (i = 0; (command = command_at(i)) != NULL; i++) {
        out_puts(".SS ");
        roff(command->path);
        out_puts("\n.ad l\n"); /* groff 1.23 forgets it at each heading, and warns of long words */
        man_synopsis(command);
        roff(command->summary);
        out_puts(".\n");
        if (command->detail) {
            roff(command->detail);
            out_puts("\n");
        }
        for (p = 0; p < parameter_count(command); p++) {
            help_form(&command->parameters[p], form, sizeof(form));
            roff_entry(form, command->parameters[p].help);
        }
        if (command->sets) {
            out_puts(".PP\nResult sets: ");
            roff(command->sets);
            out_puts(".\n");
        }
    }
}

void help_man(void)
{
    char form[400];
    int option;
    size_t i;

    out_puts(".\\\" made by purser help --man\n.TH PURSER 1 2026-11-21 Purser \"User "
             "Commands\"\n.ad l\n.SH "
             "NAME\npurser \\- payments, clients and "
             "health of a MariaDB server with Purser\n.SH SYNOPSIS\n.B purser\n.RI [ OPTION "
             "]...\n.I COMMAND\n"
             ".RI [ ARGUMENT \" | \" OPTION ]...\n.SH DESCRIPTION\nCalls the procedures and reads "
             "the views of Purser,\n"
             "with the rights of the account that logs in.\nData go to standard output, as a "
             "table, JSON or CSV;\nmessages "
             "go to standard error.\n.SH COMMANDS\n");
    man_commands();
    out_puts(".SH OPTIONS OF ALL COMMANDS\n");
    for (option = 0; option < GENERAL_COUNT; option++) {
        general_form(&general_options[option], form, sizeof(form));
        roff_entry(form, general_options[option].parameter.help);
    }
    out_puts(".SH EXIT STATUS\n");
    for (i = 0; help_exit_codes[i].code; i++)
        roff_entry(help_exit_codes[i].code, help_exit_codes[i].meaning);
    out_puts(".SH FILES\nThe option files of MariaDB, /etc/my.cnf, /etc/mysql/my.cnf and "
             "~/.my.cnf:\nthe groups [client], [client\\-server],\n"
             "[client\\-mariadb] and [purser].\n"
             ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhere it is set, nothing is coloured.\n"
             ".TP\n.B MYSQL_PWD, MYSQL_UNIX_PORT, MYSQL_TCP_PORT\nAs for the other clients of "
             "MariaDB.\n");
}

/* A cell of a table in Markdown: a bar would end it. */
static void markdown(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            out_puts("\\");
        out_write(text, 1);
    }
}

void help_markdown(void)
{
    const struct command *command;
    char form[400];
    size_t i, p;

    out_puts("| command | |\n|---|---|\n");
    for (i = 0; (command = command_at(i)) != NULL; i++) {
        out_puts("| `purser ");
        out_puts(command->path);
        for (p = 0; p < parameter_count(command); p++) {
            const struct parameter *parameter = &command->parameters[p];
            bool optional = !(parameter->flags & PARAMETER_REQUIRED);

            help_form(parameter, form, sizeof(form));
            out_puts(optional ? " [" : " ");
            markdown(form);
            out_puts(optional ? "]" : "");
        }
        out_puts("` | ");
        markdown(command->summary);
        out_puts(" |\n");
    }
}
