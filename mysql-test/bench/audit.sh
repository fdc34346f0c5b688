#!/usr/bin/env bash
# ./dev bench audit [ROWS [SEALED [INSERTS]]]: what auditing and sealing cost.
#
# Part 1, triggers: an order's status changes, in ROWS (100000) rows by one statement, and by a statement
# for each of a tenth as many rows, a hundred in a transaction. Side by side: no trigger; a trigger in plain
# SQL that writes the same columns but the leaf; the triggers of purser.audit_enable; the plugin
# server_audit, which logs statements, not rows; a system-versioned table.
#
# Part 2, sealing: SEALED (1000000) rows are sealed, verified, and one is proven; and a load of INSERTS (150000)
# statements into an audited table by four connections, with sealing every second and without.
#
# Every figure is the median of ROUNDS (3), taken in turn in the same server and from the same client. The
# server's settings are its defaults.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-audit ROWS=${1:-100000} SEALED=${2:-1000000} INSERTS=${3:-150000} ROUNDS=${BENCH_ROUNDS:-3}
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
    sql -e "SET GLOBAL purser_audit_seal_seconds = 0, purser_pending_sweep_minutes = 0"
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

# ---- part 2: sealing

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.3f", b - a }'; }
speed() { # speed LABEL ROWS SECONDS GOAL
    awk -v l="$1" -v n="$2" -v s="$3" -v g="$4" \
        'BEGIN { printf "    %-40s %10.3f %10d rows/s%s\n", l, s, n / s, g ? " (goal: at least " g ")" : "" }'
}

fresh_log() { # an empty log, tree and chain, as on the first day
    # the plugin anew: it would go on from nothing but the seals that it has seen
    sql -e "UNINSTALL SONAME 'purser'; DO SLEEP(1);
            TRUNCATE purser.audit_log; TRUNCATE purser.audit_seals; TRUNCATE purser.audit_tiles;
            INSTALL SONAME 'purser'; SET GLOBAL purser_audit_seal_seconds = 0, purser_pending_sweep_minutes = 0;
            DO SLEEP(2)"
}

sealed() { sql -e "SELECT COALESCE(MAX(tree_size), 0) FROM purser.audit_seals"; }
wait_sealed() { timeout 300 bash -c "until [[ \$(mariadb --no-defaults --socket='$DIR/mariadb.sock' --user='$ME' -BNe 'SELECT COALESCE(MAX(tree_size), 0) FROM purser.audit_seals') -ge $1 ]]; do sleep 0.02; done"; }

seal_and_verify() {
    local begin times=() checks=() proofs=() i
    sql bench -e "CREATE TABLE many (id INT PRIMARY KEY, user_id INT, status VARCHAR(32), payment_status VARCHAR(32));
                  CALL purser.audit_enable('bench', 'many', NULL)"
    for ((i = 0; i < ROUNDS; i++)); do
        fresh_log
        # the first row wakes the thread, which has no connection before there is a log
        sql bench -e "TRUNCATE many; SET GLOBAL purser_audit_seal_seconds = 1; INSERT INTO many VALUES (0, 0, 'pending', 'pending')"
        wait_sealed 1
        sql bench -e "SET GLOBAL purser_audit_seal_seconds = 0; DO SLEEP(1);
                      INSERT INTO many SELECT seq, seq % 1000, 'pending', 'pending' FROM seq_1_to_$SEALED"
        begin=$(now)
        sql -e "SET GLOBAL purser_audit_seal_seconds = 1"
        wait_sealed "$((SEALED + 1))"
        times+=("$(since "$begin")")
        begin=$(now)
        [[ $(sql -e "CALL purser.audit_verify()" | cut -f1) == ok ]] || {
            echo "the verification failed" >&2
            exit 1
        }
        checks+=("$(since "$begin")")
        begin=$(now)
        sql -e "CALL purser.audit_proof($((SEALED / 2)))" >/dev/null
        proofs+=("$(since "$begin")")
    done
    printf '%s rows of the log, sealing and verifying\n%-44s %10s\n' "$SEALED" '' seconds
    speed "sealed (up to 0.25 s until it begins)" "$SEALED" "$(printf '%s\n' "${times[@]}" | median)" 200000
    speed "verified" "$SEALED" "$(printf '%s\n' "${checks[@]}" | median)" 200000
    printf '    %-40s %10.3f\n' "one row proven" "$(printf '%s\n' "${proofs[@]}" | median)"
    printf '    %-40s %10s MiB\n' "the server's resident memory, peak" \
        "$(($(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$(<"$DIR/mariadb.pid")/status") / 1024))"
}

load() { # load SEAL_SECONDS: seconds that INSERTS inserts from four connections take
    local begin
    fresh_log
    sql -e "TRUNCATE bench.load_orders; SET GLOBAL purser_audit_seal_seconds = 1;
            INSERT INTO bench.load_orders (user_id) VALUES (0)"
    wait_sealed 1
    sql -e "SET GLOBAL purser_audit_seal_seconds = $1; DO SLEEP(1)"
    begin=$(now)
    mariadb-slap --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --create-schema=bench --concurrency=4 \
        --number-of-queries="$INSERTS" --silent \
        --query="INSERT INTO load_orders (user_id, status, payment_status) VALUES (1, 'pending', 'pending')" >/dev/null
    since "$begin"
}

inserts() {
    local off=() on=() i a b
    sql bench -e "CREATE TABLE load_orders (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT, status VARCHAR(32), payment_status VARCHAR(32));
                  CALL purser.audit_enable('bench', 'load_orders', NULL)"
    load 0 >/dev/null
    for ((i = 0; i < ROUNDS; i++)); do
        off+=("$(load 0)")
        on+=("$(load 1)")
    done
    a=$(printf '%s\n' "${off[@]}" | median) b=$(printf '%s\n' "${on[@]}" | median)
    printf '%s inserts into an audited table, four connections\n%-44s %10s\n' "$INSERTS" '' seconds
    printf '    %-40s %10.3f\n    %-40s %10.3f %10.3f to without (goal: at most 1.05)\n' "without sealing" "$a" \
        "sealing every second" "$b" "$(awk -v a="$a" -v b="$b" 'BEGIN { print b / a }')"
}

part_2() {
    seal_and_verify
    inserts
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
part_1
part_2
