#!/usr/bin/env bash
# ./dev bench audit [ROWS]: what auditing costs.
#
# Part 1, triggers: an order's status changes, in ROWS (100000) rows by one statement, and by a statement
# for each of a tenth as many rows, a hundred in a transaction. Side by side: no trigger; a trigger in plain
# SQL that writes the same columns but the leaf; the triggers of purser.audit_enable; the plugin
# server_audit, which logs statements, not rows; a system-versioned table.
#
# Every figure is the median of ROUNDS (3), taken in turn in the same server and from the same client. The
# server's settings are its defaults.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-audit ROWS=${1:-100000} ROUNDS=${BENCH_ROUNDS:-3}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)

sql() {
    mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"
}
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
stop() { "$ROOT/dev" down "$DIR" >/dev/null || true; }

start() {
    rm -rf "$DIR" && mkdir -p "$DIR"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    sql -e "SET GLOBAL purser_enabled = OFF"
}

# ---- part 1: triggers

VARIANTS=(none plain purser server_audit versioned)

orders() { # orders VARIANT: a table of orders of its own
    sql bench -e "
        CREATE TABLE $1 (
          id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED, status VARCHAR(32), payment_status VARCHAR(32),
          total DECIMAL(12,2), created_at DATETIME, note VARCHAR(200)) CHARACTER SET utf8mb4
          $([[ $1 != versioned ]] || echo WITH SYSTEM VERSIONING);
        INSERT INTO $1 SELECT seq, seq % 1000, 'pending', 'pending', seq / 7, NOW(), REPEAT('x', 50) FROM seq_1_to_$ROWS;
        ANALYZE TABLE $1" >/dev/null
}

plain_trigger() { # what somebody would write who has no Purser
    sql bench <<'SQL'
CREATE TABLE plain_log LIKE purser.audit_log;
ALTER TABLE plain_log DROP COLUMN leaf;
DELIMITER //
CREATE TRIGGER plain_update AFTER UPDATE ON plain FOR EACH ROW
IF NOT (BINARY NEW.status <=> BINARY OLD.status AND BINARY NEW.payment_status <=> BINARY OLD.payment_status) THEN
  INSERT INTO plain_log (table_schema, table_name, operation, record_id, user_id, timestamp, actor, account, connection_id,
                         old_values, new_values)
  VALUES ('bench', 'plain', 'UPDATE', OLD.id, NEW.user_id, UTC_TIMESTAMP(6), @purser_actor, USER(), CONNECTION_ID(),
          JSON_OBJECT('status', OLD.status, 'payment_status', OLD.payment_status),
          JSON_OBJECT('status', NEW.status, 'payment_status', NEW.payment_status));
END IF//
SQL
}

server_audit() { # server_audit: the plugin, if the machine has it
    local file
    file=$(sql -e "SELECT @@basedir")/lib/mysql/plugin/server_audit.so
    [[ -e $file ]] || file=/usr/lib/mysql/plugin/server_audit.so
    if [[ ! -e $file ]]; then
        VARIANTS=(none plain purser versioned)
        return
    fi
    cp "$file" "$DIR/plugin/"
    sql -e "INSTALL SONAME 'server_audit';
            SET GLOBAL server_audit_events = 'QUERY_DML', server_audit_file_path = '$DIR/audit.log'"
}

make_shops() {
    local variant
    sql -e "CREATE DATABASE bench"
    server_audit
    for variant in "${VARIANTS[@]}"; do orders "$variant"; done
    plain_trigger
    sql -e "CALL purser.audit_enable('bench', 'purser', 'status, payment_status')"
}

statement() { echo "UPDATE $1 SET status = IF(status = 'paid', 'pending', 'paid');"; }
statements() {
    awk -v t="$1" -v n="$((ROWS / 10))" 'BEGIN { for (i = 1; i <= n; i++) {
        if (i % 100 == 1) print "START TRANSACTION;"
        printf "UPDATE %s SET status = IF(status = '\''paid'\'', '\''pending'\'', '\''paid'\'') WHERE id = %d;\n", t, i
        if (i % 100 == 0 || i == n) print "COMMIT;" } }'
}

seconds() { # seconds VARIANT WORK: each begins with an empty log and clean pages
    local rows
    [[ $1 != server_audit ]] || sql -e "SET GLOBAL server_audit_logging = ON"
    sql -e "TRUNCATE purser.audit_log; TRUNCATE bench.plain_log;
            SET GLOBAL innodb_max_dirty_pages_pct = 0; DO SLEEP(0.5);
            SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT"
    {
        echo "SET @purser_actor = 'bench'; SELECT UNIX_TIMESTAMP(SYSDATE(6));"
        "$2" "$1"
        echo "SELECT UNIX_TIMESTAMP(SYSDATE(6));"
    } | sql bench >"$DIR/out"
    [[ $1 != server_audit ]] || sql -e "SET GLOBAL server_audit_logging = OFF"
    rows=$(sql -e "SELECT (SELECT COUNT(*) FROM purser.audit_log) + (SELECT COUNT(*) FROM bench.plain_log)")
    case $1:$2 in
    plain:statement | purser:statement) [[ $rows == "$ROWS" ]] ;;
    plain:statements | purser:statements) [[ $rows == "$((ROWS / 10))" ]] ;;
    *) [[ $rows == 0 ]] ;;
    esac || {
        echo "$1 logged $rows rows" >&2
        exit 1
    }
    awk 'NR == 1 { first = $1 } END { printf "%.4f\n", $1 - first }' "$DIR/out"
}

triggers() { # triggers WORK TITLE ROWS
    local variant i plain
    declare -A taken=() middle=()
    for ((i = 0; i < ROUNDS; i++)); do
        for variant in "${VARIANTS[@]}"; do taken[$variant]+="$(seconds "$variant" "$1")"$'\n'; done
    done
    for variant in "${VARIANTS[@]}"; do middle[$variant]=$(printf '%s' "${taken[$variant]}" | median); done
    plain=${middle[plain]}
    printf '%s\n%-44s %10s %10s %10s\n' "$2" '' seconds 'us a row' 'to plain'
    for variant in "${VARIANTS[@]}"; do
        awk -v name="$variant" -v s="${middle[$variant]}" -v n="$3" -v p="$plain" \
            'BEGIN { printf "    %-40s %10.3f %10.2f %10.2f\n", name, s, s / n * 1e6, s / p }'
    done
}

part_1() {
    make_shops
    triggers statement "$ROWS rows, one statement (goal: purser at most 1.25 to plain)" "$ROWS"
    triggers statements "$((ROWS / 10)) rows, a statement each" "$((ROWS / 10))"
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
part_1
