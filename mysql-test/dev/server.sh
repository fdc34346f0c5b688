# shellcheck shell=bash
# A private server with Purser, the demo shop and simulated gateways, in a directory of its own: DIR, SOCKET.

ME=$(id -un)
DEMO_DAY=2025-07-05 # the day of the demo shop that has orders

use_dir() { # use_dir [DIR]: sets DIR, SOCKET
    DIR=$(realpath -m -- "${1:-$ROOT/.purser}")
    SOCKET=$DIR/mariadb.sock
    ((${#SOCKET} <= 107)) ||
        die "a socket's path has at most 107 bytes, $SOCKET has ${#SOCKET}: take a shorter directory"
    [[ $DIR != *[$'#\'"\\\n']* ]] ||
        die "MariaDB's option files cannot hold the path of $DIR: take a directory without # ' \" \\"
}

process_of() { # process_of PIDFILE WORD: prints the pid if it lives and WORD is one of its arguments
    local pid word
    [[ -r $1 ]] && read -r pid <"$1" && [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
    while IFS= read -r -d '' word; do
        [[ $word == "$2" ]] && echo "$pid" && return 0
    done <"/proc/$pid/cmdline"
    return 1
}

server_pid() { process_of "$DIR/mariadb.pid" "--defaults-file=$DIR/my.cnf"; }
simulator_pid() { process_of "$DIR/sim.pid" "$DIR/sim.port"; }
gone() { ! "$@" >/dev/null; }

stop_process() { # stop_process WHAT SECONDS PID_FUNCTION
    local pid
    pid=$("$3") || return 0
    kill -TERM "$pid" 2>/dev/null || true
    wait_for "$2" gone "$3" && return 0
    kill -KILL "$pid" 2>/dev/null || true
    wait_for 10 gone "$3" || true
    printf 'dev: %s did not stop within %s s and was killed\n' "$1" "$2" >&2
    return 1
}

sql() { # the client, as the server's superuser
    mariadb --no-defaults --socket="$SOCKET" --user="$ME" --default-character-set=utf8mb4 "$@"
}
sql_value() { sql --batch --skip-column-names --execute "$1"; }

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { # a loopback port that nobody listens on
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 10000))
        port_is_free "$port" && echo "$port" && return
    done
    die "no free loopback port between 20000 and 29999"
}

write_secrets() { # the simulator's tokens, and a seed for keys of the client API; kept if there
    local seed
    [[ -e $DIR/secrets.json ]] && return
    seed=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
    (
        umask 077
        cat >"$DIR/secrets.json" <<JSON
{"api": {"key_seed": "$seed"},
 "gateways": {"square": {"token": "simulated-square-token",
                         "webhook_secrets": ["simulated-square-webhook"]},
              "paychangu": {"token": "simulated-paychangu-token",
                            "webhook_secrets": ["simulated-paychangu-webhook"]}}}
JSON
    )
}

# A tmpdir of its own: a server that starts deletes the temporary tables that it finds there.
write_options() { # my.cnf; what extra.cnf in the same directory says goes last
    mkdir -p "$DIR/tmp"
    cat >"$DIR/my.cnf" <<CNF
# written by ./dev up, anew at each start; your own settings: extra.cnf in this directory
[mariadbd]
datadir = $DIR/data
tmpdir = $DIR/tmp
socket = $SOCKET
pid-file = $DIR/mariadb.pid
log-error = $DIR/mariadb.err
plugin-dir = $DIR/plugin
skip-networking
character-set-server = utf8mb4
loose-purser-http-port = $(<"$DIR/http.port")
loose-purser-secrets-file = $DIR/secrets.json
loose-purser-time-zone = Africa/Blantyre
CNF
    if [[ -e $DIR/extra.cnf ]]; then echo "!include $DIR/extra.cnf" >>"$DIR/my.cnf"; fi
}

# mariadb-install-db breaks at blanks in a path, hence the cd. --force: names need not be resolved here (a
# container may have no /etc/hosts). Never --user: as root it would change
# the owner of the system's PAM helper. A tmpdir of its own here as well: in /tmp another server that starts
# deletes its temporary tables, and it fails.
make_data() {
    [[ -d $DIR/data ]] && return
    rm -rf "$DIR/data.new"
    mkdir -p "$DIR/tmp"
    (cd "$DIR" && TMPDIR=$DIR/tmp mariadb-install-db --no-defaults --datadir=./data.new --skip-test-db --force --skip-name-resolve \
        --auth-root-authentication-method=socket --auth-root-socket-user="$ME") \
        >"$DIR/install-db.log" 2>&1 9>&- || die "mariadb-install-db failed: see $DIR/install-db.log"
    mv "$DIR/data.new" "$DIR/data"
}

put_library() { # by rename: overwriting a library in place crashes whoever has it loaded
    mkdir -p "$DIR/plugin"
    cp "$BUILD/plugin_dir/purser.so" "$DIR/plugin/.purser.so.new"
    mv "$DIR/plugin/.purser.so.new" "$DIR/plugin/purser.so"
}

answers_or_died() { # answers_or_died PID
    sql_value 'SELECT 1' >/dev/null 2>&1 || ! kill -0 "$1" 2>/dev/null
}

server_failed() { # server_failed WHAT
    printf '    ---- the end of %s\n' "$DIR/mariadb.err"
    tail -n 25 "$DIR/mariadb.err" | sed 's/^/    /'
    die "$1"
}

start_server() {
    local as_root=() pid
    ((EUID)) || as_root=(--user=root)
    if [[ ! -s $DIR/http.port ]] || ! port_is_free "$(<"$DIR/http.port")"; then
        free_port >"$DIR/http.port"
    fi
    write_options
    # by its whole path: without that a crash has no backtrace
    setsid "$(command -v mariadbd)" --defaults-file="$DIR/my.cnf" "${as_root[@]}" \
        </dev/null >>"$DIR/mariadb.err" 2>&1 9>&- &
    pid=$!
    echo "$pid" >"$DIR/mariadb.pid" # the server will write the same; this is for ./dev down before that
    wait_for 300 answers_or_died "$pid" || server_failed "the server does not answer after 300 s"
    server_pid >/dev/null || server_failed "the server ended at its start"
}

worker_state() {
    sql_value "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
                WHERE VARIABLE_NAME = 'Purser_worker_state'"
}
worker_is_ready() { [[ $(worker_state) == ready ]]; }

install_purser() {
    sql <"$ROOT/sql/install.sql"
    [[ -n $(sql_value "SELECT 1 FROM information_schema.PLUGINS WHERE PLUGIN_LIBRARY = 'purser.so'") ]] ||
        sql --execute "INSTALL SONAME 'purser'"
}

load_demo_shop() { # the shop, a day of it, and in sim.jsonl what the gateways know of that day; once
    local file
    [[ ! -e $DIR/sim.jsonl ]] || return 0
    for file in schema data generate; do
        sql <"$ROOT/sql/demo/$file.sql"
    done
    sql --execute "
        CALL itsxtrapush_db.demo_day('$DEMO_DAY', 2000, 1);
        REPLACE purser.settings (name, value) VALUES ('app_time_zone', 'Africa/Blantyre');
        CALL purser.map_app('itsxtrapush_db')"
    sql --batch --raw --skip-column-names --execute "
        SELECT line FROM itsxtrapush_db.demo_json_lines ORDER BY line_no" >"$DIR/.sim.jsonl.new"
    mv "$DIR/.sim.jsonl.new" "$DIR/sim.jsonl"
}

listens_or_died() { # listens_or_died PID
    [[ -s $DIR/sim.port ]] || ! kill -0 "$1" 2>/dev/null
}

start_simulator() { # with what the gateways know of the demo shop
    local pid
    simulator_pid >/dev/null && return
    rm -f "$DIR/sim.port"
    setsid "$(find_simulator "$BUILD")" serve --port-file "$DIR/sim.port" --max-seconds 86400 \
        --token-square simulated-square-token --token-paychangu simulated-paychangu-token \
        --locations 2 --data "$DIR/sim.jsonl" </dev/null >"$DIR/sim.log" 2>&1 9>&- &
    pid=$!
    echo "$pid" >"$DIR/sim.pid"
    wait_for 60 listens_or_died "$pid" || true
    [[ -s $DIR/sim.port ]] || die "the simulator did not start: $(<"$DIR/sim.log")"
}

point_gateways_at_simulator() { # settings that somebody has changed stay as they are
    local url
    url=http://127.0.0.1:$(<"$DIR/sim.port")
    sql <<SQL
INSERT INTO purser.gateways (name, adapter, base_url, enabled, settings)
VALUES ('square', 'square', '$url/square', 1, '{"fee": {"percent": 2.5, "fixed": 0.20}}'),
       ('paychangu', 'paychangu', '$url/paychangu', 1,
        '{"rate_per_second": 0, "concurrency": 8, "fee": {"percent": 3},
          "columns": {"gateway_transaction_id": "reference"}}')
ON DUPLICATE KEY UPDATE base_url = VALUES(base_url), enabled = 1;
SQL
}

lock_dir() { # one ./dev at a time in DIR; descriptor 9 is closed for what outlives this script
    mkdir -p "$DIR"
    if [[ ! -e $DIR/.purser.lock && -n $(find "$DIR" -mindepth 1 ! -name extra.cnf -print -quit) ]]; then
        die "$DIR has files that are not mine: give an empty directory or one that ./dev up made"
    fi
    exec 9>"$DIR/.purser.lock"
    flock -w 120 9 || die "another ./dev has been at work in $DIR for 120 s"
}

up() { # up DIR, with everything built
    use_dir "$1"
    lock_dir
    if server_pid >/dev/null && [[ -e $DIR/ready ]]; then
        start_simulator
        point_gateways_at_simulator
        note "it is already up"
        cmp -s "$BUILD/plugin_dir/purser.so" "$DIR/plugin/purser.so" ||
            note "purser.so has been built anew since; to load it: ./dev down && ./dev up"
        return
    fi
    rm -f "$DIR/ready"
    write_secrets
    if ! server_pid >/dev/null; then
        put_library
        make_data
        start_server
    fi
    install_purser
    load_demo_shop
    start_simulator
    point_gateways_at_simulator
    wait_for 300 worker_is_ready || server_failed "the worker is not ready after 300 s: $(worker_state)"
    touch "$DIR/ready"
    exec 9>&-
}

describe_server() {
    note "server     $DIR/my.cnf, log in $DIR/mariadb.err"
    note "client     mariadb --no-defaults --socket='$SOCKET' purser     (or: ./dev sql '$DIR')"
    note "command    $BUILD/bin/purser --no-defaults --socket='$SOCKET' status"
    note "http       http://127.0.0.1:$(<"$DIR/http.port")/dashboard"
    note "simulator  http://127.0.0.1:$(<"$DIR/sim.port")/"
    note "stop       ./dev down '$DIR'"
}

build_for_server() {
    need demo
    step "building in $BUILD"
    build "$BUILD" -- purser purser-cli purser-sim
}

cmd_up() {
    use_dir "${1-}"
    build_for_server
    step "server in $DIR"
    up "$DIR"
    describe_server
}

down() { # down DIR
    local rc=0
    use_dir "$1"
    [[ -e $DIR/my.cnf ]] || return 0
    rm -f "$DIR/ready"
    stop_process "the simulator" 10 simulator_pid || rc=1
    stop_process "the server" 60 server_pid || rc=1
    return $rc
}

cmd_down() {
    use_dir "${1-}"
    server_pid >/dev/null || note "no server runs in $DIR"
    down "$DIR" || server_failed "it had to be killed"
    step "stopped: $DIR"
}

cmd_sql() {
    use_dir "${1-}"
    server_pid >/dev/null || die "no server runs in $DIR: ./dev up"
    sql purser
}
