/*
  certificates.c - see certificates.h.

  LOCKING: the list is guarded by list_lock, which is held for some copies of memory.
*/
#include "certificates.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../../udf/crypto.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct certificate list[CERTIFICATES_MAX]; /* noted longest ago first */
static int count;

static void take_away(int at)
{
    memmove(&list[at], &list[at + 1], (size_t)(count - at - 1) * sizeof(list[0]));
    count--;
}

void certificates_note(const char *name, int64_t ends)
{
    int i;

    pthread_mutex_lock(&list_lock);
    for (i = 0; i < count; i++)
        if (strncmp(list[i].name, name, sizeof(list[i].name) - 1) == 0)
            break;
    if (i < count)
        take_away(i);
    if (ends != 0) {
        if (count == CERTIFICATES_MAX)
            take_away(0);
        snprintf(list[count].name, sizeof(list[count].name), "%s", name);
        list[count++].ends = ends;
    }
    pthread_mutex_unlock(&list_lock);
}

int certificates_note_pem(const char *name, const char *pem, size_t len)
{
    int64_t seconds;

    if (crypto_certificate_end(pem, len, &seconds) != 0)
        return -1;
    certificates_note(name, seconds * 1000000);
    return 0;
}

int certificates_get(struct certificate certificates[CERTIFICATES_MAX])
{
    int n;

    pthread_mutex_lock(&list_lock);
    n = count;
    memcpy(certificates, list, (size_t)n * sizeof(list[0]));
    pthread_mutex_unlock(&list_lock);
    return n;
}

void certificates_reset(void)
{
    pthread_mutex_lock(&list_lock);
    count = 0;
    pthread_mutex_unlock(&list_lock);
}
