/* answer_webhook.c - see work.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../udf/crypto.h"
#include "../../udf/webhook.h"
#include "../secrets_cache.h"
#include "work.h"

static void refuse(struct api_answer *answer, const char *pointer, const char *detail)
{
    struct api_errors errors = {0};

    api_errors_add(&errors, pointer, "%s", detail);
    api_problem(answer, API_INVALID_BODY, NULL, &errors);
}

static struct crypto_piece piece_of(const json_t *body, const char *name)
{
    const json_t *text = json_object_get(body, name);

    return (struct crypto_piece){json_string_value(text), json_string_length(text)};
}

static void verify(const json_t *body, struct crypto_piece content, const struct secrets_view *view,
                   struct api_answer *answer)
{
    const char *gateway = json_string_value(json_object_get(body, "gateway"));
    struct webhook_call call = {piece_of(body, "signature"), piece_of(body, "url"), content,
                                time(NULL)};
    struct webhook_config config;
    struct error err = {0};
    int rc;

    /* Why it cannot be used is the server's own business: a client hears that it cannot. */
    if (webhook_config_read(secrets_view_gateway(view, gateway), gateway, &config, NULL) != 0) {
        refuse(answer, "/gateway", "the server has no webhook secrets of such a gateway");
        return;
    }
    rc = webhook_verify(&config, &call, &err);
    explicit_bzero(&config, sizeof(config));
    if (rc < 0 && err.code == ERROR_INPUT) {
        refuse(answer, "/url", "this gateway signs the address that it called: it is needed");
        return;
    }
    if (rc < 0) {
        api_problem(answer, API_INTERNAL_ERROR, NULL, NULL);
        return;
    }
    answer->status = 200;
    answer->type = API_JSON;
    buf_puts(&answer->body, rc ? "{\"valid\":true}\n" : "{\"valid\":false}\n");
}

void api_answer_webhook(const json_t *body, const struct settings *s, struct api_answer *answer)
{
    struct crypto_piece text = piece_of(body, "body"), encoded = piece_of(body, "body_base64");
    unsigned era = secrets_cache_era(), generation = settings_generation();
    struct secrets_view *view;
    struct error why = {0};
    unsigned char *bytes = NULL;
    long len;

    if (!text.bytes == !encoded.bytes) {
        refuse(answer, "/body", "give either body or body_base64");
        return;
    }
    if (encoded.bytes) {
        bytes = malloc(encoded.len + 1);
        if (!bytes) {
            api_problem(answer, API_INTERNAL_ERROR, NULL, NULL);
            return;
        }
        len = crypto_decode(CRYPTO_BASE64, encoded.bytes, encoded.len, bytes, encoded.len);
        if (len < 0) {
            free(bytes);
            refuse(answer, "/body_base64", "it is not base64");
            return;
        }
        text = (struct crypto_piece){bytes, (size_t)len};
    }
    view = s->secrets_file[0] ? secrets_cache_get(s->secrets_file, generation, era, &why) : NULL;
    if (view)
        verify(body, text, view, answer);
    else
        api_problem(answer, why.code == ERROR_MEMORY ? API_INTERNAL_ERROR : API_NOT_CONFIGURED,
                    NULL, NULL);
    secrets_view_release(view);
    free(bytes);
}
