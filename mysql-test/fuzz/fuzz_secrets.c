/*
  fuzz_secrets.c - what the secrets file, and files of keys and certificates, may hold: clang's
  libFuzzer, with AddressSanitizer and UBSan. A file that is taken gives what it has to all who ask;
  no error repeats what stands in it.
*/
#include <stdint.h>

#include "../../plugin/gateways/session.h"
#include "../../plugin/http/small_file.h"
#include "../../plugin/mail_settings.h"
#include "../../plugin/secrets.h"
#include "../../udf/client_key.h"
#include "../../udf/json.h"
#include "../../udf/webhook.h"
#include "fuzz.h"

#define MARK "NobodyMaySeeThis"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_hide(const struct error *err)
{
    fuzz_must(!strstr(err->text, MARK));
}

static void ask_for_headers(const struct secrets *secrets)
{
    static const char settings[] = "{}";
    struct gateway gateway;
    struct session session = {0};
    struct error err = {0};

    fuzz_must(gateway_init(&gateway, "shop", "square", "https://gateway.example", settings,
                           strlen(settings), &err) == 0);
    if (session_headers(&session, &gateway, secrets, NULL, &err) == 0)
        fuzz_must(!strpbrk(session.authorization, "\r\n"));
    else
        fuzz_must(err.code == ERROR_CONFIG);
    must_hide(&err);
    session_close(&session);
    gateway_deinit(&gateway);
}

static void ask(const struct secrets *secrets)
{
    struct settings settings = {.mail_url = "smtps://mail.example", .mail_from = "a@b.example"};
    const json_t *object = (const json_t *)secrets_gateway_object(secrets, "shop");
    const char *seed = secrets_text(secrets, "api", "key_seed");
    char secret[CLIENT_KEY_SECRET_SIZE];
    struct webhook_config config;
    struct mail_server server;
    struct error err = {0};

    ask_for_headers(secrets);
    if (object && webhook_config_read(object, "shop", &config, &err) != 0)
        fuzz_must(err.code == ERROR_CONFIG);
    must_hide(&err);
    error_clear(&err);
    if (client_key_secret(seed, "pk_abcdefghijklmnopqrstuvwx", CLIENT_KEY_ID_LEN, secret, &err) ==
        0)
        fuzz_must(seed && strlen(seed) >= CLIENT_KEY_SEED_MIN && strlen(secret) == 67);
    else
        fuzz_must(!secret[0]);
    must_hide(&err);
    error_clear(&err);
    if (mail_server_of(&settings, secrets, &server, &err) == 0)
        fuzz_must(!server.username == !server.password);
    must_hide(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    struct error err = {0};
    struct secrets *secrets = secrets_load(path, &err);
    struct small_file file = {0};

    fuzz_must((secrets == NULL) == (err.code == ERROR_CONFIG));
    must_hide(&err);
    if (secrets)
        ask(secrets);
    secrets_destroy(secrets);
    error_clear(&err);
    if (small_file_read(path, SMALL_FILE_SECRET, &file, &err) == 0) {
        int64_t ends;

        fuzz_must(file.len == size && file.text[size] == '\0');
        crypto_certificate_end(file.text, file.len, &ends);
        if (strlen(file.text) == file.len)
            crypto_check_pair(file.text, file.text);
    }
    small_file_free(&file);
    must_hide(&err);
    return 0;
}
