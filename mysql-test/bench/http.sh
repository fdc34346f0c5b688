#!/usr/bin/env bash
# ./dev bench http [SECONDS [SCRAPES]]: what an answer over HTTP costs.
#
# Part 1: /health by wrk with 2 and with 64 connections, SECONDS (5) each, beside nginx with one worker that
# serves a static file of the same bytes; then the same while every SQL thread of Purser's hangs. The
# server under test has one core, wrk another one.
#
# Part 2: a scrape of /metrics beside one of prometheus-mysqld-exporter: CPU of server and exporter
# together, SCRAPES (20) of each, more than a second apart, so that Purser makes each page anew.
#
# Each figure of part 1 is the median of ROUNDS (3), the sides taking turns. Installs nginx-light, wrk and
# prometheus-mysqld-exporter where they are missing; their services are not started.
set -euo pipefail
ROOT=$PURSER_ROOT BUILD=$PURSER_BUILD
DIR=$BUILD/bench-http SECONDS_EACH=${1:-5} SCRAPES=${2:-20} ROUNDS=${BENCH_ROUNDS:-3}
ME=$(id -un)
((${#DIR} <= 90)) || DIR=$(mktemp -d /tmp/purser-bench.XXXXXX)
SERVER_CORE=0 CLIENT_CORE=1
PIDS=()

sql() { mariadb --no-defaults --socket="$DIR/mariadb.sock" --user="$ME" --batch --skip-column-names "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
column() { cut -d ' ' -f "$1"; }

stop() {
    local pid
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
    "$ROOT/dev" down "$DIR" >/dev/null || true
}

packages() {
    local name missing=() as_root=()
    for name in nginx-light wrk prometheus-mysqld-exporter; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    ((EUID == 0)) || as_root=(sudo)
    ((${#missing[@]} == 0)) || "${as_root[@]}" "$ROOT/dev" install-packages "${missing[@]}"
}

free_port() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
    done
}

answers() { # answers URL: waits until it does
    local i
    for ((i = 0; i < 300; i++)); do
        if curl -s -o /dev/null "$1"; then return; fi
        sleep 0.1
    done
    echo "nobody answers at $1" >&2
    return 1
}

start() {
    (($(nproc) >= 2)) || { echo "two cores are needed: one for the server, one for the client" >&2 && exit 1; }
    rm -rf "$DIR" && mkdir -p "$DIR"
    trap stop EXIT
    "$ROOT/dev" up "$DIR" >/dev/null
    PURSER=http://127.0.0.1:$(<"$DIR/http.port")
    SERVER_PID=$(<"$DIR/mariadb.pid")
    answers "$PURSER/livez"
    sleep 3 # the first looks at health
    taskset -a -cp "$SERVER_CORE" "$SERVER_PID" >/dev/null
}

start_nginx() { # the same bytes as /health, and nothing that nginx need not do
    local port
    port=$(free_port)
    mkdir -p "$DIR/nginx/www"
    curl -s "$PURSER/health" >"$DIR/nginx/www/health"
    cat >"$DIR/nginx/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $DIR/nginx/pid;
error_log $DIR/nginx/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path $DIR/nginx; proxy_temp_path $DIR/nginx; fastcgi_temp_path $DIR/nginx;
    uwsgi_temp_path $DIR/nginx; scgi_temp_path $DIR/nginx;
    server { listen 127.0.0.1:$port; root $DIR/nginx/www; }
}
CONF
    ((EUID)) || sed -i "1i user $ME;" "$DIR/nginx/nginx.conf"
    taskset -c "$SERVER_CORE" nginx -c "$DIR/nginx/nginx.conf" -e "$DIR/nginx/error.log" &
    PIDS+=($!)
    NGINX=http://127.0.0.1:$port
    answers "$NGINX/health"
}

load() { # load URL CONNECTIONS: prints requests a second and the 99th percentile in ms
    taskset -c "$CLIENT_CORE" wrk -t 1 -c "$2" -d "${SECONDS_EACH}s" --latency "$1" | awk '
        function ms(t) { return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t * 1000 }
        $1 == "99%" { p99 = ms($2) }
        $1 == "Requests/sec:" { rate = $2 }
        /Socket errors/ { print > "/dev/stderr" }
        END { printf "%.0f %.3f\n", rate, p99 }'
}

beside() { # beside TITLE CONNECTIONS
    local i purser='' nginx='' rate other
    for ((i = 0; i < ROUNDS; i++)); do
        purser+=$(load "$PURSER/health" "$2")$'\n'
        nginx+=$(load "$NGINX/health" "$2")$'\n'
    done
    rate=$(printf '%s' "$purser" | column 1 | median) other=$(printf '%s' "$nginx" | column 1 | median)
    printf '    %-32s %10d %10d %7d %%  p99 %s ms, nginx %s ms\n' "$1, $2 connections" "$rate" "$other" \
        "$((100 * rate / other))" "$(printf '%s' "$purser" | column 2 | median)" \
        "$(printf '%s' "$nginx" | column 2 | median)"
}

hang() { # all of Purser's tables are locked by somebody, so that each thread that asks one waits
    sql -e "SELECT CONCAT('LOCK TABLES ', GROUP_CONCAT('purser.\`', TABLE_NAME, '\` WRITE' SEPARATOR ', '),
                          '; SELECT SLEEP(3600);')
              FROM information_schema.TABLES
             WHERE TABLE_SCHEMA = 'purser' AND TABLE_TYPE = 'BASE TABLE'" >"$DIR/hang.sql"
    sql <"$DIR/hang.sql" >/dev/null 2>&1 &
    for _ in {1..300}; do
        (($(sql -e "SELECT COUNT(*) FROM information_schema.PROCESSLIST
                     WHERE USER = 'purser' AND STATE LIKE 'Waiting for table%'") == 0)) || return 0
        sleep 0.1
    done
    echo "nothing hangs" >&2
    return 1
}

part_1() {
    printf '/health by wrk, requests a second (goal: at least 50 %% of nginx, p99 under 5 ms)\n'
    printf '    %-32s %10s %10s\n' '' purser nginx
    beside 'the database is idle' 2
    beside 'the database is idle' 64
    hang
    beside 'SQL threads hang' 2
    beside 'SQL threads hang' 64
    sql -e "$(sql -e "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST
                       WHERE INFO = 'SELECT SLEEP(3600)'")"
}

# ---- part 2

cpu_ns() { # cpu_ns PATTERN_OF_THREADS PID...: nanoseconds on a core so far
    local pattern=$1 pid task sum=0 ns
    shift
    for pid; do
        for task in "/proc/$pid/task"/*; do
            [[ $(<"$task/comm") =~ $pattern ]] || continue
            read -r ns _ <"$task/schedstat" || continue
            sum=$((sum + ns))
        done
    done
    echo "$sum"
}

idle_and_scraped() { # idle_and_scraped URL PATTERN PID...: microseconds of CPU a scrape
    local url=$1 pattern=$2 i before idle after
    shift 2
    before=$(cpu_ns "$pattern" "$@")
    for ((i = 0; i < SCRAPES; i++)); do sleep 1.1; done
    idle=$(cpu_ns "$pattern" "$@")
    for ((i = 0; i < SCRAPES; i++)); do
        curl -s -o "$DIR/scrape" "$url"
        sleep 1.1
    done
    after=$(cpu_ns "$pattern" "$@")
    echo $(((after - idle - (idle - before)) / SCRAPES / 1000))
}

part_2() {
    local port ours theirs lines
    port=$(free_port)
    sql -e "CREATE USER exporter@localhost IDENTIFIED BY 'exporter';
            GRANT PROCESS, REPLICATION CLIENT, SLAVE MONITOR, SELECT ON *.* TO exporter@localhost"
    DATA_SOURCE_NAME="exporter:exporter@unix($DIR/mariadb.sock)/" \
        prometheus-mysqld-exporter --web.listen-address="127.0.0.1:$port" >"$DIR/exporter.log" 2>&1 &
    PIDS+=($!)
    answers "http://127.0.0.1:$port/metrics"
    # the whole of a scrape is done by the listener's thread; the server's other work is not in the figure
    ours=$(idle_and_scraped "$PURSER/metrics" '^purser-http$' "$SERVER_PID")
    lines=$(grep -vc '^#' "$DIR/scrape")
    theirs=$(idle_and_scraped "http://127.0.0.1:$port/metrics" . "$SERVER_PID" "${PIDS[-1]}")
    printf 'a scrape, microseconds of CPU of server and exporter (goal: at least 20 times cheaper)\n'
    printf '    purser %d (%d lines), prometheus-mysqld-exporter %d (%d lines): %d times\n' "$ours" "$lines" \
        "$theirs" "$(grep -vc '^#' "$DIR/scrape")" "$((theirs / (ours > 0 ? ours : 1)))"
}

packages
start
start_nginx
part_1
part_2
