# shellcheck shell=bash
# The fuzzers: of one parser or module each.

FUZZER='' FUZZ_FILES='' # the one that runs, and where it may write

build_fuzzers() { # build_fuzzers NAME...
    step "building in $BUILD-fuzz"
    build "$BUILD-fuzz" -DCMAKE_C_COMPILER=clang -DPURSER_FUZZ=ON -- "${@/#/fuzz_}"
}

# fuzz NAME SECONDS: what crashes is kept beside the program. It runs in the background, for a shell takes note of a signal only
# when what is in its foreground has ended.
fuzz() {
    local name=$1 work=$BUILD-fuzz/$1 rc=0
    mkdir -p "$work/corpus"
    FUZZ_FILES=${TMPDIR:-/dev/shm}
    [[ -w $FUZZ_FILES ]] || FUZZ_FILES=/tmp
    FUZZ_FILES+=/purser_fuzz.$BASHPID
    trap end_fuzz EXIT
    mkdir -m 700 "$FUZZ_FILES"
    # it takes all the time that it is given: so it gets what others leave
    PURSER_FUZZ_FILES=$FUZZ_FILES UBSAN_OPTIONS=print_stacktrace=1 \
        nice "$BUILD-fuzz/mysql-test/fuzz/fuzz_$name" -max_total_time="$2" \
        -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work/" \
        "$work/corpus" "$ROOT/mysql-test/fuzz/corpus/$name" &
    FUZZER=$!
    wait "$FUZZER" || rc=$?
    FUZZER=''
    end_fuzz
    trap - EXIT
    return $rc
}

end_fuzz() {
    [[ -z $FUZZER ]] || { kill "$FUZZER" && wait "$FUZZER"; } 2>/dev/null || true
    rm -rf "$FUZZ_FILES"
}

# fuzz_for SECONDS NAME: says how it went (what it ran, and how many edges of the code it has come through); fails
# where it found something
fuzz_for() {
    local log=$BUILD-fuzz/$2.log rc=0
    fuzz "$2" "$1" >"$log" 2>&1 </dev/null || rc=$?
    ((rc == 0)) || cat "$log"
    printf '%-24s %s s, %s runs, %s edges, %s\n' "$2" "$1" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)" "$( ((rc == 0)) && echo passed || echo failed)"
    return "$rc"
}

# Of each, in ./dev test: as long as the mtr tests take anyway. ./dev fuzz all SECONDS is for more.
# A minute of the clock: more at a time than there are cores, for they get what the other tests leave.
FUZZ_SECONDS=60 FUZZ_AT_ONCE=$((2 * $(nproc)))

run_fuzz() { # run_fuzz NAME...
    local pids=() pid
    build_fuzzers "$@"
    while (($#)); do
        fuzz_for "$FUZZ_SECONDS" "$1" &
        pids+=($!)
        shift
        if ((${#pids[@]} == FUZZ_AT_ONCE || $# == 0)); then
            for pid in "${pids[@]}"; do
                if wait "$pid"; then tally 1 0 0; else tally 0 1 0; fi
            done
            pids=()
        fi
    done
}

cmd_fuzz() { # cmd_fuzz [NAME [SECONDS]]
    local name=${1-} names rc=0
    mapfile -t names < <(tests_of fuzz)
    [[ $name ]] || { printf '%s\n' "${names[@]}" && return; }
    [[ " all ${names[*]} " == *" $name "* ]] || die "there is no fuzzer '$name': all ${names[*]}"
    [[ ${2-60} =~ ^[1-9][0-9]{0,5}$ ]] || die "SECONDS must be 1 to 999999, not '$2'"
    (($# <= 2)) || die "./dev fuzz takes a name and SECONDS at most, not '${*:3}'"
    need fuzz
    if [[ $name != all ]]; then
        build_fuzzers "$name"
        fuzz "$name" "${2-60}"
        return
    fi
    build_fuzzers "${names[@]}"
    for name in "${names[@]}"; do fuzz_for "${2-60}" "$name" || rc=1; done
    return $rc
}
