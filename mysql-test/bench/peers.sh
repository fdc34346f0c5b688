#!/usr/bin/env bash
# ./dev bench peers: three servers that tell each other what they have admitted. How much they admit beyond a limit
# together, beside what the page states (docs/sql-reference.md, "Several servers"), at several intervals; and what a
# check costs with peers and without. Each figure is the median of three runs, the sides taking turns.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench NODES="1 2 3"
ME=$(id -un)
((${#DIR} <= 80)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
WAY_MS=20 # that a message takes on a machine that has much else to do, its making and counting included

sql() { # sql NODE ARGUMENTS
    local node=$1
    shift
    mariadb --no-defaults --socket="$DIR/$node/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"
}
median() { sort -g | sed -n 2p; }
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
say() { printf '%-66s %12s\n' "$1" "$2"; }
status() { sql "$1" -e "SHOW GLOBAL STATUS LIKE '$2'" | cut -f2; }

stop() {
    local node
    for node in $NODES; do
        "$ROOT/dev" down "$DIR/$node" >/dev/null || true
    done
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
    local node port
    rm -rf "$DIR" && mkdir -p "$DIR"
    (umask 077 && echo '{"rate_limits": {"peer_secret": "what the three servers of a benchmark share"}}' >"$DIR/secrets.json")
    trap stop EXIT
    for node in $NODES; do
        mkdir -p "$DIR/$node"
        port=$(free_port)
        ALL=${ALL+$ALL, }http://127.0.0.1:$port
        printf '[mariadbd]\nloose-purser-rate-limit-memory=64M\nloose-purser-pending-sweep-minutes=0\nloose-purser-health-interval=0\nloose-purser-http-port=%s\nloose-purser-secrets-file=%s\n' \
            "$port" "$DIR/secrets.json" >"$DIR/$node/extra.cnf"
        "$ROOT/dev" up "$DIR/$node" >/dev/null
    done
}

peers() { # peers on|off [INTERVAL]
    local node want
    for node in $NODES; do
        sql "$node" -e "SET GLOBAL purser_rate_limit_peer_ms = ${2-100}; SET GLOBAL purser_rate_limit_peers = '$([[ $1 == off ]] || echo "$ALL")'"
    done
    want=$([[ $1 == off ]] && echo 0 || echo 2)
    for node in $NODES; do
        timeout 60 bash -c "until [[ \$(mariadb --no-defaults --socket='$DIR/$node/mariadb.sock' --user='$ME' -BNe \"SHOW GLOBAL STATUS LIKE 'Purser_rate_limit_peers_reachable'\" | cut -f2) == $want ]]; do sleep 0.1; done"
    done
}

# One key, a limit that is reached after about a second, three servers that are asked at once.
ask() { # ask NODE KEY LIMIT CALLS: prints how many were admitted, and the calls a second
    local begin
    begin=$(date +%s%N)
    local admitted
    admitted=$(sql "$1" -e "SELECT SUM(purser_rate_limit('$2', '/', $3, 3600) + 0 * SLEEP(0.002)) FROM purser.seq_1_to_$4")
    echo "$admitted $(calc '%.0f' "$4 * 1e9 / $(($(date +%s%N) - begin))")"
}

beyond() { # beyond INTERVAL KEY: what was admitted beyond the limit; and what is stated
    local limit=500 node total=0 rate=0
    for node in $NODES; do
        ask "$node" "$2" "$limit" 1000 >"$DIR/$node/asked" &
    done
    wait
    for node in $NODES; do
        read -r admitted each <"$DIR/$node/asked"
        total=$((total + admitted)) rate=$((each > rate ? each : rate))
    done
    echo "$((total - limit)) $(calc '%.0f' "2 * $rate * ($1 + $WAY_MS) / 1000") $rate"
}

admitted_beyond() {
    local interval i over stated rate
    for interval in 10 100 1000; do
        peers on "$interval"
        read -r over stated rate < <(for i in 1 2 3 4 5; do beyond "$interval" "beyond-$interval-$i"; done | sort -g | tail -1)
        say "$interval ms, 3 servers with $rate calls/s each, limit 500: beyond it" "$over"
        say "    stated: at most" "$stated"
    done
    peers off
    read -r over stated rate < <(beyond 0 beyond-off)
    say "no peers: beyond it" "$over"
}

evaluate() { # evaluate COUNT EXPRESSION: nanoseconds of one
    local begin
    begin=$(date +%s%N)
    sql 1 -e "SELECT BENCHMARK($1, $2)" >/dev/null
    echo $((($(date +%s%N) - begin) / $1))
}

price() { # price LABEL COUNT EXPRESSION
    local with=() without=() i a b
    for i in 1 2 3; do
        peers off
        without+=("$(evaluate "$2" "$3")")
        peers on
        with+=("$(evaluate "$2" "$3")")
    done
    a=$(printf '%s\n' "${without[@]}" | median) b=$(printf '%s\n' "${with[@]}" | median)
    say "$1: a check without peers : with, ns" "$a : $b"
}

printf '%s, %s processors, MariaDB %s\n' "$(date -u +%F)" "$(nproc)" "$(mariadbd --version | grep -o '[0-9.]*-MariaDB')"
start
admitted_beyond
price "one hot key" 3000000 "purser_rate_limit('user-1', '/api/orders', 4000000000, 3600)"
price "10,000 keys" 2000000 "purser_rate_limit(CONCAT('user-', FLOOR(RAND() * 10000)), '/api/orders', 4000000000, 3600)"
price "100,000 keys" 2000000 "purser_rate_limit(CONCAT('user-', FLOOR(RAND() * 100000)), '/api/orders', 4000000000, 3600)"
say "changes that were told, of this server, millions" "$(calc '%.2f' "$(status 1 Purser_rate_limit_peer_changes_sent) / 1e6")"
say "changes that had no place" "$(status 1 Purser_rate_limit_peer_dropped)"
