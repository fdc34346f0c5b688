#include "sim_scan.h"

#include <string.h>

static char *skip_blanks(char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* p is behind the opening quote. The closing one becomes the NUL. @return behind it, or NULL */
static char *scan_string(char *p, const char **text)
{
    *text = p;
    while (*p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
        p++;
    if (*p != '"')
        return NULL;
    *p = '\0';
    return p + 1;
}

/* Its value is taken here: the byte behind the digits is still to be read, so there is no room for
   a NUL. */
static char *scan_integer(char *p, int64_t *number)
{
    char *start = p;

    for (*number = 0; *p >= '0' && *p <= '9' && p - start < 9; p++)
        *number = *number * 10 + (*p - '0');
    return p == start || (*start == '0' && p - start > 1) ? NULL : p;
}

static char *scan_value(char *p, struct sim_member *m)
{
    m->text = NULL;
    m->is_integer = false;
    if (*p == '"')
        return scan_string(p + 1, &m->text);
    if (!strncmp(p, "null", 4))
        return p + 4;
    m->is_integer = true;
    return scan_integer(p, &m->number);
}

static char *scan_member(char *p, struct sim_member *m)
{
    if (*p != '"')
        return NULL;
    p = scan_string(p + 1, &m->key);
    if (!p)
        return NULL;
    p = skip_blanks(p);
    if (*p != ':')
        return NULL;
    p = scan_value(skip_blanks(p + 1), m);
    return p ? skip_blanks(p) : NULL;
}

int sim_scan(const char *line, size_t len, char *scratch,
             struct sim_member members[SIM_SCAN_MEMBERS])
{
    char *p;
    int count = 0;

    if (len >= SIM_SCAN_LINE)
        return -1;
    memcpy(scratch, line, len);
    scratch[len] = '\0';
    p = skip_blanks(scratch);
    if (*p != '{')
        return -1;
    do {
        if (count == SIM_SCAN_MEMBERS)
            return -1;
        p = scan_member(skip_blanks(p + 1), &members[count]);
        if (!p)
            return -1;
        count++;
    } while (*p == ',');
    if (*p != '}')
        return -1;
    p = skip_blanks(p + 1);
    return p == scratch + len ? count : -1;
}
