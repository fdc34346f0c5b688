#!/usr/bin/env bash
# ./dev bench batch [SIZE...]: what purser.batch_update_stock costs, side by side with what it replaces:
# one UPDATE with a CASE of so many branches and a second one for the flags, and single updates in one
# transaction. Sizes: 1000 10000 100000 unless given; the comparison is at 10000.
#
# Every figure is the median of three. All are taken in turn in the same server and from the same client,
# each in a connection that is open already, from the first statement to the commit; every run sets other
# quantities. The server's settings are its defaults.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-batch ROWS=120000 COMPARE=${BENCH_COMPARE:-10000}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
if (($#)); then SIZES=("$@"); else SIZES=(1000 10000 100000); fi
ROUND=1

sql() {
    mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names \
        --max-allowed-packet=256M "$@"
}
median() { sort -g | sed -n 2p; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
say() { printf '%-66s %10s\n' "$1" "$2"; }
stop() { "$ROOT/dev" down "$DIR" >/dev/null || true; }

start() {
    rm -rf "$DIR" && mkdir -p "$DIR"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    sql itsxtrapush_db -e "
        SET GLOBAL purser_enabled = OFF;
        CALL purser.map_app('itsxtrapush_db');
        INSERT INTO gadgets (id, name, category, price, price_gbp, stock_quantity)
        SELECT seq, CONCAT('gadget ', seq), 'phone', 1000, 1, 1 FROM seq_1001_to_$((1000 + ROWS));
        ANALYZE TABLE gadgets" >/dev/null
}

# Quantities of the rows 1001, 1002, …: others in each round, one in a hundred 0, all of them changed.
batch() { # batch N [OPTIONS]
    awk -v n="$1" -v r="$ROUND" -v options="${2-}" 'BEGIN {
        printf "CALL purser.batch_update_stock('\''%s[", options
        for (i = 1; i <= n; i++)
            printf "%s{\"gadget_id\":%d,\"new_quantity\":%d}", (i == 1 ? "" : ","), 1000 + i, (i + r * 7) % 100
        print "]" (options == "" ? "" : "}") "'\'');" }'
}

deltas() { # deltas N
    awk -v n="$1" 'BEGIN {
        printf "CALL purser.batch_update_stock('\''["
        for (i = 1; i <= n; i++) printf "%s{\"gadget_id\":%d,\"delta\":1}", (i == 1 ? "" : ","), 1000 + i
        print "]'\'');" }'
}

singles() { # singles N
    echo 'START TRANSACTION;'
    awk -v n="$1" -v r="$ROUND" 'BEGIN { for (i = 1; i <= n; i++) { q = (i + r * 7) % 100
        printf "UPDATE purser.app_gadgets SET stock_quantity = %d, in_stock = %d WHERE gadget_id = %d;\n", q, (q != 0), 1000 + i } }'
    echo 'COMMIT;'
}

cases() { # cases N
    echo 'START TRANSACTION;'
    awk -v n="$1" -v r="$ROUND" 'BEGIN {
        printf "UPDATE purser.app_gadgets SET stock_quantity = CASE gadget_id"
        for (i = 1; i <= n; i++) { printf " WHEN %d THEN %d", 1000 + i, (i + r * 7) % 100; ids = ids (i == 1 ? "" : ",") (1000 + i) }
        print " END WHERE gadget_id IN (" ids ");"
        print "UPDATE purser.app_gadgets SET in_stock = CASE WHEN stock_quantity > 0 THEN 1 ELSE 0 END WHERE gadget_id IN (" ids ");" }'
    echo 'COMMIT;'
}

seconds() { # seconds COMMAND...: how long what it prints takes, and that it set what it should
    local script=$DIR/script.sql n=$2
    {
        echo "CALL purser.batch_update_stock('[]'); SELECT 'at', UNIX_TIMESTAMP(SYSDATE(6));"
        "$@"
        echo "SELECT 'at', UNIX_TIMESTAMP(SYSDATE(6));"
    } >"$script"
    sql <"$script" >"$DIR/out"
    if [[ $1 != deltas ]]; then
        [[ $(sql -e "SELECT COUNT(*) FROM purser.app_gadgets
                      WHERE gadget_id BETWEEN 1001 AND 1000 + $n AND stock_quantity = (gadget_id - 1000 + $ROUND * 7) % 100
                        AND in_stock = (stock_quantity > 0)") == "$n" ]] || {
            echo "$1 did not set what it should" >&2
            exit 1
        }
    fi
    awk -F'\t' '$1 == "at" { if (n++) printf "%.6f\n", $2 - first; else first = $2 }' "$DIR/out"
}

compare() {
    local ours=() full=() relative=() case=() single=() a b c
    for _ in 1 2 3; do
        ours+=("$(seconds batch "$COMPARE")") && ROUND=$((ROUND + 1))
        case+=("$(seconds cases "$COMPARE")") && ROUND=$((ROUND + 1))
        full+=("$(seconds batch "$COMPARE" '{"results":"all","items":')") && ROUND=$((ROUND + 1))
        single+=("$(seconds singles "$COMPARE")") && ROUND=$((ROUND + 1))
        relative+=("$(seconds deltas "$COMPARE")") && ROUND=$((ROUND + 1))
    done
    a=$(printf '%s\n' "${ours[@]}" | median) b=$(printf '%s\n' "${case[@]}" | median)
    c=$(printf '%s\n' "${single[@]}" | median)
    say "$COMPARE rows: UPDATE with CASE, and one for the flags, s" "$b"
    say "$COMPARE rows: single updates in one transaction, s" "$c"
    say "$COMPARE rows: purser.batch_update_stock, s" "$a"
    say "    times faster than CASE (goal: at least 12)" "$(calc %.1f "$b / $a")"
    say "    times faster than single updates (goal: at least 15)" "$(calc %.1f "$c / $a")"
    say "$COMPARE rows: the same with a result for each row, s" "$(printf '%s\n' "${full[@]}" | median)"
    say "$COMPARE rows: relative changes, with a result for each row, s" "$(printf '%s\n' "${relative[@]}" | median)"
}

growth() {
    local size each=() runs us
    for size in "${SIZES[@]}"; do
        runs=()
        for _ in 1 2 3; do
            runs+=("$(seconds batch "$size")") && ROUND=$((ROUND + 1))
        done
        us=$(calc %.2f "$(printf '%s\n' "${runs[@]}" | median) / $size * 1e6")
        each+=("$us")
        say "$size rows: microseconds a row" "$us"
    done
    say "    dearest / cheapest (goal: at most 1.30)" \
        "$(printf '%s\n' "${each[@]}" | sort -g | awk 'NR == 1 { low = $1 } { high = $1 } END { printf "%.2f", high / low }')"
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
compare
growth
