/*
  command.c - see command.h.

  A key is a hash that every server makes alike, without a secret: SHA-256, of which nobody finds
  two texts that meet. Names of customers do not get to Redis.
*/
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "../../udf/crypto.h"

#define KEY_BYTES 20 /* of the hash */
#define MICROSECONDS 1000000LL

static void put(struct store_command *c, const char *text, size_t len)
{
    if (c->argc == COMMAND_WORDS || c->used + len >= COMMAND_TEXT)
        return; /* the sizes are such that it does not happen */
    memcpy(c->text + c->used, text, len + 1);
    c->argv[c->argc] = c->text + c->used;
    c->len[c->argc++] = len;
    c->used += len + 1;
}

static void put_text(struct store_command *c, const char *text)
{
    put(c, text, strlen(text));
}

static void put_number(struct store_command *c, uint64_t number)
{
    char text[24];

    put(c, text, (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)number));
}

/* "purser:w:" or "purser:t:", and the hash. The length of the first text goes before both, so that
   no pair reads as another pair. */
static int put_key(struct store_command *c, char kind, const struct rate_subject *subject)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char head[24], text[16 + CRYPTO_TEXT_SIZE];
    struct crypto_piece pieces[] = {{head, 0},
                                    {subject->identifier, subject->identifier_len},
                                    {subject->endpoint, subject->endpoint_len}};
    size_t len;

    pieces[0].len = (size_t)snprintf(head, sizeof(head), "%zu:", subject->identifier_len);
    if (crypto_sha256(pieces, 3, hash) != 0)
        return -1;
    len = (size_t)snprintf(text, sizeof(text), "purser:%c:", kind);
    len += crypto_encode(CRYPTO_HEX, hash, KEY_BYTES, text + len);
    put(c, text, len);
    return 0;
}

static void begin(struct store_command *c, int keys)
{
    c->argc = 0;
    c->used = 0;
    put_text(c, "EVALSHA");
    put_text(c, "");
    put_number(c, (uint64_t)keys);
}

void store_command_name(struct store_command *c, const char *name)
{
    c->argv[0] = "EVALSHA";
    c->len[0] = strlen(c->argv[0]);
    c->argv[1] = name;
    c->len[1] = strlen(name);
}

void store_command_script(struct store_command *c, const char *script)
{
    c->argv[0] = "EVAL";
    c->len[0] = strlen(c->argv[0]);
    c->argv[1] = script;
    c->len[1] = strlen(script);
}

int store_command_take(struct store_command *c, const struct rate_request *requests, int n)
{
    int i;

    begin(c, n);
    for (i = 0; i < n; i++)
        if (put_key(c, 'w', &requests[i].subject) != 0)
            return -1;
    put_text(c, "take");
    for (i = 0; i < n; i++) {
        const struct rate_rule *rule = &requests[i].rule;

        put_number(c, rule->max);
        put_number(c, (uint64_t)rule->window_s * MICROSECONDS);
        /* small limits are exact, as they are in memory */
        put_number(c, rule->max <= RATE_EXACT_MAX
                          ? 0
                          : (uint64_t)rule->window_s * (MICROSECONDS / RATE_PARTS));
        put_number(c, requests[i].cost);
        put_number(c, requests[i].shadow);
    }
    return 0;
}

/* So many tokens as microseconds, and 2^-32 of one. */
static void put_span(struct store_command *c, unsigned __int128 step, uint32_t tokens)
{
    unsigned __int128 span = step * tokens;

    put_number(c, (uint64_t)(span >> 32));
    put_number(c, (uint32_t)span);
}

int store_command_tokens(struct store_command *c, const struct rate_subject *subject,
                         const struct gcra_rule *rule, uint32_t cost)
{
    unsigned __int128 step = (rule->step + 999) / 1000; /* never faster than the rule */

    begin(c, 1);
    if (put_key(c, 't', subject) != 0)
        return -1;
    put_text(c, "tokens");
    put_span(c, step, cost);
    put_span(c, step, rule->burst);
    put_span(c, step, 1);
    return 0;
}

int store_command_state(struct store_command *c, const struct rate_subject *subject,
                        const struct rate_rule *rule)
{
    begin(c, 1);
    if (put_key(c, 'w', subject) != 0)
        return -1;
    put_text(c, "state");
    put_number(c, rule->max);
    put_number(c, (uint64_t)rule->window_s * MICROSECONDS);
    return 0;
}

/* Of a window, and of a token bucket of the same name. */
static int both(struct store_command *c, const struct rate_subject *subject, const char *what)
{
    begin(c, 2);
    if (put_key(c, 'w', subject) != 0 || put_key(c, 't', subject) != 0)
        return -1;
    put_text(c, what);
    return 0;
}

int store_command_refund(struct store_command *c, const struct rate_subject *subject, uint32_t cost)
{
    if (both(c, subject, "refund") != 0)
        return -1;
    put_number(c, cost);
    return 0;
}

int store_command_reset(struct store_command *c, const struct rate_subject *subject)
{
    return both(c, subject, "reset");
}
