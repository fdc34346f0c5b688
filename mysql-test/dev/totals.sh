# shellcheck shell=bash
# What is counted of tests and checks, which tests there are, and which of them are asked for.

PASSED=0 FAILED=0 SKIPPED=0

tally() { # tally PASSED FAILED SKIPPED
    PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3))
}

count_tap() { # TAP on stdin: prints PASSED FAILED SKIPPED PLANNED
    awk '/^(not )?ok .*# SKIP/ { s++; next } /^ok/ { p++ } /^not ok/ { f++ }
         /^1\.\.[0-9]+/ { planned += substr($1, 4) }
         END { print p + 0, f + 0, s + 0, planned + 0 }'
}

# select_tests PATTERNS SUITE NAME...: those names that one of the patterns (a line each) takes: the
# suite's own name takes all of them, no pattern at all likewise.
select_tests() {
    local patterns=$1 suite=$2 name short pattern
    shift 2
    for name; do
        short=${name#test_} short=${short#*.}
        while IFS= read -r pattern; do
            # shellcheck disable=SC2053  # patterns, indeed
            if [[ -z $pattern || $pattern == "$suite" || $name == $pattern || $short == $pattern ]]; then
                echo "$name"
                break
            fi
        done <<<"$patterns"
    done
}

names_of() { # names_of SUFFIX FILE...: without directory and suffix; files that are not there left out
    local suffix=$1 file
    shift
    for file; do
        [[ -e $file ]] && basename -- "$file" "$suffix"
    done
    return 0
}

# The unit tests of what many threads share: these run with ThreadSanitizer as well.
TSAN_TESTS=(test_ratelimit_store test_ratelimit_policy test_alert_post test_http_listener test_api
    test_api_http test_threads test_secrets_cache)

tests_of() { # tests_of SUITE: the names of its tests
    local suite all
    case $1 in
    unit) names_of .c "$ROOT"/mysql-test/unit/test_*.c ;;
    mtr)
        for suite in "$ROOT"/mysql-test/suite/*/; do
            names_of .test "$suite"t/*.test | sed "s/^/$(basename "$suite")./"
        done
        ;;
    sim) echo simulator ;;
    tsan) printf '%s\n' "${TSAN_TESTS[@]}" ;;
    fuzz) names_of .c "$ROOT"/mysql-test/fuzz/fuzz_*.c | sed 's/^fuzz_//' ;;
    asan) # those mtr tests that a line (a pattern) of the file takes
        mapfile -t all < <(tests_of mtr)
        select_tests "$(grep -v '^#' "$ROOT/mysql-test/asan-tests")" mtr "${all[@]}"
        ;;
    *) # what can be run; what that reads may lie beside it
        mapfile -t all < <(find "$ROOT/mysql-test/$1" -maxdepth 1 -type f -perm -u+x | sort)
        names_of '' "${all[@]}"
        ;;
    esac
}
