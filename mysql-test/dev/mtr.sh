# shellcheck shell=bash
# mysql-test-run, of copies of the suites.

MTR_HOME=/usr/share/mysql/mysql-test # where MariaDB 10.11 has it; 11.x:
[[ -d $MTR_HOME ]] || MTR_HOME=/usr/share/mariadb/mariadb-test
MTR_LINK='' MTR_AS=() MTR_FAILURES=''

# The mtr tests wait far more than they compute, so more of them go side by side than there are cores; each has
# servers of its own, so not many more.
MTR_PARALLEL=$((2 * $(nproc) + 2))
((MTR_PARALLEL <= 8)) || MTR_PARALLEL=8

free_build_thread() { # mtr takes the ports from 10000 + 30 times this number on: 30 for each worker
    local thread port
    for _ in {1..50}; do
        thread=$((70 + RANDOM % (264 - MTR_PARALLEL)))
        for ((port = 10000 + 30 * thread; port < 10000 + 30 * (thread + MTR_PARALLEL); port++)); do
            port_is_free "$port" || continue 2
        done
        echo "$thread"
        return
    done
    die "no $((30 * MTR_PARALLEL)) free ports in a row for mtr between 12000 and 19999"
}

# Of mtr's output on stdin what it says of each test that failed (its message, the difference between the
# result that was recorded and that of now; of a server that crashed the thread that did, which gdb shows last
# of all), cut in the middle: 60 lines for each, of 10 at most.
mtr_failures() {
    awk '
        function show(  i) {
            for (i = 1; i <= n; i++)
                if (n <= 61 || i <= 30 || i > n - 30) print "    " substr(line[i], 1, 300)
                else if (i == 31) print "    ... " n - 60 " lines ..."
            n = 0
        }
        /^Output from gdb follows/ { show(); dump = inside = failed > 0 && failed <= 10 }
        dump && /^------/ { dump = 0; next }
        /^[^ ]+\.[^ ]+ .*\[ [a-z]+ \]/ || /^(\*\*\*Warnings| - saving |------|worker\[)/ { show(); inside = 0 }
        /^[^ ]+\.[^ ]+ .*\[ fail \]/ || /^MTR.s internal check of the test case/ { inside = ++failed <= 10; other = 0 }
        /^Thread [0-9]+ \(/ { other = $2 != 1 }
        /^(\[New LWP|warning: Section)/ { next }
        inside && NF && !other { line[++n] = $0 }
        END {
            show()
            if (failed > 10) print "    and " failed - 10 " more"
        }'
}

# call_mtr ROOT BUILD_DIR LINK VAR ARGUMENT...: of the suites that LINK/suite holds
call_mtr() {
    local root=$1 build=$2 link=$3 var=$4 thread simulator
    shift 4
    thread=$(free_build_thread)
    simulator=$(find_simulator "$build")
    (
        cd "$MTR_HOME"
        exec "${MTR_AS[@]}" env PURSER_ROOT="$root" PURSER_SQL_DIR="$root/sql" PURSER_SIM="$simulator" \
            PURSER_PLUGIN_DIR="$build/plugin_dir" \
            ./mtr --vardir="$var" --parallel="$MTR_PARALLEL" --port-group-size=30 --build-thread="$thread" \
            --force --max-test-fail=0 --retry=0 --testcase-timeout=15 --suite-timeout=90 \
            --mysqld=--plugin-dir="$build/plugin_dir" "$@"
    ) </dev/null 2>&1 | sed -u "s,$link/suite/,,"
}

# The nodes of a cluster are not for root: rsync, by which one copies another, would change to an account
# of its own. So root has their tests run by the account of Debian's server, from copies of all that they
# read, because the tree may be where only root can go.
CLUSTER_SUITES='purser_galera*' CLUSTER_ACCOUNT=mysql

is_for_cluster_account() { # is_for_cluster_account SUITE
    # shellcheck disable=SC2053  # a pattern
    [[ $1 == $CLUSTER_SUITES ]] && ((EUID == 0)) && command -v runuser >/dev/null &&
        id "$CLUSTER_ACCOUNT" >/dev/null 2>&1
}

call_mtr_of_cluster() { # call_mtr_of_cluster BUILD_DIR WORK ARGUMENT...: WORK/suite gets what --record writes
    local build=$1 work=$2 dir suite suites='' rc=0 MTR_AS
    shift 2
    dir=$MTR_LINK.cluster # goes with MTR_LINK, however this ends
    MTR_AS=(env -u TMPDIR HOME="$dir" runuser -u "$CLUSTER_ACCOUNT" --)
    mkdir "$dir" && mkdir -p "$dir/build/mysql-test/sim"
    cp -R "$ROOT/sql" "$work/suite" "$dir/"
    cp -R "$build/plugin_dir" "$dir/build/"
    cp "$(find_simulator "$build")" "$dir/build/mysql-test/sim/"
    chmod -R u+rwX "$dir" && chown -R "$CLUSTER_ACCOUNT": "$dir"
    for suite in "$dir/suite"/$CLUSTER_SUITES; do suites+=${suites:+,}$suite; done
    call_mtr "$dir" "$dir/build" "$dir" "$dir/var" --suite="$suites" "$@" || rc=$?
    for suite in "$dir/suite"/$CLUSTER_SUITES; do cp -R "$suite/r/." "$work/suite/${suite##*/}/r/"; done
    ((rc == 0)) || cp -R "$dir/var" "$work/var-of-cluster"
    rm -rf "$dir"
    return $rc
}

# run_mtr BUILD_DIR OPTION... -- NAME...: from a copy of mysql-test/suite, for mtr writes beside the
# tests when they fail. The tests see PURSER_PLUGIN_DIR, PURSER_SQL_DIR, PURSER_SIM, PURSER_ROOT. All of them
# are run without those that take minutes (include/big_test.inc), which want to be named.
run_mtr() {
    local build=$1 options=() work=$1/mtr name suite suites='' names=() cluster=() every='' rc=0 p f s why
    shift
    while [[ $1 != -- ]]; do options+=("$1") && shift; done
    shift
    [[ $(printf '%s\n' "$@") != "$(tests_of mtr)" ]] || every=1
    [[ $ROOT$work != *[[:blank:]]* ]] || die "mtr cannot work in a path with blanks: $ROOT, $work"
    rm -rf "$work" && mkdir -p "$work" && cp -R "$ROOT/mysql-test/suite" "$work/suite"
    # mtr takes a '-' in a suite's path for the name of an overlay
    MTR_LINK=$(mktemp -d /tmp/purser.XXXXXXXX)
    ln -s "$work/suite" "$MTR_LINK/suite"
    for suite in "$MTR_LINK"/suite/*; do
        is_for_cluster_account "${suite##*/}" || suites+=${suites:+,}$suite
    done
    for name; do
        if is_for_cluster_account "${name%%.*}"; then cluster+=("${name#*.}"); else names+=("${name#*.}"); fi
    done
    {
        if ((${#names[@]})); then
            # all of them: then mtr may choose the order, with fewer restarts
            if [[ $every ]]; then names=(); else options+=(--big-test); fi
            call_mtr "$ROOT" "$build" "$MTR_LINK" "$work/var" --suite="$suites" "${options[@]}" "${names[@]}" || rc=1
        fi
        if ((${#cluster[@]})); then
            call_mtr_of_cluster "$build" "$work" "${options[@]}" "${cluster[@]}" || rc=1
        fi
        ((rc == 0))
    } | tee "$work.log" || rc=$?
    read -r p f s < <(awk '
        /^[^ ]+\.[^ ]+ .*\[ pass \]/ { p++ }
        /^[^ ]+\.[^ ]+ .*\[ fail \]/ { f++ }
        /^[^ ]+\.[^ ]+ .*\[ (skipped|disabled) \]/ { s++ }
        /^Check of testcase failed for: / { f += NF - 5; p -= NF - 5 } # they leave something in the server
        END { print p + 0, f + 0, s + 0 }' "$work.log")
    # mtr can fail without failing a test: it did not start, or a server did not end well
    if ((rc != 0 && f == 0)); then f=1; fi
    rm -rf "$MTR_LINK"
    if ((f)); then
        note "all of mtr's output: $work.log; the servers' logs: $work/var*"
        why=$(mtr_failures <"$work.log")
        # none: mtr itself, or a server at its end
        MTR_FAILURES+=${why:-$(tail -n 30 "$work.log")}$'\n'
    fi
    tally "$p" "$f" "$s"
}

keep_results() { # keep_results BUILD_DIR: what --record wrote, back into the tree
    local suite
    for suite in "$1"/mtr/suite/*/; do
        [[ -d $suite ]] || continue
        mkdir -p "$ROOT/mysql-test/suite/$(basename "$suite")/r"
        find "$suite" -path '*/r/*.result' \
            -exec cp -v {} "$ROOT/mysql-test/suite/$(basename "$suite")/r/" \;
    done
}
