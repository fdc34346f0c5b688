/* match_rules.c - tolerance, fee rule and the names of the classes (match.h). */
#include "match.h"

#include "money.h"

const char *finding_type_name(enum finding_type type)
{
    static const char *const names[] = {
        "AMOUNT_MISMATCH",    "CURRENCY_MISMATCH", "STATUS_MISMATCH",      "PAID_NOT_RECORDED",
        "MISSING_IN_GATEWAY", "MISSING_INTERNAL",  "DUPLICATE_IN_GATEWAY", "DUPLICATE_INTERNAL",
        "REFUND_MISMATCH",    "FEE_VARIANCE",
    };

    return (unsigned)type < FINDING_TYPES ? names[type] : "";
}

bool match_amounts_agree(int64_t internal, int64_t gateway, const struct match_rules *rules)
{
    int64_t difference, allowed = 0;

    if (internal == MONEY_ABSENT || money_sub(gateway, internal, &difference) != 0)
        return false;
    if (rules->tolerance_percent > 0)
        money_percent(internal < 0 ? -internal : internal, rules->tolerance_percent, &allowed);
    if (rules->tolerance_absolute > allowed)
        allowed = rules->tolerance_absolute;
    return difference <= allowed && difference >= -allowed;
}

bool match_fee_agrees(int64_t amount, int64_t fee, const struct match_rules *rules,
                      int64_t *expected)
{
    int64_t difference;

    *expected = 0;
    if (rules->fee_percent < 0 || fee == MONEY_ABSENT)
        return true;
    if (money_percent(amount, rules->fee_percent, expected) != 0 ||
        money_add(*expected, rules->fee_fixed, expected) != 0 ||
        money_sub(fee, *expected, &difference) != 0)
        return false;
    return difference <= rules->fee_tolerance && difference >= -rules->fee_tolerance;
}
