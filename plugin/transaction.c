/* transaction.c - see transaction.h. */
#include "transaction.h"

#include <sys/random.h>

#include "stop.h"

#define TRIES 7 /* with the pauses some three seconds in all */
#define PAUSE_MS 25

static int try_once(struct db *db, int (*body)(void *, struct error *), void *context,
                    struct error *err)
{
    if (db_exec(db, err, "START TRANSACTION") < 0)
        return -1;
    if (body(context, err) != 0)
        return -1;
    return db_exec(db, err, "COMMIT") < 0 ? -1 : 0;
}

/* Two nodes that begin again at the same moment would meet again. */
static int64_t pause_before(int next)
{
    int64_t most = (int64_t)PAUSE_MS << next;
    unsigned char random = 128;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (unsigned char)clock_ms();
    return most / 2 + most * random / 512;
}

int transaction_run(struct db *db, int64_t patience_ms,
                    int (*body)(void *context, struct error *err), void *context, struct error *err)
{
    int64_t until = clock_ms() + patience_ms;
    struct error why = {0};
    bool again = true;
    int try;

    for (try = 1; again; try++) {
        error_clear(&why);
        if (try_once(db, body, context, &why) == 0)
            return 0;
        again =
            why.code != ERROR_STOPPED && db_is_conflict(db) && try < TRIES && clock_ms() < until;
        if (why.code != ERROR_STOPPED)
            db_exec(db, NULL, "ROLLBACK");
        again = again && db_renew(db, NULL) == 0 && !stop_sleep_ms(pause_before(try));
    }
    return error_set(err, why.code, "%s", why.text);
}
