# shellcheck shell=bash
# What the tests of the packages share: making them, and saying how it goes.

FAILED=0

ok() { printf 'ok - %s\n' "$*"; }
not_ok() {
    printf 'not ok - %s\n' "$*"
    FAILED=1
}
finish() { exit "$FAILED"; }
try() { # try NAME COMMAND...: its output only where it fails
    local name=$1 out rc=0
    shift
    out=$("$@" 2>&1) || rc=$?
    if ((rc == 0)); then ok "$name"; else printf '%s\n' "$out" && not_ok "$name"; fi
}

make_packages() { # make_packages DIR: both, from what is built
    local log=$1.log
    cpack --config "$PURSER_BUILD/CPackConfig.cmake" -B "$1" >"$log" 2>&1 || {
        cat "$log"
        exit 1
    }
    rm -rf "$1/_CPack_Packages"
}

# next_release DEB VERSION DIR: the same package as a later release has it: the library says that it is VERSION (as
# long as the present one), and the option file has a line more.
next_release() {
    local tree=$3/tree old
    dpkg-deb -R "$1" "$tree"
    old=$(sed -n 's/^Version: \(.*\)-[^-]*$/\1/p' "$tree/DEBIAN/control")
    ((${#old} == ${#2}))
    sed -i "s/^Version: $old-/Version: $2-/" "$tree/DEBIAN/control"
    find "$tree" -name purser.so -exec env LC_ALL=C sed -i "s/${old//./\\.}\\x00/$2\\x00/g" {} +
    sed -i '$a# a line of the later release' "$tree/etc/mysql/mariadb.conf.d/70-purser.cnf"
    dpkg-deb --root-owner-group -b "$tree" "$3" >/dev/null
    rm -rf "$tree"
}
