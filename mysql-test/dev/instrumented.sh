# shellcheck shell=bash
# The mtr tests with something in the server, or around it, that sees faults of memory and threads.

# What is loaded into a server first, so that it can load a purser.so that is built with this sanitizer; LIBRARY is its
# name to gcc.
# Where a sanitizer is loaded first, the C library counts one reader too few of the lock of its translations: GnuTLS, which
# locks it as it is loaded, would wait for ever; so it is loaded before.
sanitizer_preload() { # sanitizer_preload LIBRARY
    local gnutls
    gnutls=$(ldconfig -p | sed -n 's/^.*libgnutls\.so\.30 .* => //p' | head -n 1)
    echo "$(readlink -f "$(gcc -print-file-name="$1")")${gnutls:+:$gnutls}"
}

mtr_sanitizer_options() {
    printf '%s\n' --mysqld-env=LD_PRELOAD="$(sanitizer_preload libasan.so)" \
        --mysqld-env=ASAN_OPTIONS=detect_leaks=1 \
        --mysqld-env=UBSAN_OPTIONS=print_stacktrace=1
}

run_mtr_asan() { # run_mtr_asan OPTION... -- NAME...
    local build=$ROOT/build-asan options
    [[ $BUILD == "$ROOT/build" ]] || build=$BUILD-asan
    step "building in $build"
    build "$build" -DPURSER_SANITIZE=address -- purser purser-sim
    mapfile -t options < <(mtr_sanitizer_options)
    run_mtr "$build" "${options[@]}" "$@"
}

# Those mtr tests that a line of mysql-test/not-under-valgrind takes are left out, unless one is named as it is.
under_valgrind() { # under_valgrind PATTERNS NAME...
    local patterns=$1 name short line
    shift
    for name; do
        short=${name#*.}
        if [[ $'\n'$patterns$'\n' != *$'\n'$name$'\n'* && $'\n'$patterns$'\n' != *$'\n'$short$'\n'* ]]; then
            while IFS= read -r line; do
                # shellcheck disable=SC2053  # patterns, indeed
                [[ $name != $line ]] || continue 2
            done < <(sed -n 's/^\([^#[:blank:]][^[:blank:]]*\).*/\1/p' "$ROOT/mysql-test/not-under-valgrind")
        fi
        echo "$name"
    done
}

# What valgrind wrote into the servers' logs about purser.so, with whatever is left when a server ends, which
# mtr does not look at: the reports, each once.
valgrind_reports() { # valgrind_reports VAR...
    find "$@" -path '*/log/*' -name '*.err' -exec cat {} + 2>/dev/null | awk '
        /^==[0-9]+==/ { sub(/^==[0-9]+== ?/, ""); if ($0 != "") { block = block $0 "\n"; next } }
        { if (block ~ /purser\.so/ && !seen[block]++) print block; block = "" }'
}

# What the server itself does is not seen, and nothing it does counts: it is not built with ThreadSanitizer.
run_mtr_tsan() { # run_mtr_tsan NAME...
    local build=$BUILD-tsan reports
    step "building in $build"
    build "$build" -DPURSER_SANITIZE=thread -- purser purser-sim
    # ThreadSanitizer has no room for InnoDB's 8 TB of addresses, and takes some from the stack of each thread;
    # the server's own threads live on when it exits
    run_mtr "$build" --mysqld-env=LD_PRELOAD="$(sanitizer_preload libtsan.so)" \
        --mysqld-env=TSAN_OPTIONS=ignore_noninstrumented_modules=1:report_thread_leaks=0:report_signal_unsafe=0:exitcode=0:log_path="$build/mtr/tsan" \
        --mysqld=--thread-stack=8M --mysqld=--innodb-use-native-aio=0 --mysqld=--innodb-buffer-pool-size-max=64M -- "$@"
    reports=$(find "$build/mtr" -maxdepth 1 -name 'tsan.*' -exec cat {} + 2>/dev/null)
    [[ $reports != *purser.so* ]] || {
        printf '%s\n' "$reports"
        tally 0 1 0
    }
}

run_mtr_valgrind() { # run_mtr_valgrind NAME...
    local reports
    step "building in $BUILD"
    build "$BUILD"
    # memory that is only reachable, or perhaps so, is what the server and its libraries keep to their end
    # innodb: valgrind knows neither its asynchronous input nor 8 TB of addresses
    run_mtr "$BUILD" \
        --valgrind="--show-leak-kinds=definite --num-callers=30 --suppressions=$ROOT/mysql-test/valgrind.supp" \
        --mysqld=--innodb-use-native-aio=0 --mysqld=--innodb-buffer-pool-size-max=64M -- "$@"
    reports=$(valgrind_reports "$BUILD"/mtr/var*)
    [[ -z $reports ]] || {
        printf '%s\n' "$reports"
        tally 0 1 0
    }
}
