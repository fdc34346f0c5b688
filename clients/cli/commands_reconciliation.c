/* commands_reconciliation.c - days, discrepancies, and the audit log. See spec.h for the form. */
#include "commands.h"

#define TYPES                                                                                      \
    "PAID_NOT_RECORDED|AMOUNT_MISMATCH|CURRENCY_MISMATCH|STATUS_MISMATCH|MISSING_IN_GATEWAY|"      \
    "MISSING_INTERNAL|DUPLICATE_IN_GATEWAY|DUPLICATE_INTERNAL|REFUND_MISMATCH|FEE_VARIANCE"

#define DISCREPANCY                                                                                \
    "SELECT id, business_date, gateway, type, state, order_id, transaction_ref, "                  \
    "gateway_transaction_id, internal_amount, gateway_amount, difference, currency, "              \
    "gateway_currency, internal_status, gateway_status, detail, holds, detected_at, changed_at, "  \
    "closed_at FROM purser.discrepancies"

const struct command commands_of_reconciliation[] = {
    {.path = "reconcile",
     .summary = "Reconcile a day, or several, with the gateways, and wait for it",
     .detail = "Without a day: yesterday, in the time zone of the server's Purser. The exit code "
               "is 1 where a day has discrepancies, or could not be "
               "reconciled whole. In JSON a day is an object with summary and discrepancies, in an "
               "array.",
     .parameters = {{"date", KIND_DATE, "DATE", "The day", 0},
                    {"from", KIND_DATE, "DATE", "The first of several days, at most 366", 0},
                    {"to", KIND_DATE, "DATE", "The last of them", 0},
                    {"gateway", KIND_TEXT, "NAME",
                     "Only this gateway; all that are enabled is the default", 0}},
     .statements = {"CALL purser.reconcile({date}, {gateway})"},
     .sets = "summary discrepancies",
     .verdicts = {{"state", "complete", true}, {"discrepancies", "0", true}},
     .flags = COMMAND_CHANGES | COMMAND_LONG | COMMAND_DAYS},
    {.path = "discrepancies list",
     .summary =
         "Show discrepancies: those that are open, or acknowledged, where nothing else is said",
     .parameters = {{"date", KIND_DATE, "DATE", "Of this business day", 0},
                    {"from", KIND_DATE, "DATE", "Of this business day, and later", 0},
                    {"to", KIND_DATE, "DATE", "Of this business day, and earlier", 0},
                    {"gateway", KIND_TEXT, "NAME", "Of this gateway", 0},
                    {"type", KIND_CHOICE, TYPES, "Of this type", 0},
                    {"state", KIND_CHOICE, "open|acknowledged|resolved|ignored|auto_resolved|all",
                     "In this state", 0},
                    {"order", KIND_TEXT, "ID", "Of this order", 0},
                    {"limit", KIND_NUMBER, "NUMBER", "So many at most, the newest of them", 0}},
     .statements = {DISCREPANCY " WHERE [!state state IN ('open', 'acknowledged')][?state ({state} "
                                "= 'all' OR state = {state})]"
                                "[?date  AND business_date = {date}][?from  AND business_date >= "
                                "{from}][?to  AND business_date <= {to}]"
                                "[?gateway  AND gateway = {gateway}][?type  AND type = "
                                "{type}][?order  AND order_id = {order}]"
                                " ORDER BY id[?limit  DESC LIMIT {limit}]"},
     .sets = "discrepancies",
     .flags = COMMAND_LONG},
    {.path = "discrepancies show",
     .summary = "Show a discrepancy and what became of it",
     .parameters = {{"id", KIND_NUMBER, "ID", "Its number",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED}},
     .statements = {DISCREPANCY " WHERE id = {id}",
                    "SELECT at, actor, from_state, to_state, note FROM purser.discrepancy_events "
                    "WHERE discrepancy_id = {id} ORDER BY id"},
     .sets = "discrepancy events",
     .flags = COMMAND_UPRIGHT | COMMAND_EXISTS},
    {.path = "discrepancies resolve",
     .summary = "Close a discrepancy, or set another state, and say why",
     .parameters = {{"id", KIND_NUMBER, "ID", "Its number",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED},
                    {"as", KIND_CHOICE, "resolved|ignored|acknowledged|open",
                     "The state it gets; resolved is the default", 0},
                    {"note", KIND_TEXT, "TEXT", "Why; it must be there for resolved and ignored",
                     0}},
     .statements = {"CALL purser.resolve_discrepancy({id}, [!as 'resolved'][?as {as}], {note})"},
     .done = "done",
     .flags = COMMAND_CHANGES},
    {.path = "audit verify",
     .summary = "Verify the audit log: rows, tree, seals and signatures",
     .detail = "The exit code is 1 for every verdict but ok.",
     .parameters = {{"checkpoint", KIND_FILE, "FILE",
                     "A checkpoint that you kept: the log must go on from it", 0}},
     .statements = {"[!checkpoint CALL purser.audit_verify()][?checkpoint CALL "
                    "purser.audit_verify_checkpoint({checkpoint})]"},
     .sets = "summary findings",
     .verdicts = {{"verdict", "ok", true}},
     .flags = COMMAND_LONG | COMMAND_UPRIGHT},
    {.path = "audit proof",
     .summary = "Prove that a row is in the audit log",
     .detail = "A JSON document for clients/python/purser_audit.py, which checks it without a "
               "server. As a table it is the document alone: "
               "purser audit proof 1 >proof.json",
     .parameters = {{"id", KIND_NUMBER, "ID", "audit_log.id",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED}},
     .statements = {"CALL purser.audit_proof({id})"},
     .sets = "proof",
     .json = "proof",
     .flags = COMMAND_DOCUMENT},
    {.path = "audit export",
     .summary = "Write the rows of the audit log",
     .parameters = {{"from", KIND_MOMENT, "MOMENT", "Of this moment (UTC), and later", 0},
                    {"to", KIND_MOMENT, "MOMENT", "Before this moment (UTC)", 0},
                    {"schema", KIND_TEXT, "NAME", "Of tables of this schema", 0},
                    {"table", KIND_TEXT, "NAME", "Of tables of this name", 0},
                    {"record", KIND_TEXT, "KEY",
                     "Of this row: its key as audit_log.record_id has it", 0},
                    {"limit", KIND_NUMBER, "NUMBER", "So many at most, the first of them", 0}},
     .statements = {"SELECT id, table_schema, table_name, operation, record_id, user_id, "
                    "timestamp, actor, account, connection_id, old_values, new_values, leaf"
                    " FROM purser.audit_log WHERE TRUE[?from  AND timestamp >= {from}][?to  AND "
                    "timestamp < {to}][?schema  AND table_schema = {schema}]"
                    "[?table  AND table_name = {table}][?record  AND record_id = {record}] ORDER "
                    "BY id[?limit  LIMIT {limit}]"},
     .sets = "rows",
     .json = "old_values|new_values",
     .range = "SELECT MIN(id), MAX(id) FROM purser.audit_log",
     .flags = COMMAND_LONG},
    {0}};
