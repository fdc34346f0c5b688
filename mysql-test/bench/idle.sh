#!/usr/bin/env bash
# ./dev bench idle [ROUNDS [SECONDS [CONTROL]]]: what Purser costs a server that does something else: sysbench OLTP with the
# plugin installed and idle (worker ready, health checks and listener on, nothing to reconcile), and without it.
#
# Two servers with the same data share one processor, and their sysbenches another one, and are loaded at the same time:
# what the machine does to a processor meets both alike, as it does not where each has its own. One of them has the plugin; in
# the second half of a round it is the other one: what differs between the two servers is taken out by multiplying the ratios
# of both halves, and drawing the root. Before each half the servers rest for ten seconds, in which what an INSTALL does is
# done. A half has four runs of SECONDS.
#
# Printed are the median of the ratios with/without, and their mean with a 95 % interval (t), of transactions per second, and
# of the server's processor time per transaction; and the part of that time which Purser's own threads took, by the kernel's
# account of each thread. The second is what to go by: of two that share a processor the scheduler may give a little more of
# it to the one whose background takes time. 8 rounds, 5 seconds unless given. With CONTROL, any number, both have the
# plugin all the time: what is printed then is what the measure itself gives.
# The log is flushed once a second, and the data are in /dev/shm where that has 4 GiB free, so that the disk's noise does not
# hide what the processors do.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-idle ROUNDS=${1:-8} SECONDS_EACH=${2:-5} CONTROL=${3:-} WINDOWS=4 REST=10 CLIENTS_ON=0 SERVERS_ON=1
ME=$(id -un)
command -v sysbench >/dev/null || { echo "idle: needs sysbench (apt-get install sysbench)" >&2; exit 1; }
(($(nproc) >= 2)) || { echo "idle: needs two processors" >&2; exit 1; }

sql() { # sql SERVER...
    mariadb --no-defaults --socket="$DIR/$1/mariadb.sock" --user="$ME" --batch --skip-column-names "${@:2}"
}
stop() { for server in 0 1; do "$ROOT/dev" down "$DIR/$server" >/dev/null || true; done; }

bench() { # bench SERVER WORKLOAD COMMAND [OPTION...]
    taskset -c "$CLIENTS_ON" sysbench "$2" --db-driver=mysql --mysql-socket="$DIR/$1/mariadb.sock" --mysql-user="$ME" \
        --mysql-db=sbtest --tables=4 --table-size=50000 --rand-type=uniform --threads=2 "${@:4}" "$3"
}

ticks() { # ticks SERVER: its processor time
    local fields
    read -ra fields <"/proc/$(<"$DIR/$1/mariadb.pid")/stat"
    echo $((fields[13] + fields[14]))
}

own() { # own SERVER: the nanoseconds of processor time that Purser's threads in it have had
    local task name time sum=0
    for task in "/proc/$(<"$DIR/$1/mariadb.pid")/task"/*; do
        name=$(<"$task/comm")
        [[ $name == purser-* ]] || continue
        read -r time _ <"$task/schedstat"
        sum=$((sum + time))
    done
    echo "$sum"
}

run() { # run SERVER WORKLOAD: into SERVER/rate, transactions per second, the microseconds of processor time for each, and
    # how many times as much the server needs as all but Purser's threads
    local before after own_before own_after
    own_before=$(own "$1")
    before=$(ticks "$1")
    bench "$1" "$2" run --time="$SECONDS_EACH" --report-interval=0 >"$DIR/$1/run"
    after=$(ticks "$1")
    own_after=$(own "$1")
    awk -v ticks=$((after - before)) -v own=$((own_after - own_before)) -v hz="$(getconf CLK_TCK)" '
        /^ *transactions:/ {
            sub(/\(/, "", $3)
            printf "%s %.3f %.6f\n", $3, ticks / hz / $2 * 1e6, ticks / (ticks - own / 1e9 * hz)
        }' "$DIR/$1/run" >"$DIR/$1/rate"
}

both() { # both WORKLOAD: at the same time
    run 0 "$1" &
    run 1 "$1"
    wait $!
}

is_ready() { [[ $(sql "$1" -e "SHOW GLOBAL STATUS LIKE 'Purser_worker_state'") == *ready ]]; }
arrange() { # arrange SERVER: this one has the plugin, and the other one has not
    [[ $CONTROL ]] && sleep "$REST" && return
    sql $((1 - $1)) -e "UNINSTALL SONAME 'purser'" 2>/dev/null || true
    sql "$1" -e "INSTALL SONAME 'purser'" 2>/dev/null || true
    for _ in {1..300}; do
        is_ready "$1" && sleep "$REST" && return
        sleep 0.1
    done
    echo "idle: the worker is not ready" >&2
    exit 1
}

half() { # half WORKLOAD SERVER: a line for each run, the three figures with the plugin, those without
    local i
    arrange "$2"
    for ((i = 0; i < WINDOWS; i++)); do
        both "$1"
        echo "$(<"$DIR/$2/rate") $(<"$DIR/$((1 - $2))/rate")"
    done
}

measure() { # measure WORKLOAD: a line for each pair of runs, the ratios of rate and time, and that of Purser's threads
    local i
    for ((i = 0; i < ROUNDS; i++)); do
        half "$1" $((i % 2)) >"$DIR/first"
        half "$1" $((1 - i % 2)) >"$DIR/second"
        paste -d ' ' "$DIR/first" "$DIR/second"
    done | tee "$BUILD/idle-$1.runs" | awk '{ print sqrt($1 / $4 * $7 / $10), sqrt($2 / $5 * $8 / $11), sqrt($3 * $9) }'
}

summary() { # summary NAME COLUMN: of lines of ratios
    sort -n -k "$2,$2" | awk -v name="$1" -v column="$2" '
        function t95(df) { return df < 5 ? 2.78 : df < 10 ? 2.23 : df < 20 ? 2.09 : df < 30 ? 2.05 : 1.98 }
        { r[NR] = $column; sum += r[NR]; squares += r[NR] * r[NR] }
        END {
            median = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2
            mean = sum / NR
            error = NR > 1 ? t95(NR - 1) * sqrt((squares - NR * mean * mean) / (NR - 1) / NR) : 0
            printf "%-48s %+6.2f %%   %+6.2f %% ± %.2f %%\n", name, (median - 1) * 100, (mean - 1) * 100, error * 100
        }'
}

finish() {
    stop
    [[ $DIR != /dev/shm/* ]] || rm -rf "$DIR"
}
memory=$(df --output=avail -B1G /dev/shm 2>/dev/null | tail -n 1)
if ((${memory:-0} >= 4)); then
    DIR=$(mktemp -d /dev/shm/purser-bench.XXXXXX)
elif ((${#DIR} > 90)); then
    DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
fi
trap finish EXIT
rm -rf "$DIR"
for server in 0 1; do
    mkdir -p "$DIR/$server"
    printf '[mariadbd]\ninnodb-buffer-pool-size = 512M\ninnodb-flush-log-at-trx-commit = 2\n' >"$DIR/$server/extra.cnf"
    "$ROOT/dev" up "$DIR/$server" >/dev/null
    taskset -acp "$SERVERS_ON" "$(<"$DIR/$server/mariadb.pid")" >/dev/null
    sql "$server" -e "CREATE DATABASE sbtest"
    bench "$server" oltp_read_write prepare >/dev/null
done
both oltp_read_write # warm
printf '%d rounds of %d pairs of %d s, 2 threads for each of two servers on one processor\n' "$ROUNDS" "$WINDOWS" "$SECONDS_EACH"
title='with the plugin, compared with none'
[[ ! $CONTROL ]] || title='both with the plugin'
printf '%-48s %8s   %s\n' "$title" median 'mean, 95 %'
for workload in oltp_read_write oltp_point_select; do
    measure "$workload" >"$DIR/$workload"
    summary "$workload, transactions per second" 1 <"$DIR/$workload"
    summary "$workload, processor time of each" 2 <"$DIR/$workload"
    summary "$workload, of it by Purser's threads" 3 <"$DIR/$workload"
done
