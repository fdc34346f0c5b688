# shellcheck shell=bash
# Benchmarks, and the campaigns against a server: for long, and not in ./dev test.

cmd_bench() {
    local file name=${1-}
    for file in "$ROOT/mysql-test/bench/$name"{,.sh}; do
        [[ $name && -f $file && -x $file ]] || continue
        run_bench "$file" "${@:2}"
        return
    done
    [[ -z $name ]] || echo "there is no benchmark '$name'; there are:"
    find "$ROOT/mysql-test" -maxdepth 2 -path '*/bench/*' -type f -perm -u+x -printf '%f\n' |
        sed 's/\.sh$//' | sort
    [[ -z $name ]]
}

run_bench() { # run_bench FILE ARGUMENT...: instead of this shell, so that a signal for one is a signal for the other
    bench_takes "$@" || return 0
    cmd_build
    PURSER_ROOT=$ROOT PURSER_BUILD=$BUILD PURSER_SIM=$(find_simulator "$BUILD") exec "$@"
}

# bench_takes FILE ARGUMENT...: are these what its first comment says that it takes: numbers, of which "[A [B]]" is two at
# most and "[A...]" any? Fails after its help, which is that comment.
bench_takes() {
    local file=$1 usage argument most
    shift
    usage=$(sed -n '2s/^# \(\.[^]:]*\]*\):.*/\1/p' "$file")
    most=${usage//[^\[]/}
    for argument; do
        if [[ $argument == -h || $argument == --help ]]; then
            sed -n '2,/^[^#]/s/^# \?//p' "$file"
            return 1
        fi
        [[ $argument =~ ^[1-9][0-9]{0,8}$ ]] || die "$usage: numbers from 1 on, not '$argument'"
    done
    [[ $usage == *...* ]] || (($# <= ${#most})) || die "$usage: that is all"
}

cmd_chaos() { campaign chaos chaos "$@"; }
cmd_soak() { campaign chaos soak "$@"; }
cmd_interrupt() { campaign interrupt "$@"; }

campaign() { # campaign DIRECTORY ARGUMENT...: the one that is made of that directory
    local campaign=(/usr/bin/python3 "$ROOT/mysql-test/$1/campaign.py" "${@:2}")
    need test
    if [[ " $* " != *' -h '* && " $* " != *' --help '* ]]; then
        CAMPAIGN_ARGUMENTS=only "${campaign[@]}" || exit
        build_for_server >&2
    fi
    PURSER_ROOT=$ROOT PURSER_BUILD=$BUILD exec "${campaign[@]}"
}
