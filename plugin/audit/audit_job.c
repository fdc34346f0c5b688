/* audit_job.c - see audit_job.h. */
#include "audit_job.h"

#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "prove.h"
#include "prune.h"
#include "verify.h"

static const char *text_of(const json_t *what, const char *key)
{
    return json_string_value(json_object_get(what, key));
}

/* Numbers come as text: JSON's have no 64 bits everywhere. @retval 0 where there is none */
static uint64_t number_of(const json_t *what, const char *key)
{
    const char *text = text_of(what, key);

    return text ? strtoull(text, NULL, 10) : 0;
}

static int execute(struct request *request, const json_t *what, char **result, struct error *err)
{
    const char *kind = text_of(what, "do");

    if (!kind)
        kind = "";
    if (strcmp(kind, "verify") == 0)
        return verify_execute(request, text_of(what, "checkpoint"), result, err);
    if (strcmp(kind, "proof") == 0)
        return prove_inclusion(number_of(what, "id"), result, err);
    if (strcmp(kind, "consistency") == 0)
        return prove_consistency(number_of(what, "first"), number_of(what, "second"), result, err);
    if (strcmp(kind, "prune") == 0 && text_of(what, "before") && text_of(what, "reason"))
        return prune_execute(request, text_of(what, "before"), text_of(what, "reason"), result,
                             err);
    return error_set(err, ERROR_INPUT, "the audit log cannot do '%.32s'", kind);
}

int audit_execute(const struct task *task, struct error *err)
{
    struct request *request = task->request;
    struct error why = {0};
    char *result = NULL;
    json_t *what = json_parse(request->content, request->content_len, &why);
    int rc = what ? execute(request, what, &result, &why) : -1;

    json_decref(what);
    if (rc != 0 && why.code == ERROR_GONE)
        return error_set(err, why.code, "%s", why.text);
    request_finish(request, result, rc == 0 ? NULL : &why);
    return 0;
}
