#!/usr/bin/env bash
# ./dev bench reconcile [SIZE...]: what a reconciliation costs, side by side with the plainest client that
# could do it and with the nested loop that it replaces. Sizes: 100000 1000000 unless given.
#
# Every figure is the median of three; each of ours is taken right after one of the yardstick's, in the same
# server, so that the ratio holds when the machine's speed drifts.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench DAY=2025-07-05 FETCH=${BENCH_FETCH:-200000}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
if (($#)); then SIZES=("$@"); else SIZES=(100000 1000000); fi
READ_BOTH=$BUILD/mysql-test/bench/read_both

sql() { mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"; }
median() { sort -g | sed -n 2p; }
now() { date +%s.%N; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
say() { printf '%-62s %14s\n' "$1" "$2"; }

stop() {
    [[ -z ${SIM_PID-} ]] || kill "$SIM_PID" 2>/dev/null || true
    "$ROOT/dev" down "$DIR" >/dev/null || true
}

start() {
    rm -rf "$DIR" && mkdir -p "$DIR"
    printf '[mariadbd]\ninnodb-buffer-pool-size=4G\ninnodb-log-file-size=1G\n' >"$DIR/extra.cnf"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    sql -e "SET GLOBAL purser_pending_sweep_minutes = 0, GLOBAL purser_time_zone = 'UTC';
            UPDATE purser.settings SET value = 'UTC' WHERE name = 'app_time_zone'; CALL purser.map_app('itsxtrapush_db');
            UPDATE purser.gateways SET enabled = FALSE"
}

fill() { # fill N: N orders and N staged records of gateway bench, in another order
    sql itsxtrapush_db -e "
        TRUNCATE orders; TRUNCATE purser.gateway_transactions;
        REPLACE INTO purser.gateways (name, adapter) VALUES ('bench', 'file');
        INSERT INTO orders (provider, external_tx_ref, total_amount, total_amount_gbp, currency, payment_status, created_at)
        SELECT 'bench', CONCAT('ORD-', LPAD(CRC32(seq), 10, '0'), '-', seq), 0, 10 + seq % 1000 / 100, 'GBP', 'paid',
               '$DAY 00:00:00' + INTERVAL (seq * 86399 DIV $1) SECOND FROM seq_1_to_$1;
        INSERT INTO purser.gateway_transactions (gateway, business_date, transaction_ref, kind,
               gateway_transaction_id, status, amount, currency, created_at, source, read_at)
        SELECT 'bench', '$DAY', CONCAT('ORD-', LPAD(CRC32(seq), 10, '0'), '-', seq) AS r, 'payment',
               CONCAT('p', seq), 'captured', 10 + seq % 1000 / 100, 'GBP', '$DAY 00:00:00', 'file',
               UTC_TIMESTAMP(6) FROM seq_1_to_$1 ORDER BY r;
        ANALYZE TABLE orders, purser.gateway_transactions" >/dev/null
}

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(<"$DIR/mariadb.pid")/status"; }
peak_during() { # peak_during FILE PID: the server's largest resident size, kB, while PID lives
    local most=0 now
    while kill -0 "$2" 2>/dev/null; do
        now=$(rss)
        ((now > most)) && most=$now
        sleep 0.02
    done
    echo "$most" >"$1"
}

reconcile() { # reconcile GATEWAY EXPECTED: prints seconds; the whole answer is checked
    local begin end row
    begin=$(now)
    row=$(sql -e "CALL purser.reconcile('$DAY', '$1')" | head -n 1)
    end=$(now)
    [[ $row == *$'\t'complete$'\t'$2$'\t'$2$'\t'$2$'\t'0$'\t'* ]] || {
        echo "unexpected: $row" >&2
        exit 1
    }
    calc %.3f "$end - $begin"
}

match() { # match N: ours and the yardstick, alternating
    local plain=() ours=() before
    fill "$1"
    "$READ_BOTH" "$DIR/mariadb.sock" "$ME" $DAY bench >/dev/null
    before=$(rss)
    for _ in 1 2 3; do
        plain+=("$("$READ_BOTH" "$DIR/mariadb.sock" "$ME" $DAY bench | cut -d' ' -f1)")
        reconcile bench "$1" >"$DIR/seconds" &
        peak_during "$DIR/peak" $!
        wait $!
        ours+=("$(<"$DIR/seconds")")
    done
    PLAIN=$(printf '%s\n' "${plain[@]}" | median) OURS=$(printf '%s\n' "${ours[@]}" | median)
    say "$1 x $1: a plain client reads both sides once, s" "$PLAIN"
    say "$1 x $1: purser reconciles them, s" "$OURS"
    say "    ratio (goal: at most 1.5)" "$(calc %.2f "$OURS / $PLAIN")"
    say "    the server's memory grows by, MiB (goal: at most 64)" "$(calc %.1f "($(<"$DIR/peak") - $before) / 1024")"
}

growth() {
    local last=''
    local size
    for size in "${SIZES[@]}"; do
        match "$size"
        if [[ $last ]]; then
            say "    $(calc %.0f "$size / $last") times the day costs (goal: as many, + 15 %)" "$(calc '%.1f x' "$OURS / $last_seconds")"
        fi
        last=$size last_seconds=$OURS
    done
}

fetch() { # fetch, parse, stage and match from the simulator
    local seconds
    "$PURSER_SIM" serve --generate "$FETCH" --seed 1 --date $DAY --gateway square --locations 1 \
        --token-square simulated-square-token --port-file "$DIR/bench.port" --max-seconds 600 >/dev/null 2>&1 &
    SIM_PID=$!
    timeout 60 bash -c "until [[ -s '$DIR/bench.port' ]]; do sleep 0.1; done"
    sql itsxtrapush_db -e "
        TRUNCATE orders; TRUNCATE purser.gateway_transactions; UPDATE purser.gateways SET enabled = FALSE;
        INSERT INTO orders (provider, external_tx_ref, total_amount, total_amount_gbp, currency, payment_status, created_at)
        SELECT 'square', CONCAT('ORD-', LPAD(seq, 10, '0')), 0, (100 + (seq * 7919 + 1) % 500000) / 100, 'GBP',
               IF(seq % 200 = 100, 'partially_refunded', 'paid'),
               '$DAY 00:00:00' + INTERVAL ((seq - 1) * 86400 DIV $FETCH) SECOND
          FROM seq_1_to_$FETCH WHERE seq % 100 <> 1 OR seq = $FETCH;
        UPDATE purser.gateways SET enabled = TRUE, base_url = 'http://127.0.0.1:$(<"$DIR/bench.port")/square',
               settings = JSON_REMOVE(settings, '\$.fee') WHERE name = 'square'"
    seconds=$(now)
    sql -e "CALL purser.reconcile('$DAY', 'square')" >/dev/null &
    while [[ $(sql -e "SELECT COALESCE((SELECT phase FROM purser.reconciliation_runs WHERE gateway = 'square' ORDER BY id DESC LIMIT 1), '')") =~ ^(queued|fetch|)$ ]]; do sleep 0.05; done
    seconds=$(calc %.3f "$(now) - $seconds")
    sql -e "DO 0; SELECT COUNT(*) FROM purser.gateway_transactions" >"$DIR/staged"
    say "$(<"$DIR/staged") records fetched, parsed and staged, s" "$seconds"
    say "    records a second (goal: at least 20000)" "$(calc %.0f "$(<"$DIR/staged") / $seconds")"
    wait $! || true
}

nested_loop() {
    command -v php >/dev/null || {
        say "nested loop in PHP: php is not installed (apt-get install php-cli)" "-"
        return
    }
    local n
    for n in 5000 10000; do
        say "$n x $n: nested loop in a PHP script, s" "$(php "$ROOT/mysql-test/bench/nested_loop.php" $n | cut -d' ' -f1)"
    done
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
growth
fetch
nested_loop
