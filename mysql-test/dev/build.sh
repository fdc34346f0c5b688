# shellcheck shell=bash
# Building the tree, and packages of it.

build() { # build DIR OPTION... [-- TARGET...]
    local dir=$1 options=()
    shift
    while (($#)) && [[ $1 != -- ]]; do options+=("$1") && shift; done
    (($#)) && shift
    mkdir -p "$dir"
    exec 8>"$dir/.lock" # two terminals, one build directory
    flock 8
    cmake -S "$ROOT" -B "$dir" -DPURSER_TESTS=ON -DPURSER_WERROR="${PURSER_WERROR:-OFF}" \
        "${options[@]}" >"$dir/configure.log" 2>&1 || {
        cat "$dir/configure.log"
        die "cmake could not configure $dir"
    }
    cmake --build "$dir" -j "$(nproc)" ${1+--target "$@"} >"$dir/build.log" 2>&1 || {
        grep -v '^\[' "$dir/build.log" || true
        die "the build failed (all of it: $dir/build.log)"
    }
    grep -A3 'warning:' "$dir/build.log" || true
    exec 8>&-
}

cmd_build() {
    need demo
    step "building in $BUILD"
    build "$BUILD"
    note "$BUILD/plugin_dir/purser.so"
    note "$BUILD/bin/purser"
}

find_simulator() { # find_simulator BUILD_DIR
    find "$1/mysql-test/sim" -maxdepth 1 -name purser-sim -type f -perm -u+x
}

cmd_package() {
    need package
    step "building in $BUILD"
    build "$BUILD"
    step "making the packages"
    rm -rf "$BUILD/packages"
    cpack --config "$BUILD/CPackConfig.cmake" -B "$BUILD/packages" >"$BUILD/package.log" 2>&1 || {
        cat "$BUILD/package.log"
        die "cpack could not make the packages"
    }
    rm -rf "$BUILD/packages/_CPack_Packages"
    lintian --allow-root --fail-on error,warning "$BUILD"/packages/*.deb
    find "$BUILD/packages" -name '*.deb' | sort | sed 's/^/    /'
}
