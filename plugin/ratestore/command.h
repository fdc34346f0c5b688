/* command.h - the commands to the shared store of the rate limits: what limits.lua is asked. Pure.
 */
#ifndef PURSER_STORE_COMMAND_H
#define PURSER_STORE_COMMAND_H

#include <stddef.h>

#include "../../udf/ratelimit/limiter.h"

#define COMMAND_WORDS (4 + 6 * RATE_MULTI_MAX)
#define COMMAND_TEXT 4096 /* bytes of all words together */

struct store_command {
    int argc;
    const char *argv[COMMAND_WORDS]; /* into text; the second is the script's name */
    size_t len[COMMAND_WORDS];
    char text[COMMAND_TEXT];
    size_t used;
};

/* Each: @retval 0 @retval -1 no memory for the hash */
int store_command_take(struct store_command *command, const struct rate_request *requests, int n);
int store_command_tokens(struct store_command *command, const struct rate_subject *subject,
                         const struct gcra_rule *rule, uint32_t cost);
int store_command_state(struct store_command *command, const struct rate_subject *subject,
                        const struct rate_rule *rule);
int store_command_refund(struct store_command *command, const struct rate_subject *subject,
                         uint32_t cost);
int store_command_reset(struct store_command *command, const struct rate_subject *subject);

/** Whom to run: the script by its name, or (where that is not known) by its text. Both borrowed. */
void store_command_name(struct store_command *command, const char *name);
void store_command_script(struct store_command *command, const char *script);

#endif
