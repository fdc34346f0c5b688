/* spec.c - see spec.h. */
#include "spec.h"

#include <string.h>

bool is_one_of(const char *word, size_t len, const char *words)
{
    while (words && *words) {
        size_t n = strcspn(words, "|");

        if (n == len && memcmp(words, word, len) == 0)
            return true;
        words += n + (words[n] == '|');
    }
    return false;
}

size_t parameter_count(const struct command *command)
{
    size_t n = 0;

    while (n < PARAMETERS_MAX && command->parameters[n].name)
        n++;
    return n;
}

int parameter_find(const struct command *command, const char *name, size_t len)
{
    size_t i, n = parameter_count(command);

    for (i = 0; i < n; i++) {
        const char *own = command->parameters[i].name;

        if (strlen(own) == len && memcmp(own, name, len) == 0)
            return (int)i;
    }
    return -1;
}
