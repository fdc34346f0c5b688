#!/usr/bin/env bash
# ./dev bench usage [CLIENTS]: what a check of the usage costs with 1,000,000 clients unless given: the first one,
# with a share of 1 % and then of 10 % that has crossed a threshold; one after 1,000 have changed; one after nothing
# has; one after the limits of all have changed; and one where all are due, as after recount_usage of a new table.
#
# The rows of client_usage are written as the triggers leave them (a sample is compared with what the triggers
# make of the same transactions). A check is CALL purser.check_usage_alerts(), count of the clients included,
# from a connection that is open. Memory is what the session used at most, by the server's own account.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-usage N=${1:-1000000}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)

sql() { mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names purser "$@"; }
stop() { "$ROOT/dev" down "$DIR" >/dev/null || true; }

start() {
    rm -rf "$DIR" && mkdir -p "$DIR"
    printf '[mariadbd]\ninnodb-buffer-pool-size = 1G\n' >"$DIR/extra.cnf"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    sql -e "
        SET GLOBAL purser_enabled = OFF;
        INSERT INTO purser.alert_channels (name, kind, target, enabled) VALUES ('clients', 'mail', 'a@example.com', FALSE);
        UPDATE purser.settings SET value = 'clients' WHERE name = 'usage_channel';
        INSERT INTO purser.packages (name, position, volume_limit, transaction_limit, price, currency)
        VALUES ('small', 1, 1000, 100, 10, 'GBP'), ('large', 2, 10000, 1000, 50, 'GBP');
        INSERT INTO purser.clients (id, name, email, package, language)
        SELECT seq, CONCAT('Client ', seq), CONCAT('c', seq, '@example.com'), 'small', ELT(1 + seq % 3, 'en', 'fr', 'de') FROM seq_1_to_$N"
}

# Usage of all, as the triggers count it: one in EVERY has 85 %.
fill() { # fill EVERY
    sql -e "
        DELETE FROM purser.usage_alerts;
        DELETE FROM purser.outbox;
        TRUNCATE purser.client_usage;
        INSERT INTO purser.client_usage (client_id, month, slot, volume, transactions, quiet_volume, quiet_transactions, due)
        SELECT seq, purser.usage_month(UTC_TIMESTAMP()), 0, IF(seq % $1 = 0, 850, 500), 1, 800, 80, seq % $1 = 0 FROM seq_1_to_$N;
        ANALYZE TABLE purser.client_usage, purser.clients, purser.usage_alerts" >/dev/null
}

check_sample() { # the triggers make the same
    sql -e "
        CREATE TEMPORARY TABLE test.was SELECT * FROM purser.client_usage WHERE client_id <= 100;
        DELETE FROM purser.client_usage WHERE client_id <= 100;
        INSERT INTO purser.client_transactions (client_id, reference, amount) SELECT client_id, 'sample', volume FROM test.was;
        SELECT IF(COUNT(*) = 0, 'same', 'the triggers count otherwise') FROM (SELECT * FROM test.was EXCEPT SELECT * FROM purser.client_usage) AS d" | grep -qx same
}

check() { # prints seconds, what it said, and KiB
    sql -e "
        SELECT SYSDATE(6) INTO @begin;
        CALL purser.check_usage_alerts();
        SELECT TIMESTAMPDIFF(MICROSECOND, @begin, SYSDATE(6)) / 1e6;
        SELECT MAX_MEMORY_USED DIV 1024 FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()" | paste -sd '\t'
}

report() { # report WHAT GOAL
    local said seconds memory
    IFS=$'\t' read -r said seconds memory < <(check)
    printf '%-52s %9.3f %9s %9s   %s\n' "$1" "$seconds" "${2:-}" "$memory" "${said#* for }"
}

command -v mariadb >/dev/null
start
printf '%-52s %9s %9s %9s   %s\n' "$N clients" 'seconds' 'goal' 'KiB' 'what it said'
fill 100
check_sample
report 'the first check, 1 % have crossed' '< 5'
report 'a second one, nothing has changed' ''
sql -e "INSERT INTO purser.client_transactions (client_id, reference, amount) SELECT seq * 100 - 1, 'more', 350 FROM seq_1_to_1000"
report 'a third one, 1,000 have crossed' ''
fill 10
report 'the first check, 10 % have crossed' ''
sql -e "UPDATE purser.packages SET volume_limit = 1100 WHERE name = 'small'"
report 'after the limits of all have changed' ''
sql -e "UPDATE purser.client_usage SET due = TRUE"
report 'all are due, 10 % were told' ''
fill 1000000000
sql -e "UPDATE purser.client_usage SET due = TRUE, quiet_volume = 0, quiet_transactions = 0"
report 'all are due, as after a recount' ''
