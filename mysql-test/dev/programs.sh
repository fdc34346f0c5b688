# shellcheck shell=bash
# Tests that are programs: cmocka's, scripts, the simulator's own.

run_unit() { # run_unit BUILD_DIR NAME...: cmocka programs
    local build=$1 name log rc p f s planned
    shift
    for name; do
        log=$build/$name.tap rc=0
        (cd "$ROOT/mysql-test/unit" && CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=print_stacktrace=1 \
            timeout 1200 "$build/mysql-test/unit/$name") >"$log" 2>&1 </dev/null || rc=$?
        read -r p f s planned < <(count_tap <"$log")
        # a crash, a leak, or an end before the last test is a failure as well
        if ((f == 0 && (rc != 0 || p + s != planned || p + s == 0))); then f=1; fi
        ((f == 0)) || { cat "$log" && note "$name ended with $rc"; }
        printf '%-40s %d passed, %d failed\n' "$name" "$p" "$f"
        tally "$p" "$f" "$s"
    done
}

# Programs that exit 0 (passed), 77 (skipped) or else (failed); one that prints "ok - NAME" and
# "not ok - NAME" counts as so many tests.
run_scripts() { # run_scripts SUITE NAME...
    local suite=$1 name log rc p f s
    shift
    for name; do
        log=$BUILD/$suite.$name.log rc=0
        PURSER_ROOT=$ROOT PURSER_BUILD=$BUILD timeout 1200 "$ROOT/mysql-test/$suite/$name" \
            >"$log" 2>&1 </dev/null || rc=$?
        read -r p f s _ < <(count_tap <"$log")
        if ((rc == 77)); then
            p=0 f=0 s=1
        elif ((rc != 0 && f == 0)); then
            f=1
        elif ((rc == 0 && p + f + s == 0)); then
            p=1
        fi
        ((f + s == 0)) || cat "$log"
        printf '%-40s %d passed, %d failed\n' "$name" "$p" "$f"
        tally "$p" "$f" "$s"
    done
}

# With ThreadSanitizer.
run_tsan() { # run_tsan NAME...
    local build=$BUILD-tsan
    step "building in $build"
    build "$build" -DPURSER_SANITIZE=thread -- "$@"
    run_unit "$build" "$@"
}

run_simulator_selftest() { # Python's unittest, over HTTP
    local log=$BUILD/simulator.log rc=0 p=0 f=0 s=0
    timeout 1200 python3 "$ROOT/mysql-test/sim/selftest" "$(find_simulator "$BUILD")" \
        >"$log" 2>&1 </dev/null || rc=$?
    [[ $(<"$log") =~ Ran\ ([0-9]+)\ test ]] && p=${BASH_REMATCH[1]}
    [[ $(tail -n 1 "$log") =~ failures=([0-9]+) ]] && f=$((f + BASH_REMATCH[1]))
    [[ $(tail -n 1 "$log") =~ errors=([0-9]+) ]] && f=$((f + BASH_REMATCH[1]))
    [[ $(tail -n 1 "$log") =~ skipped=([0-9]+) ]] && s=${BASH_REMATCH[1]}
    p=$((p - f - s))
    if ((f == 0 && (rc != 0 || p <= 0))); then f=1; fi
    ((f == 0)) || cat "$log"
    printf '%-40s %d passed, %d failed\n' simulator "$p" "$f"
    tally "$p" "$f" "$s"
}
