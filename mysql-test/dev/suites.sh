# shellcheck shell=bash
# ./dev test: the suites, one after the other or side by side.

BESIDE=() # the suites that go on beside

close_tests() { # at exit, however it comes: why mtr tests failed, once more; the last line is the totals
    local rc=$?
    stop_beside
    [[ -z $MTR_FAILURES ]] || printf '==> why mtr tests failed\n%s\n' "$MTR_FAILURES"
    [[ -z $MTR_LINK ]] || rm -rf "$MTR_LINK"{,.cluster}
    if ((FAILED == 0 && (rc != 0 || PASSED + SKIPPED == 0))); then
        echo "no test ran to its end"
        FAILED=1
    fi
    printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
    exit $((FAILED > 0))
}

descendants() { # descendants PID: its children, and theirs
    local child children
    read -ra children <"/proc/$1/task/$1/children" || true
    for child in "${children[@]}"; do
        descendants "$child"
        echo "$child"
    done
}

stop_beside() { # ends the suites that go on beside; their tests as Ctrl-C would, so that they stop their servers
    local pid tests
    for pid in "${BESIDE[@]}"; do
        tests=$(descendants "$pid" 2>/dev/null)
        # the shell first: else it would go on to the next test
        # shellcheck disable=SC2086  # numbers
        { kill -TERM "$pid" && kill -INT $tests; } 2>/dev/null || true
    done
    for pid in "${BESIDE[@]}"; do wait_for 60 gone kill -0 "$pid" 2>/dev/null || true; done
}

processor_seconds() { # processor_seconds PID: what its children took that have ended
    local fields
    read -ra fields <"/proc/$1/stat"
    echo $(((fields[15] + fields[16]) / $(getconf CLK_TCK)))
}

run_suite() { # run_suite PATTERNS SUITE OPTION...: the tests of it that the patterns take
    local patterns=$1 suite=$2 before=$((PASSED + FAILED)) tests me=$BASHPID begun=$SECONDS used
    used=$(processor_seconds "$me")
    shift 2
    mapfile -t tests < <(tests_of "$suite")
    mapfile -t tests < <(select_tests "$patterns" "$suite" "${tests[@]}")
    [[ -z $patterns ]] || ((${#tests[@]})) || return 0
    step "$suite tests"
    case $suite in
    unit) run_unit "$BUILD" "${tests[@]}" ;;
    sim) run_simulator_selftest ;;
    mtr) run_mtr "$BUILD" "$@" -- "${tests[@]}" ;;
    asan) run_mtr_asan "$@" -- "${tests[@]}" ;;
    tsan) run_tsan "${tests[@]}" ;;
    fuzz) run_fuzz "${tests[@]}" ;;
    *) run_scripts "$suite" "${tests[@]}" ;;
    esac
    if ((PASSED + FAILED == before)); then
        echo "the $suite suite ran nothing"
        tally 0 1 0
    fi
    note "$suite: $((SECONDS - begun)) s, $(($(processor_seconds "$me") - used)) s of processor time"
}

run_suites() { # run_suites PATTERNS SUITE...
    local patterns=$1 suite
    shift
    for suite; do run_suite "$patterns" "$suite"; done
}

# beside SUITE...: all tests of these suites, while the caller goes on. end_beside prints what they said.
beside() {
    local log=$BUILD/beside-$1
    rm -f "$log.totals"
    set -m # else they would be deaf to Ctrl-C, and so to stop_beside
    (
        run_suites '' "$@"
        echo "$PASSED $FAILED $SKIPPED" >"$log.totals"
    ) </dev/null >"$log.log" 2>&1 &
    set +m
    BESIDE+=($!)
}

end_beside() { # end_beside SUITE...: the first of each call of beside, in that order
    local suite log totals
    for suite; do
        log=$BUILD/beside-$suite
        wait "${BESIDE[0]}" || true
        BESIDE=("${BESIDE[@]:1}")
        cat "$log.log"
        totals=(0 1 0) # it did not come to its end
        [[ ! -s $log.totals ]] || read -ra totals <"$log.totals"
        tally "${totals[@]}"
    done
}

# In another Debian, the unit and mtr tests if none are named. Its own ./dev counts them.
run_release() { # run_release RELEASE PATTERNS
    local log=$BUILD/release-$1.log rc=0 names=(unit mtr package)
    [[ -z $2 ]] || mapfile -t names <<<"$2"
    mkdir -p "$BUILD"
    tree_files | PURSER_ROOT=$ROOT "$ROOT/mysql-test/release/run" "$1" "$BUILD/$1" "${names[@]}" 2>&1 |
        tee "$log" || rc=$?
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
        tally "${BASH_REMATCH[@]:1}"
    elif ((rc == 77)); then
        tally 0 0 1
    else
        tally 0 1 0
    fi
}

SUITES=(unit tsan fuzz sim package upgrade docs cli browser api chaos interrupt mtr asan)

need_tests() { # need_tests PATTERNS: each of them takes one; who has misspelt it is told so before anything is built
    local pattern suite tests
    while IFS= read -r pattern; do
        for suite in "${SUITES[@]}"; do
            mapfile -t tests < <(tests_of "$suite")
            [[ -z $(select_tests "$pattern" "$suite" "${tests[@]}") ]] || continue 2
        done
        die "there is no test '$pattern', nor a suite of that name: ${SUITES[*]}"
    done <<<"$1"
}

cmd_test() {
    local patterns='' asan='' valgrind='' tsan='' record='' release='' suite
    while (($#)); do
        case $1 in
        --asan) asan=1 ;;
        --valgrind) valgrind=1 ;;
        --tsan) tsan=1 ;;
        --record) record=1 ;;
        --release) release=${2-} && [[ $release ]] || die "--release needs the name of a Debian release: trixie" && shift ;;
        -*) die "unknown option $1 (./dev help)" ;;
        *) patterns+=${patterns:+$'\n'}$1 ;;
        esac
        shift
    done
    [[ -z $record || $patterns ]] || die "--record needs the names of tests"
    need_tests "$patterns"
    trap close_tests EXIT
    if [[ $release ]]; then
        [[ -z $asan$record ]] || die "--release goes neither with --asan nor with --record"
        ((EUID)) || need release
        run_release "$release" "$patterns"
        return
    fi
    # shellcheck disable=SC2046  # words
    need $(packages_for "$patterns")
    if [[ $asan ]]; then
        step "mtr tests with AddressSanitizer and UBSan"
        mapfile -t suite < <(tests_of mtr)
        mapfile -t suite < <(select_tests "$patterns" mtr "${suite[@]}")
        run_mtr_asan -- "${suite[@]}"
        return
    fi
    if [[ $tsan ]]; then
        step "mtr tests with ThreadSanitizer in purser.so"
        mapfile -t suite < <(tests_of mtr)
        mapfile -t suite < <(select_tests "$patterns" mtr "${suite[@]}")
        run_mtr_tsan "${suite[@]}"
        return
    fi
    if [[ $valgrind ]]; then
        need valgrind
        step "mtr tests under valgrind"
        mapfile -t suite < <(tests_of mtr)
        mapfile -t suite < <(select_tests "$patterns" mtr "${suite[@]}")
        mapfile -t suite < <(under_valgrind "$patterns" "${suite[@]}")
        run_mtr_valgrind "${suite[@]}"
        return
    fi
    step "building in $BUILD"
    build "$BUILD"
    if [[ $record ]]; then
        run_suite "$patterns" mtr --record
        if ((PASSED + FAILED)); then keep_results "$BUILD"; fi
        return
    fi
    if [[ -z $patterns ]]; then
        step "the mtr tests, and beside them all others, which are listed at the end"
        beside unit tsan sim package upgrade docs
        beside cli browser api chaos interrupt
        beside fuzz
        run_suites '' mtr asan
        end_beside unit cli fuzz
        return
    fi
    for suite in "${SUITES[@]}"; do
        # a test that is asked for by name runs plainly; --asan NAME is the other way
        [[ $suite == [at]san && $patterns != *"$suite"* ]] || run_suite "$patterns" "$suite"
    done
}
