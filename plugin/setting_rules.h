/* setting_rules.h - what the texts of system variables may be, besides empty. Pure. */
#ifndef PURSER_SETTING_RULES_H
#define PURSER_SETTING_RULES_H

#include "../udf/error.h"

/** @param name  of the variable, without its prefix; one that has no rule may be anything
    @retval 0 @retval -1 err: what is wrong with the text, after the variable's name */
int setting_rule_obey(const char *name, const char *text, struct error *err);

#endif
