/* sysvar_text.c - see sysvar_text.h. */
#include "sysvar_text.h"

#include <string.h>

#include "server.h"

const char *sysvar_text(struct st_mysql_value *value, char *buffer, int size, struct error *err)
{
    int len = size;
    const char *text = value->val_str(value, buffer, &len);

    if (!text) {
        error_set(err, ERROR_INPUT, "NULL is not a value for this variable");
        return NULL;
    }
    if (len >= size) {
        error_set(err, ERROR_INPUT, "the value is longer than %d bytes", size - 1);
        return NULL;
    }
    if (memchr(text, '\0', (size_t)len)) { /* of UTF-16, perhaps: it would end there */
        error_set(err, ERROR_INPUT, "the value has a zero byte");
        return NULL;
    }
    if (text != buffer)
        memcpy(buffer, text, (size_t)len);
    buffer[len] = '\0';
    return buffer;
}

int sysvar_hand_over(MYSQL_THD thd, const char *text, void *save)
{
    *(char **)save = thd_strmake(thd, text, strlen(text));
    return *(char **)save ? 0 : 1;
}

int sysvar_refuse(const struct error *err)
{
    server_raise(err->text);
    return 1;
}
