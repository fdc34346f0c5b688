/* failure.c - see failure.h. */
#include "failure.h"

#include <stdlib.h>

unsigned long failure_number(const struct error *err)
{
    return err->code == ERROR_SQL || err->code == ERROR_GONE ? strtoul(err->text, NULL, 10) : 0;
}
