# shellcheck shell=bash
# Benchmarks, and the campaigns against a server: for long, and not in ./dev test.

cmd_bench() {
    local file name=${1-}
    for file in "$ROOT/mysql-test/bench/$name"{,.sh}; do
        [[ $name && -f $file && -x $file ]] || continue
        cmd_build
        shift
        PURSER_ROOT=$ROOT PURSER_BUILD=$BUILD PURSER_SIM=$(find_simulator "$BUILD") "$file" "$@"
        return
    done
    [[ -z $name ]] || echo "there is no benchmark '$name'; there are:"
    find "$ROOT/mysql-test" -maxdepth 2 -path '*/bench/*' -type f -perm -u+x -printf '%f\n' |
        sed 's/\.sh$//' | sort
    [[ -z $name ]]
}

cmd_chaos() { campaign chaos chaos "$@"; }
cmd_soak() { campaign chaos soak "$@"; }
cmd_interrupt() { campaign interrupt "$@"; }

campaign() { # campaign DIRECTORY ARGUMENT...: the one that is made of that directory
    local directory=$1
    shift
    need test
    [[ " $* " == *' -h '* || " $* " == *' --help '* ]] || build_for_server >&2
    PURSER_ROOT=$ROOT PURSER_BUILD=$BUILD exec /usr/bin/python3 "$ROOT/mysql-test/$directory/campaign.py" "$@"
}
