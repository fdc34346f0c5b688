#!/usr/bin/env bash
# ./dev bench ratestore [SECONDS]: what a check costs that is counted in this server's memory, and in a Redis beside it: a
# prepared statement from 1 and from 16 clients, for SECONDS (5) each. The figure of each is the median of three runs, taking turns.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench SECONDS_EACH=${1:-5}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
CLIENT=$BUILD/mysql-test/bench/rate_client

sql() { mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"; }
median() { sort -g | sed -n 2p; }

stop() {
    [[ -z ${REDIS_PID-} ]] || kill "$REDIS_PID" 2>/dev/null || true
    "$ROOT/dev" down "$DIR" >/dev/null || true
}

start() {
    rm -rf "$DIR" && mkdir -p "$DIR"
    printf '[mariadbd]\nloose-purser-pending-sweep-minutes=0\n' >"$DIR/extra.cnf"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    redis-server --port 0 --unixsocket "$DIR/redis.sock" --save '' --appendonly no --daemonize no >"$DIR/redis.log" 2>&1 &
    REDIS_PID=$!
    timeout 20 bash -c "until redis-cli -s '$DIR/redis.sock' PING >/dev/null 2>&1; do sleep 0.1; done"
    PORT=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    redis-cli -s "$DIR/redis.sock" CONFIG SET port "$PORT" >/dev/null
}

store() { sql -e "SET GLOBAL purser_rate_limit_store = '$1', GLOBAL purser_rate_limit_store_timeout_ms = 1000"; }

measure() { # measure CONNECTIONS
    local local_runs=() unix_runs=() tcp_runs=() name rate half most
    for _ in 1 2 3; do
        store ''
        local_runs+=("$("$CLIENT" purser "$1" "$SECONDS_EACH" "$DIR/mariadb.sock" "$ME" - -)")
        store "unix://$DIR/redis.sock"
        unix_runs+=("$("$CLIENT" purser "$1" "$SECONDS_EACH" "$DIR/mariadb.sock" "$ME" - -)")
        store "redis://127.0.0.1:$PORT"
        tcp_runs+=("$("$CLIENT" purser "$1" "$SECONDS_EACH" "$DIR/mariadb.sock" "$ME" - -)")
    done
    for name in local unix tcp; do
        local -n runs=${name}_runs
        read -r rate half most < <(printf '%s\n' "${runs[@]}" | median)
        printf '%-6s %2s connections: %8s checks/s, p50 %6s us, p99 %6s us\n' "$name" "$1" "$rate" "$half" "$most"
    done
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
printf 'Redis %s\n' "$(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)"
measure 1
measure 16
sql -e "SHOW STATUS LIKE 'Purser_rate_limit_store%'"
