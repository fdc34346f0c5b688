/* shape.c - see shape.h. */
#include "shape.h"

enum rate_size rate_shape_of(const struct window_content *content, const struct rate_rule *rule,
                             bool *exact)
{
    *exact = rule->max <= RATE_EXACT_MAX && content->total <= RATE_EXACT_MAX &&
             (content->exact || content->total == 0);
    return window_size(rule, content->total, *exact);
}

/* What the window holds goes on under another rule, in a record of another size if need be.
   @param more  calls that it must have room for */
static struct rate_record *reshape(struct rate_shard *shard, struct rate_record *record,
                                   const struct rate_rule *rule, uint64_t more, int64_t now)
{
    uint64_t key = record->key;
    struct window_content content;
    enum rate_size size;
    uint32_t hits = record->hits;
    bool exact;

    now = now > record->moment ? now : record->moment; /* who was late with its lock is no reason */
    window_export(record, rate_store_body(shard, record), now, &content);
    content.total += more;
    size = rate_shape_of(&content, rule, &exact);
    if (size != record->size) {
        rate_store_remove(shard, record);
        record = rate_store_add(shard, key, size, now);
        record->hits = hits;
    }
    window_init(record, rate_store_body(shard, record), rule, exact);
    window_import(record, rate_store_body(shard, record), &content, now);
    return record;
}

struct rate_record *rate_shape_prepare(struct rate_shard *shard, uint64_t key,
                                       const struct rate_rule *rule, int64_t now)
{
    struct rate_record *record = rate_store_find(shard, key);
    bool exact = rule->max <= RATE_EXACT_MAX;

    if (!record) {
        record = rate_store_add(shard, key, window_size(rule, 0, exact), now);
        window_init(record, rate_store_body(shard, record), rule, exact);
    } else if (!window_fits(record, rule, now)) {
        record = reshape(shard, record, rule, 0, now);
    }
    record->max = rule->max;
    return record;
}

void rate_shape_add(struct rate_shard *shard, uint64_t key, const struct rate_rule *rule,
                    uint32_t cost, int64_t moment, int64_t now)
{
    struct rate_record *record = rate_shape_prepare(shard, key, rule, now);
    uint32_t used = window_used(record, rate_store_body(shard, record), now);

    if (cost > UINT32_MAX - used)
        cost = UINT32_MAX - used;
    if (used + cost > window_room(record))
        record = reshape(shard, record, rule, cost, now);
    window_add_at(record, rate_store_body(shard, record), cost, moment);
}
