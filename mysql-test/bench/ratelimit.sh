#!/usr/bin/env bash
# ./dev bench ratelimit [SECONDS]: what a check costs in the server, from clients beside Redis with the
# sorted-set method, and in memory. Each figure is the median of three runs of SECONDS (2), the sides of a
# ratio taking turns. Installs redis-server where it is missing.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench SECONDS_EACH=${1:-2}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
CLIENT=$BUILD/mysql-test/bench/rate_client

sql() { mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"; }
redis() { redis-cli -s "$DIR/redis.sock" "$@"; }
median() { sort -g | sed -n 2p; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
say() { printf '%-66s %12s\n' "$1" "$2"; }

LUA="redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[2])
local n = redis.call('ZCARD', KEYS[1])
if n >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1"

stop() {
    [[ -z ${REDIS_PID-} ]] || kill "$REDIS_PID" 2>/dev/null || true
    "$ROOT/dev" down "$DIR" >/dev/null || true
}

start() {
    command -v redis-server >/dev/null ||
        if ((UID == 0)); then apt-get install -qq -y redis-server >/dev/null; else sudo apt-get install -qq -y redis-server >/dev/null; fi
    rm -rf "$DIR" && mkdir -p "$DIR"
    printf '[mariadbd]\nloose-purser-rate-limit-memory=512M\nloose-purser-pending-sweep-minutes=0\n' >"$DIR/extra.cnf"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    cp "$BUILD/mysql-test/bench/empty_udf.so" "$(sql -e 'SELECT @@plugin_dir')/"
    sql -e "CREATE FUNCTION bench_empty RETURNS INTEGER SONAME 'empty_udf.so'"
    redis-server --port 0 --unixsocket "$DIR/redis.sock" --save '' --appendonly no --daemonize no >"$DIR/redis.log" 2>&1 &
    REDIS_PID=$!
    timeout 20 bash -c "until redis-cli -s '$DIR/redis.sock' PING >/dev/null 2>&1; do sleep 0.1; done"
    SHA=$(redis SCRIPT LOAD "$LUA")
}

# nanoseconds of one evaluation of an expression, in SESSIONS sessions at once
evaluate() { # evaluate COUNT EXPRESSION [SESSIONS]
    local i begin pids=()
    begin=$(date +%s%N)
    for ((i = 0; i < ${3:-1}; i++)); do
        sql -e "SELECT BENCHMARK($1, $2)" >/dev/null &
        pids+=($!)
    done
    wait "${pids[@]}"
    echo $((($(date +%s%N) - begin) / $1))
}

beside() { # beside COUNT ARGUMENTS [SESSIONS]: medians of the function and of the empty one
    local ours=() empty=() i
    for i in 1 2 3; do
        empty+=("$(evaluate "$1" "bench_empty($2)" "${3:-1}")")
        ours+=("$(evaluate "$1" "purser_rate_limit($2)" "${3:-1}")")
    done
    OURS=$(printf '%s\n' "${ours[@]}" | median) EMPTY=$(printf '%s\n' "${empty[@]}" | median)
}

in_the_server() {
    local one
    beside 3000000 "'user-1', '/api/orders', 4000000000, 3600"
    say "one hot key: empty function, ns" "$EMPTY"
    say "one hot key: purser_rate_limit, ns" "$OURS"
    say "    more (goal: at most 100)" "$((OURS - EMPTY))"
    local random="CONCAT('user-', FLOOR(RAND() * 1000000)), '/api/orders', 1000, 3600"
    evaluate 4000000 "purser_rate_limit($random)" >/dev/null
    beside 2000000 "$random"
    say "1,000,000 keys in random order: empty function, ns" "$EMPTY"
    say "1,000,000 keys in random order: purser_rate_limit, ns" "$OURS"
    say "    more (goal: at most 250)" "$((OURS - EMPTY))"
    one=$OURS
    beside 2000000 "$random" 2
    say "    two threads do (goal: at least 1.8 times one)" "$(calc '%.2f x' "2 * $one / $OURS")"
}

run() { "$CLIENT" "$1" "$2" "$SECONDS_EACH" "$DIR/mariadb.sock" "$ME" "$DIR/redis.sock" "$SHA" | cut -d ' ' -f 1; }

compare() { # compare CONNECTIONS OURS THEIRS GOAL LABEL
    local ours=() theirs=() i a b
    for i in 1 2 3; do
        redis FLUSHALL >/dev/null
        theirs+=("$(run "$3" "$1")")
        ours+=("$(run "$2" "$1")")
    done
    a=$(printf '%s\n' "${ours[@]}" | median) b=$(printf '%s\n' "${theirs[@]}" | median)
    say "$1 connections: $5, checks/s" "$a : $b"
    say "    ratio (goal: at least $4)" "$(calc '%.2f' "$a / $b")"
}

from_clients() {
    compare 1 purser redis-lua 0.85 "Purser : Redis, one Lua call"
    compare 1 purser redis-four 3 "Purser : Redis, four calls"
    compare 4 purser redis-lua 1.5 "Purser : Redis, one Lua call"
    compare 4 purser redis-four 3.5 "Purser : Redis, four calls"
    compare 16 purser redis-lua 1.5 "Purser : Redis, one Lua call"
    compare 16 purser redis-four 3.5 "Purser : Redis, four calls"
    compare 4 purser-row redis-row 1.7 "check and read a row: Purser : Redis + MariaDB"
    compare 1 empty redis-lua - "an empty function : Redis, one Lua call"
    compare 4 empty redis-lua - "an empty function : Redis, one Lua call"
}

memory() {
    local before after redis_before redis_after
    redis FLUSHALL >/dev/null
    redis_before=$(redis INFO memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
    for ((i = 0; i < 100; i++)); do
        redis EVAL "for k = 0, 999 do for j = 1, 100 do redis.call('ZADD', 'rate:user-' .. (ARGV[1] * 1000 + k), 1752000000000000 + j * 1000003 + k, (1752000000000000 + j * 1000003 + k) .. '-' .. j) end end" 0 "$i" >/dev/null
    done
    redis_after=$(redis INFO memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
    before=$(sql -e "SHOW STATUS LIKE 'Purser_rate_limit_bytes'" | cut -f2)
    sql -e "SELECT COUNT(*) FROM purser.seq_1_to_10000000 WHERE purser_rate_limit(CONCAT('memory-', seq % 100000), '/api', 100, 3600)" >/dev/null
    after=$(sql -e "SHOW STATUS LIKE 'Purser_rate_limit_bytes'" | cut -f2)
    say "100,000 keys of 100 requests: Redis sorted sets, MiB" "$(calc %.1f "($redis_after - $redis_before) / 1048576")"
    say "100,000 keys of 100 requests: Purser, MiB" "$(calc %.1f "($after - $before) / 1048576")"
    say "    times less (goal: at least 20)" "$(calc %.0f "($redis_after - $redis_before) / ($after - $before)")"
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
printf 'Redis %s\n' "$(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)"
in_the_server
from_clients
memory
