#!/usr/bin/env bash
# ./dev bench idle [PAIRS [SECONDS]]: what Purser costs a server that does something else: sysbench OLTP with the
# plugin installed and idle (worker ready, health checks and listener on, nothing to reconcile), and without it.
#
# One server, the same data and the same warm buffer pool for both: a pair is a run with and a run without, one
# after the other, in turns with the one first and the other (with, without, without, with ...), so that what
# drifts on the machine falls on both. Of each pair the ratios count: of transactions per second, and of the server's
# processor time per transaction, which tells what the plugin itself does and varies less. Printed are the medians of
# the ratios, and their means with a 95 % interval (t). 20 pairs of 10 s unless given.
# The log is flushed once a second, so that the disk's noise does not hide what the CPU does.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-idle PAIRS=${1:-20} SECONDS_EACH=${2:-10}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
command -v sysbench >/dev/null || { echo "idle: needs sysbench (apt-get install sysbench)" >&2; exit 1; }

sql() { mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"; }
stop() { "$ROOT/dev" down "$DIR" >/dev/null || true; }

bench() { # bench WORKLOAD COMMAND [OPTION...]
    local workload=$1 command=$2
    shift 2
    sysbench "$workload" --db-driver=mysql --mysql-socket="$DIR/mariadb.sock" --mysql-user="$ME" --mysql-db=sbtest \
        --tables=4 --table-size=50000 --rand-type=uniform --threads=2 "$@" "$command"
}

ticks() { # of the server's processor time
    local fields
    read -ra fields <"/proc/$(<"$DIR/mariadb.pid")/stat"
    echo $((fields[13] + fields[14]))
}

rate() { # rate WORKLOAD: transactions per second, the server's microseconds of processor time for each
    local before after
    before=$(ticks)
    bench "$1" run --time="$SECONDS_EACH" --report-interval=0 >"$DIR/run"
    after=$(ticks)
    awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
        /^ *transactions:/ { sub(/\(/, "", $3); printf "%s\t%.3f\n", $3, ticks / hz / $2 * 1e6 }' "$DIR/run"
}

is_ready() { [[ $(sql -e "SHOW GLOBAL STATUS LIKE 'Purser_worker_state'") == *ready ]]; }
with() {
    sql -e "INSTALL SONAME 'purser'" 2>/dev/null || true
    for _ in {1..300}; do is_ready && return; sleep 0.1; done
    echo "idle: the worker is not ready" >&2
    exit 1
}
without() { sql -e "UNINSTALL SONAME 'purser'" 2>/dev/null || true; }

pair() { # pair WORKLOAD NUMBER: prints what rate says with the plugin, and without
    local one two
    if (($2 % 2)); then
        with && one=$(rate "$1")
        without && two=$(rate "$1")
    else
        without && two=$(rate "$1")
        with && one=$(rate "$1")
    fi
    printf '%s\t%s\n' "$one" "$two"
}

summary() { # summary NAME WITH WITHOUT: of lines, of which these are the columns
    awk -v name="$1" -v with="$2" -v without="$3" '
        function t95(df) { return df < 5 ? 2.78 : df < 10 ? 2.23 : df < 20 ? 2.09 : df < 30 ? 2.05 : 1.98 }
        { r[NR] = $with / $without; a += $with; b += $without; sum += r[NR]; squares += r[NR] * r[NR] }
        END {
            for (i = 2; i <= NR; i++) # insertion sort
                for (j = i; j > 1 && r[j - 1] > r[j]; j--) { x = r[j]; r[j] = r[j - 1]; r[j - 1] = x }
            median = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2
            mean = sum / NR
            error = NR > 1 ? t95(NR - 1) * sqrt((squares - NR * mean * mean) / (NR - 1) / NR) : 0
            printf "%-34s %10.1f %10.1f   %+6.2f %%   %+6.2f %% ± %.2f %%\n", name, a / NR, b / NR,
                   (median - 1) * 100, (mean - 1) * 100, error * 100
        }'
}

rm -rf "$DIR" && mkdir -p "$DIR"
printf '[mariadbd]\ninnodb-buffer-pool-size = 512M\ninnodb-flush-log-at-trx-commit = 2\n' >"$DIR/extra.cnf"
trap stop EXIT
"$ROOT/dev" up "$DIR" >/dev/null
sql -e "CREATE DATABASE sbtest"
bench oltp_read_write prepare >/dev/null
rate oltp_read_write >/dev/null # warm
printf '%d pairs of %d s, 2 threads\n' "$PAIRS" "$SECONDS_EACH"
printf '%-34s %10s %10s   %8s   %s\n' '' with without median 'mean, 95 %'
for workload in oltp_read_write oltp_point_select; do
    for ((i = 1; i <= PAIRS; i++)); do pair "$workload" "$i"; done >"$DIR/$workload.tsv"
    summary "$workload, transactions/s" 1 3 <"$DIR/$workload.tsv"
    summary "$workload, us of CPU each" 2 4 <"$DIR/$workload.tsv"
done
